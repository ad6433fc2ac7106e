//! Whether what machines were told was theirs to know, at the moment at which they were told.
use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::truth::{Deed, Effect, Known, Mark, Sight, Truth, Turn, Whom, Why, marks_in};

/// A number that is for the secretariat alone, wherever it is.
pub(super) const SECRET: &str = "+82226699800";

/// A span of time, by its ends.
type Span = (u64, u64);

/// What is known, sorted so that it can be asked.
struct Judge<'a> {
    known: &'a Known,
    deeds: HashMap<&'a str, Vec<(&'a Deed, &'a Effect)>>,
    families: HashMap<&'a str, BTreeSet<Mark>>,
}

impl Truth {
    /// Stops at the first thing that somebody was told and should not have been; `followed` are the institutions whose people one
    /// of the machines follows.
    pub(super) fn judge(&self, followed: &BTreeSet<Mark>) {
        self.note(|known| {
            let judge = Judge::of(known);
            for sight in &known.sights {
                if let Err(fault) = judge.sees(sight, followed) {
                    panic!("{fault}\n{sight:#?}\n{:#?}", judge.history(sight));
                }
            }
        });
    }
}

impl<'a> Judge<'a> {
    fn of(known: &'a Known) -> Self {
        let mut deeds: HashMap<&str, Vec<(&Deed, &Effect)>> = HashMap::new();
        for deed in &known.deeds {
            for effect in &deed.effects {
                deeds.entry(&effect.mark).or_default().push((deed, effect));
            }
        }
        let families = known.merges.iter().flat_map(|(one, other)| [one, other]);
        let families = families.map(|mark| (mark.as_str(), known.family(mark))).collect();
        Self { known, deeds, families }
    }

    fn deeds(&self, mark: &str) -> impl Iterator<Item = &(&'a Deed, &'a Effect)> {
        self.deeds.get(mark).into_iter().flatten()
    }

    /// What was done to those that a change is about.
    fn history(&self, sight: &Sight) -> Vec<&(&'a Deed, &'a Effect)> {
        let of = self.known.marks.get(sight.change["contactId"].as_str().unwrap_or_default());
        let marks = marks_in(&sight.change.to_string()).into_iter().chain(of.cloned());
        let marks: BTreeSet<Mark> = marks.flat_map(|mark| self.family(&mark)).collect();
        marks.iter().flat_map(|mark| self.deeds(mark)).collect()
    }

    fn family(&self, mark: &str) -> BTreeSet<Mark> {
        self.families.get(mark).cloned().unwrap_or_else(|| BTreeSet::from([mark.to_owned()]))
    }

    /// Whether a deed may have shown something to a machine before a moment, and may not have been over when another was sent.
    fn may_be_shown(&self, mark: &str, machine: usize, before: u64, since: u64) -> bool {
        self.deeds(mark).any(|(deed, effect)| {
            effect.turn == Turn::Shown
                && effect.whom.has(machine)
                && deed.sent < before
                && deed.over.is_none_or(|over| over > since)
        })
    }

    /// Whether something was hidden from a machine for sure, all the time, for one of these reasons or since it was never shown.
    fn is_hidden(&self, mark: &str, machine: usize, (from, to): Span) -> bool {
        !self.may_be_shown(mark, machine, to, 0) || self.was_hidden(mark, machine, (from, to), |_| true)
    }

    /// Whether it was hidden for such a reason, and not shown again.
    fn was_hidden(&self, mark: &str, machine: usize, (from, to): Span, reason: impl Fn(Why) -> bool) -> bool {
        self.deeds(mark).any(|(deed, effect)| {
            matches!(effect.turn, Turn::Hidden(why) if reason(why))
                && effect.whom.has(machine)
                && deed.done
                && deed.over.is_some_and(|over| over < from)
                && !self.may_be_shown(mark, machine, to, deed.sent)
        })
    }

    /// Whether a contact, whatever it was merged with, was hidden from a machine for sure.
    fn contact_is_hidden(&self, mark: &str, machine: usize, span: Span) -> bool {
        let family = self.family(mark);
        family.iter().all(|mark| self.is_hidden(mark, machine, span))
            || (family.len() == 1 && self.is_only_at_hidden(mark, machine, span))
    }

    /// Whether a person whom the machine has not made has only ever been at institutions that it may not know of.
    fn is_only_at_hidden(&self, mark: &str, machine: usize, span: Span) -> bool {
        let made = self.deeds(mark).any(|(_, effect)| effect.whom == Whom::Only(machine));
        self.known.traits.get(mark).is_some_and(|traits| {
            let hidden = |place: &Mark| self.family(place).len() == 1 && self.is_hidden(place, machine, span);
            !made && !traits.elsewhere && !traits.places.is_empty() && traits.places.iter().all(hidden)
        })
    }

    fn mark_is_hidden(&self, mark: &str, machine: usize, span: Span) -> bool {
        let Some(holder) = self.known.holders.get(mark) else { return self.contact_is_hidden(mark, machine, span) };
        let moves = self.family(holder).len() > 1;
        let never = !self.may_be_shown(mark, machine, span.1, 0);
        never || (!moves && self.is_hidden(mark, machine, span)) || self.contact_is_hidden(holder, machine, span)
    }

    /// Whether a machine might be told this.
    fn sees(&self, sight: &Sight, followed: &BTreeSet<Mark>) -> Result<(), String> {
        let Sight { machine, filter: _, between, change } = sight;
        let text = change.to_string();
        if text.contains(SECRET) {
            return Err("a number that is for the secretariat was told".to_owned());
        }
        if change["contactId"].is_string() {
            return self.is_missed(sight, followed);
        }
        let hidden = marks_in(&text).into_iter().find(|mark| self.mark_is_hidden(mark, *machine, *between));
        hidden.map_or(Ok(()), |mark| Err(format!("{mark} was told, and was not to be seen")))
    }

    /// Whether a machine might be told of a removal, for this reason.
    fn is_missed(&self, sight: &Sight, followed: &BTreeSet<Mark>) -> Result<(), String> {
        let Sight { machine, filter: _, between: (from, to), change } = sight;
        let reason = change["reason"].as_str().unwrap();
        // Of what was made by a request that was not answered, only those know who are told.
        let Some(mark) = self.known.marks.get(change["contactId"].as_str().unwrap()) else { return Ok(()) };
        let family = self.family(mark);
        if !family.iter().any(|mark| self.may_be_shown(mark, *machine, *to, 0)) {
            return Err(format!("{mark} was told as gone, and was never seen"));
        }
        if reason != "ERASED" && !self.may_have_passed(mark, sight, followed) {
            return Err(format!("{mark} was told as gone, and never passed the filter"));
        }
        let sent = |mark: &str, why: Why| {
            let hides = |effect: &Effect| effect.turn == Turn::Hidden(why) && effect.whom.has(*machine);
            self.deeds(mark).any(|(deed, effect)| hides(effect) && deed.sent < *to)
        };
        let of_family = |why: Why| family.iter().any(|mark| sent(mark, why));
        let may = match reason {
            "ERASED" => of_family(Why::Erased),
            "DELETED" => sent(mark, Why::Deleted),
            "MERGED" => sent(mark, Why::Merged) && self.leads(mark, sight),
            "CONSENT_WITHDRAWN" => mark.starts_with("mark-p") && (of_family(Why::Withdrawn) || family.len() > 1),
            _ => change["mergedInto"].is_null(),
        };
        if !may {
            return Err(format!("{mark} is gone, and not for this reason"));
        }
        let span = (*from, *to);
        let was = |why: Why| self.was_hidden(mark, *machine, span, |reason| reason == why);
        let must = if was(Why::Erased) {
            "ERASED"
        } else if was(Why::Deleted) && !of_family(Why::Erased) {
            "DELETED"
        } else if family.len() == 1 && was(Why::Withdrawn) && !sent(mark, Why::Erased) && !sent(mark, Why::Deleted) {
            "CONSENT_WITHDRAWN"
        } else {
            return Ok(());
        };
        if reason == must { Ok(()) } else { Err(format!("{mark} is gone for another reason: {must}")) }
    }

    /// Whether what a contact was merged into may be told.
    fn leads(&self, mark: &str, sight: &Sight) -> bool {
        let Some(survivor) = sight.change["mergedInto"].as_str() else { return false };
        let Some(survivor) = self.known.marks.get(survivor) else { return true };
        self.family(mark).contains(survivor) && !self.contact_is_hidden(survivor, sight.machine, sight.between)
    }

    /// Whether a contact may have passed a machine's filter at some time.
    fn may_have_passed(&self, mark: &str, sight: &Sight, followed: &BTreeSet<Mark>) -> bool {
        let Some(traits) = self.known.traits.get(mark) else { return true };
        let asked = |name: &str, of: &BTreeSet<String>| {
            let Some(wanted) = sight.filter[name].as_array() else { return true };
            wanted.iter().any(|value| of.contains(value.as_str().unwrap()))
        };
        let person = mark.starts_with("mark-p");
        let kind = BTreeSet::from([if person { "PERSON" } else { "ORGANIZATION" }.to_owned()]);
        let there = |place: &str| self.family(place).iter().any(|place| followed.contains(place));
        let there = sight.filter["institution"] == Value::Null
            || there(mark)
            || self.family(mark).len() > 1
            || traits.places.iter().any(|place| there(place));
        asked("kind", &kind)
            && asked("country", &traits.countries)
            && asked("policyArea", &traits.areas)
            && (sight.filter["institutionKind"].is_null() || (!person && asked("institutionKind", &traits.kinds)))
            && there
    }
}

#[test]
fn exactness_is_judged_by_what_was_sent_and_what_was_answered() {
    use serde_json::json;

    use super::truth::End;

    let truth = Truth::default();
    let (ana, secret) = (truth.mark('p'), truth.mark('a'));
    truth.know("pol_ana", &ana);
    truth.note(|known| known.holders.insert(secret.clone(), ana.clone()));
    let told = |change: Value| {
        let between = (truth.tick(), truth.tick());
        truth.note(|known| {
            Judge::of(known).sees(&Sight { machine: 0, filter: json!({}), between, change }, &BTreeSet::new())
        })
    };
    let upserted = |text: &str| told(json!({ "contact": { "familyName": text } }));
    let removed = |reason: &str| told(json!({ "contactId": "pol_ana", "reason": reason }));
    let does = |effect: Effect, end: Option<End>| {
        let deed = truth.begins(vec![effect]);
        if let Some(end) = end {
            truth.ends(deed, end);
        }
        deed
    };

    assert!(upserted(&ana).is_err() && removed("DELETED").is_err(), "nobody has shown her yet");
    does(Effect::shown(&ana, Whom::All), Some(End::Refused));
    assert!(upserted(&ana).is_err(), "it was refused");
    does(Effect::shown(&ana, Whom::Only(1)), Some(End::Done));
    assert!(upserted(&ana).is_err(), "to another machine");
    does(Effect::shown(&ana, Whom::All), Some(End::Unknown));
    assert!(upserted(&ana).is_ok() && upserted(&secret).is_err(), "it may have been done; the address is nobody's");
    let withdrawing = does(Effect::hidden(&ana, Why::Withdrawn, Whom::All), None);
    assert!(upserted(&ana).is_ok() && removed("CONSENT_WITHDRAWN").is_ok(), "it may be done, or not yet");
    truth.ends(withdrawing, End::Done);
    assert!(upserted(&ana).is_err() && removed("CONSENT_WITHDRAWN").is_ok());
    for other in ["NO_LONGER_VISIBLE", "DELETED", "ERASED"] {
        assert!(removed(other).is_err(), "{other}");
    }
    does(Effect::shown(&ana, Whom::All), None);
    assert!(upserted(&ana).is_ok(), "she may be shown again");
    does(Effect::hidden(&ana, Why::Erased, Whom::All), Some(End::Done));
    assert!(removed("ERASED").is_ok());
    assert!(told(json!({ "contact": { "phones": [{ "number": SECRET }] } })).is_err());
}
