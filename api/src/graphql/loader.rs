//! Look-ups, batched per request: a loader's key for each way to look, one statement for all keys.
use std::{
    collections::HashMap,
    fmt::Debug,
    hash::{DefaultHasher, Hash, Hasher as _},
    iter::successors,
    sync::Arc,
    time::Duration,
};

use async_graphql::{
    Context, QueryPathSegment,
    dataloader::{DataLoader, Loader},
    runtime::{Timer, TokioSpawner},
};
use entity::{contact_merge, positional::Positional};
use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait as _, EntityTrait, QueryFilter as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _},
};
use uuid::Uuid;

use super::{Result, error::Failure};
use crate::{
    access::{Ahead, Caller, Listed, Order, Part, Reading, Seen, parts_of, seen_by_key},
    db::{PageArgs, Parents, Slice, among, count_under, fetch_under, id},
    error::Error,
};

type Row<S> = <<S as Seen>::Table as EntityTrait>::Model;
type PartRow<P> = <<P as Part>::Table as EntityTrait>::Model;

/// What the key of a contact is called that was merged into the one that is read.
const MERGED: &str = "merged_key";
/// How many keys are looked up together; more are looked up in further statements.
const BATCH: usize = 100_000;

/// What every look-up of a request runs on.
#[derive(Debug)]
pub(crate) struct Batch(pub(crate) Reading);

impl Batch {
    /// The loader of one request.
    pub(crate) fn loader(reading: Reading) -> DataLoader<Self> {
        DataLoader::new(Self(reading), TokioSpawner::current(), Turn).max_batch_size(BATCH)
    }
}

/// When a batch is full: not after some time, but once everything in the worker that could run has run. A request's
/// resolvers that wait for one level all wake together, so that by then they have all asked for the next.
struct Turn;

impl Timer for Turn {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async {
            // The first turn may come while the resolvers are still being woken.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        })
    }
}

/// A field in the query, wherever in the answer: a hash of the path to it without the places in lists. Keys are batched
/// per field, so that how many statements a query takes depends on the query alone, and not on which of two branches
/// comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Field(u64);

impl Field {
    pub(super) fn of(ctx: &Context<'_>) -> Self {
        let mut hasher = DefaultHasher::new();
        for node in successors(ctx.path_node.as_ref(), |node| node.parent) {
            if let QueryPathSegment::Name(name) = node.segment {
                name.hash(&mut hasher);
            }
        }
        Self(hasher.finish())
    }
}

/// A subject by its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ByKey<S: Seen>(Field, S, Uuid);

/// The subject that a key leads to which was merged into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ByMergedKey<S: Seen>(Field, S, Uuid);

/// The parts of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PartsOf<P: Part>(Field, P, Uuid);

/// What is made of subjects by their keys, in as many statements for many as for one.
pub(crate) trait Made: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// What is made of each.
    type Of: Clone + Send + Sync + 'static;

    /// Makes it, of those that the viewer may see.
    fn make(reading: &Reading, keys: &[Uuid]) -> impl Future<Output = Result<HashMap<Uuid, Self::Of>, Error>> + Send;
}

/// What is made of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct MadeOf<M: Made>(Field, M, Uuid);

/// What a client asks of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked<S: Listed> {
    pub(crate) filter: S::Filter,
    pub(crate) order: Order<S::Field>,
}

/// A page of a list under a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PageUnder<S: Listed> {
    pub(super) field: Field,
    pub(super) under: S::Under,
    pub(super) parent: Uuid,
    pub(super) asked: Arc<Asked<S>>,
    pub(super) page: PageArgs,
    /// What is asked of the page.
    pub(super) ahead: Ahead,
}

/// How many there are in a list under a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct CountUnder<S: Listed> {
    pub(super) field: Field,
    pub(super) under: S::Under,
    pub(super) parent: Uuid,
    pub(super) asked: Arc<Asked<S>>,
}

impl<S: Seen> Loader<ByKey<S>> for Batch {
    type Value = Arc<Row<S>>;
    type Error = Error;

    async fn load(&self, keys: &[ByKey<S>]) -> Result<HashMap<ByKey<S>, Self::Value>, Error> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((field, subject), ids) in by_question(keys, |key| ((key.0, key.1), key.2)) {
            let rows = seen_by_key::<S>(&self.0, ids).await?;
            found.extend(rows.into_iter().map(|row| (ByKey(field, subject, S::id(&row)), Arc::new(row))));
        }
        Ok(found)
    }
}

impl<S: Seen> Loader<ByMergedKey<S>> for Batch {
    type Value = Arc<Row<S>>;
    type Error = Error;

    async fn load(&self, keys: &[ByMergedKey<S>]) -> Result<HashMap<ByMergedKey<S>, Self::Value>, Error> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((field, subject), ids) in by_question(keys, |key| ((key.0, key.1), key.2)) {
            let merges = |column: contact_merge::Column| Expr::col((contact_merge::Entity, column));
            let mut query = S::Table::find().filter(S::visible(&self.0)).into_query();
            query
                .expr_as(merges(contact_merge::Column::Id), MERGED)
                .inner_join(contact_merge::Entity, merges(contact_merge::Column::SurvivorId).eq(id::<S::Table>()))
                .and_where(among(self.0.backend(), merges(contact_merge::Column::Id), ids));
            for row in self.0.db.query_all(&query).await? {
                let key = row.try_get("", MERGED)?;
                found.insert(ByMergedKey(field, subject, key), Arc::new(<Row<S> as Positional>::at(&row, 0)?));
            }
        }
        Ok(found)
    }
}

impl<P: Part> Loader<PartsOf<P>> for Batch {
    type Value = Arc<Vec<PartRow<P>>>;
    type Error = Error;

    async fn load(&self, keys: &[PartsOf<P>]) -> Result<HashMap<PartsOf<P>, Self::Value>, Error> {
        let mut grouped: HashMap<PartsOf<P>, Vec<PartRow<P>>> = HashMap::new();
        for ((field, part), of) in by_question(keys, |key| ((key.0, key.1), key.2)) {
            for row in parts_of(&self.0, part, of).await? {
                if let Some(of) = P::of(&row) {
                    grouped.entry(PartsOf(field, part, of)).or_default().push(row);
                }
            }
        }
        Ok(grouped.into_iter().map(|(key, rows)| (key, Arc::new(rows))).collect())
    }
}

impl<M: Made> Loader<MadeOf<M>> for Batch {
    type Value = M::Of;
    type Error = Error;

    async fn load(&self, keys: &[MadeOf<M>]) -> Result<HashMap<MadeOf<M>, Self::Value>, Error> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((field, what), of) in by_question(keys, |key| ((key.0, key.1), key.2)) {
            let made = M::make(&self.0, &of).await?;
            found.extend(made.into_iter().map(|(key, made)| (MadeOf(field, what, key), made)));
        }
        Ok(found)
    }
}

/// Groups keys that ask the same of different parents.
fn by_question<K, Q: Eq + Hash>(keys: &[K], split: impl Fn(&K) -> (Q, Uuid)) -> HashMap<Q, Vec<Uuid>> {
    let mut questions: HashMap<Q, Vec<Uuid>> = HashMap::new();
    for (question, parent) in keys.iter().map(split) {
        questions.entry(question).or_default().push(parent);
    }
    questions
}

impl<S: Listed> Loader<PageUnder<S>> for Batch {
    type Value = Result<Arc<Slice<Arc<Row<S>>>>, Error>;
    type Error = Error;

    async fn load(&self, keys: &[PageUnder<S>]) -> Result<HashMap<PageUnder<S>, Self::Value>, Error> {
        let questions = by_question(keys, |key| {
            ((key.field, key.under, Arc::clone(&key.asked), key.page.clone(), key.ahead), key.parent)
        });
        let mut pages = HashMap::with_capacity(keys.len());
        for ((field, under, asked, page, ahead), parents) in questions {
            let mut found = self.pages::<S>(under, &asked, (&page, ahead), &parents).await;
            for parent in parents {
                let slice = found.as_mut().map(|slices| Arc::new(slices.remove(&parent).unwrap_or_default()));
                let key = PageUnder { field, under, parent, asked: Arc::clone(&asked), page: page.clone(), ahead };
                pages.insert(key, slice.map_err(|error| error.clone()));
            }
        }
        Ok(pages)
    }
}

impl<S: Listed> Loader<CountUnder<S>> for Batch {
    type Value = Result<i64, Error>;
    type Error = Error;

    async fn load(&self, keys: &[CountUnder<S>]) -> Result<HashMap<CountUnder<S>, Self::Value>, Error> {
        let questions = by_question(keys, |key| ((key.field, key.under, Arc::clone(&key.asked)), key.parent));
        let mut counts = HashMap::with_capacity(keys.len());
        for ((field, under, asked), parents) in questions {
            let found = self.counts::<S>(under, &asked, &parents).await;
            for parent in parents {
                let total = found.as_ref().map(|totals| totals.get(&parent).copied().unwrap_or_default());
                let key = CountUnder { field, under, parent, asked: Arc::clone(&asked) };
                counts.insert(key, total.map_err(Error::clone));
            }
        }
        Ok(counts)
    }
}

impl Batch {
    /// The pages of a list under each parent. What is wrong with one list is not the fault of another that happens to be
    /// looked up with it.
    async fn pages<S: Listed>(
        &self,
        under: S::Under,
        asked: &Asked<S>,
        (page, ahead): (&PageArgs, Ahead),
        parents: &[Uuid],
    ) -> Result<HashMap<Uuid, Slice<Arc<Row<S>>>>, Error> {
        let list = S::list_under(&self.0, under, &asked.filter, asked.order, ahead)?;
        let link = |parents: Parents<'_>| S::link(&self.0, under, parents);
        fetch_under(&self.0.db, &list, page, (link, S::parent(under)), parents).await
    }

    /// How many there are in a list under each parent.
    async fn counts<S: Listed>(
        &self,
        under: S::Under,
        asked: &Asked<S>,
        parents: &[Uuid],
    ) -> Result<HashMap<Uuid, i64>, Error> {
        let list = S::list_under(&self.0, under, &asked.filter, asked.order, Ahead::default())?;
        let link = |parents: Parents<'_>| S::link(&self.0, under, parents);
        count_under(&self.0.db, &list, (link, S::parent(under)), parents).await
    }
}

/// The request's loader.
pub(super) fn loader<'c>(ctx: &Context<'c>) -> Result<&'c DataLoader<Batch>> {
    ctx.data::<DataLoader<Batch>>().map_err(|_| Error::internal("a request has no loader").into())
}

/// Who asks, when, and where the data is.
pub(crate) fn reading<'c>(ctx: &Context<'c>) -> Result<&'c Reading> {
    Ok(&loader(ctx)?.loader().0)
}

/// Who sent the request, for what signs them in.
pub(crate) fn caller<'c>(ctx: &Context<'c>) -> Result<&'c Caller> {
    ctx.data::<Caller>().map_err(|_| Error::internal("a request has no caller").into())
}

/// A look-up under way, in a place of its own: the future of any of an object's fields is as large as the largest of them, and
/// most fields look nothing up.
pub(crate) type LookUp<'c, V> = BoxFuture<'c, Result<V>>;

/// The subject with this key, if there is one that the viewer may see.
pub(crate) fn seen<'c, S: Seen>(ctx: &'c Context<'_>, subject: S, key: Uuid) -> LookUp<'c, Option<Arc<Row<S>>>> {
    Box::pin(async move { Ok(loader(ctx)?.load_one(ByKey(Field::of(ctx), subject, key)).await?) })
}

/// The subject with this key, which must be there because another row refers to it and it is always seen.
pub(crate) async fn loaded<S: Seen>(ctx: &Context<'_>, subject: S, key: Uuid) -> Result<Arc<Row<S>>> {
    let missing = || Failure::from(Error::overtaken("a row refers to one that cannot be seen any more"));
    seen(ctx, subject, key).await?.ok_or_else(missing)
}

/// The parts of the subject with this key.
pub(crate) fn parts<'c, P: Part>(ctx: &'c Context<'_>, part: P, of: Uuid) -> LookUp<'c, Arc<Vec<PartRow<P>>>> {
    Box::pin(async move { Ok(loader(ctx)?.load_one(PartsOf(Field::of(ctx), part, of)).await?.unwrap_or_default()) })
}

/// What is made of the subject with this key, which was there a moment ago.
pub(crate) fn made<'c, M: Made>(ctx: &'c Context<'_>, what: M, of: Uuid) -> LookUp<'c, M::Of> {
    let missing = || Failure::from(Error::overtaken("a row is gone that was there"));
    Box::pin(async move { loader(ctx)?.load_one(MadeOf(Field::of(ctx), what, of)).await?.ok_or_else(missing) })
}

/// The subject that a row may lead to, if it does and the viewer may see it. It is looked for either way: how long the
/// answer takes is not to tell whether there is one.
pub(crate) async fn seen_if_any<S: Seen>(
    ctx: &Context<'_>,
    subject: S,
    key: Option<Uuid>,
) -> Result<Option<Arc<Row<S>>>> {
    seen(ctx, subject, key.unwrap_or_default()).await
}

/// The parts of several subjects, by the subject's key.
pub(crate) fn parts_of_all<'c, P: Part>(
    ctx: &'c Context<'_>,
    part: P,
    of: impl IntoIterator<Item = Uuid>,
) -> LookUp<'c, HashMap<Uuid, Arc<Vec<PartRow<P>>>>> {
    let field = Field::of(ctx);
    let keys: Vec<_> = of.into_iter().map(|of| PartsOf(field, part, of)).collect();
    Box::pin(async move {
        let found = loader(ctx)?.load_many(keys).await?;
        Ok(found.into_iter().map(|(key, rows)| (key.2, rows)).collect())
    })
}

/// The subjects that clients name by these keys, which may be those of contacts that were merged into others, by these keys.
pub(crate) fn named<'c, S: Seen>(
    ctx: &'c Context<'_>,
    subject: S,
    keys: &'c [Uuid],
) -> LookUp<'c, HashMap<Uuid, Arc<Row<S>>>> {
    Box::pin(async move {
        let (field, loader) = (Field::of(ctx), loader(ctx)?);
        let found = loader.load_many(keys.iter().map(|key| ByKey(field, subject, *key))).await?;
        let mut found: HashMap<Uuid, Arc<Row<S>>> = found.into_iter().map(|(key, row)| (key.2, row)).collect();
        if S::MERGES {
            let missing: Vec<_> = keys.iter().filter(|key| !found.contains_key(key)).collect();
            let missing = missing.into_iter().map(|key| ByMergedKey(field, subject, *key));
            found.extend(loader.load_many(missing).await?.into_iter().map(|(key, row)| (key.2, row)));
        }
        Ok(found)
    })
}

/// The subject that a client names by its key, if there is one that the viewer may see.
pub(crate) async fn named_one<S: Seen>(ctx: &Context<'_>, subject: S, key: Uuid) -> Result<Option<Arc<Row<S>>>> {
    Ok(named(ctx, subject, &[key]).await?.remove(&key))
}

/// The subjects with these keys, in their order, without those that the viewer may not see.
pub(crate) fn seen_all<'c, S: Seen>(
    ctx: &'c Context<'_>,
    subject: S,
    keys: impl IntoIterator<Item = Uuid>,
) -> LookUp<'c, Vec<Arc<Row<S>>>> {
    let field = Field::of(ctx);
    let keys: Vec<_> = keys.into_iter().map(|key| ByKey(field, subject, key)).collect();
    Box::pin(async move {
        let mut found = loader(ctx)?.load_many(keys.iter().cloned()).await?;
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    })
}
