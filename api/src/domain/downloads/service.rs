//! Which contacts a viewer downloads: read page by page, so that no more than a page of them is in memory.
use std::collections::VecDeque;

use entity::vocabulary::SubjectKind;
use sea_orm::{
    Condition, ConnectionTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::Asked;
use crate::{
    access::{Reading, Seen, hash_of},
    changes,
    db::{id, models},
    domain::{
        cards::{Card, of_institutions, of_policymakers},
        contacts::{Carried, ContactFilter},
        institutions::Institutions,
        policymakers::Policymakers,
    },
    error::Error,
};

/// How many contacts are in memory at once.
const PAGE: usize = 500;
/// What cards and tables hold, and how: counted on where that changes with a release, for then files do, too.
const FORM: u32 = 1;

/// A sort of contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Institutions,
    Policymakers,
}

/// The contacts of a filter, of which a page after the other is read: institutions first, each sort by its keys.
#[derive(Debug)]
pub(crate) struct Pages {
    /// The sorts that are not read to their end.
    left: VecDeque<(Sort, Condition)>,
    /// The key of the last one that was read, of the first of these.
    after: Option<Uuid>,
}

impl Pages {
    /// Before the first page.
    ///
    /// # Errors
    ///
    /// If a filter names what cannot be.
    pub(crate) async fn of(reading: &Reading, filter: ContactFilter) -> Result<Self, Error> {
        let carried = Carried::of(reading, filter).await.map_err(of_parameter)?;
        let institutions = carried.institutions(reading).map(|carried| (Sort::Institutions, carried));
        let policymakers = carried.policymakers(reading).map(|carried| (Sort::Policymakers, carried));
        Ok(Self { left: institutions.into_iter().chain(policymakers).collect(), after: None })
    }

    /// The next page; none after the last one. One that could not be read is the next one still.
    pub(crate) async fn next(&mut self, reading: &Reading) -> Result<Option<Vec<Card>>, Error> {
        while let Some((sort, carried)) = self.left.front() {
            let carried = carried.clone();
            let cards = match sort {
                Sort::Institutions => {
                    of_institutions(reading, &rows::<Institutions>(reading, carried, self.after).await?).await?
                }
                Sort::Policymakers => {
                    of_policymakers(reading, &rows::<Policymakers>(reading, carried, self.after).await?).await?
                }
            };
            self.after = cards.last().map(|card| card.key).filter(|_| cards.len() == PAGE);
            if self.after.is_none() {
                self.left.pop_front();
            }
            if !cards.is_empty() {
                return Ok(Some(cards));
            }
        }
        Ok(None)
    }
}

/// A fault of a filter as one of the parameter: its values are in another order here than they came in.
fn of_parameter(error: Error) -> Error {
    match error {
        Error::Invalid { field, message } => {
            let name = field.trim_start_matches("filter.").split('.').next().unwrap_or_default();
            Error::invalid(name, message)
        }
        error => error,
    }
}

async fn rows<S: Seen>(
    reading: &Reading,
    carried: Condition,
    after: Option<Uuid>,
) -> Result<Vec<<S::Table as sea_orm::EntityTrait>::Model>, Error> {
    // What is carried may be seen: that is not asked once more.
    let mut query = S::Table::find().filter(Condition::all().add(carried));
    if let Some(after) = after {
        query = query.filter(id::<S::Table>().gt(after));
    }
    let query = query.order_by_asc(id::<S::Table>()).limit(PAGE as u64);
    models::<S::Table>(&reading.db.query_all(query.as_query()).await?)
}

/// What tells one state of a file from another (RFC 9110, section 8.8.3): it changes with what may change what is in it.
/// That is who asks and what they may see, what they ask for, the day, on which people hold positions, and what has been
/// changed in countries, institutions and policymakers, be it by a release.
///
/// It is to be asked for before contacts are read: what is written in between is then in the file, and the next validator
/// tells of it.
pub(crate) async fn validator(reading: &Reading, asked: &Asked) -> Result<String, Error> {
    const TOLD_OF: [SubjectKind; 3] = [SubjectKind::Country, SubjectKind::Institution, SubjectKind::Policymaker];
    let changed = changes::state(&reading.db, &TOLD_OF).await?;
    let parts = [FORM.to_string(), reading.viewer.rights(), asked.told.clone(), reading.today().to_string(), changed];
    Ok(hash_of(&parts.join("\0")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
mod tests {
    use std::{
        collections::BTreeSet,
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        },
    };

    use clap::Parser as _;
    use entity::institution;
    use harness::{backends, fresh};
    use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, IntoActiveModel as _};

    use super::*;
    use crate::{
        access::{Person, Viewer},
        config::{Arguments, Rules},
        db::{Access, Turns},
    };

    #[tokio::test]
    async fn a_page_is_read_when_it_is_asked_for() {
        for backend in backends() {
            let database = fresh(*backend, true).await;
            let flags = database.flags();
            let settings = Arguments::parse_from(["balai", &flags[0], &flags[1]]).settings;
            let statements = Arc::new(AtomicU64::new(0));
            let counted = Arc::clone(&statements);
            let count = Arc::new(move |_: &sea_orm::metric::Info<'_>| {
                counted.fetch_add(1, Ordering::Relaxed);
            });
            let db = settings.location().unwrap().open(Access::Exclusive, Some(count)).await.unwrap();
            let like = institution::Entity::find().one(&db).await.unwrap().unwrap();
            for _ in 0..3 {
                let rows = (0..400).map(|_| {
                    let mut row = like.clone().into_active_model().reset_all();
                    let key = Uuid::now_v7();
                    (row.id, row.slug) = (Set(key), Set(key.to_string()));
                    row
                });
                institution::Entity::insert_many(rows).exec_without_returning(&db).await.unwrap();
            }
            let admin = Viewer::Account(Arc::new(Person { admin: true, ..Person::default() }));
            let rules = Rules { four_eyes: settings.four_eyes, retention: settings.retention };
            let reading = Reading::new(Turns::of(db, Arc::default()), admin, harness::now(), rules);
            let mut pages = Pages::of(&reading, ContactFilter::default()).await.unwrap();
            let (mut sizes, mut keys) = (vec![], BTreeSet::new());
            loop {
                let before = statements.load(Ordering::Relaxed);
                let page = pages.next(&reading).await.unwrap();
                let took = statements.load(Ordering::Relaxed) - before;
                let Some(page) = page else { break };
                assert!(took <= 6, "{backend:?}: {took} statements");
                sizes.push(page.len());
                keys.extend(page.iter().map(|card| card.key));
            }
            let people = sizes.pop().unwrap();
            assert!((50..500).contains(&people), "{people}");
            assert!(sizes.len() == 3 && sizes[..2] == [500, 500] && sizes[2] > 200, "{sizes:?}");
            assert_eq!(keys.len(), sizes.iter().sum::<usize>() + people, "each once");
        }
    }
}
