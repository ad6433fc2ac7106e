//! Reading, making and exchanging the keys.
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::signing_key;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, Set,
    sea_query::OnConflict,
};

use crate::{
    access::{Identity, KeyPair, KeyRing},
    error::Error,
};

/// How long signatures of a key are taken after another one took its place: until
/// that one signs, a minute later, this one does, and what it signs is good for ten.
const KNOWN: TimeDelta = TimeDelta::hours(1);

/// How long signatures of a key on links are taken after another one took its place: links are good for seven days. Whoever
/// has got hold of such a key makes none: a link has a secret besides, of which the database has the hash.
const KNOWN_ON_LINKS: TimeDelta = TimeDelta::days(8);

/// How long a key is known before it signs: all replicas have read it by then.
const KNOWN_BEFORE: TimeDelta = TimeDelta::minutes(1);

/// The keys, read lately: for a token whose key is not among them (`unknown`), read just now. Makes the first key.
pub(crate) async fn ring(
    db: &impl ConnectionTrait,
    identity: &Identity,
    unknown: bool,
    now: DateTime<Utc>,
) -> Result<Arc<KeyRing>, Error> {
    if let Some(ring) = identity.ring(unknown, now) {
        return Ok(ring);
    }
    let mut keys = known(db, KNOWN, now).await?;
    if keys.is_empty() {
        make(db, 1, now).await?;
        keys = known(db, KNOWN, now).await?;
    }
    Ok(identity.keep(KeyRing::new(&keys)?, now))
}

/// The keys whose signatures on links are taken; none, if none was made yet.
pub(crate) async fn ring_of_links(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<KeyRing>, Error> {
    let keys = known(db, KNOWN_ON_LINKS, now).await?;
    if keys.is_empty() { Ok(None) } else { KeyRing::new(&keys).map(Some) }
}

/// Has a new key sign, as soon as everybody knows it.
pub(crate) async fn rotate(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), Error> {
    let newest = signing_key::Entity::find().order_by_desc(signing_key::Column::Generation).one(db).await?;
    let next = newest.map_or(1, |key| key.generation + 1);
    make(db, next, now).await?;
    signing_key::Entity::update_many()
        .set(signing_key::ActiveModel { retired_at: Set(Some(now)), ..Default::default() })
        .filter(signing_key::Column::RetiredAt.is_null())
        .filter(signing_key::Column::Generation.lt(next))
        .exec(db)
        .await?;
    Ok(())
}

/// The keys whose signatures are taken, also for so long after they signed last; the one that signs comes first.
async fn known(db: &impl ConnectionTrait, after: TimeDelta, now: DateTime<Utc>) -> Result<Vec<KeyPair>, Error> {
    use signing_key::Column;
    let mut keys = signing_key::Entity::find()
        .filter(Column::RetiredAt.is_null().or(Column::RetiredAt.gt(now - after)))
        .order_by_desc(Column::Generation)
        .all(db)
        .await?;
    // The newest that everybody knows signs; where there is none yet, the oldest.
    let signs =
        keys.iter().position(|key| key.created_at <= now - KNOWN_BEFORE).unwrap_or(keys.len().saturating_sub(1));
    if let Some(newer) = keys.get_mut(..=signs) {
        newer.rotate_right(1);
    }
    let pair = |key: signing_key::Model| KeyPair { id: key.id, private: key.private_key, public: key.public_key };
    Ok(keys.into_iter().map(pair).collect())
}

/// Makes a key; none, if another process makes the same one at the same moment.
async fn make(db: &impl ConnectionTrait, generation: i32, now: DateTime<Utc>) -> Result<(), Error> {
    let key = KeyPair::generate()?;
    let row = signing_key::ActiveModel {
        id: Set(key.id),
        private_key: Set(key.private),
        public_key: Set(key.public),
        generation: Set(generation),
        created_at: Set(now),
        retired_at: Set(None),
    };
    let once = OnConflict::column(signing_key::Column::Generation).do_nothing().to_owned();
    signing_key::Entity::insert(row).on_conflict(once).exec_without_returning(db).await?;
    Ok(())
}
