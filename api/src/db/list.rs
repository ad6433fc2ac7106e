//! Ordered lists in pages, of a whole table or of the rows under each of many parents: one statement for a
//! page, one for a count, whatever the number of parents.
use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use entity::positional::Positional;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait, ExprTrait as _, IdenStatic as _,
    Iterable as _, JoinType, Order, QueryResult,
    sea_query::{
        Alias, Asterisk, DynIden, Expr, Func, IntoIden as _, NullOrdering, OrderedStatement, Query, SelectStatement,
        SimpleExpr, WindowStatement,
    },
};
use uuid::Uuid;

use super::{
    KeyKind,
    backend::{EACH, Parents, all_of, each_parent},
    cursor::{Cursor, Key},
    page::{Page, PageArgs, Slice},
    turns::Turns,
};
use crate::error::Error;

/// The column of a link that holds the parent's ID.
pub(crate) const PARENT: &str = "link_parent";
/// The column of a link that holds the ID of a row under it.
pub(crate) const CHILD: &str = "link_child";
const LINK: &str = "link";
const PLACE: &str = "link_place";
const TOTAL: &str = "link_total";

/// What a list is ordered by; rows with the same key are ordered by their ID.
#[derive(Clone, Debug)]
pub(crate) struct Sort<E: EntityTrait> {
    expr: SimpleExpr,
    /// Whether rows may be without a key: they are at the end of the list, in either direction of the order.
    nullable: bool,
    kind: KeyKind,
    descending: bool,
    /// The key and the ID of a row.
    key: fn(&E::Model) -> (Key, Uuid),
}

/// A list: the rows of a table that the viewer may see and that the filter lets pass, in an order.
#[derive(Clone, Debug)]
pub(crate) struct List<E: EntityTrait> {
    pub(crate) visible: Condition,
    /// The same, where the list stands: what its link leads to may need less to be asked.
    pub(crate) visible_here: Condition,
    /// Where the list stands under parents: the rows that are under each of them, whichever it is. The link need not
    /// lead to them.
    pub(crate) everywhere: Option<Condition>,
    /// Whether one row more than a page has is looked for, to tell whether the list goes on.
    pub(crate) more: bool,
    /// Columns, of JSON lists, that nobody asks for: they are fetched empty.
    pub(crate) left_out: Vec<E::Column>,
    pub(crate) filter: Condition,
    pub(crate) sort: Sort<E>,
    /// Tells this order and filter from others: what cursors are bound to.
    pub(crate) fingerprint: String,
}

impl<E: EntityTrait> Sort<E> {
    /// By a column; `key` tells the key and the ID of a row.
    pub(crate) fn by(by: E::Column, kind: KeyKind, descending: bool, key: fn(&E::Model) -> (Key, Uuid)) -> Self {
        Self { expr: column(by), nullable: by.def().is_null(), kind, descending, key }
    }

    /// By a column that every row has, and that only the database knows: it makes it of another one.
    pub(crate) fn by_generated(name: &'static str, kind: KeyKind, key: fn(&E::Model) -> (Key, Uuid)) -> Self {
        let expr = Expr::col((table::<E>(), Alias::new(name)));
        Self { expr, nullable: false, kind, descending: false, key }
    }

    /// Whether a page in this direction walks the keys downwards.
    fn downwards(&self, backward: bool) -> bool {
        self.descending != backward
    }

    /// Has a statement, or its window, fetch rows in the order of a page.
    fn order(&self, statement: &mut impl OrderedStatement, backward: bool) {
        let direction = || if self.downwards(backward) { Order::Desc } else { Order::Asc };
        let key = self.expr.clone();
        if self.nullable {
            let nulls = if backward { NullOrdering::First } else { NullOrdering::Last };
            statement.order_by_expr_with_nulls(key, direction(), nulls);
        } else {
            // Where there are none, to say where they go would keep the database from using its index.
            statement.order_by_expr(key, direction());
        }
        statement.order_by_expr(id::<E>(), direction());
    }

    /// How two rows stand to each other in the order in which a page is fetched.
    fn compare(&self, backward: bool, a: &E::Model, b: &E::Model) -> Ordering {
        let ((a, a_id), (b, b_id)) = ((self.key)(a), (self.key)(b));
        let (a_none, b_none) = (a == Key::None, b == Key::None);
        let listed = a_none.cmp(&b_none).then_with(|| {
            let up = (a, a_id).cmp(&(b, b_id));
            if self.descending { up.reverse() } else { up }
        });
        if backward { listed.reverse() } else { listed }
    }

    /// The rows beyond a cursor; `backward` means towards the start of the list.
    fn beyond(&self, cursor: &Cursor, backward: bool) -> Result<Condition, Error> {
        let key = || self.expr.clone();
        if let (false, Some(value)) = (self.nullable, cursor.key.value()?) {
            let row = Expr::tuple([key(), id::<E>()]);
            let place = Expr::tuple([Expr::val(value), Expr::val(cursor.id)]);
            return Ok(Condition::all().add(if self.downwards(backward) { row.lt(place) } else { row.gt(place) }));
        }
        let further = |expr: SimpleExpr, value: sea_orm::Value| {
            if self.downwards(backward) { expr.lt(value) } else { expr.gt(value) }
        };
        let next = further(id::<E>(), cursor.id.into());
        // Rows without a key are at the end of the list, in either direction of the order.
        Ok(match (cursor.key.value()?, backward) {
            (None, false) => Condition::all().add(key().is_null()).add(next),
            (None, true) => {
                let same = Condition::all().add(key().is_null()).add(next);
                Condition::any().add(key().is_not_null()).add(same)
            }
            (Some(value), backward) => {
                let same = Condition::all().add(key().eq(value.clone())).add(next);
                let beyond = Condition::any().add(further(key(), value)).add(same);
                if backward { beyond } else { beyond.add(key().is_null()) }
            }
        })
    }

    /// The row's key and ID as a cursor holds them.
    fn position(&self, row: &E::Model) -> (Key, Uuid) {
        let (key, id) = (self.key)(row);
        (if self.kind == KeyKind::Personal { Key::Withheld } else { key }, id)
    }
}

/// A column, with its table.
pub(crate) fn column(column: impl sea_orm::ColumnTrait) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}

/// The table of an entity.
fn table<E: EntityTrait>() -> DynIden {
    Alias::new(E::default().table_name()).into_iden()
}

/// The key of an entity's table.
pub(crate) fn id<E: EntityTrait>() -> SimpleExpr {
    Expr::col((table::<E>(), Alias::new("id")))
}

impl<E: EntityTrait<Model: Positional>> List<E> {
    fn condition(&self) -> Condition {
        Condition::all().add(self.visible_here.clone()).add(self.filter.clone())
    }

    /// The columns of a row.
    fn columns(&self, backend: DbBackend) -> SelectStatement {
        let mut statement = Query::select();
        let empty = if backend == DbBackend::Postgres { "'[]'::jsonb" } else { "'[]'" };
        for name in E::Column::iter() {
            if self.left_out.iter().any(|left_out| left_out.as_str() == name.as_str()) {
                statement.expr_as(Expr::cust(empty), Alias::new(name.as_str()));
            } else {
                statement.expr(column(name));
            }
        }
        statement
    }

    /// The rows that a page may have.
    async fn wanted(&self, db: &Turns, page: &Page) -> Result<Condition, Error> {
        let mut condition = self.condition();
        for (field, cursor, backward) in [("after", &page.after, false), ("before", &page.before, true)] {
            if let Some(cursor) = cursor {
                let cursor = self.located(db, field, cursor).await?;
                condition = condition.add(self.sort.beyond(&cursor, backward)?);
            }
        }
        Ok(condition)
    }

    /// The rows of a page of those that are wanted.
    async fn rows(&self, db: &Turns, page: &Page, wanted: Condition) -> Result<Vec<E::Model>, Error> {
        let mut statement = self.columns(db.get_database_backend());
        statement.from(table::<E>()).cond_where(wanted).limit(self.size(page));
        self.sort.order(&mut statement, page.backward);
        models::<E>(&db.query_all(&statement).await?)
    }

    /// The cursor with its key, looked up if it was withheld: but only if the viewer may (still) see the row,
    /// so that a made-up cursor tells nothing about a hidden one.
    async fn located(&self, db: &Turns, field: &str, cursor: &Cursor) -> Result<Cursor, Error> {
        if cursor.key != Key::Withheld {
            return Ok(cursor.clone());
        }
        let mut statement = Query::select();
        statement
            .exprs(E::Column::iter().map(column))
            .from(table::<E>())
            .cond_where(self.visible.clone())
            .and_where(id::<E>().eq(cursor.id));
        let row = db.query_one(&statement).await?.ok_or(Error::CursorExpired { field: field.to_owned() })?;
        let (key, id) = (self.sort.key)(&E::Model::at(&row, 0)?);
        Ok(Cursor { key, id })
    }

    fn size(&self, page: &Page) -> u64 {
        u64::from(page.size) + u64::from(self.more)
    }

    fn slice(&self, rows: Vec<Arc<E::Model>>, page: &Page) -> Slice<Arc<E::Model>> {
        Slice::new(rows, page, |row| self.sort.position(row))
    }
}

/// The start of a link: pairs of a parent's key and a row's.
pub(crate) fn pairs(parent: SimpleExpr, child: SimpleExpr) -> SelectStatement {
    Query::select().expr_as(parent, PARENT).expr_as(child, CHILD).take()
}

/// The keys of the rows of a link.
pub(crate) fn children(link: SelectStatement) -> SelectStatement {
    Query::select().column((LINK, CHILD)).from_subquery(link, LINK).take()
}

/// A page of a list.
pub(crate) async fn fetch<E: EntityTrait<Model: Positional>>(
    db: &Turns,
    list: &List<E>,
    args: &PageArgs,
) -> Result<Slice<Arc<E::Model>>, Error> {
    let page = args.check(list.sort.kind, &list.fingerprint)?;
    let wanted = list.wanted(db, &page).await?;
    let rows = list.rows(db, &page, wanted).await?;
    Ok(list.slice(rows.into_iter().map(Arc::new).collect(), &page))
}

/// The first rows of a list, of whatever size.
pub(crate) async fn beginning<E: EntityTrait<Model: Positional>>(
    db: &Turns,
    list: &List<E>,
    size: u32,
) -> Result<Vec<E::Model>, Error> {
    let page = Page { size, backward: false, after: None, before: None, fingerprint: "".into() };
    list.rows(db, &page, list.condition()).await
}

/// A page of the list under each of the parents. `link` yields pairs of [`PARENT`] and [`CHILD`], each at most once,
/// of the parents that it is given; `own` is the column that holds the parent, where there is one.
pub(crate) async fn fetch_under<E: EntityTrait<Model: Positional>>(
    db: &Turns,
    list: &List<E>,
    args: &PageArgs,
    (link, own): (impl Fn(Parents<'_>) -> SelectStatement, Option<E::Column>),
    parents: &[Uuid],
) -> Result<HashMap<Uuid, Slice<Arc<E::Model>>>, Error> {
    let page = args.check(list.sort.kind, &list.fingerprint)?;
    let wanted = list.wanted(db, &page).await?;
    let everywhere: Vec<_> = match &list.everywhere {
        Some(everywhere) => list.rows(db, &page, wanted.clone().add(everywhere.clone())).await?,
        None => vec![],
    }
    .into_iter()
    .map(Arc::new)
    .collect();
    let wanted = wanted.add_option(list.everywhere.clone().map(Condition::not));

    let backend = db.get_database_backend();
    let mut rows = list.columns(backend);
    let size = list.size(&page);
    let statement = if backend == DbBackend::Postgres {
        match own {
            Some(own) => {
                rows.from(table::<E>()).and_where(Parents::Each.has(backend, column(own))).cond_where(wanted);
            }
            None => one_by_one::<E>(&mut rows, link(Parents::Each), wanted),
        }
        rows.limit(size);
        list.sort.order(&mut rows, page.backward);
        under_each(rows, parents)
    } else {
        rows.from_subquery(link(Parents::Among(parents)), LINK)
            .inner_join(table::<E>(), id::<E>().equals((LINK, CHILD)))
            .cond_where(wanted);
        let mut window = WindowStatement::partition_by((LINK, PARENT));
        list.sort.order(&mut window, page.backward);
        first_under(rows, window, size)
    };

    // The parent comes before the row's columns where it is the outer statement that has it.
    let first = usize::from(backend == DbBackend::Postgres);
    let mut grouped: HashMap<_, _> = parents.iter().map(|parent| (*parent, everywhere.clone())).collect();
    for row in db.query_all(&statement).await? {
        grouped.entry(row.try_get("", PARENT)?).or_default().push(Arc::new(E::Model::at(&row, first)?));
    }
    let slice = |(parent, mut rows): (Uuid, Vec<Arc<E::Model>>)| {
        // The statement chooses the rows; their order it does not promise, but as a rule has it.
        if !rows.is_sorted_by(|a, b| list.sort.compare(page.backward, a, b) != Ordering::Greater) {
            rows.sort_by(|a, b| list.sort.compare(page.backward, a, b));
        }
        rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        (parent, list.slice(rows, &page))
    };
    Ok(grouped.into_iter().map(slice).collect())
}

/// Has a statement fetch the rows that a link leads to by their keys (PostgreSQL). Left to choose, the database reads the
/// whole table once for each parent that has some hundreds; `OFFSET 0` keeps it from choosing.
fn one_by_one<E: EntityTrait>(rows: &mut SelectStatement, link: SelectStatement, wanted: Condition) {
    let row = Query::select()
        .column((table::<E>(), Asterisk))
        .from(table::<E>())
        .and_where(id::<E>().equals((LINK, CHILD)))
        .cond_where(wanted)
        .offset(0)
        .take();
    rows.from_subquery(link, LINK).join_lateral(JoinType::InnerJoin, row, table::<E>(), Expr::cust("TRUE"));
}

/// The first of the rows under each parent, fetched parent by parent.
fn under_each(rows: SelectStatement, parents: &[Uuid]) -> SelectStatement {
    Query::select()
        .expr_as(each_parent(), PARENT)
        .column(("placed", Asterisk))
        .from_function(Func::cust("unnest").arg(all_of(parents)), EACH)
        .join_lateral(JoinType::InnerJoin, rows, "placed", Expr::cust("TRUE"))
        .take()
}

/// The first of the rows under each parent, counted out of all of them.
fn first_under(mut rows: SelectStatement, window: WindowStatement, size: u64) -> SelectStatement {
    rows.column((LINK, PARENT)).expr_window_as(Expr::cust("row_number()"), window, PLACE);
    Query::select()
        .column(Asterisk)
        .from_subquery(rows, "placed")
        .and_where(Expr::col(PLACE).lte(i64::try_from(size).unwrap_or(i64::MAX)))
        .take()
}

/// How many rows a list has.
pub(crate) async fn count<E: EntityTrait<Model: Positional>>(db: &Turns, list: &List<E>) -> Result<i64, Error> {
    count_of::<E>(db, list.condition()).await
}

/// How many rows of a table meet a condition.
async fn count_of<E: EntityTrait>(db: &Turns, condition: Condition) -> Result<i64, Error> {
    let mut statement = Query::select();
    statement.expr_as(Expr::col(Asterisk).count(), TOTAL).from(table::<E>()).cond_where(condition);
    let row = db.query_one(&statement).await?.ok_or(Error::internal("a count answers nothing"))?;
    Ok(row.try_get("", TOTAL)?)
}

/// How many rows the list under each of the parents has.
pub(crate) async fn count_under<E: EntityTrait<Model: Positional>>(
    db: &Turns,
    list: &List<E>,
    (link, own): (impl Fn(Parents<'_>) -> SelectStatement, Option<E::Column>),
    parents: &[Uuid],
) -> Result<HashMap<Uuid, i64>, Error> {
    let everywhere = match &list.everywhere {
        Some(everywhere) => count_of::<E>(db, list.condition().add(everywhere.clone())).await?,
        None => 0,
    };
    let wanted = list.condition().add_option(list.everywhere.clone().map(Condition::not));
    let backend = db.get_database_backend();
    let mut statement = Query::select();
    statement.expr_as(Expr::col(Asterisk).count(), TOTAL);
    let statement = if backend == DbBackend::Postgres {
        match own {
            Some(own) => {
                statement.from(table::<E>()).and_where(Parents::Each.has(backend, column(own))).cond_where(wanted);
            }
            None => one_by_one::<E>(&mut statement, link(Parents::Each), wanted),
        }
        under_each(statement, parents)
    } else {
        statement
            .column((LINK, PARENT))
            .from_subquery(link(Parents::Among(parents)), LINK)
            .inner_join(table::<E>(), id::<E>().equals((LINK, CHILD)))
            .cond_where(wanted)
            .group_by_col((LINK, PARENT))
            .take()
    };
    let mut counts: HashMap<_, _> = parents.iter().map(|parent| (*parent, everywhere)).collect();
    for row in db.query_all(&statement).await? {
        let own: i64 = row.try_get("", TOTAL)?;
        *counts.entry(row.try_get("", PARENT)?).or_default() += own;
    }
    Ok(counts)
}

/// The rows of a statement that selects the table's columns in their order.
pub(crate) fn models<E: EntityTrait<Model: Positional>>(rows: &[QueryResult]) -> Result<Vec<E::Model>, Error> {
    rows.iter().map(|row| Ok(E::Model::at(row, 0)?)).collect()
}
