//! How e-mail addresses and telephone numbers are read.
use entity::{contact_email, contact_phone, vocabulary::Visibility};
use sea_orm::{ColumnTrait as _, Condition, ExprTrait as _, sea_query::SimpleExpr};
use uuid::Uuid;

use crate::{
    access::{Part, Reach, Reading},
    db::column,
    domain::{
        institutions::{made_by_viewer, reached},
        policymakers::{held_within, of_shared},
    },
};

/// That an appointment, whose key this is, is held today at an institution within a viewer's reach.
fn held_there(reading: &Reading, reach: Reach<'_>, appointment: &SimpleExpr) -> Condition {
    Condition::all().add(appointment.clone().in_subquery(held_within(reading, reach)))
}

/// The addresses or numbers of an appointment or an institution, of which the viewer gets those that they may see.
macro_rules! contact_points {
    ($($(#[doc = $doc:tt])* $name:ident: $table:ident of $column:ident ($of:ident), $sees:ident, $hidden:ident, $own:ident, $shared:ident;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $name;

        impl Part for $name {
            type Table = $table::Entity;
            const OF: $table::Column = $table::Column::$column;

            fn order() -> Vec<$table::Column> {
                vec![$table::Column::Position, $table::Column::Id]
            }

            fn visible(&self, reading: &Reading) -> Condition {
                let seen = reading.viewer.$sees().iter().copied();
                let visible = $table::Column::Visibility.is_in(seen);
                let of = column($table::Column::$column);
                match reading.viewer.$hidden() {
                    Reach::Nothing => Condition::any().add(visible).add_option($shared(reading, &of).map(|shared| {
                        Condition::all().add(shared).add($table::Column::Visibility.ne(Visibility::Secretariat))
                    })),
                    Reach::Everything => Condition::all(),
                    own => Condition::any().add(visible).add($own(reading, own, &of)),
                }
            }

            fn of(row: &$table::Model) -> Option<Uuid> {
                row.$of
            }
        }
    )*};
}

contact_points! {
    /// E-mail addresses of an appointment.
    AppointmentEmails: contact_email of AppointmentId (appointment_id),
        sees_points_of_people, hidden_points_of_people, held_there, of_shared;
    /// E-mail addresses of an institution.
    InstitutionEmails: contact_email of InstitutionId (institution_id),
        sees_points_of_institutions, hidden_points_of_institutions, reached, made_by_viewer;
    /// Telephone numbers of an appointment.
    AppointmentPhones: contact_phone of AppointmentId (appointment_id),
        sees_points_of_people, hidden_points_of_people, held_there, of_shared;
    /// Telephone numbers of an institution.
    InstitutionPhones: contact_phone of InstitutionId (institution_id),
        sees_points_of_institutions, hidden_points_of_institutions, reached, made_by_viewer;
}
