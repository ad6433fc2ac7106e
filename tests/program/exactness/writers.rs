//! Those who write, each whatever chance has them do: the secretariat, a focal point, and agencies' machines.
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use serde_json::{Map, Value, json};

use super::{
    dice::Dice,
    judgement::SECRET,
    network::Line,
    truth::{Effect, End, Mark, Truth, Whom, Why, marks_in},
};

const COUNTRIES: [&str; 3] = ["KR", "KH", "VN"];
const KINDS: [&str; 3] = ["FILM_BODY", "ARTS_COUNCIL", "FUND"];
const AREAS: [&str; 3] = ["FILM", "DESIGN", "EDUCATION"];
/// How many contacts of each sort a machine has of its own.
const OWN: usize = 4;

/// As whom somebody writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Office {
    Secretariat,
    FocalPoint,
    /// The machine with this number.
    Agency(usize),
}

/// What may be done.
#[derive(Clone, Copy, Debug)]
enum Action {
    CreatePerson,
    Rename,
    Move,
    Appoint,
    Consent,
    Withdraw,
    MergePeople,
    Unmerge,
    Erase,
    DeletePerson,
    CreateInstitution,
    RenameInstitution,
    RecastInstitution,
    MergeInstitutions,
    DeleteInstitution,
    List,
    Apply,
    Confirm,
    Approve,
    PushPeople,
    PushInstitution,
}

const OF_SECRETARIAT: [(usize, Action); 19] = [
    (8, Action::CreatePerson),
    (6, Action::Rename),
    (6, Action::Move),
    (9, Action::Appoint),
    (12, Action::Consent),
    (8, Action::Withdraw),
    (6, Action::MergePeople),
    (5, Action::Unmerge),
    (4, Action::Erase),
    (3, Action::DeletePerson),
    (3, Action::CreateInstitution),
    (5, Action::RenameInstitution),
    (4, Action::RecastInstitution),
    (3, Action::MergeInstitutions),
    (3, Action::DeleteInstitution),
    (4, Action::List),
    (2, Action::Apply),
    (4, Action::Confirm),
    (4, Action::Approve),
];
const OF_FOCAL_POINT: [(usize, Action); 4] =
    [(4, Action::Consent), (3, Action::Withdraw), (3, Action::Rename), (1, Action::RenameInstitution)];
const OF_AGENCY: [(usize, Action); 2] = [(3, Action::PushPeople), (1, Action::PushInstitution)];

/// Somebody whom those who write know of.
#[derive(Clone, Debug)]
struct Person {
    id: String,
    mark: Mark,
    /// Their addresses, as far as is known.
    addresses: Vec<Mark>,
}

/// An institution that those who write know of.
#[derive(Clone, Debug)]
struct House {
    id: String,
    /// None, where everybody knows of it from the start.
    mark: Option<Mark>,
}

/// What those who write know of.
#[derive(Debug, Default)]
pub(super) struct Pool {
    people: Vec<Person>,
    houses: Vec<House>,
    merged_people: Vec<Person>,
    merged_houses: Vec<House>,
    /// The institutions that a machine has pushed, and nobody has had listed.
    unlisted: Vec<House>,
    letters: HashSet<String>,
    followed: Vec<House>,
}

impl Pool {
    /// The institutions whose people one of the machines follows.
    pub(super) fn followed(&self) -> Vec<&str> {
        self.followed.iter().map(|house| house.id.as_str()).collect()
    }

    pub(super) fn followed_marks(&self) -> BTreeSet<Mark> {
        self.followed.iter().filter_map(|house| house.mark.clone()).collect()
    }
}

/// Somebody who writes.
pub(super) struct Desk {
    line: Line,
    office: Office,
    truth: Arc<Truth>,
    pool: Arc<Mutex<Pool>>,
    dice: Dice,
    mail: PathBuf,
    /// The marks of the contacts of a machine's own.
    own: HashMap<String, Mark>,
}

impl Desk {
    pub(super) fn new(
        line: Line,
        office: Office,
        (truth, pool): (Arc<Truth>, Arc<Mutex<Pool>>),
        (dice, mail): (Dice, PathBuf),
    ) -> Self {
        Self { line, office, truth, pool, dice, mail, own: HashMap::new() }
    }

    /// Makes what there is at the start.
    pub(super) async fn settle_in(&mut self) {
        let home = self.line.must("{ institution(by: {slug: \"kr-kofic\"}) { id } }", Value::Null).await;
        let home = home["institution"]["id"].as_str().unwrap().to_owned();
        self.pool.lock().unwrap().houses.push(House { id: home, mark: None });
        for _ in 0..3 {
            self.does(Action::CreateInstitution).await;
        }
        {
            let mut pool = self.pool.lock().unwrap();
            pool.followed = pool.houses[1..3].to_vec();
        }
        for _ in 0..4 {
            self.does(Action::CreatePerson).await;
        }
        for _ in 0..3 {
            self.does(Action::Consent).await;
        }
    }

    /// Does so many things.
    pub(super) async fn work(&mut self, steps: usize) {
        for _ in 0..steps {
            let action = match self.office {
                Office::Secretariat => self.dice.weighted(&OF_SECRETARIAT),
                Office::FocalPoint => self.dice.weighted(&OF_FOCAL_POINT),
                Office::Agency(_) => self.dice.weighted(&OF_AGENCY),
            };
            self.does(action).await;
            self.truth.goes_on();
        }
    }

    async fn does(&mut self, action: Action) {
        let done = match action {
            Action::CreatePerson => self.create_person().await,
            Action::Rename => self.rename().await,
            Action::Move => self.move_abroad().await,
            Action::Appoint => self.appoint().await,
            Action::Consent => self.consent(true).await,
            Action::Withdraw => self.consent(false).await,
            Action::MergePeople => self.merge_people().await,
            Action::Unmerge => self.unmerge().await,
            Action::Erase => self.remove_person("erasePolicymaker").await,
            Action::DeletePerson => self.remove_person("deletePolicymaker").await,
            Action::CreateInstitution => self.create_institution().await,
            Action::RenameInstitution => self.rename_institution().await,
            Action::RecastInstitution => self.recast_institution().await,
            Action::MergeInstitutions => self.merge_institutions().await,
            Action::DeleteInstitution => self.delete_institution().await,
            Action::List => self.list().await,
            Action::Apply => self.apply().await,
            Action::Confirm => self.confirm().await,
            Action::Approve => self.approve().await,
            Action::PushPeople => self.push_people().await,
            Action::PushInstitution => self.push_institution().await,
        };
        // There may be nothing to do it to.
        done.unwrap_or_default();
    }

    /// Has a mutation done: its payload, if it was. What it does to what machines see is noted.
    async fn act(&mut self, mutation: &str, input: Value, selection: &str, effects: Vec<Effect>) -> Option<Value> {
        let kind = match mutation {
            "unmergeContacts" => "TransitionInput".to_owned(),
            "deletePolicymaker" | "deleteInstitution" => "DeleteInput".to_owned(),
            _ => format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]),
        };
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code message }} }} }}"
        );
        let deed = self.truth.begins(effects);
        let heard = self.line.ask(&query, &json!({ "input": input })).await;
        let payload = heard.map(|mut heard| {
            let refusal = heard.json["errors"].take();
            let known = ["NOT_FOUND", "FORBIDDEN"].contains(&refusal[0]["extensions"]["code"].as_str().unwrap_or(""));
            assert!(refusal.is_null() || known, "{mutation} {input}: {refusal}");
            heard.json["data"][mutation].take()
        });
        let done = payload.as_ref().map(|payload| payload["userErrors"] == json!([]));
        self.truth.ends(
            deed,
            match done {
                Some(true) => End::Done,
                Some(false) => End::Refused,
                None => End::Unknown,
            },
        );
        payload.filter(|_| done == Some(true))
    }

    /// Changes a contact, as it is now.
    async fn update(&mut self, mutation: &str, (id, mut input): (&str, Value), effects: Vec<Effect>) -> Option<Value> {
        let query = "query($id: ID!) { node(id: $id) { ... on Contact { version } } }";
        let heard = self.line.ask(query, &json!({ "id": id })).await?;
        input["id"] = json!(id);
        input["expectedVersion"] = heard.json["data"]["node"]["version"].clone();
        if input["expectedVersion"].is_null() {
            return None;
        }
        let selection = if mutation == "updateInstitution" { "institution { id }" } else { "policymaker { id }" };
        self.act(mutation, input, selection, effects).await
    }

    fn person(&mut self) -> Option<Person> {
        let pool = self.pool.lock().unwrap();
        self.dice.any(&pool.people)
    }

    /// An institution that is not there from the start.
    fn house(&mut self) -> Option<(String, Mark)> {
        let pool = self.pool.lock().unwrap();
        let own = pool.houses.iter().filter_map(|house| Some((house.id.clone(), house.mark.clone()?)));
        self.dice.any(&own.collect::<Vec<_>>())
    }

    fn areas(&mut self, mark: &str) -> Vec<&'static str> {
        let areas: Vec<_> = AREAS.into_iter().filter(|_| self.dice.chance(50)).collect();
        self.truth.note(|known| {
            let traits = known.traits.entry(mark.to_owned()).or_default();
            traits.areas.extend(areas.iter().map(ToString::to_string));
        });
        areas
    }

    fn country(&mut self, mark: &str) -> &'static str {
        let country = self.dice.one(&COUNTRIES);
        self.truth.note(|known| {
            known.traits.entry(mark.to_owned()).or_default().countries.insert(country.to_owned());
        });
        country
    }

    fn kind(&mut self, mark: &str) -> &'static str {
        let kind = self.dice.one(&KINDS);
        self.truth.note(|known| {
            known.traits.entry(mark.to_owned()).or_default().kinds.insert(kind.to_owned());
        });
        kind
    }

    /// Addresses of a contact, some of them those that it has: as they are told, their marks, and what that does.
    fn addresses(&mut self, of: &str, has: &[Mark]) -> (Vec<Value>, Vec<Mark>, Vec<Effect>) {
        let (mut told, mut marks, mut effects) = (vec![], vec![], vec![]);
        for _ in 0..self.dice.below(3) {
            let known = self.dice.any(has).filter(|mark| !marks.contains(mark) && self.dice.chance(40));
            let mark = known.unwrap_or_else(|| self.truth.mark('a'));
            self.truth.note(|known| known.holders.insert(mark.clone(), of.to_owned()));
            let visibilities: &[&str] =
                if self.agency().is_some() { &["PUBLIC", "MEMBERS"] } else { &["PUBLIC", "MEMBERS", "SECRETARIAT"] };
            let visibility = self.dice.one(visibilities);
            effects.push(if visibility == "SECRETARIAT" {
                Effect::hidden(&mark, Why::Dropped, Whom::All)
            } else {
                Effect::shown(&mark, Whom::All)
            });
            told.push(json!({ "address": format!("{mark}@example.org"), "visibility": visibility }));
            marks.push(mark);
        }
        (told, marks, effects)
    }

    fn agency(&self) -> Option<usize> {
        match self.office {
            Office::Agency(machine) => Some(machine),
            Office::Secretariat | Office::FocalPoint => None,
        }
    }

    /// Positions of somebody: as they are told, the marks of their addresses, and what that does.
    fn positions(&mut self, mark: &str, has: &[Mark]) -> (Vec<Value>, Vec<Mark>, Vec<Effect>) {
        let houses = self.pool.lock().unwrap().houses.clone();
        let (mut told, mut marks, mut effects) = (vec![], vec![], vec![]);
        let titles = ["Director", "Adviser"];
        let held = if self.dice.chance(10) { 0 } else { self.dice.below(2) + 1 };
        for title in &titles[..held] {
            let house = self.dice.one(&houses);
            self.truth.note(|known| {
                let traits = known.traits.entry(mark.to_owned()).or_default();
                traits.elsewhere |= house.mark.is_none();
                traits.places.extend(house.mark.clone());
            });
            let has: Vec<Mark> = has.iter().filter(|mark| !marks.contains(*mark)).cloned().collect();
            let (emails, of_these, does) = self.addresses(mark, &has);
            let mut position = json!({ "institution": house.id, "title": title, "emails": emails });
            if self.agency().is_none() {
                position["public"] = json!(self.dice.chance(50));
                position["phones"] = json!([{ "number": SECRET, "visibility": "SECRETARIAT" }]);
            }
            told.push(position);
            marks.extend(of_these);
            effects.extend(does);
        }
        if held == 0 {
            self.truth.note(|known| known.traits.entry(mark.to_owned()).or_default().elsewhere = true);
        }
        (told, marks, effects)
    }

    async fn create_person(&mut self) -> Option<()> {
        let mark = self.truth.mark('p');
        let (appointments, addresses, effects) = self.positions(&mark, &[]);
        let input = json!({ "givenName": "Invented", "familyName": mark, "country": self.country(&mark),
            "policyAreas": self.areas(&mark), "appointments": appointments });
        let made = self.act("createPolicymaker", input, "policymaker { id }", effects).await?;
        let id = made["policymaker"]["id"].as_str()?.to_owned();
        self.truth.know(&id, &mark);
        self.pool.lock().unwrap().people.push(Person { id, mark, addresses });
        Some(())
    }

    async fn rename(&mut self) -> Option<()> {
        let person = self.person()?;
        let input =
            json!({ "honorific": self.dice.one(&["Dr", "Prof", "Mx"]), "nativeName": format!("N {}", person.mark) });
        self.update("updatePolicymaker", (&person.id, input), vec![]).await.map(drop)
    }

    async fn move_abroad(&mut self) -> Option<()> {
        let person = self.person()?;
        let input = json!({ "country": self.country(&person.mark), "policyAreas": self.areas(&person.mark) });
        self.update("updatePolicymaker", (&person.id, input), vec![]).await.map(drop)
    }

    async fn appoint(&mut self) -> Option<()> {
        let person = self.person()?;
        let (appointments, addresses, mut effects) = self.positions(&person.mark, &person.addresses);
        let dropped = person.addresses.iter().filter(|mark| !addresses.contains(mark));
        effects.extend(dropped.map(|mark| Effect::hidden(mark, Why::Dropped, Whom::All)));
        self.update("updatePolicymaker", (&person.id, json!({ "appointments": appointments })), effects).await?;
        let mut pool = self.pool.lock().unwrap();
        if let Some(known) = pool.people.iter_mut().find(|known| known.id == person.id) {
            known.addresses.extend(addresses);
        }
        Some(())
    }

    async fn consent(&mut self, shares: bool) -> Option<()> {
        let person = self.person()?;
        let effect = if shares {
            Effect::shown(&person.mark, Whom::All)
        } else {
            Effect::hidden(&person.mark, Why::Withdrawn, Whom::All)
        };
        let input = json!({ "id": person.id, "shareWithAgencies": shares, "basis": "a form" });
        self.act("recordConsent", input, "policymaker { id }", vec![effect]).await.map(drop)
    }

    async fn merge_people(&mut self) -> Option<()> {
        let (survivor, merged) = (self.person()?, self.person()?);
        if survivor.id == merged.id {
            return None;
        }
        self.truth.note(|known| known.merges.push((survivor.mark.clone(), merged.mark.clone())));
        let effects =
            vec![Effect::hidden(&merged.mark, Why::Merged, Whom::All), Effect::shown(&survivor.mark, Whom::All)];
        let input = json!({ "survivor": survivor.id, "merged": merged.id });
        self.act("mergeContacts", input, "contact { id }", effects).await?;
        let mut pool = self.pool.lock().unwrap();
        pool.people.retain(|person| person.id != merged.id);
        if let Some(known) = pool.people.iter_mut().find(|known| known.id == survivor.id) {
            known.addresses.extend(merged.addresses.clone());
        }
        pool.merged_people.push(merged);
        Some(())
    }

    /// Somebody or something that was merged last.
    fn merged(&mut self) -> Option<(String, Mark)> {
        let pool = self.pool.lock().unwrap();
        if self.dice.chance(75) {
            pool.merged_people.last().map(|one| (one.id.clone(), one.mark.clone()))
        } else {
            pool.merged_houses.last().and_then(|one| Some((one.id.clone(), one.mark.clone()?)))
        }
    }

    async fn unmerge(&mut self) -> Option<()> {
        let (id, mark) = self.merged()?;
        let effects = self.truth.family(&mark).iter().map(|mark| Effect::shown(mark, Whom::All)).collect();
        self.act("unmergeContacts", json!({ "id": id }), "contact { id }", effects).await?;
        let mut pool = self.pool.lock().unwrap();
        if let Some(place) = pool.merged_people.iter().position(|one| one.id == id) {
            let back = pool.merged_people.remove(place);
            pool.people.push(back);
        } else if let Some(place) = pool.merged_houses.iter().position(|one| one.id == id) {
            let back = pool.merged_houses.remove(place);
            pool.houses.push(back);
        }
        Some(())
    }

    async fn remove_person(&mut self, mutation: &str) -> Option<()> {
        let person = self.person()?;
        let (why, input) = if mutation == "erasePolicymaker" {
            (Why::Erased, json!({ "id": person.id, "reason": "asked" }))
        } else {
            (Why::Deleted, json!({ "id": person.id }))
        };
        let effects = vec![Effect::hidden(&person.mark, why, Whom::All)];
        self.act(mutation, input, "deletedId", effects).await?;
        self.pool.lock().unwrap().people.retain(|known| known.id != person.id);
        Some(())
    }

    async fn create_institution(&mut self) -> Option<()> {
        let mark = self.truth.mark('i');
        let (emails, _, mut effects) = self.addresses(&mark, &[]);
        effects.push(Effect::shown(&mark, Whom::All));
        let input = json!({ "names": [{ "language": "en", "text": format!("Council {mark}") }], "kind": self.kind(&mark),
            "country": self.country(&mark), "policyAreas": self.areas(&mark), "emails": emails });
        let made = self.act("createInstitution", input, "institution { id }", effects).await?;
        let id = made["institution"]["id"].as_str()?.to_owned();
        self.truth.know(&id, &mark);
        self.pool.lock().unwrap().houses.push(House { id, mark: Some(mark) });
        Some(())
    }

    async fn rename_institution(&mut self) -> Option<()> {
        let (id, mark) = self.house()?;
        let text = format!("{} {mark}", self.dice.one(&["Agency", "Office", "Board"]));
        let input = json!({ "names": [{ "language": "en", "text": text }] });
        self.update("updateInstitution", (&id, input), vec![]).await.map(drop)
    }

    async fn recast_institution(&mut self) -> Option<()> {
        let (id, mark) = self.house()?;
        let input =
            json!({ "kind": self.kind(&mark), "country": self.country(&mark), "policyAreas": self.areas(&mark) });
        self.update("updateInstitution", (&id, input), vec![]).await.map(drop)
    }

    async fn merge_institutions(&mut self) -> Option<()> {
        let ((survivor, its), (merged, mark)) = (self.house()?, self.house()?);
        if survivor == merged {
            return None;
        }
        self.truth.note(|known| known.merges.push((its, mark.clone())));
        let effects = vec![Effect::hidden(&mark, Why::Merged, Whom::All)];
        let input = json!({ "survivor": survivor, "merged": merged });
        self.act("mergeContacts", input, "contact { id }", effects).await?;
        let mut pool = self.pool.lock().unwrap();
        pool.houses.retain(|house| house.id != merged);
        pool.merged_houses.push(House { id: merged, mark: Some(mark) });
        Some(())
    }

    async fn delete_institution(&mut self) -> Option<()> {
        let (id, mark) = self.house()?;
        let effects = vec![Effect::hidden(&mark, Why::Deleted, Whom::All)];
        self.act("deleteInstitution", json!({ "id": id }), "deletedId", effects).await?;
        self.pool.lock().unwrap().houses.retain(|house| house.id != id);
        Some(())
    }

    async fn list(&mut self) -> Option<()> {
        let house = self.pool.lock().unwrap().unlisted.pop()?;
        let effects = vec![Effect::shown(house.mark.as_deref()?, Whom::All)];
        self.update("updateInstitution", (&house.id, json!({ "listed": true })), effects).await.map(drop)
    }

    async fn apply(&mut self) -> Option<()> {
        let mark = self.truth.mark('i');
        self.truth.note(|known| known.traits.entry(mark.clone()).or_default().countries.insert("VN".to_owned()));
        let new = json!({ "names": [{ "language": "en", "text": format!("Applicant {mark}") }], "kind": self.kind(&mark),
            "country": "VN", "policyAreas": self.areas(&mark) });
        let applicant = json!({ "name": "Nari Invented", "email": format!("nari.{mark}@example.org") });
        let input = json!({ "newInstitution": new, "tier": "FULL", "applicant": applicant });
        self.act("applyForMembership", input, "membership { id }", vec![]).await.map(drop)
    }

    /// Confirms what a letter asks for.
    async fn confirm(&mut self) -> Option<()> {
        let files = std::fs::read_dir(&self.mail).into_iter().flatten().flatten();
        let letters = files.map(|file| std::fs::read_to_string(file.path()).unwrap_or_default());
        let whole = letters.filter(|letter| letter.trim_end().ends_with("--") && letter.contains("/application/"));
        let mut secrets = whole.map(|letter| {
            let letter = letter.replace("=\r\n", "").replace("=\n", "");
            let (_, rest) = letter.split_once("/application/").unwrap();
            rest.chars().take_while(|sign| sign.is_ascii_alphanumeric() || "-_".contains(*sign)).collect::<String>()
        });
        let secret = secrets.find(|secret| self.pool.lock().unwrap().letters.insert(secret.clone()))?;
        self.act("confirmApplication", json!({ "token": secret }), "membership { id }", vec![]).await.map(drop)
    }

    /// Approves what has applied, or takes it up before that.
    async fn approve(&mut self) -> Option<()> {
        let query =
            "{ memberships(first: 20, filter: {status: [APPLIED]}) { nodes { id institution { id displayName } } } }";
        let mut heard = self.line.ask(query, &Value::Null).await?;
        let nodes = heard.json["data"]["memberships"]["nodes"].take();
        let applied = self.dice.any(nodes.as_array()?)?;
        let (id, mark) =
            (applied["institution"]["id"].as_str()?.to_owned(), marks_in(&applied.to_string()).pop_first()?);
        self.truth.know(&id, &mark);
        {
            let mut pool = self.pool.lock().unwrap();
            if pool.houses.iter().all(|house| house.id != id) {
                pool.houses.push(House { id, mark: Some(mark.clone()) });
            }
        }
        if self.dice.chance(40) {
            return None;
        }
        let effects = vec![Effect::shown(&mark, Whom::All)];
        self.act("approveMembership", json!({ "id": applied["id"] }), "membership { id }", effects).await.map(drop)
    }

    fn own(&mut self, kind: char) -> (String, Mark) {
        let id = format!("{kind}-{}", self.dice.below(OWN));
        let mark = self.own.entry(id.clone()).or_insert_with(|| self.truth.mark(kind)).clone();
        (id, mark)
    }

    async fn push_people(&mut self) -> Option<()> {
        let machine = self.agency()?;
        let mut pushed: Vec<(Value, Mark, Vec<Effect>)> = vec![];
        for _ in 0..=self.dice.below(2) {
            let (id, mark) = self.own('p');
            if pushed.iter().any(|(_, other, _)| *other == mark) {
                continue;
            }
            let (appointments, _, mut effects) = self.positions(&mark, &[]);
            // Where the machine may not know of an institution nothing is written.
            let country = if id.ends_with('1') { "KH" } else { "KR" };
            let mut person = json!({ "externalId": id, "givenName": "Pushed", "familyName": mark, "policyAreas": self.areas(&mark) });
            person["country"] = json!(country);
            self.truth.note(|known| {
                known.traits.entry(mark.clone()).or_default().countries.insert(country.to_owned());
            });
            if self.dice.chance(70) {
                person["appointments"] = json!(appointments);
            } else {
                self.truth.note(|known| known.traits.entry(mark.clone()).or_default().elsewhere = true);
            }
            effects.push(Effect::shown(&mark, Whom::Only(machine)));
            if self.dice.chance(60) {
                let shares = self.dice.chance(70);
                person["consent"] = json!({ "shareWithAgencies": shares, "basis": "a form" });
                if !shares {
                    effects.push(Effect::hidden(&mark, Why::Withdrawn, Whom::But(machine)));
                }
            }
            pushed.push((json!({ "policymaker": person }), mark, effects));
        }
        self.push(pushed).await
    }

    async fn push_institution(&mut self) -> Option<()> {
        let machine = self.agency()?;
        let (id, mark) = self.own('i');
        let (emails, _, mut effects) = self.addresses(&mark, &[]);
        let text = format!("{} {mark}", self.dice.one(&["Guild", "House"]));
        let house = json!({ "externalId": id, "names": [{ "language": "en", "text": text }], "country": "KR",
            "kind": self.kind(&mark), "policyAreas": self.areas(&mark), "emails": emails });
        self.truth.note(|known| known.traits.entry(mark.clone()).or_default().countries.insert("KR".to_owned()));
        effects.push(Effect::shown(&mark, Whom::Only(machine)));
        self.push(vec![(json!({ "institution": house }), mark, effects)]).await
    }

    /// Pushes contacts, and notes what came of each.
    async fn push(&mut self, pushed: Vec<(Value, Mark, Vec<Effect>)>) -> Option<()> {
        let query = "mutation($input: UpsertContactsInput!) { upsertContacts(input: $input) {
            results { outcome contact { id } } userErrors { code } } }";
        let contacts: Vec<Value> = pushed.iter().map(|(contact, ..)| contact.clone()).collect();
        let mut input = Map::from_iter([("contacts".to_owned(), json!(contacts))]);
        input.insert("onConflict".to_owned(), json!(self.dice.one(&["FAIL", "OVERWRITE", "OVERWRITE"])));
        let deeds: Vec<(usize, Mark)> =
            pushed.into_iter().map(|(_, mark, effects)| (self.truth.begins(effects), mark)).collect();
        let Some(mut heard) = self.line.ask(query, &json!({ "input": input })).await else {
            for (deed, _) in &deeds {
                self.truth.ends(*deed, End::Unknown);
            }
            return None;
        };
        assert!(heard.error().is_none(), "{}", heard.json);
        let results = heard.json["data"]["upsertContacts"]["results"].take();
        for ((deed, mark), result) in deeds.into_iter().zip(results.as_array().unwrap()) {
            let outcome = result["outcome"].as_str().unwrap();
            let done = ["CREATED", "UPDATED", "UNCHANGED"].contains(&outcome);
            self.truth.ends(deed, if done { End::Done } else { End::Refused });
            let Some(id) = result["contact"]["id"].as_str().filter(|_| done) else { continue };
            self.truth.know(id, &mark);
            self.takes_up(id, mark, outcome == "CREATED");
        }
        Some(())
    }

    /// Has others know of a contact that was pushed.
    fn takes_up(&mut self, id: &str, mark: Mark, new: bool) {
        let mut pool = self.pool.lock().unwrap();
        if mark.starts_with("mark-p") {
            if pool.people.iter().all(|person| person.id != id) {
                pool.people.push(Person { id: id.to_owned(), mark, addresses: vec![] });
            }
        } else {
            let house = House { id: id.to_owned(), mark: Some(mark) };
            if new {
                pool.unlisted.push(house.clone());
                pool.houses.push(house);
            }
        }
    }
}
