//! Rows read by the places of their columns. Lists are made of thousands of values: to look each up by its column's name,
//! and to write that name down for each that is null, would cost as much as all the rest.
use sea_orm::{DbErr, QueryResult};

/// A row whose columns are selected in the order of its fields.
pub trait Positional: Sized {
    /// The row whose first column is at `from`.
    ///
    /// # Errors
    ///
    /// If a column is missing or holds something else.
    fn at(row: &QueryResult, from: usize) -> Result<Self, DbErr>;
}

/// Declares a model that can be read by places, too.
macro_rules! positional {
    ($($model:tt)*) => {
        $($model)*
        $crate::positional::by_places! { $($model)* }
    };
}
pub(crate) use positional;

/// The reading of a model whose fields are these.
macro_rules! by_places {
    (
        $(#[$of_model:meta])*
        pub struct Model {
            $($(#[$of_field:meta])* pub $field:ident: $kind:ty,)*
        }
    ) => {
        impl $crate::positional::Positional for Model {
            fn at(row: &sea_orm::QueryResult, from: usize) -> Result<Self, sea_orm::DbErr> {
                let mut places = from..;
                let mut next = || places.next().unwrap_or_default();
                Ok(Self {
                    $($field: <$kind as sea_orm::TryGetable>::try_get_by_index(row, next())?,)*
                })
            }
        }
    };
}
pub(crate) use by_places;
