//! Rows of a table: how a contact is written as one, and how own ones are read.
use std::collections::BTreeMap;

use super::{
    card::{self, Card, Group, Point, Position, nonempty},
    contact::Contact,
    table::{EXTERNAL_ID, shown},
};

/// The columns: those of `/contacts.csv`, and those by which own rows are pushed.
pub(super) const COLUMNS: [&str; 22] = [
    "Kind",
    "Name",
    "Honorific",
    "Given name",
    "Family name",
    "Name in other languages",
    "Organisation",
    "Title",
    "Institution kind",
    "Country",
    "City",
    "E-mail",
    "Telephone",
    "Fax",
    "Website",
    "Languages",
    "Policy areas",
    "Updated at",
    "Contact ID",
    EXTERNAL_ID,
    "Consent",
    "Consent basis",
];

/// The cells of a row that have something in them, by their columns.
type Cells = BTreeMap<String, String>;

/// A contact of the network, and what its card calls itself.
pub(super) fn of(contact: &Contact) -> Result<(Cells, String), String> {
    let improper = || "the network tells a contact without a proper card".to_owned();
    let told = serde_json::from_str(&contact.card).map_err(|_| improper())?;
    let card = card::read(&told)?;
    let uid = card.uid.clone().ok_or_else(improper)?;
    let is_fax = |point: &&Point| point.kind == "FAX";
    let (fax, phones): (Vec<&Point>, Vec<&Point>) = card.phones.iter().partition(is_fax);
    // A title may have commas.
    let positions = |what: fn(&Position) -> &str| card.positions.iter().map(what).collect::<Vec<_>>().join("; ");
    let country = card.country.as_ref().map(|country| country.clone().unwrap_or_else(|told| told));
    let person = |part: &Option<String>| part.clone().filter(|_| card.is_person).unwrap_or_default();
    let cells = [
        ("Kind", if card.is_person { "PERSON" } else { "ORGANIZATION" }.to_owned()),
        ("Name", card.shown.clone()),
        ("Honorific", person(&card.honorific)),
        ("Given name", person(&card.given)),
        ("Family name", person(&card.family)),
        ("Name in other languages", card.others.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("; ")),
        ("Organisation", positions(|position| position.names.first().map(String::as_str).unwrap_or_default())),
        ("Title", positions(|position| &position.title)),
        ("Institution kind", contact.kind.clone().unwrap_or_default()),
        ("Country", country.unwrap_or_default()),
        ("City", card.city.clone().unwrap_or_default()),
        ("E-mail", preferred_first(card.emails.iter().collect())),
        ("Telephone", preferred_first(phones)),
        ("Fax", preferred_first(fax)),
        ("Website", card.website.clone().unwrap_or_default()),
        ("Languages", card.languages.join(", ")),
        ("Policy areas", contact.areas.join(", ")),
        ("Updated at", card.updated.clone().unwrap_or_default()),
        ("Contact ID", contact.id.clone()),
    ];
    let cells = cells.into_iter().filter(|(_, text)| !text.is_empty());
    Ok((cells.map(|(name, text)| (name.to_owned(), shown(&text))).collect(), uid))
}

/// Addresses or numbers, those that are to be used first before others.
fn preferred_first(mut points: Vec<&Point>) -> String {
    points.sort_by_key(|point| !point.preferred);
    points.iter().map(|point| point.value.as_str()).collect::<Vec<_>>().join(", ")
}

/// A cell as somebody meant it: without the apostrophes before what could be a formula.
pub(super) fn bare(text: &str) -> String {
    let without: String = text.replace('\'', "");
    if !text.contains('\'') || shown(&without) == text {
        return without;
    }
    // An apostrophe of a name stays.
    match text.strip_prefix('\'') {
        Some(rest) if shown(rest) == text => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// What an own row says.
pub(super) fn read(cells: &Cells) -> Result<Card, String> {
    let cell = |name: &str| cells.get(name).and_then(|text| nonempty(&bare(text)));
    let list = |name: &str, parts: &[char]| -> Vec<String> {
        cell(name).iter().flat_map(|text| text.split(parts)).filter_map(nonempty).collect()
    };
    let is_person = match cell("Kind").unwrap_or_default().to_ascii_uppercase().as_str() {
        "PERSON" | "INDIVIDUAL" => true,
        "ORGANIZATION" | "ORGANISATION" | "ORG" => false,
        "" => cell("Given name").is_some() || cell("Family name").is_some(),
        _ => return Err("has another Kind than PERSON or ORGANIZATION".to_owned()),
    };
    let (given, family) = (cell("Given name"), cell("Family name"));
    let shown = cell("Name").unwrap_or_else(|| {
        [&given, &family].into_iter().filter_map(|part| part.as_deref()).collect::<Vec<_>>().join(" ")
    });
    let country = cell("Country").map(|told| card::country(&told));
    let code = country.as_ref().and_then(|country| country.as_deref().ok());
    let others = list("Name in other languages", &[';']);
    let others = others.into_iter().map(|text| (card::language(&text, code), text)).collect();
    let point =
        |kind: &'static str| move |(n, value): (usize, String)| Point { value, kind, preferred: n == 0, at: None };
    let points =
        |name: &str, kind| list(name, &[',', ';']).into_iter().enumerate().map(point(kind)).collect::<Vec<_>>();
    let (mut phones, fax) = (points("Telephone", "WORK"), points("Fax", "FAX"));
    phones.extend(fax.into_iter().map(|fax| Point { preferred: false, ..fax }));
    let mut keywords = list("Policy areas", &[',', ';']);
    keywords.extend(cell("Institution kind"));
    let consent = match (cell("Consent").map(|told| told.to_ascii_lowercase()).as_deref(), cell("Consent basis")) {
        (None, None) => None,
        (Some("no"), _) => Some((false, None)),
        (None | Some("yes"), basis) => Some((true, basis)),
        (Some(_), _) => return Err("has another Consent than yes or no".to_owned()),
    };
    let given = if is_person && family.is_none() { given.or_else(|| nonempty(&shown)) } else { given };
    Ok(Card {
        uid: cell(EXTERNAL_ID),
        product: None,
        is_person,
        language: card::main_language(&shown, code),
        shown,
        honorific: cell("Honorific"),
        given,
        family,
        others,
        positions: if is_person { positions(&list("Organisation", &[';']), &list("Title", &[';']))? } else { vec![] },
        emails: points("E-mail", "WORK"),
        phones,
        country,
        city: cell("City"),
        website: cell("Website"),
        languages: list("Languages", &[',', ';']),
        keywords,
        sorted: true,
        consent,
        updated: None,
    })
}

fn positions(organisations: &[String], titles: &[String]) -> Result<Vec<Position>, String> {
    let position = |name: &String, title: &String| Position { names: vec![name.clone()], title: title.clone() };
    match (organisations, titles) {
        ([only], []) => Ok(vec![position(only, &String::new())]),
        ([only], titles) => Ok(titles.iter().map(|title| position(only, title)).collect()),
        (several, titles) if several.len() == titles.len() => {
            Ok(several.iter().zip(titles).map(|(name, title)| position(name, title)).collect())
        }
        ([], _) => Err("has a Title and no Organisation".to_owned()),
        _ => Err("has several Organisations and not as many Titles, parted by semicolons".to_owned()),
    }
}

/// An own row, in which what differs is as the network says; the rest stays as it was.
pub(super) fn merged(mut ours: Cells, theirs: &Cells) -> Result<Cells, String> {
    let (own, network) = (read(&ours)?, read(theirs)?);
    let mut columns = vec![];
    for group in own.differs(&network) {
        columns.extend(match group {
            Group::Name if own.is_person => {
                &["Name", "Honorific", "Given name", "Family name", "Name in other languages"][..]
            }
            Group::Name => &["Name", "Name in other languages"],
            Group::Positions => &["Organisation", "Title"],
            Group::Emails => &["E-mail"],
            Group::Phones => &["Telephone", "Fax"],
            Group::Place => &["Country", "City"],
            Group::Website => &["Website"],
            Group::Languages => &["Languages"],
        });
    }
    let differs = |name: &str| {
        let sorted = |cells: &Cells| {
            let text = cells.get(name).map(|text| text.to_ascii_uppercase()).unwrap_or_default();
            let mut words: Vec<String> = text.split([',', ';']).filter_map(nonempty).collect();
            words.sort_unstable();
            words
        };
        theirs.contains_key(name) && sorted(&ours) != sorted(theirs)
    };
    columns.extend(["Institution kind", "Policy areas"].into_iter().filter(|name| differs(name)));
    for column in columns {
        match theirs.get(column) {
            Some(text) => ours.insert(column.to_owned(), text.clone()),
            None => ours.remove(column),
        };
    }
    Ok(ours)
}

#[cfg(test)]
mod tests {
    use super::{bare, shown};

    #[test]
    fn what_stands_before_a_formula_is_taken_off_again() {
        for text in ["+82 2 2669 9800", "=1+1", "Director", "D'Souza", "a; =1", ""] {
            assert_eq!(bare(&shown(text)), text);
        }
    }
}
