//! How likely two contacts are the same: rules without data.
use std::collections::HashSet;

use entity::vocabulary::{ContactMatch, Flag as _};
use uuid::Uuid;

use crate::db::fold;

/// Names that are less alike than this are different ones.
const ALIKE: f64 = 0.85;
/// Two are likely the same from here on.
const LIKELY: f64 = 0.5;

/// The fields of the contract that tell a contact from others.
const TELLING: [&str; 9] =
    ["givenName", "familyName", "nativeName", "names", "country", "website", "appointments", "emails", "phones"];

/// Whether a contact may be like others since these fields have changed.
pub(crate) fn tell_apart<'a>(mut fields: impl Iterator<Item = &'a str>) -> bool {
    fields.any(|field| TELLING.contains(&field))
}

/// What tells a contact from others.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) names: Vec<String>,
    pub(super) country: Option<Uuid>,
    /// Where a person holds positions, or held them.
    pub(super) institutions: HashSet<Uuid>,
    /// In small letters.
    pub(super) emails: HashSet<String>,
    pub(super) phones: HashSet<String>,
    /// The host of the website.
    pub(super) website: Option<String>,
}

/// How likely two contacts are the same, in thousandths, and in what they are alike: nothing, if that is not likely.
pub(super) fn alike(one: &Facts, two: &Facts) -> Option<(i32, i32)> {
    let pairs = one.names.iter().flat_map(|a| two.names.iter().map(move |b| similarity(a, b)));
    let name = pairs.fold(0.0, f64::max);
    let website = one.website.is_some() && one.website == two.website;
    let found = [
        (ContactMatch::Name, name >= ALIKE, 0.8 * name),
        (ContactMatch::Email, !one.emails.is_disjoint(&two.emails), 0.6),
        (ContactMatch::Phone, !one.phones.is_disjoint(&two.phones), 0.3),
        (ContactMatch::Institution, !one.institutions.is_disjoint(&two.institutions), 0.3),
        (ContactMatch::Website, website, 0.4),
    ];
    let matched: Vec<ContactMatch> = found.iter().filter(|(_, is, _)| *is).map(|(what, _, _)| *what).collect();
    let unlike: f64 = found.iter().filter(|(_, is, _)| *is).map(|(_, _, weight)| 1.0 - weight).product();
    // People move, and so do offices: another country makes it less likely.
    let abroad = one.country.zip(two.country).is_some_and(|(one, two)| one != two);
    let score = (1.0 - unlike) * if abroad { 0.75 } else { 1.0 };
    // A place or a number alone is many people's.
    let telling = matched.iter().any(|what| matches!(what, ContactMatch::Name | ContactMatch::Email));
    (telling && score >= LIKELY).then(|| (thousandths(score), ContactMatch::set(&matched)))
}

/// A share from 0 to 1, in thousandths.
fn thousandths(share: f64) -> i32 {
    (0..=1_000).find(|whole| f64::from(*whole) >= share * 1_000.0 - 0.5).unwrap_or(1_000)
}

/// How alike two names are, from 0 to 1, in whichever order their words are, and wherever these are parted.
fn similarity(one: &str, two: &str) -> f64 {
    let (one, two) = (fold(one), fold(two));
    if one.is_empty() || two.is_empty() {
        return 0.0;
    }
    let (mut shorter, mut longer): (Vec<&str>, Vec<&str>) = (one.split(' ').collect(), two.split(' ').collect());
    shorter.sort_unstable();
    longer.sort_unstable();
    if shorter == longer {
        return 1.0;
    }
    if shorter.len() > longer.len() {
        std::mem::swap(&mut shorter, &mut longer);
    }
    word_by_word(&shorter, longer.clone()).max(parted_otherwise(&shorter, &longer))
}

/// Each word of the shorter name beside the nearest one of the longer: words that are left over make it less alike, and a
/// single word says little.
fn word_by_word(shorter: &[&str], mut longer: Vec<&str>) -> f64 {
    let left_over = longer.len() - shorter.len();
    if shorter.len() < 2 && left_over > 0 {
        return 0.0;
    }
    let (mut sum, mut count) = (0.0, 0.0);
    for word in shorter {
        let near = |other: &&str| strsim::jaro_winkler(word, other);
        let nearest = longer.iter().enumerate().map(|(place, other)| (place, near(other)));
        let Some((place, nearness)) = nearest.max_by(|(_, a), (_, b)| a.total_cmp(b)) else { break };
        longer.swap_remove(place);
        sum += nearness;
        count += 1.0;
    }
    (0..left_over).fold(sum / f64::max(count, 1.0), |score, _| score * 0.94)
}

/// Names of which one parts a word that the other one does not: some order of the words makes them alike letter by letter.
fn parted_otherwise(one: &[&str], two: &[&str]) -> f64 {
    let letters = |words: &[&str]| {
        let mut letters: Vec<char> = words.concat().chars().collect();
        letters.sort_unstable();
        letters.into_iter().collect::<String>()
    };
    if letters(one) == letters(two) { 0.98 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, native: Option<&str>) -> Facts {
        let names = [Some(name), native].into_iter().flatten().map(str::to_owned).collect();
        Facts { names, ..Facts::default() }
    }

    #[test]
    fn names_are_compared_across_orders_and_scripts() {
        for (one, two) in [
            (named("Thị Linh Nguyễn", None), named("Linh Nguyen Thi", None)),
            (named("Min-ji Kim", None), named("Minji Kim", None)),
            (named("Kim Min-ji", None), named("Minji Kim", None)),
            (named("Min-ji Kim", Some("김민지")), named("민지 김", None)),
            (named("Mohammed Ali", None), named("Muhammad Ali", None)),
            (named("Linh Nguyen", None), named("Linh Thi Nguyen", None)),
        ] {
            assert!(alike(&one, &two).is_some(), "{:?} {:?}", one.names, two.names);
        }
        for (one, two) in [
            (named("Bora Kim", None), named("Minji Kim", None)),
            (named("Linh", None), named("Linh Nguyen", None)),
            (named("Anh Tran", None), named("Linh Nguyen", None)),
        ] {
            assert_eq!(alike(&one, &two), None, "{:?} {:?}", one.names, two.names);
        }
    }

    #[test]
    fn what_else_is_alike_makes_it_likelier() {
        let (one, two) = (named("Min-ji Kim", None), named("Minji Kim", None));
        let by_name = alike(&one, &two).unwrap_or_default();
        let here = |facts: Facts| Facts { institutions: [Uuid::nil()].into(), ..facts };
        let there = alike(&here(one.clone()), &here(two.clone())).unwrap_or_default();
        let mail = |facts: Facts| Facts { emails: ["a@example.org".to_owned()].into(), ..facts };
        let mailed = alike(&mail(one.clone()), &mail(two.clone())).unwrap_or_default();
        assert!(by_name.0 < there.0 && there.0 < mailed.0 && mailed.0 <= 1_000, "{by_name:?} {there:?} {mailed:?}");
        assert_eq!(mailed.1, ContactMatch::set(&[ContactMatch::Name, ContactMatch::Email]));
        let abroad = |facts: Facts, country| Facts { country: Some(Uuid::from_u128(country)), ..facts };
        let apart = alike(&abroad(one, 1), &abroad(two, 2)).unwrap_or_default();
        assert!(apart.0 < by_name.0);
        let house = alike(&here(named("Bora Kim", None)), &here(named("Linh Nguyen", None)));
        assert_eq!(house, None, "colleagues are not the same");
    }
}
