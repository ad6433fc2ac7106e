//! Where PostgreSQL and SQLite are asked in different words.
use sea_orm::{
    Condition, DbBackend, ExprTrait as _,
    sea_query::{Alias, ArrayType, Expr, Func, LikeExpr, Query, SimpleExpr, Value, extension::postgres::PgFunc},
};
use uuid::Uuid;

/// Trigram indexes find nothing shorter than this many characters.
const TRIGRAM: usize = 3;

/// That `column` holds one of `ids`, as a single parameter: the statement's text does not depend on how many
/// there are, so that the database plans it once.
pub(crate) fn among(backend: DbBackend, column: SimpleExpr, ids: impl IntoIterator<Item = Uuid>) -> SimpleExpr {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    // For one ID the database makes its plan once; for a list, which it cannot foresee, each time anew.
    if let [id] = ids[..] {
        return column.eq(id);
    }
    if backend == DbBackend::Postgres {
        return column.eq(PgFunc::any(all_of(&ids)));
    }
    let ids: Vec<String> = ids.into_iter().map(|id| id.simple().to_string()).collect();
    let list = serde_json::Value::from(ids).to_string();
    column.in_subquery(
        Query::select()
            .expr(Func::cust("unhex").arg(Expr::col(Alias::new("value"))))
            .from_function(Func::cust("json_each").arg(list), "ids")
            .to_owned(),
    )
}

/// IDs as a single parameter (PostgreSQL).
pub(super) fn all_of(ids: &[Uuid]) -> SimpleExpr {
    let ids = ids.iter().map(|id| Value::Uuid(Some(*id))).collect();
    Expr::val(Value::Array(ArrayType::Uuid, Some(Box::new(ids))))
}

/// The parents that a list is wanted under.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parents<'a> {
    /// These.
    Among(&'a [Uuid]),
    /// Whichever the statement around it has come to.
    Each,
}

/// The parents that a statement goes through one by one.
pub(super) const EACH: &str = "each_parent";

/// The parent that the statement has come to.
pub(super) fn each_parent() -> SimpleExpr {
    Expr::col((EACH, EACH))
}

impl Parents<'_> {
    /// That a column holds one of them.
    pub(crate) fn has(self, backend: DbBackend, column: SimpleExpr) -> SimpleExpr {
        match self {
            Self::Among(ids) => among(backend, column, ids.iter().copied()),
            Self::Each => column.eq(each_parent()),
        }
    }
}

/// That a search entry's content holds each of these folded words. The trigram indexes only find candidates:
/// the condition itself is the same on both databases.
pub(crate) fn contains_words(backend: DbBackend, words: &[String]) -> Condition {
    let content = || Expr::col(("search_entry", "content"));
    let mut condition = Condition::all();
    for word in words {
        if backend == DbBackend::Postgres {
            // A folded word has neither `%` nor `_` nor `\`.
            condition = condition.add(content().like(LikeExpr::new(format!("%{word}%"))));
            continue;
        }
        if word.chars().count() >= TRIGRAM {
            let phrase = format!("\"{word}\"");
            condition = condition.add(
                Expr::col(("search_entry", "id")).in_subquery(
                    Query::select()
                        .column("rowid")
                        .from("search_trigrams")
                        .and_where(Expr::cust_with_values("search_trigrams MATCH ?", [phrase]))
                        .to_owned(),
                ),
            );
        }
        condition = condition.add(Expr::from(Func::cust("instr").arg(content()).arg(word.clone())).gt(0));
    }
    condition
}
