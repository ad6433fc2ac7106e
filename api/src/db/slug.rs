//! Readable keys, each of which one row has.
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait, QueryFilter as _};

/// Whether a row has this readable key.
pub(crate) async fn has_slug<E>(db: &impl ConnectionTrait, column: E::Column, slug: &str) -> Result<bool, DbErr>
where
    E: EntityTrait,
{
    Ok(E::find().filter(column.eq(slug)).one(db).await?.is_some())
}

/// The readable key that is wanted, with a number behind it where another row has it.
pub(crate) async fn free_slug<E>(db: &impl ConnectionTrait, column: E::Column, wanted: &str) -> Result<String, DbErr>
where
    E: EntityTrait,
{
    let mut free = wanted.to_owned();
    for number in 2.. {
        if !has_slug::<E>(db, column, &free).await? {
            break;
        }
        free = format!("{wanted}-{number}");
    }
    Ok(free)
}
