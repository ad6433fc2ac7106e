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
    if backend == DbBackend::Postgres {
        let ids = ids.into_iter().map(|id| Value::Uuid(Some(id))).collect();
        let array = Value::Array(ArrayType::Uuid, Some(Box::new(ids)));
        return column.eq(PgFunc::any(Expr::val(array)));
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
