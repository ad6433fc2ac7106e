//! Readable keys, each of which one row has.
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter as _, Statement};
use uuid::Uuid;

/// Whether a row has this readable key. Whoever asks may then give it to a row: others who ask wait until that is done.
pub(crate) async fn has_slug<E>(db: &impl ConnectionTrait, column: E::Column, slug: &str) -> Result<bool, DbErr>
where
    E: EntityTrait,
{
    if db.get_database_backend() == DbBackend::Postgres {
        let wait = "SELECT pg_advisory_xact_lock(hashtext('readable keys'))";
        db.execute_raw(Statement::from_string(DbBackend::Postgres, wait)).await?;
    }
    Ok(E::find().filter(column.eq(slug)).one(db).await?.is_some())
}

/// The readable key that is wanted or, where another row has it, one that begins so. It does not tell how many there are.
pub(crate) async fn own_slug<E>(db: &impl ConnectionTrait, column: E::Column, wanted: String) -> Result<String, DbErr>
where
    E: EntityTrait,
{
    const SIGNS: usize = 6;
    if !has_slug::<E>(db, column, &wanted).await? {
        return Ok(wanted);
    }
    let random = Uuid::new_v4().simple().to_string();
    Ok(format!("{wanted}-{}", &random[..SIGNS]))
}
