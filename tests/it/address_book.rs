//! A partner agency's address book in these tests: what its machine has fetched.
use std::collections::BTreeMap;

use api::config::TokenHolder;
use harness::{Answer, Server};
use serde_json::{Value, json};

/// What is kept of a contact.
pub(crate) const CONTACT: &str = "__typename id displayName version updatedAt country { code }
    emails { address kind preferred visibility } phones { number kind preferred visibility }
    ... on Policymaker { givenName familyName nativeName languages
        appointments { title since until institution { id name } emails { address } } }
    ... on Institution { name kind }";

/// An address book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) contacts: BTreeMap<String, Value>,
    /// What was said of those that are gone, the newest last.
    pub(crate) removed: Vec<(String, Value)>,
    pub(crate) token: Option<String>,
    pub(crate) filter: Value,
}

impl Book {
    pub(crate) fn of(filter: Value) -> Self {
        Self { filter, ..Self::default() }
    }

    /// Asks for a page, once all that was written can be told.
    pub(crate) async fn ask(&self, server: &Server, token: &str, first: usize) -> Answer {
        server.settled().await;
        let query = format!(
            "query($since: SyncToken, $first: Int!, $filter: ContactFilter) {{
                contactChanges(since: $since, first: $first, filter: $filter) {{ hasMore token changes {{ __typename
                    ... on ContactUpserted {{ changedAt contact {{ {CONTACT} }} }}
                    ... on ContactRemoved {{ contactId reason mergedInto changedAt }} }} }} }}"
        );
        let variables = json!({ "since": self.token, "first": first, "filter": self.filter });
        server.ask_as_with(token, &query, variables).await
    }

    /// Fetches a page and keeps what it says: whether there is more.
    pub(crate) async fn fetch(&mut self, server: &Server, token: &str, first: usize) -> bool {
        let answer = self.ask(server, token, first).await;
        self.apply(&answer.data()["contactChanges"])
    }

    /// Keeps what a page says: whether there is more.
    pub(crate) fn apply(&mut self, page: &Value) -> bool {
        for change in page["changes"].as_array().unwrap() {
            self.keep(change);
        }
        self.token = Some(page["token"].as_str().unwrap().to_owned());
        page["hasMore"].as_bool().unwrap()
    }

    pub(crate) fn keep(&mut self, change: &Value) {
        if change["__typename"] == "ContactUpserted" {
            let contact = change["contact"].clone();
            self.contacts.insert(contact["id"].as_str().unwrap().to_owned(), contact);
        } else {
            let id = change["contactId"].as_str().unwrap().to_owned();
            self.contacts.remove(&id);
            self.removed.push((id, json!({ "reason": change["reason"], "mergedInto": change["mergedInto"] })));
        }
    }

    /// Fetches all that there is.
    pub(crate) async fn sync(&mut self, server: &Server, token: &str) {
        while self.fetch(server, token, 50).await {}
    }

    pub(crate) fn has(&self, id: &Value) -> bool {
        self.contacts.contains_key(id.as_str().unwrap())
    }

    /// What was said last of one that is gone.
    pub(crate) fn gone(&self, id: &Value) -> Option<&Value> {
        self.removed.iter().rev().find(|(gone, _)| *gone == *id).map(|(_, said)| said)
    }
}

/// An access token of a new machine with these scopes.
pub(crate) async fn machine(server: &Server, admin: &str, slug: &str, scopes: &[&str]) -> String {
    let of = server.ask(&format!("{{ institution(by: {{slug: \"{slug}\"}}) {{ id }} }}")).await;
    let query = "mutation($input: CreateAgencyClientInput!) { createAgencyClient(input: $input) {
        agencyClient { clientId } userErrors { code } } }";
    let input = json!({ "name": "An address book", "institution": of.data()["institution"]["id"], "scopes": scopes });
    let made = server.ask_as_with(admin, query, json!({ "input": input })).await;
    let client = made.data()["createAgencyClient"]["agencyClient"]["clientId"].as_str().unwrap().to_owned();
    server.token_of(&TokenHolder::agency(client)).await
}

/// Does something as somebody, and it must be right: the payload.
pub(crate) async fn done(server: &Server, token: &str, mutation: &str, input: Value, selection: &str) -> Value {
    let kind = match mutation {
        "unmergeContacts" | "approveMembership" => match mutation {
            "approveMembership" => "ApproveMembershipInput".to_owned(),
            _ => "TransitionInput".to_owned(),
        },
        "deletePolicymaker" | "deleteInstitution" => "DeleteInput".to_owned(),
        _ => format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]),
    };
    let mut input = input;
    if mutation.starts_with("update") {
        let seen = "query($id: ID!) { node(id: $id) { ... on Contact { version } } }";
        let seen = server.ask_as_with(token, seen, json!({ "id": input["id"] })).await;
        input["expectedVersion"] = seen.data()["node"]["version"].clone();
    }
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
    );
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    let payload = answer.data()[mutation].clone();
    assert_eq!(payload["userErrors"], json!([]), "{mutation}: {}", answer.text);
    payload
}

/// Makes somebody who consents, or not: the entry.
pub(crate) async fn person(server: &Server, admin: &str, name: &str, (slug, consents): (&str, bool)) -> Value {
    let of = server.ask_as(admin, &format!("{{ institution(by: {{slug: \"{slug}\"}}) {{ id }} }}")).await;
    let input = json!({ "givenName": name, "familyName": "Invented", "country": "KR", "policyAreas": ["FILM"],
        "appointments": [{ "institution": of.data()["institution"]["id"], "title": "Director", "emails": [
            { "address": format!("{}@example.org", name.to_lowercase()), "visibility": "MEMBERS" },
            { "address": format!("{}.private@example.org", name.to_lowercase()), "visibility": "SECRETARIAT" }] }] });
    let made =
        done(server, admin, "createPolicymaker", input, "policymaker { id version }").await["policymaker"].clone();
    if consents { consent(server, admin, &made["id"], true).await } else { made }
}

/// Records what somebody agrees to: the entry.
pub(crate) async fn consent(server: &Server, admin: &str, id: &Value, shares: bool) -> Value {
    let input = json!({ "id": id, "shareWithAgencies": shares, "basis": "a form" });
    done(server, admin, "recordConsent", input, "policymaker { id version }").await["policymaker"].clone()
}
