//! The contract.
use harness::{Backend, Server};
use serde_json::Value;

/// The checked-in schema is the one that is served: the diff of a change shows what it does to clients.
#[test]
fn is_checked_in() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/schema.graphql");
    let (served, stored) = (api::schema::sdl(), std::fs::read_to_string(path).unwrap_or_default());
    if served != stored {
        std::fs::write(path, &served).unwrap();
        panic!("api/schema.graphql was out of date; it is now rewritten: read its diff");
    }
}

#[tokio::test]
async fn is_served_as_a_file() {
    let server = Server::start(Backend::Sqlite).await;
    let served = server.get("/graphql/schema.graphql").await.text().await.unwrap();
    assert_eq!(served, api::schema::sdl());
}

/// A client reads the schema, not the code: every type, field, argument and value says what it is.
#[tokio::test]
async fn describes_everything() {
    let server = Server::start(Backend::Sqlite).await;
    let introspection = "{ __schema { types { name description
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description } enumValues(includeDeprecated: true) { name description } } } }";
    let answer = server.ask(introspection).await;
    let mut mute = vec![];
    let mut hear = |path: String, thing: &Value| {
        if thing["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            mute.push(path);
        }
    };
    for kind in answer.data()["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        // The language's own scalars say nothing of themselves.
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        hear(name.to_owned(), kind);
        for part in ["fields", "inputFields", "enumValues"] {
            for thing in kind[part].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", thing["name"].as_str().unwrap());
                hear(path.clone(), thing);
                for argument in thing["args"].as_array().into_iter().flatten() {
                    hear(format!("{path}({})", argument["name"].as_str().unwrap()), argument);
                }
            }
        }
    }
    assert!(mute.is_empty(), "without a description: {mute:#?}");
}

#[test]
fn marks_inputs_of_one_of_several_keys() {
    let sdl = api::schema::sdl();
    for input in ["InstitutionBy", "PolicymakerBy", "AgreementBy", "OpportunityBy"] {
        assert!(sdl.contains(&format!("input {input} @oneOf")), "{input}");
    }
}

/// The codes that a text lists, where a code begins the rest of a line after `before`.
fn listed<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    let codes = text.lines().filter_map(|line| line.trim().strip_prefix(before)?.split('`').next());
    codes.filter(|code| code.chars().all(|sign| sign.is_ascii_uppercase() || sign == '_')).collect()
}

#[test]
fn tells_the_closed_list_of_error_codes_and_the_guide_does() {
    let codes = api::schema::error_codes();
    assert_eq!(listed(&api::schema::sdl(), "- `"), codes);
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/docs/front-ends.md");
    let mut told: Vec<String> =
        listed(&std::fs::read_to_string(guide).unwrap(), "| `").into_iter().map(str::to_owned).collect();
    let mut codes: Vec<String> = codes.into_iter().map(str::to_owned).collect();
    told.sort();
    codes.sort();
    assert_eq!(told, codes);
}
