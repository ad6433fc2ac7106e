//! What comes of pushed contacts, as agencies see it.
use async_graphql::{Enum, SimpleObject};

use super::{
    lifecycle::{self, Outcome},
    writing::{Done, Upserted},
};
use crate::{
    domain::contacts::Contact,
    graphql::{UserError, user_errors},
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct UpsertContactsPayload {
    /// What came of each contact, in the input's order; empty, if the input was refused as a whole.
    results: Vec<ContactUpsertResult>,
    /// How many were created.
    created: i32,
    /// How many were updated.
    updated: i32,
    /// How many are as they were told already.
    unchanged: i32,
    /// How many were left as they are, because of a conflict or since another one failed.
    skipped: i32,
    /// How many failed.
    failed: i32,
    /// What was wrong with the input as a whole; empty, if nothing was. What is wrong with a contact is in its result.
    user_errors: Vec<UserError>,
}

/// What came of a contact that was pushed.
#[derive(SimpleObject)]
pub(crate) struct ContactUpsertResult {
    /// Its place in the input, from 0.
    index: i32,
    /// What came of it; with `dryRun`, what would have.
    outcome: UpsertOutcome,
    /// The contact as it is now; null, if it is not there, or not the agency's.
    contact: Option<Contact>,
    /// What was wrong with it; empty, if nothing was. Paths begin at the input.
    user_errors: Vec<UserError>,
}

/// What came of a contact that was pushed.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "lifecycle::Outcome")]
pub(crate) enum UpsertOutcome {
    /// It was not known, and is there now.
    Created,
    /// It was known, and says now what was told.
    Updated,
    /// It says already what was told: nothing was written.
    Unchanged,
    /// It was left as it is, because of a conflict or since another one failed.
    Skipped,
    /// It could not be written: `userErrors` say why.
    Failed,
}

impl From<Upserted> for UpsertContactsPayload {
    fn from(upserted: Upserted) -> Self {
        let (done, faults) = match upserted {
            Ok(done) => (done, vec![]),
            Err(faults) => (vec![], faults),
        };
        let count = |outcome| {
            let alike = done.iter().filter(|done| done.outcome == outcome).count();
            i32::try_from(alike).unwrap_or(i32::MAX)
        };
        let [created, updated, unchanged, skipped, failed] =
            [Outcome::Created, Outcome::Updated, Outcome::Unchanged, Outcome::Skipped, Outcome::Failed].map(count);
        let results = (0..).zip(done).map(|(index, Done { outcome, contact, faults })| ContactUpsertResult {
            index,
            outcome: outcome.into(),
            contact: contact.map(Contact::from),
            user_errors: user_errors(faults),
        });
        Self {
            results: results.collect(),
            created,
            updated,
            unchanged,
            skipped,
            failed,
            user_errors: user_errors(faults),
        }
    }
}
