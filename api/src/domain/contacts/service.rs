//! How e-mail addresses and telephone numbers are read.
use entity::{contact_email, contact_phone};
use sea_orm::{ColumnTrait as _, Condition};
use uuid::Uuid;

use crate::access::{Part, Reading};

/// The addresses or numbers of an appointment or an institution, of which the viewer gets those that they may see.
macro_rules! contact_points {
    ($($(#[doc = $doc:tt])* $name:ident: $table:ident of $column:ident ($of:ident);)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) struct $name;

        impl Part for $name {
            type Table = $table::Entity;
            const OF: $table::Column = $table::Column::$column;

            fn order() -> Vec<$table::Column> {
                vec![$table::Column::Position, $table::Column::Id]
            }

            fn visible(&self, reading: &Reading) -> Condition {
                let seen = reading.viewer.sees_contact_points().iter().copied();
                Condition::all().add($table::Column::Visibility.is_in(seen))
            }

            fn of(row: &$table::Model) -> Option<Uuid> {
                row.$of
            }
        }
    )*};
}

contact_points! {
    /// E-mail addresses of an appointment.
    AppointmentEmails: contact_email of AppointmentId (appointment_id);
    /// E-mail addresses of an institution.
    InstitutionEmails: contact_email of InstitutionId (institution_id);
    /// Telephone numbers of an appointment.
    AppointmentPhones: contact_phone of AppointmentId (appointment_id);
    /// Telephone numbers of an institution.
    InstitutionPhones: contact_phone of InstitutionId (institution_id);
}
