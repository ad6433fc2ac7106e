//! An own entry as the network takes it: an item of what is pushed.
use entity::vocabulary::{Flag, InstitutionKind, PolicyArea};
use sea_orm::ActiveEnum;
use serde_json::{Value, json};

use super::{
    card::{Card, Point, Position},
    directory::Directory,
};
use crate::{
    config::{Pushing, SeenBy},
    db::fold,
};

/// How somebody asks for the positions that a person has in the network.
pub(super) const POSITIONS: &str = "appointments { institution { id } title level since until
  emails { address kind preferred visibility } phones { number kind preferred visibility } }";

/// An own entry on its way.
pub(super) struct Item<'a> {
    pub(super) card: &'a Card,
    pub(super) external_id: &'a str,
    /// Whether it is in the network already.
    pub(super) known: bool,
    pub(super) pushing: &'a Pushing,
}

impl Item<'_> {
    /// An institution.
    pub(super) fn institution(&self) -> Result<Value, String> {
        let card = self.card;
        let kind = self.words::<InstitutionKind>();
        if kind.is_empty() && !self.known {
            let kinds: Vec<String> = InstitutionKind::ALL.iter().map(ActiveEnum::to_value).collect();
            return Err(format!(
                "does not say what sort of institution it is: add one of {} (CATEGORIES of a vCard, keywords of JSContact, \
                 the column Institution kind)",
                kinds.join(", ")
            ));
        }
        let mut names = vec![json!({ "language": card.language, "text": card.shown })];
        names.extend(card.others.iter().map(|(language, text)| json!({ "language": language, "text": text })));
        let mut told = json!({
            "names": names,
            "city": card.city,
            "website": card.website,
            "emails": self.points(&card.emails, "address", None),
            "phones": self.points(&card.phones, "number", None),
        });
        if let Some(kind) = kind.first() {
            told["kind"] = json!(kind);
        }
        self.with_rest(&mut told)?;
        Ok(json!({ "institution": told }))
    }

    /// A person; `positions`: those that the person has in the network by now.
    pub(super) fn policymaker(&self, directory: &Directory, positions: &Value, today: &str) -> Result<Value, String> {
        let card = self.card;
        let Some(given) = &card.given else { return Err("has no name: add it (N)".to_owned()) };
        let mut told = json!({
            "givenName": given,
            "familyName": card.family,
            "honorific": card.honorific,
            "nativeName": card.others.first().map(|(_, text)| text),
            "appointments": self.appointments(directory, positions, today)?,
        });
        if card.sorted || !card.languages.is_empty() {
            told["languages"] = json!(card.languages);
        }
        let basis = self.pushing.consent_basis.clone();
        let consent = card.consent.clone().or_else(|| basis.clone().map(|basis| (true, Some(basis))));
        if let Some((agreed, own)) = consent {
            let basis = own.or(basis).filter(|_| agreed);
            if agreed && basis.is_none() {
                return Err(
                    "says that the person agreed to be shared, and not on what that rests: fill Consent basis, or \
                            give --consent-basis"
                        .to_owned(),
                );
            }
            told["consent"] = json!({ "shareWithAgencies": agreed, "basis": basis });
        }
        self.with_rest(&mut told)?;
        Ok(json!({ "policymaker": told }))
    }

    /// What people and institutions have alike.
    fn with_rest(&self, told: &mut Value) -> Result<(), String> {
        told["externalId"] = json!(self.external_id);
        match &self.card.country {
            Some(Ok(code)) => told["country"] = json!(code),
            Some(Err(_)) => return Err("has a country that is not known: write its code, such as VN".to_owned()),
            None => {}
        }
        let areas = self.words::<PolicyArea>();
        if self.card.sorted || !areas.is_empty() {
            told["policyAreas"] = json!(areas);
        }
        Ok(())
    }

    /// The values of a vocabulary that are among the words by which the entry is sorted.
    fn words<V: Flag + ActiveEnum<Value = String>>(&self) -> Vec<String> {
        let name = |word: &str| word.trim().to_ascii_uppercase().replace([' ', '-'], "_");
        let said: Vec<String> = self.card.keywords.iter().map(|word| name(word)).collect();
        V::ALL.iter().map(ActiveEnum::to_value).filter(|value| said.contains(value)).collect()
    }

    /// Addresses or numbers: what the network says of them already stays, who may see them above all.
    fn points(&self, points: &[Point], field: &str, known: Option<&Value>) -> Value {
        let visibility = if self.pushing.visibility == SeenBy::Public { "PUBLIC" } else { "MEMBERS" };
        let each = points.iter().map(|point| {
            let was = known.and_then(Value::as_array).into_iter().flatten();
            let was = was.clone().find(|was| same(was[field].as_str().unwrap_or_default(), &point.value));
            let of = |name: &str, new: Value| was.map_or(new, |was| was[name].clone());
            // A table does not tell what an address is for.
            let kind = if self.card.sorted { of("kind", json!(point.kind)) } else { json!(point.kind) };
            json!({
                field: point.value,
                "kind": kind,
                "preferred": point.preferred,
                "visibility": of("visibility", json!(visibility)),
            })
        });
        each.collect()
    }

    fn appointments(&self, directory: &Directory, known: &Value, today: &str) -> Result<Vec<Value>, String> {
        let card = self.card;
        if card.positions.is_empty() && !(card.emails.is_empty() && card.phones.is_empty()) {
            return Err(
                "has addresses or numbers and no position, to which they belong: add ORG and TITLE (a table's \
                        Organisation and Title)"
                    .to_owned(),
            );
        }
        let country = card.country.as_ref().and_then(|country| country.as_deref().ok());
        let known: Vec<&Value> = known.as_array().into_iter().flatten().collect();
        let over = |position: &Value| position["until"].as_str().is_some_and(|until| until < today);
        let mut places = vec![];
        for Position { names, title } in &card.positions {
            let institution = directory.find(names, country)?;
            let same_title = |was: &Value| fold(was["title"].as_str().unwrap_or_default()) == fold(title);
            let was = known
                .iter()
                .copied()
                .find(|was| !over(was) && was["institution"]["id"].as_str() == Some(&institution) && same_title(was));
            places.push((institution, title, was));
        }
        // What does not say where it belongs stays where it is in the network, and is of the first position otherwise.
        let belongs = |point: &Point, list: &str, field: &str| {
            let there = |was: &Value| {
                let mut points = was[list].as_array().into_iter().flatten();
                points.any(|one| same(one[field].as_str().unwrap_or_default(), &point.value))
            };
            let found = || places.iter().position(|(_, _, was)| was.is_some_and(there));
            point.at.or_else(found).unwrap_or_default()
        };
        let of = |n: usize, points: &[Point], list: &str, field: &str| -> Vec<Point> {
            points.iter().filter(|point| belongs(point, list, field) == n).cloned().collect()
        };
        let each = places.iter().enumerate().map(|(n, (institution, title, was))| {
            let kept = |name: &str| was.map(|was| was[name].clone()).unwrap_or_default();
            let emails = of(n, &card.emails, "emails", "address");
            let phones = of(n, &card.phones, "phones", "number");
            json!({
                "institution": institution,
                "title": title,
                "level": kept("level"),
                "since": kept("since"),
                "until": kept("until"),
                "emails": self.points(&emails, "address", was.map(|was| &was["emails"])),
                "phones": self.points(&phones, "number", was.map(|was| &was["phones"])),
            })
        });
        // Cards tell nothing of positions that are over.
        let past = known.iter().filter(|was| over(was)).map(|was| {
            let mut was = (*was).clone();
            was["institution"] = was["institution"]["id"].take();
            was
        });
        Ok(each.chain(past).collect())
    }
}

/// Whether these are the same address, or the same number.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, '@' | '.' | '+' | '_' | '-');
        let text: String = text.to_lowercase().chars().filter(kept).collect();
        if text.contains('@') { text } else { text.replace(['-', '.'], "") }
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
    use serde_json::{Value, json};

    use super::{Item, same};
    use crate::{
        config::{Conflict, Pushing, SeenBy},
        sync::{card::Card, directory::Directory, vcard},
    };

    fn pushing() -> Pushing {
        Pushing {
            match_by_email: false,
            on_conflict: Conflict::Fail,
            visibility: SeenBy::Members,
            consent_basis: None,
            again: false,
            dry_run: false,
        }
    }

    fn directory() -> Directory {
        let mut directory = Directory::default();
        for (id, country, names) in [
            ("inst_a", "KR", vec!["Korean Film Council (KOFIC)", "영화진흥위원회"]),
            ("inst_b", "KH", vec!["Ministry of Culture"]),
            ("inst_c", "VN", vec!["Ministry of Culture"]),
        ] {
            directory.add(id, Some(country), names.into_iter());
        }
        directory
    }

    fn card(lines: &str) -> Card {
        vcard::read(&format!("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:crm-1\r\n{lines}\r\nEND:VCARD\r\n")).unwrap()
    }

    fn person(lines: &str, positions: &Value) -> Result<Value, String> {
        let (card, pushing) = (card(lines), pushing());
        let item = Item { card: &card, external_id: "crm-1", known: false, pushing: &pushing };
        item.policymaker(&directory(), positions, "2026-11-23").map(|mut told| told["policymaker"].take())
    }

    #[test]
    fn a_vcard_is_what_the_network_takes() {
        let lines = "KIND:individual\r\nFN:Dr Linh Invented\r\nN:Invented;Linh;;Dr;\r\no1.ORG:korean film council\r\n\
                     o1.TITLE:Director\\, Asia\r\no2.ORG:Ministry of Culture\r\no2.TITLE:Adviser\r\n\
                     EMAIL;PREF=1:linh@example.org\r\no2.EMAIL;TYPE=home:home@example.org\r\n\
                     TEL;TYPE=cell:+84 24 3825 5349\r\nADR:;;;;;;Vietnam\r\nLANG:vi\r\nCATEGORIES:Film,performing arts,friend\r\n\
                     X-BALAI-CONSENT:form of 3 May";
        let told = person(lines, &json!(null)).unwrap();
        for (field, value) in [
            ("externalId", json!("crm-1")),
            ("givenName", json!("Linh")),
            ("familyName", json!("Invented")),
            ("honorific", json!("Dr")),
            ("country", json!("VN")),
            ("languages", json!(["vi"])),
            ("policyAreas", json!(["FILM", "PERFORMING_ARTS"])),
            ("consent", json!({ "shareWithAgencies": true, "basis": "form of 3 May" })),
        ] {
            assert_eq!(told[field], value, "{field}");
        }
        let [first, second] = [0, 1].map(|n| &told["appointments"][n]);
        assert_eq!((&first["institution"], &first["title"]), (&json!("inst_a"), &json!("Director, Asia")));
        let email =
            json!([{ "address": "linh@example.org", "kind": "WORK", "preferred": true, "visibility": "MEMBERS" }]);
        assert_eq!(first["emails"], email);
        assert_eq!(first["phones"][0]["kind"], "MOBILE");
        assert_eq!(second["institution"], "inst_c", "the one of the person's country");
        assert_eq!(second["emails"][0]["kind"], "PERSONAL");
    }

    #[test]
    fn what_the_network_knows_of_positions_stays() {
        let lines = "N:Invented;Linh;;;\r\nORG:Korean Film Council\r\nTITLE:Director\r\nEMAIL:linh@example.org\r\nEMAIL:new@example.org";
        let known = json!([
            { "institution": { "id": "inst_a" }, "title": "Director", "level": "DIRECTOR", "since": "2024-01-01",
              "until": null, "phones": [],
              "emails": [{ "address": "LINH@example.org", "kind": "WORK", "preferred": false, "visibility": "PUBLIC" }] },
            { "institution": { "id": "inst_b" }, "title": "Clerk", "level": null, "since": null, "until": "2023-12-31",
              "emails": [], "phones": [] },
        ]);
        let told = person(lines, &known).unwrap();
        let [first, second] = [0, 1].map(|n| &told["appointments"][n]);
        assert_eq!((&first["since"], &first["level"]), (&json!("2024-01-01"), &json!("DIRECTOR")));
        let seen: Vec<_> = first["emails"].as_array().unwrap().iter().map(|email| &email["visibility"]).collect();
        assert_eq!(seen, ["PUBLIC", "MEMBERS"]);
        assert_eq!((&second["institution"], &second["until"]), (&json!("inst_b"), &json!("2023-12-31")));
    }

    #[test]
    fn an_entry_that_cannot_be_pushed_says_what_to_add() {
        for (lines, said) in [
            ("N:Invented;Linh;;;\r\nEMAIL:a@example.org", "no position"),
            ("N:Invented;Linh;;;\r\nORG:Nobody knows\r\nTITLE:x", "no institution"),
            ("N:Invented;Linh;;;\r\nORG:Ministry of Culture\r\nTITLE:x", "several institutions"),
            ("N:Invented;Linh;;;\r\nADR:;;;;;;Atlantis", "country that is not known"),
        ] {
            let error = person(lines, &json!(null)).unwrap_err();
            assert!(error.contains(said), "{said}: {error}");
        }
        let (told, pushing) = (card("KIND:org\r\nFN:An invented council\r\nADR:;;;Da Nang;;;VN"), pushing());
        let mut item = Item { card: &told, external_id: "crm-1", known: false, pushing: &pushing };
        assert!(item.institution().unwrap_err().contains("CATEGORIES"));
        item.known = true;
        let told = item.institution().unwrap();
        assert_eq!(told["institution"]["names"], json!([{ "language": "en", "text": "An invented council" }]));
        assert_eq!((&told["institution"]["city"], &told["institution"]["country"]), (&json!("Da Nang"), &json!("VN")));
    }

    #[test]
    fn addresses_and_numbers_are_compared_without_what_does_not_count() {
        assert!(same("+82 2-2669.9800", "+82226699800") && same("A@example.org", "a@example.org"));
        assert!(!same("a.b@example.org", "ab@example.org"));
    }
}
