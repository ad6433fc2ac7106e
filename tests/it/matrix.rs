//! The access matrix: `access.csv` says what each field answers to each sort of viewer, and `api/docs/access.md` shows it.
use std::{collections::BTreeMap, fmt::Write as _, fs};

use harness::{Answer, Server, Viewer, backends, viewers};
use serde_json::{Value, json};

const MATRIX: &str = include_str!("access.csv");
const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/docs/access.md");

/// A line of the matrix.
struct Line {
    /// The type and its field.
    field: String,
    /// Of what.
    case: String,
    /// What is asked; nothing, of what is the same for everybody.
    ask: String,
    /// What comes out, for each viewer: `yes`, `no`, how many, or the code of an error.
    expected: Vec<String>,
}

/// The viewers' names and the lines.
fn matrix() -> (Vec<String>, Vec<Line>) {
    let mut reader = csv::Reader::from_reader(MATRIX.as_bytes());
    let names = reader.headers().unwrap().iter().skip(3).map(ToOwned::to_owned).collect();
    let lines = reader.records().map(|record| {
        let mut cells = record.unwrap().iter().map(ToOwned::to_owned).collect::<Vec<_>>().into_iter();
        let mut next = || cells.next().unwrap();
        Line { field: next(), case: next(), ask: next(), expected: cells.collect() }
    });
    (names, lines.collect())
}

/// A server on which nobody is slowed down.
async fn start(backend: harness::Backend) -> Server {
    let flags = ["--limit-requests=1000000", "--limit-budget=100000000", "--limit-cost=20000"];
    Server::start_with(backend, &flags).await
}

/// How many values an answer holds: what is null, empty or a count of nothing is none.
fn values(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(number) => usize::from(number.as_f64() != Some(0.0)),
        Value::String(text) => usize::from(!text.is_empty()),
        Value::Array(values) => values.iter().map(self::values).sum(),
        Value::Object(fields) => fields.values().map(values).sum(),
    }
}

/// What came out, in the words of the matrix.
fn outcome(answer: &Answer, expected: &str) -> String {
    let code = answer.json["errors"][0]["extensions"]["code"].as_str();
    if let Some(code) = code {
        return code.to_owned();
    }
    let data = &answer.json["data"];
    let faults = data.as_object().and_then(|fields| fields.values().next()).map(|payload| &payload["userErrors"]);
    if let Some(faults) = faults.and_then(Value::as_array) {
        return faults.first().map_or("yes", |fault| fault["code"].as_str().unwrap()).to_owned();
    }
    match values(data) {
        0 => "no".to_owned(),
        count if expected.parse::<usize>().is_ok() => count.to_string(),
        _ => "yes".to_owned(),
    }
}

/// What a subscription begins with: `{ "data": true }`, if it waits for something to happen.
async fn listened(server: &Server, viewer: &Viewer, ask: &str) -> Answer {
    let request = server.request("POST", "/graphql").header("accept", "text/event-stream");
    let request = viewer.token.iter().fold(request, |request, token| request.bearer_auth(token));
    let mut response = request.json(&json!({ "query": ask })).send().await.unwrap();
    let status = response.status().as_u16();
    let begun = String::from_utf8(response.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let text = begun.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(r#"{"data":true}"#).to_owned();
    Answer { status, json: serde_json::from_str(&text).unwrap(), text }
}

#[tokio::test]
async fn each_viewer_is_answered_what_the_matrix_says() {
    let (names, lines) = matrix();
    for backend in backends() {
        let server = start(*backend).await;
        let viewers = viewers(&server).await;
        assert_eq!(viewers.iter().map(|viewer| viewer.name).collect::<Vec<_>>(), names);
        let mut wrong = String::new();
        for line in lines.iter().filter(|line| !line.ask.is_empty()) {
            for (viewer, expected) in viewers.iter().zip(&line.expected) {
                let answer = if line.ask.starts_with("subscription ") {
                    listened(&server, viewer, &line.ask).await
                } else {
                    viewer.ask(&server, &line.ask).await
                };
                let came = outcome(&answer, expected);
                if came != *expected {
                    let Line { field, case, .. } = line;
                    writeln!(wrong, "{field}, {case}, {}: {came}, not {expected}: {}", viewer.name, answer.text)
                        .unwrap();
                }
            }
        }
        assert!(wrong.is_empty(), "on {backend:?}:\n{wrong}");
    }
}

/// Where one of each type is found whose public fields are the same for everybody.
const WAYS: [(&str, &str); 21] = [
    ("Accession", r#"{ country(code: "KR") { accessions FIELDS } }"#),
    ("Agreement", r#"{ agreement(by: {slug: "AGREEMENT"}) FIELDS }"#),
    ("AgreementParty", r#"{ agreement(by: {slug: "AGREEMENT"}) { parties FIELDS } }"#),
    ("Appointment", "{ policymaker(by: {id: $open}) { appointments FIELDS } }"),
    ("Contact", "{ node(id: $open) { ... on Contact FIELDS } }"),
    ("ContributionTerms", r#"{ agreement(by: {slug: "AGREEMENT"}) { contribution FIELDS } }"#),
    ("Convention", r#"{ convention(code: "UNESCO-2005") FIELDS }"#),
    ("Cooperation", r#"{ cooperation(between: ["KR", "TH"]) FIELDS }"#),
    ("CooperationPair", r#"{ cooperation(between: ["KR", "TH"]) { pairs FIELDS } }"#),
    ("Country", r#"{ country(code: "KR") FIELDS }"#),
    ("CountryGroup", r#"{ countryGroup(code: "ASEAN") FIELDS }"#),
    ("Eligibility", r#"{ opportunity(by: {slug: "OPPORTUNITY"}) { eligibility FIELDS } }"#),
    ("Funding", "{ opportunity(by: {id: $published}) { funding FIELDS } }"),
    ("GroupMembership", r#"{ country(code: "KR") { groups FIELDS } }"#),
    ("Institution", "{ institution(by: {id: $home}) FIELDS }"),
    ("LocalizedText", "{ institution(by: {id: $home}) { names FIELDS } }"),
    ("Node", "{ node(id: $open) FIELDS }"),
    ("Opportunity", r#"{ opportunity(by: {slug: "OPPORTUNITY"}) FIELDS }"#),
    ("OpportunityPartner", r#"{ opportunity(by: {slug: "OPPORTUNITY"}) { partners FIELDS } }"#),
    ("Policymaker", "{ policymaker(by: {id: $open}) FIELDS }"),
    ("Provenance", "{ institution(by: {id: $home}) { provenance FIELDS } }"),
];
const AGREEMENT: &str = "korea-france-film-co-production-agreement";
const OPPORTUNITY: &str = "unesco-asean-rok-cultural-policymakers-workshop";

#[tokio::test]
async fn what_is_public_is_the_same_for_everybody() {
    let (_, lines) = matrix();
    let mut by_type: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.ask.is_empty()) {
        let (of, field) = line.field.split_once('.').unwrap();
        by_type.entry(of).or_default().push(field);
    }
    for backend in backends() {
        let server = start(*backend).await;
        let viewers = viewers(&server).await;
        let types = composite(&server).await;
        for (of, fields) in &by_type {
            let selected: Vec<String> = fields
                .iter()
                .map(|field| {
                    let below = match types[&format!("{of}.{field}")].as_str() {
                        "" => "",
                        list if list.ends_with("Connection") => " { totalCount nodes { __typename } }",
                        _ => " { __typename }",
                    };
                    format!("{field}{below}")
                })
                .collect();
            let way = WAYS.iter().find(|(known, _)| known == of).unwrap_or_else(|| panic!("no way to a {of}")).1;
            let way = way.replace("AGREEMENT", AGREEMENT).replace("OPPORTUNITY", OPPORTUNITY);
            let ask = way.replace("FIELDS", &format!("{{ {} }}", selected.join(" ")));
            let first = viewers[0].ask(&server, &ask).await;
            assert!(values(first.data()) >= fields.len() / 2, "{of} is to be seen: {}", first.text);
            for viewer in &viewers {
                // All of them ask about the same one.
                let answer = viewer.ask_about(&server, &ask, &viewers[0].variables).await;
                assert_eq!(answer.text, first.text, "{of} for {}", viewer.name);
            }
        }
    }
}

/// Each field of the schema, and the type of what it holds, if that has fields of its own.
async fn composite(server: &Server) -> BTreeMap<String, String> {
    let query = "{ __schema { types { name kind fields(includeDeprecated: true) { name type { kind name
        ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";
    let answer = server.ask(query).await;
    let mut found = BTreeMap::new();
    for declared in answer.data()["__schema"]["types"].as_array().unwrap() {
        let name = declared["name"].as_str().unwrap();
        for field in declared["fields"].as_array().into_iter().flatten() {
            let mut named = &field["type"];
            while !named["ofType"].is_null() {
                named = &named["ofType"];
            }
            let kind = named["kind"].as_str().unwrap();
            let has_fields = matches!(kind, "OBJECT" | "INTERFACE" | "UNION");
            let held = if has_fields { named["name"].as_str().unwrap() } else { "" };
            found.insert(format!("{name}.{}", field["name"].as_str().unwrap()), held.to_owned());
        }
    }
    found
}

/// What only carries what the root fields of those let pass who follow contacts.
const FEED: [&str; 6] =
    ["ContactBucket", "ContactChanges", "ContactDigest", "ContactRemoved", "ContactUpserted", "ContactVersion"];

/// Whether a type only carries what other fields let pass: lists, payloads, and the schema's description of itself.
fn carries(of: &str) -> bool {
    of.starts_with("__")
        || ["Connection", "Edge", "Payload"].iter().any(|end| of.ends_with(end))
        || ["PageInfo", "UserError"].contains(&of)
        || FEED.contains(&of)
}

#[tokio::test]
async fn each_field_of_the_schema_has_its_line() {
    let server = start(backends()[0]).await;
    let (names, lines) = matrix();
    let declared = composite(&server).await;
    let missing: Vec<&String> = declared
        .keys()
        .filter(|field| !carries(field.split_once('.').unwrap().0))
        .filter(|field| lines.iter().all(|line| line.field != **field))
        .collect();
    assert!(missing.is_empty(), "add lines to tests/it/access.csv for {missing:?}");
    for Line { field, case, ask, expected } in &lines {
        assert!(declared.contains_key(field), "there is no {field} any more");
        assert_eq!(expected.len(), names.len(), "{field}");
        let public = case == "public" && ask.is_empty();
        assert!(public == expected.iter().all(String::is_empty), "{field}, {case}");
        assert!(public || expected.iter().all(|cell| !cell.is_empty()), "{field}, {case}");
    }
}

#[test]
fn the_guide_shows_the_matrix() {
    let (names, lines) = matrix();
    let mut text = String::from(include_str!("access.md"));
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let heading = |name: &String| name.replace('_', " ");
    let roots = [("Root fields", "Query."), ("Mutations", "Mutation."), ("Subscriptions", "Subscription.")];
    for (title, of) in roots.into_iter().chain([("Other fields", "")]) {
        let mut head = vec!["field".to_owned(), "of what".to_owned()];
        head.extend(names.iter().map(heading));
        write!(text, "\n## {title}\n\n{}{}", row(&head), row(&vec!["---".to_owned(); head.len()])).unwrap();
        for line in lines.iter().filter(|line| !line.ask.is_empty()) {
            let root = roots.iter().any(|(_, of)| line.field.starts_with(of));
            if (of.is_empty() && !root) || (!of.is_empty() && line.field.starts_with(of)) {
                let shown = if of.is_empty() { line.field.clone() } else { line.field.replacen(of, "", 1) };
                let mut cells = vec![format!("`{shown}`"), line.case.clone()];
                cells.extend(line.expected.iter().map(|cell| match cell.as_str() {
                    "no" => "–".to_owned(),
                    code if code.chars().all(|c| c.is_ascii_uppercase() || c == '_') => format!("`{code}`"),
                    other => other.to_owned(),
                }));
                text.push_str(&row(&cells));
            }
        }
    }
    text.push_str("\n## The same for everybody\n\n");
    let mut by_type: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.ask.is_empty()) {
        let (of, field) = line.field.split_once('.').unwrap();
        by_type.entry(of).or_default().push(format!("`{field}`"));
    }
    for (of, fields) in by_type {
        writeln!(text, "- `{of}`: {}", fields.join(", ")).unwrap();
    }
    if fs::read_to_string(GUIDE).unwrap_or_default() != text {
        fs::write(GUIDE, text).unwrap();
        panic!("api/docs/access.md was out of date; it is now rewritten: read its diff");
    }
}
