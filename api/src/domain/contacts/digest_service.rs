//! A digest of the contacts that somebody has.
use entity::{institution, policymaker};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Carried;
use crate::{
    access::{Reading, Seen as _, hash_of},
    domain::{institutions::Institutions, policymakers::Policymakers},
    error::Error,
    graphql::encode,
};

/// How many contacts are read at once.
const AT_ONCE: u64 = 20_000;

/// Contacts whose IDs have SHA-256 that begin with the same byte.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    /// The byte.
    pub(super) number: u8,
    /// The SHA-256 of a line for each contact: its ID, a blank and its version.
    pub(super) hash: String,
    /// The contacts' IDs and versions, in the order of the IDs' bytes.
    pub(super) contacts: Vec<(String, i32)>,
}

/// All contacts of whoever asks, by buckets.
pub(super) async fn digest(reading: &Reading, carried: &Carried) -> Result<Vec<Bucket>, Error> {
    let mut buckets: Vec<Vec<(String, i32)>> = vec![vec![]; 256];
    macro_rules! read {
        ($table:ident, $subject:ident, $condition:expr) => {
            let (condition, mut last) = ($condition, Uuid::nil());
            while let Some(condition) = &condition {
                let found: Vec<(Uuid, i32)> = $table::Entity::find()
                    .select_only()
                    .columns([$table::Column::Id, $table::Column::Version])
                    .filter(Condition::all().add(condition.clone()).add($table::Column::Id.gt(last)))
                    .order_by_asc($table::Column::Id)
                    .limit(AT_ONCE)
                    .into_tuple()
                    .all(&reading.db)
                    .await?;
                for (key, version) in &found {
                    let id = encode($subject::PREFIX, *key).0;
                    buckets[usize::from(Sha256::digest(&id)[0])].push((id, *version));
                    last = *key;
                }
                if (found.len() as u64) < AT_ONCE {
                    break;
                }
            }
        };
    }
    read!(institution, Institutions, carried.institutions(reading));
    read!(policymaker, Policymakers, carried.policymakers(reading));
    let told = |(number, mut contacts): (u8, Vec<(String, i32)>)| {
        contacts.sort_unstable();
        let lines =
            contacts.iter().fold(String::new(), |lines, (id, version)| lines + id + " " + &version.to_string() + "\n");
        Bucket { number, hash: hash_of(&lines), contacts }
    };
    Ok((0..=255).zip(buckets).map(told).collect())
}
