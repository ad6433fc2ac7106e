//! How subjects are found by words. The database finds those whose text has them all; this code ranks them, so that
//! both databases answer alike.
use entity::{search_entry, vocabulary::SubjectKind};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _,
    sea_query::{CaseStatement, Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr},
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
fn words_of(field: &str, text: &str) -> Result<Vec<String>, Error> {
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

/// A page of what has all of the words, best first, and how many there are.
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

    let mut statement = Query::select();
    statement
        .columns([search_entry::Column::Kind, search_entry::Column::SubjectId, search_entry::Column::Names])
        .from(search_entry::Entity)
        .cond_where(contains_words(reading.backend(), &words))
        .cond_where(seen(reading, &asked, country));
    let phrase = fold(query);
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

/// The entries of subjects of these kinds that the viewer may see and, if one is asked for, that belong to a country.
fn seen(reading: &Reading, kinds: &[SubjectKind], country: Option<Uuid>) -> Condition {
    if kinds.is_empty() {
        return Condition::all().add(Expr::val(false));
    }
    let mut by_kind = CaseStatement::new();
    for kind in kinds {
        let (visible, belonging) = match kind {
            SubjectKind::Country => (visible::<Countries>(reading), country.map(itself)),
            SubjectKind::CountryGroup => {
                (visible::<Groups>(reading), country.map(|country| groups::of_country(reading, country)))
            }
            SubjectKind::Convention => {
                (visible::<Conventions>(reading), country.map(|country| conventions::of_country(reading, country)))
            }
            SubjectKind::Institution => {
                (visible::<Institutions>(reading), under::<Institutions>(reading, InstitutionsUnder::Country, country))
            }
            SubjectKind::Policymaker => {
                (visible::<Policymakers>(reading), under::<Policymakers>(reading, PolicymakersUnder::Country, country))
            }
            SubjectKind::Agreement => {
                (visible::<Agreements>(reading), under::<Agreements>(reading, AgreementsUnder::Country, country))
            }
            SubjectKind::Opportunity => (
                visible::<Opportunities>(reading),
                under::<Opportunities>(reading, OpportunitiesUnder::OpenTo, country),
            ),
            SubjectKind::GroupMembership | SubjectKind::Accession => continue,
        };
        let belonging = belonging.map(|keys| search_entry::Column::SubjectId.in_subquery(keys));
        // Entry by entry: there are fewer with the words than subjects that may be seen.
        let seen = Condition::all().add_option(visible.map(Expr::exists)).add_option(belonging);
        let seen = if seen.is_empty() { seen.add(Expr::val(true)) } else { seen };
        by_kind = by_kind.case(search_entry::Column::Kind.eq(*kind), seen);
    }
    Condition::all().add(SimpleExpr::Case(Box::new(by_kind.finally(false))))
}

/// The key of the country itself.
fn itself(country: Uuid) -> SelectStatement {
    Query::select().column("id").from(entity::country::Entity).and_where(entity::country::Column::Id.eq(country)).take()
}

/// The subject of an entry, if not all of its kind may be seen.
fn visible<S: Seen>(reading: &Reading) -> Option<SelectStatement> {
    let visible = S::visible(reading);
    let subject = id::<S::Table>().eq(column(search_entry::Column::SubjectId));
    let one = || Query::select().expr(Expr::val(1)).from(S::Table::default()).and_where(subject).take();
    (!visible.is_empty()).then(|| one().cond_where(visible).take())
}

fn under<S: Listed>(reading: &Reading, under: S::Under, country: Option<Uuid>) -> Option<SelectStatement> {
    let link = S::link(reading, under, Parents::Among(&[country?]));
    Some(children(link))
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
