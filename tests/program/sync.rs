//! `balai sync`, as an agency calls it against a running service.
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use harness::{Grant, Server, backends, on_each_database};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{balai, failure, out};

/// The three forms of books.
const BOOKS: [&str; 3] = ["contacts", "contacts.jsonl", "contacts.csv"];

/// An agency, with the folder in which it keeps its books.
struct Agency<'s> {
    server: &'s Server,
    admin: String,
    kofic: Value,
    folder: TempDir,
}

impl<'s> Agency<'s> {
    async fn of(server: &'s Server) -> Self {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let kofic = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
        let kofic = kofic.data()["institution"]["id"].clone();
        let agency = Self { server, admin, kofic, folder: TempDir::new().unwrap() };
        let input =
            json!({ "name": "Books", "institution": agency.kofic, "scopes": ["CONTACTS_READ", "CONTACTS_WRITE"] });
        let made = agency.act("createAgencyClient", input, "agencyClient { clientId } secret").await;
        let credentials = json!({ "clientId": made["agencyClient"]["clientId"], "clientSecret": made["secret"] });
        agency.keep("credentials", &credentials.to_string());
        agency
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn keep(&self, name: &str, text: &str) {
        let place = self.place(name);
        fs::write(&place, text).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.place(name)).unwrap()
    }

    /// Does something as the secretariat.
    async fn act(&self, mutation: &str, mut input: Value, selection: &str) -> Value {
        let own = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let kind = if mutation.starts_with("delete") { "DeleteInput" } else { &own };
        if mutation.starts_with("update") {
            input["expectedVersion"] = self.contact(&input["id"], "version").await["version"].clone();
        }
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field message }} }} }}"
        );
        let answer = self.server.ask_as_with(&self.admin, &query, json!({ "input": input })).await;
        let payload = answer.data()[mutation].clone();
        assert_eq!(payload["userErrors"], json!([]), "{}", answer.text);
        payload
    }

    async fn contact(&self, id: &Value, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Contact {{ {fields} }} }} }}");
        self.server.ask_as_with(&self.admin, &query, json!({ "id": id })).await.data()["node"].clone()
    }

    /// A contact of the agency's, as the secretariat sees it.
    async fn named(&self, name: &str) -> Value {
        let query = "query($first: Int!) { policymakers(first: $first) { nodes { id givenName familyName version country { code }
            emails { address visibility } appointments { title since institution { name } emails { address } }
            consent { shareWithAgencies basis } } } institutions(first: $first) { nodes { id displayName kind city
            names { language text } } } }";
        let answer = self.server.ask_as_with(&self.admin, query, json!({ "first": 100 })).await;
        let mut found = answer.data()["policymakers"]["nodes"].as_array().unwrap().clone();
        found.extend(answer.data()["institutions"]["nodes"].as_array().unwrap().clone());
        let is = |one: &&Value| one["givenName"] == name || one["displayName"] == name;
        found.iter().find(is).unwrap_or_else(|| panic!("{name} in {found:?}")).clone()
    }

    /// Makes somebody of a name who consents: their ID.
    async fn person(&self, name: &str) -> Value {
        let input = json!({ "givenName": name, "familyName": "Invented", "country": "KR", "appointments": [{
            "institution": self.kofic, "title": "Director", "emails": [
                { "address": format!("{}@example.org", name.to_lowercase()), "visibility": "MEMBERS" }] }] });
        let made = self.act("createPolicymaker", input, "policymaker { id }").await;
        let id = made["policymaker"]["id"].clone();
        self.consent(&id, true).await;
        id
    }

    async fn consent(&self, id: &Value, shares: bool) {
        let input = json!({ "id": id, "shareWithAgencies": shares, "basis": "a form" });
        self.act("recordConsent", input, "policymaker { id }").await;
    }

    fn call(&self, what: &str, book: &str, more: &[&str]) -> Output {
        let (place, credentials) = (self.place(book), self.place("credentials"));
        let mut command = balai(self.folder.path(), &["sync", what]);
        command.arg(place).args(["--url", self.server.address()]).arg("--credentials").arg(credentials);
        command.args(more).output().unwrap()
    }

    /// Calls it, and it must end so.
    fn ends(&self, status: i32, what: &str, book: &str, more: &[&str]) -> (String, String) {
        // What was written before can be told then, whatever others do on the same server.
        std::thread::scope(|scope| {
            scope.spawn(|| Runtime::new().unwrap().block_on(self.server.settled()));
        });
        let output = self.call(what, book, more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{what} {book} {more:?}: {} {said}", out(&output));
        (out(&output).trim().to_owned(), said)
    }

    fn pull(&self, book: &str, more: &[&str]) -> String {
        self.ends(0, "pull", book, more).0
    }

    /// The lines of a book, without those in which something stands.
    fn without(&self, book: &str, what: &str) -> String {
        let kept: Vec<String> =
            self.text(book).split_inclusive('\n').filter(|line| !line.contains(what)).map(str::to_owned).collect();
        kept.concat()
    }

    /// All that a book holds.
    fn text(&self, book: &str) -> String {
        let place = self.place(book);
        if !place.is_dir() {
            return fs::read_to_string(place).unwrap();
        }
        let files = fs::read_dir(&place).unwrap().map(|file| file.unwrap().path()).filter(|file| file.is_file());
        files.map(|file| fs::read_to_string(file).unwrap().replace("\r\n ", "")).collect()
    }
}

#[tokio::test]
async fn a_book_of_each_form_follows_the_network() {
    on_each_database(|server| async move {
        let agency = Agency::of(&server).await;
        let count = server.ask(r#"{ institutions(filter: { country: ["KR"] }) { totalCount } }"#).await;
        let count = count.data()["institutions"]["totalCount"].as_u64().unwrap();
        for book in BOOKS {
            assert_eq!(
                agency.pull(book, &["--country", "kr"]),
                format!("{count} contacts: {count} new, 0 changed, 0 removed")
            );
            assert_eq!(agency.pull(book, &[]), format!("{count} contacts: 0 new, 0 changed, 0 removed"));
            assert!(agency.text(book).contains("Korean Film Council"), "{book}");
        }
        let ana = agency.person("Ana").await;
        let bo = agency.person("Bo").await;
        for book in BOOKS {
            assert!(agency.pull(book, &[]).ends_with("2 new, 0 changed, 0 removed"), "{book}");
            assert!(agency.text(book).contains("ana@example.org"), "{book}");
        }
        agency.act("updatePolicymaker", json!({ "id": ana, "familyName": "Renamed" }), "policymaker { id }").await;
        agency.consent(&bo, false).await;
        for book in BOOKS {
            assert!(agency.pull(book, &[]).ends_with("0 new, 1 changed, 1 removed"), "{book}");
            let text = agency.text(book);
            assert!(text.contains("Renamed") && !text.contains("bo@example.org"), "{book}");
            assert_eq!(agency.ends(0, "check", book, &[]).0, format!("{} contacts: the book is right", count + 1));
        }
        let cat = agency.person("Cat").await;
        agency.pull("contacts", &[]);
        agency.act("mergeContacts", json!({ "survivor": ana, "merged": cat }), "contact { id }").await;
        let told = agency.pull("contacts", &[]);
        assert!(told.starts_with(&format!("{} contacts: 0 new, ", count + 1)) && told.ends_with("1 removed"), "{told}");
        // What was chosen holds until it is said otherwise; then it begins anew, and the rest goes.
        agency.keep("contacts/mine.txt", "not the network's");
        assert_eq!(
            agency.pull("contacts", &["--kind", "PERSON"]),
            format!("1 contacts: 0 new, 0 changed, {count} removed")
        );
        let all = agency.pull("contacts", &["--all"]);
        let total = server.ask("{ institutions { totalCount } }").await.data()["institutions"]["totalCount"].clone();
        assert!(all.starts_with(&format!("{} contacts: {total} new, ", total.as_u64().unwrap() + 1)), "{all}");
        assert_eq!(agency.read("contacts/mine.txt"), "not the network's");
        let table = agency.text("contacts.csv");
        assert!(
            table.starts_with("\u{feff}\"Kind\",\"Name\",") && table.contains("\"Contact ID\",\"External ID\""),
            "{table}"
        );
        only_for_their_owner(agency.folder.path());
    })
    .await;
}

/// Nobody else on the machine can read what was made.
fn only_for_their_owner(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
        if path.is_dir() {
            only_for_their_owner(&path);
        }
    }
}

#[tokio::test]
async fn killed_between_pages_it_goes_on_where_it_was() {
    let server = Server::start(backends()[0]).await;
    let agency = Agency::of(&server).await;
    let total =
        server.ask("{ institutions { totalCount } }").await.data()["institutions"]["totalCount"].as_u64().unwrap();
    for book in BOOKS {
        let (place, credentials) = (agency.place(book), agency.place("credentials"));
        let mut command = balai(agency.folder.path(), &["sync", "pull"]);
        command.arg(&place).args(["--url", server.address(), "--page", "2"]).arg("--credentials").arg(credentials);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let beside =
            if book == "contacts" { place.join(".balai-sync") } else { agency.place(&format!("{book}.balai-sync")) };
        let journal = beside.join("journal.jsonl");
        let lines = || fs::read_to_string(&journal).unwrap_or_default().lines().count();
        while lines() < 6 {}
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!beside.join("state.json").exists(), "it was in the middle of {book}");
        // As if the machine had gone down while a line was written.
        let text = fs::read_to_string(&journal).unwrap();
        fs::write(&journal, format!("{text}{{\"number\":99,\"steps\":[{{\"do\":\"pu")).unwrap();
        let told = agency.pull(book, &[]);
        let new: u64 = told.split([' ', ':']).nth(3).unwrap().parse().unwrap();
        assert!(told.starts_with(&format!("{total} contacts: ")) && new <= total - 8, "{book}: {told}");
        assert_eq!(agency.ends(0, "check", book, &[]).0, format!("{total} contacts: the book is right"));
        assert_eq!(fs::read_to_string(&journal).unwrap(), "");
    }
}

/// An institution and a person of the agency's own, added to a book of each form.
fn add_own(agency: &Agency<'_>, book: &str, family: &str) {
    match book {
        "contacts" => {
            let linh = format!(
                "BEGIN:VCARD\nVERSION:3.0\nUID:crm-1\nFN:Linh {family}\nN:{family};Linh;;;\nORG:An invented council\n\
                 TITLE:Curator\nEMAIL;TYPE=INTERNET:linh@example.org\nADR:;;1 Street;Da Nang;;;Viet Nam\n\
                 NOTE:met in Busan\nX-BALAI-CONSENT:form of 3 May\nEND:VCARD\n"
            );
            agency.keep("contacts/linh.vcf", &linh);
            let council = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:crm-2\r\nKIND:org\r\nFN:An invented council\r\n\
                           CATEGORIES:Arts council\r\nADR:;;;Da Nang;;;VN\r\nEND:VCARD\r\n";
            agency.keep("contacts/council.vcf", council);
        }
        "contacts.jsonl" => {
            let linh = json!({ "@type": "Card", "version": "1.0", "uid": "crm-1", "kind": "individual",
                "name": { "components": [{ "kind": "given", "value": "Linh" }, { "kind": "surname", "value": family }] },
                "organizations": { "o": { "name": "An invented council" } },
                "titles": { "t": { "name": "Curator", "organizationId": "o" } },
                "emails": { "e": { "address": "linh@example.org" } }, "notes": { "n": { "note": "met in Busan" } },
                "addresses": { "a": { "countryCode": "VN" } }, "balai:consent": "form of 3 May" });
            let council = json!({ "@type": "Card", "version": "1.0", "uid": "crm-2", "kind": "org",
                "name": { "full": "An invented council" }, "keywords": { "ARTS_COUNCIL": true },
                "addresses": { "a": { "countryCode": "VN", "components": [{ "kind": "locality", "value": "Da Nang" }] } } });
            let kept = agency.without(book, "\"crm-");
            agency.keep(book, &format!("{kept}{linh}\n{council}\n"));
        }
        _ => {
            let text = agency.text(book);
            let heading = text.lines().next().unwrap().to_owned();
            assert!(heading.ends_with("\"External ID\",\"Consent\",\"Consent basis\""), "{heading}");
            let cells = |values: &[(usize, &str)]| {
                let cell = |n| values.iter().find(|(place, _)| *place == n).map_or("", |(_, value)| *value);
                (0..22).map(|n| format!("\"{}\"", cell(n))).collect::<Vec<_>>().join(",")
            };
            let linh = cells(&[
                (0, "PERSON"),
                (3, "Linh"),
                (4, family),
                (6, "An invented council"),
                (7, "Curator"),
                (9, "VN"),
                (11, "linh@example.org"),
                (19, "crm-1"),
                (20, "yes"),
                (21, "form of 3 May"),
            ]);
            let council = cells(&[
                (0, "ORGANIZATION"),
                (1, "An invented council"),
                (8, "ARTS_COUNCIL"),
                (9, "Viet Nam"),
                (10, "Da Nang"),
                (19, "crm-2"),
            ]);
            let kept = agency.without(book, "\"crm-");
            agency.keep(book, &format!("{kept}{linh}\r\n{council}\r\n"));
        }
    }
}

#[tokio::test]
async fn own_entries_of_each_form_are_pushed_and_come_back_as_they_are() {
    for backend in backends() {
        for book in BOOKS {
            let server = Server::start(*backend).await;
            let agency = Agency::of(&server).await;
            agency.pull(book, &["--country", "VN"]);
            add_own(&agency, book, "Invented");
            let before = agency.text(book);
            let (told, said) = agency.ends(1, "push", book, &["--dry-run"]);
            assert!(told.contains("it would be: 1 created") && said.contains("no institution"), "{told} {said}");
            let (told, _) = agency.ends(0, "push", book, &[]);
            assert_eq!(told, "2 own entries: 2 created, 0 updated, 0 unchanged, 0 skipped, 0 failed");
            let linh = agency.named("Linh").await;
            assert_eq!(linh["appointments"][0]["institution"]["name"], "An invented council");
            assert_eq!(linh["appointments"][0]["emails"], json!([{ "address": "linh@example.org" }]));
            assert_eq!(linh["consent"], json!({ "shareWithAgencies": true, "basis": "form of 3 May" }));
            assert_eq!(linh["emails"][0]["visibility"], "MEMBERS");
            let council = agency.named("An invented council").await;
            assert_eq!((&council["kind"], &council["city"]), (&json!("ARTS_COUNCIL"), &json!("Da Nang")));

            // What has not changed is not sent again, and what the network says is what is here.
            let (told, _) = agency.ends(0, "push", book, &[]);
            assert_eq!(told, "2 own entries: 0 created, 0 updated, 2 unchanged, 0 skipped, 0 failed");
            assert!(agency.pull(book, &[]).ends_with("0 new, 0 changed, 0 removed"));
            assert_eq!(agency.text(book), before, "{book}");
            let again = agency.ends(0, "push", book, &["--again"]).0;
            assert_eq!(again, "2 own entries: 0 created, 0 updated, 2 unchanged, 0 skipped, 0 failed");

            // What changes here is pushed; what changes there comes, and the rest stays.
            add_own(&agency, book, "Changed");
            assert!(agency.ends(0, "push", book, &[]).0.contains("1 updated, 1 unchanged"));
            assert_eq!(agency.named("Linh").await["familyName"], "Changed");
            let there = json!({ "id": linh["id"], "familyName": "Married", "honorific": "Dr" });
            agency.act("updatePolicymaker", there, "policymaker { id }").await;
            assert!(agency.pull(book, &[]).ends_with("0 new, 1 changed, 0 removed"));
            let text = agency.text(book);
            assert!(text.contains("Married") && !text.contains("Changed") && text.contains("crm-1"), "{text}");
            assert!(book == "contacts.csv" || text.contains("met in Busan"), "{text}");
            assert!(agency.ends(0, "push", book, &[]).0.contains("0 updated, 2 unchanged"));

            // What changes on both sides is for whoever keeps the book to decide.
            add_own(&agency, book, "Ours");
            let there = json!({ "id": linh["id"], "familyName": "Theirs" });
            agency.act("updatePolicymaker", there, "policymaker { id }").await;
            let (told, said) = agency.ends(0, "pull", book, &[]);
            assert!(
                told.ends_with("0 new, 0 changed, 0 removed") && said.contains("1 own entries have changed"),
                "{said}"
            );
            let (told, said) = agency.ends(1, "push", book, &[]);
            assert!(told.ends_with("1 failed") && said.contains("--on-conflict"), "{told} {said}");
            assert!(!said.contains("Linh") && !said.contains("Ours"), "where it is, and nobody's name: {said}");
            assert!(agency.ends(0, "push", book, &["--on-conflict", "skip"]).0.contains("1 skipped"));
            assert!(agency.ends(0, "push", book, &["--on-conflict", "overwrite"]).0.contains("1 updated"));
            assert_eq!(agency.named("Linh").await["familyName"], "Ours");
            agency.pull(book, &[]);

            // Who agrees no more goes here, too; what was only deleted is the agency's to keep.
            let id = council["id"].clone();
            agency.act("erasePolicymaker", json!({ "id": linh["id"], "reason": "asked" }), "deletedId").await;
            agency.act("deleteInstitution", json!({ "id": id }), "deletedId").await;
            let (told, said) = agency.ends(0, "pull", book, &[]);
            assert!(
                told.ends_with("1 removed") && said.contains("erased") && said.contains("stay here"),
                "{told} {said}"
            );
            let text = agency.text(book);
            assert!(!text.contains("linh@example.org") && text.contains("An invented council"), "{text}");
        }
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_pushed_says_where_and_why() {
    let server = Server::start(backends()[0]).await;
    let agency = Agency::of(&server).await;
    fs::create_dir(agency.place("own")).unwrap();
    let card = |lines: &str| format!("BEGIN:VCARD\r\nVERSION:4.0\r\n{lines}\r\nEND:VCARD\r\n");
    for (name, text) in [
        ("a.vcf", card("UID:a\r\nFN:Linh Invented")),
        ("b.vcf", card("UID:b\r\nFN:Linh Invented\r\nEMAIL:linh@example.org")),
        ("c.vcf", card("FN:Linh Invented")),
        ("d.vcf", card("UID:d\r\nKIND:org\r\nFN:A council")),
        ("e.vcf", card("UID:a\r\nFN:Minh Invented")),
        ("f.vcf", "nothing".to_owned()),
        ("g.vcf", card("UID:g\r\nFN:Minh\r\nORG:Korean Film Council\r\nTITLE:x\r\nTEL:not a number")),
    ] {
        agency.keep(&format!("own/{name}"), &text);
    }
    let (told, said) = agency.ends(1, "push", "own", &["--consent-basis", "a form"]);
    assert_eq!(told, "7 own entries: 1 created, 0 updated, 0 unchanged, 0 skipped, 6 failed", "{said}");
    for (name, why) in [
        ("b.vcf", "no position"),
        ("c.vcf", "no UID"),
        ("d.vcf", "CATEGORIES"),
        ("e.vcf", "UID of another"),
        ("f.vcf", "no vCard"),
        ("g.vcf", "appointments.0.phones.0.number: must be a telephone number"),
    ] {
        let line = said.lines().find(|line| line.starts_with(&format!("balai: {name}: "))).unwrap();
        assert!(line.contains(why), "{line}");
    }
    assert!(!said.contains("Linh") && !said.contains("example.org"), "{said}");
}

#[tokio::test]
async fn a_book_that_is_not_right_is_mended() {
    on_each_database(|server| async move {
        let agency = Agency::of(&server).await;
        let ana = agency.person("Ana").await;
        let bo = agency.person("Bo").await;
        for book in BOOKS {
            agency.pull(book, &["--kind", "PERSON"]);
        }
        let (ana, bo) = (ana.as_str().unwrap(), bo.as_str().unwrap());
        let card = agency.read(&format!("contacts/{ana}.vcf"));
        agency.keep(&format!("contacts/{ana}.vcf"), &card.replace("ana@example.org", "wrong@example.org"));
        fs::remove_file(agency.place(&format!("contacts/{bo}.vcf"))).unwrap();
        for book in &BOOKS[1..] {
            let kept = agency.without(book, "bo@example.org").replace("ana@example.org", "wrong@example.org");
            agency.keep(book, &kept);
        }
        for book in BOOKS {
            let wrong = "2 contacts: 1 missing, 0 outdated, 0 superfluous, 1 altered";
            assert_eq!(agency.ends(1, "check", book, &["--dry-run"]).0, format!("{wrong}: not mended"));
            assert_eq!(agency.ends(1, "check", book, &[]).0, format!("{wrong}: mended"));
            assert_eq!(agency.ends(0, "check", book, &[]).0, "2 contacts: the book is right");
            let text = agency.text(book);
            assert!(
                text.contains("ana@example.org") && text.contains("bo@example.org") && !text.contains("wrong"),
                "{text}"
            );
        }
        assert_eq!(agency.read(&format!("contacts/{ana}.vcf")), card);

        // What has happened since is found without a pull, too.
        agency.consent(&json!(bo), false).await;
        agency.act("updatePolicymaker", json!({ "id": ana, "familyName": "Renamed" }), "policymaker { id }").await;
        agency.person("Cat").await;
        let (told, _) = agency.ends(1, "check", "contacts", &[]);
        assert_eq!(told, "2 contacts: 1 missing, 1 outdated, 1 superfluous, 0 altered: mended");
        assert!(agency.pull("contacts", &[]).ends_with("0 new, 0 changed, 0 removed"));
    })
    .await;
}

#[tokio::test]
async fn a_book_whose_place_is_forgotten_begins_anew() {
    for backend in backends() {
        let (server, time) = Server::start_with_time(*backend).await;
        let agency = Agency::of(&server).await;
        let (ana, bo) = (agency.person("Ana").await, agency.person("Bo").await);
        agency.pull("contacts", &["--kind", "PERSON"]);
        let state = agency.read("contacts/.balai-sync/state.json");
        let mut told: Value = serde_json::from_str(&state).unwrap();
        told["token"] = json!("nonsense");
        agency.keep("contacts/.balai-sync/state.json", &told.to_string());
        agency.consent(&bo, false).await;
        let (told, said) = agency.ends(0, "pull", "contacts", &[]);
        assert_eq!(told, "1 contacts: 0 new, 0 changed, 1 removed");
        assert!(said.contains("all contacts come again"), "{said}");
        // Without what is kept beside it, the network's files are known by their cards.
        fs::remove_dir_all(agency.place("contacts/.balai-sync")).unwrap();
        assert!(agency.ends(1, "push", "contacts", &[]).1.contains("a copy of a contact of the network"));
        assert_eq!(agency.pull("contacts", &["--kind", "PERSON"]), "1 contacts: 0 new, 0 changed, 0 removed");
        assert!(agency.place(&format!("contacts/{}.vcf", ana.as_str().unwrap())).exists());
        // And who is not given any more goes even so, wherever the book's keeper has copied them to in it.
        agency.pull("contacts.csv", &["--kind", "PERSON"]);
        let row = agency.text("contacts.csv").lines().last().unwrap().to_owned();
        agency.keep("contacts.csv", &format!("{}{row}\r\n", agency.text("contacts.csv")));
        agency.keep("contacts/mine.vcf", "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:crm-1\r\nFN:Mine\r\nEND:VCARD\r\n");
        agency.consent(&ana, false).await;
        for book in ["contacts", "contacts.csv"] {
            let beside = if book == "contacts" { "contacts/.balai-sync" } else { "contacts.csv.balai-sync" };
            fs::remove_dir_all(agency.place(beside)).unwrap();
            assert_eq!(agency.pull(book, &["--kind", "PERSON"]), "0 contacts: 0 new, 0 changed, 1 removed");
            assert!(!agency.text(book).contains("ana@example.org"), "{book}");
        }
        assert!(agency.place("contacts/mine.vcf").exists());
        time.store(500 * 86_400, std::sync::atomic::Ordering::Relaxed);
        let (told, said) = agency.ends(0, "pull", "contacts", &[]);
        assert_eq!(told, "0 contacts: 0 new, 0 changed, 0 removed");
        assert!(said.contains("all contacts come again"), "{said}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_a_sentence() {
    let server = Server::start(backends()[0]).await;
    let agency = Agency::of(&server).await;
    let said = |what: &str, book: &str, more: &[&str]| failure(&agency.call(what, book, more));
    assert!(said("push", "contacts", &[]).contains("there is no "));
    assert!(said("pull", "contacts.xlsx", &[]).contains("is no book"));
    agency.pull("contacts", &["--kind", "PERSON"]);

    let lock = fs::File::open(agency.place("contacts/.balai-sync/lock")).unwrap();
    lock.lock().unwrap();
    assert!(said("pull", "contacts", &[]).contains("another balai sync works on"));
    drop(lock);

    let (told, unchecked) = agency.ends(2, "check", "contacts", &["--kind", "ORGANIZATION"]);
    assert!(told.is_empty() && unchecked.contains("run balai sync pull with them first"), "{unchecked}");
    assert!(agency.ends(2, "check", "nothing.csv", &[]).1.contains("there is no "));

    let good = agency.read("credentials");
    fs::set_permissions(agency.place("credentials"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(said("pull", "contacts", &[]).contains("chmod 600 "));
    let mut wrong: Value = serde_json::from_str(&good).unwrap();
    wrong["clientSecret"] = json!("a-wrong-secret");
    agency.keep("credentials", &wrong.to_string());
    let refused = said("pull", "contacts", &[]);
    assert!(refused.contains("does not know these credentials") && !refused.contains("a-wrong-secret"), "{refused}");
    agency.keep("credentials", "nothing");
    assert!(said("pull", "contacts", &[]).contains("holds no credentials"));
    agency.keep("credentials", &good);

    let mut elsewhere = balai(agency.folder.path(), &["sync", "pull", "--url", "http://balai.example.org"]);
    elsewhere.arg("--credentials").arg(agency.place("credentials")).arg(agency.place("contacts"));
    assert!(failure(&elsewhere.output().unwrap()).contains("https://"));
    let other = server.replica();
    let mut elsewhere = balai(agency.folder.path(), &["sync", "pull", "--url", other.address()]);
    elsewhere.arg("--credentials").arg(agency.place("credentials")).arg(agency.place("contacts"));
    assert!(failure(&elsewhere.output().unwrap()).contains("is kept in step with"));

    // A file of somebody's own in the place of a contact's is not overwritten.
    let ana = agency.person("Ana").await;
    let name = format!("contacts/{}.vcf", ana.as_str().unwrap());
    agency.keep(&name, "mine");
    assert!(said("pull", "contacts", &[]).contains("rename it"));
    assert_eq!(agency.read(&name), "mine");
}
