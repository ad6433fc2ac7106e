//! Reads start from what the viewer may see: what a subject says of itself so that its lists, counts and
//! look-ups all do.
use std::{fmt::Debug, hash::Hash};

use chrono::{DateTime, NaiveDate, Utc};
use entity::positional::Positional;
use sea_orm::{
    Condition, ConnectionTrait as _, DbBackend, EntityTrait, ExprTrait as _, IdenStatic as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select, sea_query::SelectStatement,
};
use serde::Serialize;
use uuid::Uuid;

use super::Viewer;
use crate::{
    config::Rules,
    db::{Change, List, MadeOf, Parents, Sort, Turns, among, column, id, models},
    error::Error,
};

/// One request's view of the data: who asks, when, and where the data is.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) db: Turns,
    pub(crate) viewer: Viewer,
    now: DateTime<Utc>,
    /// What the operator has decided.
    pub(crate) rules: Rules,
}

impl Reading {
    pub(crate) fn new(db: Turns, viewer: Viewer, now: DateTime<Utc>, rules: Rules) -> Self {
        Self { db, viewer, now, rules }
    }

    /// The same, as nobody in particular.
    pub(crate) fn as_nobody(&self) -> Self {
        Self { viewer: Viewer::Anonymous, ..self.clone() }
    }

    /// The day of the request, in UTC.
    pub(crate) fn today(&self) -> NaiveDate {
        self.noted(MadeOf::day).date_naive()
    }

    /// When the request came, for what is closed by now and what is not: the answer is another one once something closes.
    pub(crate) fn closing(&self) -> DateTime<Utc> {
        self.noted(MadeOf::closing)
    }

    /// When the request came. An answer that is made of this is made anew each time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.noted(MadeOf::moment)
    }

    fn noted(&self, as_what: fn(&MadeOf)) -> DateTime<Utc> {
        if let Some(made_of) = self.db.made_of() {
            as_what(made_of);
        }
        self.now
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }
}

/// A subject with a table of its own.
pub(crate) trait Seen: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// Its table.
    type Table: EntityTrait<Model: Positional + Send + Sync>;
    /// What its IDs begin with.
    const PREFIX: &'static str;
    /// Whether some of its rows may have been merged into others, to which their IDs lead.
    const MERGES: bool = false;

    /// The rows that the viewer may see. Every read of the table starts here.
    fn visible(reading: &Reading) -> Condition;

    /// The key of a row.
    fn id(row: &<Self::Table as EntityTrait>::Model) -> Uuid;
}

/// An order that clients choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Order<F> {
    pub(crate) field: F,
    pub(crate) descending: bool,
}

/// What is asked of a list's entries, and of the list beyond its page: the rest is not fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ahead {
    /// A bit for each wide column that is asked for.
    pub(crate) wide: u32,
    /// Whether it is asked how the list goes on.
    pub(crate) more: bool,
}

/// A subject that is listed, filtered and ordered.
pub(crate) trait Listed: Seen {
    /// What a client may filter by.
    type Filter: Clone + Debug + Default + Eq + Hash + Serialize + Send + Sync;
    /// What a client may order by.
    type Field: Copy + Debug + Eq + Hash + Serialize + Send + Sync;
    /// What it can be listed under.
    type Under: Copy + Debug + Eq + Hash + Send + Sync;

    /// Its wide columns, JSON lists, by the fields of the contract that read them: they are fetched if one of these is asked
    /// for.
    const WIDE: &'static [(&'static str, <Self::Table as EntityTrait>::Column)];

    /// What the filter lets pass.
    fn filter(reading: &Reading, filter: &Self::Filter) -> Result<Condition, Error>;

    /// The order's column and key.
    fn sort(order: Order<Self::Field>) -> Sort<Self::Table>;

    /// The column that holds the parent, where it is one of the row's own.
    fn parent(_: Self::Under) -> Option<<Self::Table as EntityTrait>::Column> {
        None
    }

    /// Which rows belong to which of these parents.
    fn link(reading: &Reading, under: Self::Under, parents: Parents<'_>) -> SelectStatement;

    /// The rows that are under each parent, whichever it is: the link need not lead to them.
    fn everywhere(_: Self::Under) -> Option<Condition> {
        None
    }

    /// The rows that the viewer may see, among those that the link leads to.
    fn visible_under(reading: &Reading, _: Self::Under) -> Condition {
        Self::visible(reading)
    }

    /// The list that a client asks for under a parent.
    fn list_under(
        reading: &Reading,
        under: Self::Under,
        filter: &Self::Filter,
        order: Order<Self::Field>,
        ahead: Ahead,
    ) -> Result<List<Self::Table>, Error> {
        let list = Self::list(reading, filter, order, ahead)?;
        Ok(List { visible_here: Self::visible_under(reading, under), everywhere: Self::everywhere(under), ..list })
    }

    /// The list that a client asks for.
    fn list(
        reading: &Reading,
        filter: &Self::Filter,
        order: Order<Self::Field>,
        ahead: Ahead,
    ) -> Result<List<Self::Table>, Error> {
        let asked = |place: usize| ahead.wide & (1 << place) != 0;
        // Several fields may read a column: it is left out if none of them is asked for.
        let name = |column: &<Self::Table as EntityTrait>::Column| column.as_str().to_owned();
        let read: Vec<_> = Self::WIDE
            .iter()
            .enumerate()
            .filter(|(place, _)| asked(*place))
            .map(|(_, (_, column))| name(column))
            .collect();
        let unasked = Self::WIDE.iter().filter(|(_, column)| !read.contains(&name(column)));
        Ok(List {
            visible: Self::visible(reading),
            visible_here: Self::visible(reading),
            everywhere: None,
            more: ahead.more,
            left_out: unasked.map(|(_, column)| *column).collect(),
            filter: Self::filter(reading, filter)?,
            sort: Self::sort(order),
            fingerprint: crate::db::fingerprint(&(Self::PREFIX, filter, order))?,
        })
    }
}

/// A table whose rows are parts of another subject's, and are only read with it.
pub(crate) trait Part: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// Its table.
    type Table: EntityTrait<Model: Positional + Send + Sync>;
    /// The column that holds the key of the subject that a row is a part of.
    const OF: <Self::Table as EntityTrait>::Column;

    /// The columns that the parts are ordered by.
    fn order() -> Vec<<Self::Table as EntityTrait>::Column>;

    /// The rows that count for this look-up and that the viewer may see.
    fn visible(&self, reading: &Reading) -> Condition;

    /// The key of the subject that a row is a part of.
    fn of(row: &<Self::Table as EntityTrait>::Model) -> Option<Uuid>;
}

/// The rows of a subject that the viewer may see. What may be seen may be a list of alternatives: conditions that are added
/// do not become one of them.
pub(crate) fn seen_rows<S: Seen>(reading: &Reading) -> Select<S::Table> {
    S::Table::find().filter(Condition::all().add(S::visible(reading)))
}

/// The rows of a subject with these keys that the viewer may see.
pub(crate) async fn seen_by_key<S: Seen>(
    reading: &Reading,
    keys: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<<S::Table as EntityTrait>::Model>, Error> {
    let query = S::Table::find().filter(among(reading.backend(), id::<S::Table>(), keys)).filter(S::visible(reading));
    models::<S::Table>(&reading.db.query_all(query.as_query()).await?)
}

/// The parts of these subjects that the viewer may see, in the parts' order.
pub(crate) async fn parts_of<P: Part>(
    reading: &Reading,
    part: P,
    of: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<<P::Table as EntityTrait>::Model>, Error> {
    let mut query = P::Table::find().filter(among(reading.backend(), column(P::OF), of)).filter(part.visible(reading));
    for order in P::order() {
        query = query.order_by_asc(order);
    }
    models::<P::Table>(&reading.db.query_all(query.as_query()).await?)
}

/// The one row of a subject that the viewer may see and that meets the condition.
pub(crate) async fn one<S: Seen>(
    reading: &Reading,
    condition: impl Into<Condition>,
) -> Result<Option<<S::Table as EntityTrait>::Model>, Error> {
    Ok(seen_rows::<S>(reading).filter(condition.into()).one(&reading.db).await?)
}

/// The row of a subject that the viewer may see, which nobody else changes until the change is done.
pub(crate) async fn locked<S: Seen>(
    reading: &Reading,
    change: &Change,
    key: Uuid,
) -> Result<Option<<S::Table as EntityTrait>::Model>, Error> {
    let found = seen_rows::<S>(reading).filter(id::<S::Table>().eq(key));
    Ok(found.lock_exclusive().one(&**change).await?)
}
