//! How subjects are found by words. The database finds those whose text has them all; this code ranks them, so that
//! both databases answer alike.
use entity::{search_entry, vocabulary::SubjectKind};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _,
    sea_query::{
        Asterisk, CaseStatement, Expr, ExprTrait as _, Func, LikeExpr, Order, Query, SelectStatement, SimpleExpr,
        UnionType,
    },
};
use uuid::Uuid;

use crate::{
    access::{Listed, Reading, Seen},
    db::{Key, KeyKind, PageArgs, Parents, Slice, children, column, contains_words, fingerprint, fold, id, words},
    domain::{
        agreements::{Agreements, AgreementsUnder},
        conventions::{self, Conventions},
        countries::Countries,
        groups::{self, Groups},
        institutions::{Institutions, InstitutionsUnder},
        opportunities::{Opportunities, OpportunitiesUnder},
        policymakers::{Policymakers, PolicymakersUnder},
    },
    error::Error,
};

/// How long a query may be, in characters.
const LONGEST: usize = 200;
/// How many words a query may have: each is looked for on its own.
const MOST: usize = 16;
/// How many of what has all of the words are ranked, and how many a search has at most.
const BEST: u64 = 1_000;
/// As many as there can be, on both databases.
const EVERY: u64 = i64::MAX.unsigned_abs();

/// The kinds that can be found.
pub(super) const KINDS: [SubjectKind; 7] = [
    SubjectKind::Country,
    SubjectKind::CountryGroup,
    SubjectKind::Convention,
    SubjectKind::Institution,
    SubjectKind::Policymaker,
    SubjectKind::Agreement,
    SubjectKind::Opportunity,
];

/// The folded words of a query.
pub(crate) fn words_of(field: &str, text: &str) -> Result<Vec<String>, Error> {
    if text.chars().count() > LONGEST {
        return Err(Error::invalid(field, format!("must have at most {LONGEST} characters")));
    }
    let words = words(text);
    match words.len() {
        0 => Err(Error::invalid(field, "must have at least one letter or digit")),
        1..=MOST => Ok(words),
        _ => Err(Error::invalid(field, format!("must have at most {MOST} words"))),
    }
}

/// The keys of the subjects of a kind whose text has all of the words.
pub(crate) fn subjects_with(
    reading: &Reading,
    kind: SubjectKind,
    field: &str,
    text: &str,
) -> Result<SelectStatement, Error> {
    Ok(Query::select()
        .column(search_entry::Column::SubjectId)
        .from(search_entry::Entity)
        .and_where(search_entry::Column::Kind.eq(kind))
        .cond_where(contains_words(reading.backend(), &words_of(field, text)?))
        .take())
}

/// What has been found: a kind and a key.
pub(super) type Found = (SubjectKind, Uuid);

/// A page of what has all of the words, best first, and how many there are, [`BEST`] at most.
pub(super) async fn search(
    reading: &Reading,
    query: &str,
    kinds: Option<&[SubjectKind]>,
    country: Option<Uuid>,
    page: &PageArgs,
) -> Result<(Slice<Found>, usize), Error> {
    let words = words_of("query", query)?;
    let mut asked: Vec<SubjectKind> = KINDS.to_vec();
    asked.retain(|kind| kinds.is_none_or(|kinds| kinds.contains(kind)));
    let kinds_asked: Vec<String> = asked.iter().map(|kind| format!("{kind:?}")).collect();
    let page = page.check(KeyKind::Rank, &fingerprint(&("search", &words, kinds_asked, country))?)?;

    let phrase = fold(query);
    let belonging = of_each(&asked, |kind| country.and_then(|country| belonging(reading, kind, country)));
    let seen = of_each(&asked, |kind| visible(reading, kind).map(Expr::exists));
    let statement = candidates(reading, (&phrase, &words), belonging).cond_where(seen).limit(BEST).take();
    let mut found = vec![];
    for row in reading.db.query_all(&statement).await? {
        let names: String = row.try_get("", "names")?;
        let subject: Found = (row.try_get("", "kind")?, row.try_get("", "subject_id")?);
        found.push((rank(&phrase, &words, &names), subject));
    }
    found.sort_by_key(|(rank, (_, id))| (*rank, *id));
    let total = found.len();
    Ok((page.cut(found, |(rank, (_, id))| (Key::Rank(*rank), *id)).map(|(_, subject)| subject), total))
}

/// The entries that have all of the words, those first whose names promise most: what the phrase begins, then the
/// shortest. Whether an entry may be seen is asked in this order, and only until there are enough.
fn candidates(reading: &Reading, (phrase, words): (&str, &[String]), belonging: Condition) -> SelectStatement {
    use search_entry::Column;
    const BEGINS: &str = "begins";
    const LENGTH: &str = "length";
    let names = || column(Column::Names);
    let begins = Condition::any()
        .add(names().like(LikeExpr::new(format!("{phrase}%"))))
        .add(names().like(LikeExpr::new(format!("%\n{phrase}%"))));
    let order = |statement: &mut SelectStatement| {
        statement.order_by(BEGINS, Order::Desc).order_by(LENGTH, Order::Asc).order_by("subject_id", Order::Asc);
    };
    let mut having = Query::select();
    having
        .columns([Column::Kind, Column::SubjectId, Column::Names])
        .expr_as(CaseStatement::new().case(begins, 1).finally(0), BEGINS)
        .expr_as(Func::char_length(names()), LENGTH)
        .from(search_entry::Entity)
        .cond_where(contains_words(reading.backend(), words))
        .cond_where(belonging)
        // A limit keeps the database from asking of each what it then sorts.
        .limit(EVERY);
    order(&mut having);
    let mut statement = Query::select();
    statement.column(Asterisk).from_subquery(having, search_entry::Entity);
    order(&mut statement);
    statement
}

/// The entries of these kinds for which a condition of their kind holds, if there is one.
fn of_each(kinds: &[SubjectKind], condition: impl Fn(SubjectKind) -> Option<SimpleExpr>) -> Condition {
    if kinds.is_empty() {
        return Condition::all().add(Expr::val(false));
    }
    let mut by_kind = CaseStatement::new();
    for kind in kinds {
        by_kind =
            by_kind.case(search_entry::Column::Kind.eq(*kind), condition(*kind).unwrap_or_else(|| Expr::val(true)));
    }
    Condition::all().add(SimpleExpr::Case(Box::new(by_kind.finally(false))))
}

/// That the subject of an entry belongs to a country.
fn belonging(reading: &Reading, kind: SubjectKind, country: Uuid) -> Option<SimpleExpr> {
    let keys = match kind {
        SubjectKind::Country => itself(country),
        SubjectKind::CountryGroup => groups::of_country(reading, country),
        SubjectKind::Convention => conventions::of_country(reading, country),
        SubjectKind::Institution => under::<Institutions>(reading, InstitutionsUnder::Country, country),
        SubjectKind::Policymaker => under::<Policymakers>(reading, PolicymakersUnder::Country, country),
        SubjectKind::Agreement => under::<Agreements>(reading, AgreementsUnder::Country, country),
        SubjectKind::Opportunity => under::<Opportunities>(reading, OpportunitiesUnder::OpenTo, country),
        _ => return None,
    };
    Some(search_entry::Column::SubjectId.in_subquery(keys))
}

/// The subject of an entry, if not all of its kind may be seen.
fn visible(reading: &Reading, kind: SubjectKind) -> Option<SelectStatement> {
    match kind {
        SubjectKind::Country => subject::<Countries>(reading),
        SubjectKind::CountryGroup => subject::<Groups>(reading),
        SubjectKind::Convention => subject::<Conventions>(reading),
        SubjectKind::Institution => subject::<Institutions>(reading),
        SubjectKind::Policymaker => subject::<Policymakers>(reading),
        SubjectKind::Agreement => subject::<Agreements>(reading),
        SubjectKind::Opportunity => subject::<Opportunities>(reading),
        _ => None,
    }
}

/// The key of the country itself.
fn itself(country: Uuid) -> SelectStatement {
    Query::select().column("id").from(entity::country::Entity).and_where(entity::country::Column::Id.eq(country)).take()
}

fn subject<S: Seen>(reading: &Reading) -> Option<SelectStatement> {
    let visible = S::visible(reading);
    let subject = id::<S::Table>().eq(column(search_entry::Column::SubjectId));
    let one = || Query::select().expr(Expr::val(1)).from(S::Table::default()).and_where(subject).take();
    (!visible.is_empty()).then(|| one().cond_where(visible).take())
}

fn under<S: Listed>(reading: &Reading, under: S::Under, country: Uuid) -> SelectStatement {
    let mut keys = children(S::link(reading, under, Parents::Among(&[country])));
    if let Some(everywhere) = S::everywhere(under) {
        let subject = Query::select().expr(id::<S::Table>()).from(S::Table::default()).cond_where(everywhere).take();
        keys.union(UnionType::All, subject);
    }
    keys
}

/// How well names answer a query; smaller is better: the name itself, its beginning, all words beginning words of one
/// name, all words somewhere in one name, or only elsewhere in the text. Among equals, the shorter name.
fn rank(phrase: &str, words: &[String], names: &str) -> i64 {
    let begins = |name: &str, word: &str| name.split(' ').any(|part| part.starts_with(word));
    let score = |name: &str| {
        if name == phrase {
            0
        } else if name.starts_with(phrase) {
            1
        } else if words.iter().all(|word| begins(name, word)) {
            2
        } else if words.iter().all(|word| name.contains(word.as_str())) {
            3
        } else {
            4
        }
    };
    let length = |name: &str| i64::try_from(name.chars().count()).map_or(9_999, |length| Ord::min(length, 9_999));
    names.lines().map(|name| score(name) * 10_000 + length(name)).min().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(query: &str, names: &str) -> i64 {
        rank(&fold(query), &words(query), names)
    }

    #[test]
    fn the_name_itself_comes_before_its_beginning_and_that_before_the_rest() {
        let whole = ranked("film", "film");
        let beginning = ranked("film", "film development council");
        let inside = ranked("film", "korean film council");
        let elsewhere = ranked("film", "ministry of culture");
        assert!(whole < beginning && beginning < inside && inside < elsewhere);
    }

    #[test]
    fn the_best_of_several_names_counts() {
        assert_eq!(ranked("영화", "korean film council\n영화진흥위원회"), ranked("영화", "영화진흥위원회"));
    }
}
