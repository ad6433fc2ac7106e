//! Ordered lists in pages, of a whole table or of the rows under each of many parents: one statement for a
//! page, one for a count, whatever the number of parents.
use std::collections::HashMap;

use sea_orm::{
    Condition, ConnectionTrait, DatabaseConnection, EntityTrait, ExprTrait as _, FromQueryResult as _, Order,
    QueryResult,
    sea_query::{Alias, Asterisk, DynIden, Expr, IntoIden as _, Query, SelectStatement, SimpleExpr, WindowStatement},
};
use uuid::Uuid;

use super::{
    KeyKind,
    cursor::{Cursor, Key},
    page::{Page, PageArgs, Slice},
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
    pub(crate) column: E::Column,
    pub(crate) kind: KeyKind,
    pub(crate) descending: bool,
    /// The key and the ID of a row.
    pub(crate) key: fn(&E::Model) -> (Key, Uuid),
}

/// A list: the rows of a table that the viewer may see and that the filter lets pass, in an order.
#[derive(Clone, Debug)]
pub(crate) struct List<E: EntityTrait> {
    pub(crate) visible: Condition,
    pub(crate) filter: Condition,
    pub(crate) sort: Sort<E>,
    /// Tells this order and filter from others: what cursors are bound to.
    pub(crate) fingerprint: String,
}

impl<E: EntityTrait> Sort<E> {
    fn expr(&self) -> SimpleExpr {
        column(self.column)
    }

    /// Whether a page in this direction walks the keys downwards.
    fn downwards(&self, backward: bool) -> bool {
        self.descending != backward
    }

    /// The order of the statement that fetches a page.
    fn order(&self, backward: bool) -> [(SimpleExpr, Order); 3] {
        let direction = |down| if down { Order::Desc } else { Order::Asc };
        [
            (self.expr().is_null(), direction(backward)),
            (self.expr(), direction(self.downwards(backward))),
            (id::<E>(), direction(self.downwards(backward))),
        ]
    }

    /// The rows beyond a cursor; `backward` means towards the start of the list.
    fn beyond(&self, cursor: &Cursor, backward: bool) -> Result<Condition, Error> {
        let further = |expr: SimpleExpr, value: sea_orm::Value| {
            if self.downwards(backward) { expr.lt(value) } else { expr.gt(value) }
        };
        let next = further(id::<E>(), cursor.id.into());
        // Rows without a key are at the end of the list, in either direction of the order.
        Ok(match (cursor.key.value()?, backward) {
            (None, false) => Condition::all().add(self.expr().is_null()).add(next),
            (None, true) => {
                let same = Condition::all().add(self.expr().is_null()).add(next);
                Condition::any().add(self.expr().is_not_null()).add(same)
            }
            (Some(value), backward) => {
                let same = Condition::all().add(self.expr().eq(value.clone())).add(next);
                let beyond = Condition::any().add(further(self.expr(), value)).add(same);
                if backward { beyond } else { beyond.add(self.expr().is_null()) }
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

impl<E: EntityTrait> List<E> {
    fn condition(&self) -> Condition {
        Condition::all().add(self.visible.clone()).add(self.filter.clone())
    }

    /// The rows of a page: everything but order and limit, which depend on whether there are parents.
    async fn rows(&self, db: &DatabaseConnection, page: &Page) -> Result<SelectStatement, Error> {
        let mut statement = Query::select();
        statement.column((table::<E>(), Asterisk)).cond_where(self.condition());
        for (field, cursor, backward) in [("after", &page.after, false), ("before", &page.before, true)] {
            if let Some(cursor) = cursor {
                let cursor = self.located(db, field, cursor).await?;
                statement.cond_where(self.sort.beyond(&cursor, backward)?);
            }
        }
        Ok(statement)
    }

    /// The cursor with its key, looked up if it was withheld: but only if the viewer may (still) see the row,
    /// so that a made-up cursor tells nothing about a hidden one.
    async fn located(&self, db: &DatabaseConnection, field: &str, cursor: &Cursor) -> Result<Cursor, Error> {
        if cursor.key != Key::Withheld {
            return Ok(cursor.clone());
        }
        let mut statement = Query::select();
        statement
            .column((table::<E>(), Asterisk))
            .from(table::<E>())
            .cond_where(self.visible.clone())
            .and_where(id::<E>().eq(cursor.id));
        let row = db.query_one(&statement).await?.ok_or(Error::CursorExpired { field: field.to_owned() })?;
        let (key, id) = (self.sort.key)(&E::Model::from_query_result(&row, "")?);
        Ok(Cursor { key, id })
    }

    fn slice(&self, rows: Vec<E::Model>, page: &Page) -> Slice<E::Model> {
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
pub(crate) async fn fetch<E: EntityTrait>(
    db: &DatabaseConnection,
    list: &List<E>,
    args: &PageArgs,
) -> Result<Slice<E::Model>, Error> {
    let page = args.check(list.sort.kind, &list.fingerprint)?;
    let mut statement = list.rows(db, &page).await?;
    statement.from(table::<E>()).limit(u64::from(page.size) + 1);
    for (expr, order) in list.sort.order(page.backward) {
        statement.order_by_expr(expr, order);
    }
    Ok(list.slice(models::<E>(&db.query_all(&statement).await?)?, &page))
}

/// A page of the list under each of the parents. `link` yields pairs of [`PARENT`] and [`CHILD`], each at most once.
pub(crate) async fn fetch_under<E: EntityTrait>(
    db: &DatabaseConnection,
    list: &List<E>,
    args: &PageArgs,
    link: SelectStatement,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, Slice<E::Model>>, Error> {
    let page = args.check(list.sort.kind, &list.fingerprint)?;
    let mut window = WindowStatement::partition_by((LINK, PARENT));
    for (expr, order) in list.sort.order(page.backward) {
        window.order_by_expr(expr, order);
    }
    let mut placed = list.rows(db, &page).await?;
    placed
        .column((LINK, PARENT))
        .expr_window_as(Expr::cust("row_number()"), window, PLACE)
        .from_subquery(link, LINK)
        .inner_join(table::<E>(), id::<E>().equals((LINK, CHILD)));
    let mut statement = Query::select();
    statement
        .column(Asterisk)
        .from_subquery(placed, "placed")
        .and_where(Expr::col(PLACE).lte(i64::from(page.size) + 1))
        .order_by(PARENT, Order::Asc)
        .order_by(PLACE, Order::Asc);

    let mut grouped: HashMap<Uuid, Vec<E::Model>> = parents.iter().map(|parent| (*parent, vec![])).collect();
    for row in db.query_all(&statement).await? {
        grouped.entry(row.try_get("", PARENT)?).or_default().push(E::Model::from_query_result(&row, "")?);
    }
    Ok(grouped.into_iter().map(|(parent, rows)| (parent, list.slice(rows, &page))).collect())
}

/// How many rows a list has.
pub(crate) async fn count<E: EntityTrait>(db: &DatabaseConnection, list: &List<E>) -> Result<i64, Error> {
    let mut statement = Query::select();
    statement.expr_as(Expr::col(Asterisk).count(), TOTAL).from(table::<E>()).cond_where(list.condition());
    let row = db.query_one(&statement).await?.ok_or(Error::internal("a count answers nothing"))?;
    Ok(row.try_get("", TOTAL)?)
}

/// How many rows the list under each parent has; parents without any are absent.
pub(crate) async fn count_under<E: EntityTrait>(
    db: &DatabaseConnection,
    list: &List<E>,
    link: SelectStatement,
) -> Result<HashMap<Uuid, i64>, Error> {
    let mut statement = Query::select();
    statement
        .column((LINK, PARENT))
        .expr_as(Expr::col(Asterisk).count(), TOTAL)
        .from_subquery(link, LINK)
        .inner_join(table::<E>(), id::<E>().equals((LINK, CHILD)))
        .cond_where(list.condition())
        .group_by_col((LINK, PARENT));
    let rows = db.query_all(&statement).await?;
    rows.iter().map(|row| Ok((row.try_get("", PARENT)?, row.try_get("", TOTAL)?))).collect()
}

fn models<E: EntityTrait>(rows: &[QueryResult]) -> Result<Vec<E::Model>, Error> {
    rows.iter().map(|row| Ok(E::Model::from_query_result(row, "")?)).collect()
}
