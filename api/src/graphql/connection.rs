//! Relay connections (<https://relay.dev/graphql/connections.htm>), made of pages of rows.
use std::{borrow::Cow, sync::Arc};

use async_graphql::{Context, Enum, Object, OutputType, TypeName};
use futures_util::future::BoxFuture;
use sea_orm::EntityTrait;
use serde::Serialize;
use uuid::Uuid;

use super::{
    Result,
    loader::{Asked, CountUnder, Field, LookUp, PageUnder, loader, reading},
};
use crate::{
    access::{Ahead, Listed, Seen},
    db::{PageArgs, Place, Slice, count, fetch},
    error::Error,
};

type Row<S> = <<S as Seen>::Table as EntityTrait>::Model;
type Count = Box<dyn for<'c> Fn(&'c Context<'_>) -> BoxFuture<'c, Result<i64>> + Send + Sync>;

/// In which direction a list is ordered.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum OrderDirection {
    /// From the first letter, the earliest time, the smallest value.
    #[default]
    Asc,
    /// From the last letter, the latest time, the greatest value.
    Desc,
}

/// Declares the input by which clients order a subject's lists.
macro_rules! order_input {
    ($(#[doc = $doc:tt])* $input:ident, $field:ty, $default:expr) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, async_graphql::InputObject)]
        pub(crate) struct $input {
            /// What to order by.
            field: $field,
            /// In which direction.
            #[graphql(default)]
            direction: $crate::graphql::OrderDirection,
        }

        impl $input {
            /// The order that was asked for, or the default one.
            pub(crate) fn asked(order: Option<Self>) -> $crate::access::Order<$field> {
                order.map_or($default, |order| $crate::access::Order {
                    field: order.field,
                    descending: order.direction == $crate::graphql::OrderDirection::Desc,
                })
            }
        }
    };
}
pub(crate) use order_input;

/// Where a page stands in its list.
#[derive(Clone, Debug)]
pub(crate) struct PageInfo {
    has_next: bool,
    has_previous: bool,
    start: Option<Place>,
    end: Option<Place>,
}

/// Where a page stands in its list.
#[Object]
impl PageInfo {
    /// Whether the list goes on after this page.
    async fn has_next_page(&self) -> bool {
        self.has_next
    }

    /// Whether there is something before this page.
    async fn has_previous_page(&self) -> bool {
        self.has_previous
    }

    /// The cursor of the page's first entry, for `before`.
    async fn start_cursor(&self) -> Option<String> {
        self.start.as_ref().map(Place::encode)
    }

    /// The cursor of the page's last entry, for `after`.
    async fn end_cursor(&self) -> Option<String> {
        self.end.as_ref().map(Place::encode)
    }
}

/// An entry of a list, and where it stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Edge<N: OutputType> {
    node: N,
    place: Place,
}

/// An entry of a list, and where it stands in it.
#[Object(name_type)]
impl<N: OutputType> Edge<N> {
    /// The entry.
    async fn node(&self) -> &N {
        &self.node
    }

    /// Where it stands, for `after` and `before`.
    async fn cursor(&self) -> String {
        self.place.encode()
    }
}

impl<N: OutputType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", listed::<N>()).into()
    }
}

/// What a list of these is named for: a list of search results is a search.
fn listed<N: OutputType>() -> String {
    let name = N::type_name();
    name.strip_suffix("Result").unwrap_or(&name).to_owned()
}

/// A page of a list.
pub(crate) struct Connection<N: OutputType> {
    edges: Vec<Edge<N>>,
    page_info: PageInfo,
    count: Count,
}

impl<N: OutputType> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", listed::<N>()).into()
    }
}

/// A page of a list.
#[Object(name_type)]
impl<N: OutputType> Connection<N> {
    /// The entries, each with its cursor.
    async fn edges(&self) -> &[Edge<N>] {
        &self.edges
    }

    /// The entries alone.
    async fn nodes(&self) -> Vec<&N> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where the page stands in the list.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many entries the whole list has. Counted only when it is asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        (self.count)(ctx).await
    }
}

impl<N: OutputType> Connection<N> {
    /// A page, and how to count the list that it comes from.
    pub(crate) fn new<M>(slice: Slice<M>, node: impl Fn(M) -> N, count: Count) -> Self {
        let page_info = PageInfo {
            has_next: slice.has_next,
            has_previous: slice.has_previous,
            start: slice.rows.first().map(|(place, _)| place.clone()),
            end: slice.rows.last().map(|(place, _)| place.clone()),
        };
        let edges = slice.rows.into_iter().map(|(place, row)| Edge { node: node(row), place }).collect();
        Self { edges, page_info, count }
    }
}

/// What is asked of a list.
fn ahead<S: Listed>(ctx: &Context<'_>) -> Ahead {
    let selected = ctx.look_ahead();
    let entries = [selected.field("nodes"), selected.field("edges").field("node")];
    let asked = |name: &str| entries.iter().any(|entry| entry.field(name).exists());
    let bits = S::WIDE.iter().enumerate().filter(|(_, (name, _))| asked(name)).map(|(place, _)| 1 << place);
    Ahead { wide: bits.fold(0, |all, bit: u32| all | bit), more: selected.field("pageInfo").exists() }
}

/// A page of all that the viewer may see of a subject.
pub(crate) fn list<'c, S: Listed, N>(ctx: &'c Context<'_>, asked: Asked<S>, page: PageArgs) -> LookUp<'c, Connection<N>>
where
    N: OutputType + From<Arc<Row<S>>>,
{
    Box::pin(async move {
        let list = S::list(reading(ctx)?, &asked.filter, asked.order, ahead::<S>(ctx))?;
        let slice = fetch(&reading(ctx)?.db, &list, &page).await?;
        let list = Arc::new(list);
        let total: Count = Box::new(move |ctx| {
            let list = Arc::clone(&list);
            Box::pin(async move { Ok(count(&reading(ctx)?.db, &list).await?) })
        });
        Ok(Connection::new(slice, N::from, total))
    })
}

/// A page of what the viewer may see of a subject under another one.
pub(crate) fn list_under<'c, S: Listed, N>(
    ctx: &'c Context<'_>,
    (under, parent): (S::Under, Uuid),
    asked: Asked<S>,
    page: PageArgs,
) -> LookUp<'c, Connection<N>>
where
    N: OutputType + From<Arc<Row<S>>>,
{
    Box::pin(async move {
        let asked = Arc::new(asked);
        let key =
            PageUnder { field: Field::of(ctx), under, parent, asked: Arc::clone(&asked), page, ahead: ahead::<S>(ctx) };
        let slice = loader(ctx)?.load_one(key).await?.ok_or(Error::internal("a page was not loaded"))??;
        let total: Count = Box::new(move |ctx| {
            let key = CountUnder { field: Field::of(ctx), under, parent, asked: Arc::clone(&asked) };
            Box::pin(
                async move { Ok(loader(ctx)?.load_one(key).await?.ok_or(Error::internal("a list was not counted"))??) },
            )
        });
        Ok(Connection::new((*slice).clone(), N::from, total))
    })
}
