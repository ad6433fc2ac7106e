//! What a policymaker's entry says: what people write of it, and what must hold of that.
use chrono::NaiveDate;
use entity::{
    localized::LocalizedTexts,
    vocabulary::{Flag as _, PolicyArea, SeniorityLevel},
};
use uuid::Uuid;

use crate::{
    db::fold,
    domain::contacts::{Point, Points, emails, phones},
    error::FaultCode,
    validation::{Edit, Faults, Text, bounded, country, languages, line, paragraphs, texts},
};

/// How long a part of a name may be, in characters.
const NAME: usize = 150;
/// How long an honorific may be.
const HONORIFIC: usize = 50;
/// How long the title of a position may be.
const TITLE: usize = 300;
/// How long a biography may be.
const BIOGRAPHY: usize = 5_000;

/// What somebody writes: what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(super) given_name: Option<String>,
    pub(super) family_name: Edit<String>,
    pub(super) honorific: Edit<String>,
    pub(super) native_name: Edit<String>,
    pub(super) country: Edit<String>,
    pub(super) biographies: Option<Vec<Text>>,
    pub(super) languages: Option<Vec<String>>,
    pub(super) policy_areas: Option<Vec<PolicyArea>>,
    pub(super) appointments: Option<Vec<Told>>,
}

impl Patch {
    /// The institutions of the positions, in the order in which they are named.
    pub(crate) fn institutions(&self) -> Vec<Uuid> {
        self.appointments.iter().flatten().map(|told| told.institution).collect()
    }

    /// The e-mail addresses of the positions.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.appointments.iter().flatten().flat_map(|told| &told.emails).map(|point| point.value.as_str())
    }
}

/// A position, as somebody writes it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) institution: Uuid,
    pub(super) title: String,
    pub(super) level: Option<SeniorityLevel>,
    pub(super) since: Option<NaiveDate>,
    pub(super) until: Option<NaiveDate>,
    /// Whether everybody may know of it; none: that stays as it is, and something new is not public.
    pub(super) public: Option<bool>,
    pub(super) emails: Vec<Point>,
    pub(super) phones: Vec<Point>,
}

/// A position. The institution, the title and the beginning tell it from the others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Position {
    /// Its row, once there is one.
    pub(super) key: Option<Uuid>,
    pub(super) institution: Uuid,
    pub(super) title: String,
    pub(super) level: Option<SeniorityLevel>,
    pub(super) since: Option<NaiveDate>,
    pub(super) until: Option<NaiveDate>,
    pub(super) public: bool,
    pub(super) points: Points,
}

impl Position {
    /// Whether it is held on a day.
    pub(super) fn is_held(&self, day: NaiveDate) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| until >= day)
    }

    fn is_of(&self, other: &Self) -> bool {
        self.institution == other.institution && fold(&self.title) == fold(&other.title)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let before = |one: &Self, two: &Self| one.until.zip(two.since).is_some_and(|(until, since)| until < since);
        self.is_of(other) && !before(self, other) && !before(other, self)
    }
}

/// What a policymaker's entry says, as far as whoever writes may know it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    pub(super) given_name: String,
    pub(super) family_name: Option<String>,
    pub(super) honorific: Option<String>,
    pub(super) native_name: Option<String>,
    pub(super) country: Option<Uuid>,
    pub(super) biographies: LocalizedTexts,
    pub(super) languages: Vec<String>,
    pub(super) policy_areas: i32,
    pub(super) appointments: Vec<Position>,
}

impl Content {
    /// The content with what somebody writes; all that is wrong with that is noted.
    pub(super) fn with(mut self, patch: Patch, faults: &mut Faults) -> Self {
        let Patch {
            given_name,
            family_name,
            honorific,
            native_name,
            country: code,
            biographies,
            languages: tongues,
            policy_areas,
            appointments,
        } = patch;
        if let Some(name) = given_name.and_then(|name| faults.checked(&["givenName"], line(&name, NAME))) {
            self.given_name = name;
        }
        let mut part = |field, name: String, longest| faults.checked(&[field], line(&name, longest));
        self.family_name = family_name.checked(self.family_name, |name| part("familyName", name, NAME));
        self.honorific = honorific.checked(self.honorific, |name| part("honorific", name, HONORIFIC));
        self.native_name = native_name.checked(self.native_name, |name| part("nativeName", name, NAME));
        self.country = match code {
            Edit::Keep => self.country,
            Edit::Remove => None,
            Edit::Put(code) => faults.checked(&["country"], country(&code)),
        };
        if let Some(told) = biographies {
            self.biographies = texts("biographies", &told, false, faults, |text| paragraphs(text, BIOGRAPHY));
        }
        if let Some(tags) = tongues {
            self.languages = languages(&tags, faults);
        }
        self.policy_areas = policy_areas.map_or(self.policy_areas, |areas| PolicyArea::set(&areas));
        if let Some(told) = appointments {
            self.appointments = positions(told, &self.appointments, faults);
        }
        self
    }

    /// The fields of the contract that differ.
    pub(super) fn differing(&self, other: &Self) -> Vec<&'static str> {
        let bare = |content: &Self| -> Vec<Position> {
            content.ordered().into_iter().map(|held| Position { points: Points::default(), ..held.clone() }).collect()
        };
        let of = |content: &Self, list: fn(&Points) -> &Vec<Point>| -> Vec<Vec<Point>> {
            content.ordered().into_iter().map(|held| list(&held.points).clone()).collect()
        };
        let same = [
            ("givenName", self.given_name == other.given_name),
            ("familyName", self.family_name == other.family_name),
            ("honorific", self.honorific == other.honorific),
            ("nativeName", self.native_name == other.native_name),
            ("country", self.country == other.country),
            ("biographies", self.biographies == other.biographies),
            ("languages", self.languages == other.languages),
            ("policyAreas", self.policy_areas == other.policy_areas),
            ("appointments", bare(self) == bare(other)),
            ("emails", of(self, |points| &points.emails).concat() == of(other, |points| &points.emails).concat()),
            ("phones", of(self, |points| &points.phones).concat() == of(other, |points| &points.phones).concat()),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }

    /// The positions in the order in which they are kept, whichever they were told in: those that are new come last.
    fn ordered(&self) -> Vec<&Position> {
        let mut positions: Vec<&Position> = self.appointments.iter().collect();
        positions.sort_by_key(|position| (position.key.is_none(), position.key));
        positions
    }

    /// The positions that are other ones than they were: those that came, those that went, and those that changed, each as
    /// it is since or, if it is gone, as it was.
    pub(super) fn touched<'a>(&'a self, old: &'a Self) -> impl Iterator<Item = &'a Position> {
        let gone = old.appointments.iter().filter(|was| self.appointments.iter().all(|held| held.key != was.key));
        let changed = self.appointments.iter().filter(|held| !old.appointments.contains(held));
        gone.chain(changed)
    }
}

/// Positions, with the rows of those that are there already.
fn positions(told: Vec<Told>, old: &[Position], faults: &mut Faults) -> Vec<Position> {
    bounded("appointments", told.len(), faults);
    let mut found: Vec<(usize, Position)> = vec![];
    let mut unsaid = vec![];
    for (place, told) in told.into_iter().enumerate() {
        let Told { institution, title, level, since, until, public, emails: addresses, phones: numbers } = told;
        let position = faults.within(&["appointments", &place.to_string()], |faults| {
            let title = faults.checked(&["title"], line(&title, TITLE));
            if since.zip(until).is_some_and(|(since, until)| until < since) {
                faults.add(&["until"], FaultCode::Invalid, "must not be before since");
            }
            let points = Points { emails: emails(&addresses, faults), phones: phones(&numbers, faults) };
            let public = public.unwrap_or_default();
            title.map(|title| Position { key: None, institution, title, level, since, until, public, points })
        });
        if public.is_none() {
            unsaid.push(place);
        }
        found.extend(position.map(|position| (place, position)));
    }
    // What has not moved is found first: a position that begins on another day than it did is still the same.
    for exactly in [true, false] {
        for place in 0..found.len() {
            let position = &found[place].1;
            if position.key.is_some() {
                continue;
            }
            let same = |was: &&Position| was.is_of(position) && (!exactly || was.since == position.since);
            let taken = |was: &&Position| found.iter().any(|(_, other)| other.key == was.key);
            let was = old.iter().filter(same).find(|was| !taken(was));
            let (told, position) = &mut found[place];
            position.key = was.and_then(|was| was.key);
            if let Some(was) = was.filter(|_| unsaid.contains(told)) {
                position.public = was.public;
            }
        }
    }
    for (number, (place, position)) in found.iter().enumerate() {
        let stands = |position: &Position| old.contains(position);
        let meets = |other: &Position| position.overlaps(other) && !(stands(position) && stands(other));
        if found[..number].iter().any(|(_, other)| meets(other)) {
            let message = "overlaps with another position of this title at this institution";
            faults.add(&["appointments", &place.to_string()], FaultCode::Duplicate, message);
        }
    }
    found.into_iter().map(|(_, position)| position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        text.parse().ok()
    }

    fn told(title: &str, since: &str, until: &str) -> Told {
        let (emails, phones) = (vec![], vec![]);
        let institution = Uuid::nil();
        Told {
            institution,
            title: title.to_owned(),
            level: None,
            since: day(since),
            until: day(until),
            public: Some(true),
            emails,
            phones,
        }
    }

    fn read(told: Vec<Told>, old: &[Position]) -> (Vec<Position>, usize) {
        let mut faults = Faults::default();
        let found = positions(told, old, &mut faults);
        (found, faults.into_inner().len())
    }

    fn kept(told: Vec<Told>) -> Vec<Position> {
        let mut found = read(told, &[]).0;
        for (number, position) in (1..).zip(&mut found) {
            position.key = Some(Uuid::from_u128(number));
        }
        found
    }

    #[test]
    fn one_title_is_held_once_at_a_time() {
        let twice = |one: (&str, &str), two: (&str, &str)| {
            read(vec![told("Director", one.0, one.1), told("director", two.0, two.1)], &[]).1
        };
        assert_eq!(twice(("2020-01-01", "2020-12-31"), ("2021-01-01", "")), 0);
        assert_eq!(twice(("2020-01-01", "2021-01-01"), ("2021-01-01", "")), 1);
        assert_eq!(twice(("", ""), ("2021-01-01", "")), 1);
        assert_eq!(read(vec![told("Director", "", ""), told("Adviser", "", "")], &[]).1, 0);
    }

    #[test]
    fn a_position_that_was_there_is_the_same_one() {
        let old = kept(vec![told("Director", "2018-01-01", "2019-01-01"), told("Director", "2020-01-01", "")]);
        let (found, _) =
            read(vec![told("Director", "2020-02-01", ""), told("Director", "2018-01-01", "2019-01-01")], &old);
        assert_eq!([found[0].key, found[1].key], [old[1].key, old[0].key]);
        let (found, _) = read(vec![told("Adviser", "2020-01-01", "")], &old);
        assert_eq!(found[0].key, None);
    }

    #[test]
    fn what_overlaps_already_may_stay() {
        let old = kept(vec![told("Director", "2018-01-01", ""), told("Director", "2020-01-01", "")]);
        assert_eq!(read(vec![told("Director", "2018-01-01", ""), told("Director", "2020-01-01", "")], &old).1, 0);
        assert_eq!(read(vec![told("Director", "2018-01-01", ""), told("Director", "2020-01-02", "")], &old).1, 1);
    }
}
