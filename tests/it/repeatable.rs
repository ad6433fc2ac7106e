//! Which mutations can be sent again under a key: each of them, or it says that it cannot.
use std::collections::BTreeSet;

use api::config::TokenHolder;
use entity::membership;
use harness::{Grant, Server, on_each_database};
use sea_orm::{ActiveValue::Set, DatabaseConnection, EntityTrait as _};
use serde_json::{Value, json};

use crate::idempotency::{KEY, institution, logged, new, send, under};

/// Every mutation of the contract that takes a key, in an order in which each can be done.
struct Each<'server> {
    server: &'server Server,
    db: DatabaseConnection,
    token: String,
    done: BTreeSet<String>,
}

impl Each<'_> {
    /// Does something twice under one key: the payload.
    async fn twice(&mut self, mutation: &str, kind: &str, selection: &str, input: Value) -> Value {
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code }} }} }}"
        );
        let key = format!("{mutation}-{}", self.done.len());
        let before = logged(&self.db).await;
        let first = under(self.server, &self.token, &key, &query, &input).await;
        let payload = first.data()[mutation].clone();
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        let after = logged(&self.db).await;
        assert!(after > before, "{mutation} is logged");
        let again = under(self.server, &self.token, &key, &query, &input).await;
        assert_eq!((again.status, &again.text), (200, &first.text), "{mutation} is answered alike");
        assert_eq!(logged(&self.db).await, after, "{mutation} is done once");
        self.done.insert(mutation.to_owned());
        payload
    }

    async fn opportunity(&mut self, mutation: &str, input: Value) -> Value {
        let kind = match mutation {
            "createOpportunity" => "CreateOpportunityInput",
            "updateOpportunity" => "UpdateOpportunityInput",
            _ => "TransitionInput",
        };
        self.twice(mutation, kind, "opportunity { id status version }", input).await["opportunity"].clone()
    }

    async fn interest(&mut self, mutation: &str, kind: &str, input: Value) -> Value {
        self.twice(mutation, kind, "interest { id status version }", input).await["interest"].clone()
    }
}

/// Those that answer with what is not kept, and those of nobody in particular.
const REFUSING: [(&str, &str); 13] = [
    ("signIn", r#"signIn(input: {email: "a@example.org", password: "x"}) { expiresIn }"#),
    ("refreshSession", r#"refreshSession(input: {refreshToken: "x"}) { expiresIn }"#),
    ("signOut", "signOut { userErrors { code } }"),
    ("revokeSession", r#"revokeSession(input: {id: "x"}) { userErrors { code } }"#),
    ("changePassword", r#"changePassword(input: {currentPassword: "x", newPassword: "y"}) { expiresIn }"#),
    ("requestPasswordReset", r#"requestPasswordReset(input: {email: "a@example.org"}) { accepted }"#),
    ("resetPassword", r#"resetPassword(input: {token: "x", password: "y"}) { expiresIn }"#),
    ("acceptInvitation", r#"acceptInvitation(input: {token: "x"}) { expiresIn }"#),
    ("createAgencyClient", r#"createAgencyClient(input: {name: "x", institution: "x", scopes: []}) { secret }"#),
    ("rotateAgencySecret", r#"rotateAgencySecret(input: {id: "x"}) { secret }"#),
    ("confirmApplication", r#"confirmApplication(input: {token: "x"}) { userErrors { code } }"#),
    ("createWebhook", r#"createWebhook(input: {url: "x", events: []}) { secret }"#),
    ("updateWebhook", r#"updateWebhook(input: {id: "x", expectedVersion: 1}) { secret }"#),
];

async fn agreements(each: &mut Each<'_>) {
    let kind = "agreement { id status version }";
    let new = json!({ "titles": [{ "language": "en", "text": "An agreement" }], "kind": "MEMORANDUM",
        "parties": [{ "country": "KR" }, { "country": "KH" }] });
    let id = each.twice("createAgreement", "CreateAgreementInput", kind, new).await["agreement"]["id"].clone();
    let input = json!({ "id": id, "expectedVersion": 1, "media": ["FILM"] });
    each.twice("updateAgreement", "UpdateAgreementInput", kind, input).await;
    let input = json!({ "id": id, "to": "SIGNED", "on": "2026-11" });
    each.twice("transitionAgreement", "TransitionAgreementInput", kind, input).await;
    each.twice("deleteAgreement", "DeleteInput", "deletedId", json!({ "id": id })).await;
}

async fn webhooks(each: &mut Each<'_>, client: &Value) {
    // A name that leads to this machine: nothing is sent there.
    let new = json!({ "agencyClient": client, "url": "https://localhost:1/", "events": ["OPPORTUNITY_PUBLISHED"] });
    let query = "mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }";
    let made = each.server.ask_as_with(&each.token, query, json!({ "input": new })).await;
    let id = made.data()["createWebhook"]["webhook"]["id"].clone();
    let kind = "delivery { id }";
    let sent = each.twice("testWebhook", "TestWebhookInput", kind, json!({ "id": id })).await["delivery"]["id"].clone();
    each.twice("redeliverWebhook", "TransitionInput", kind, json!({ "id": sent })).await;
    let named = format!("{{ node(id: {client}) {{ ... on AgencyClient {{ clientId }} }} }}");
    let named = each.server.ask_as(&each.token, &named).await.data()["node"]["clientId"].as_str().unwrap().to_owned();
    let machine = each.server.token_of(&TokenHolder::agency(named)).await;
    let since = each.server.ask_as(&machine, "{ contactChanges(first: 1) { token } }").await;
    let input = json!({ "id": id, "since": since.data()["contactChanges"]["token"] });
    each.twice("replayWebhook", "ReplayWebhookInput", "webhook { id version }", input).await;
    each.twice("deleteWebhook", "DeleteInput", "deletedId", json!({ "id": id })).await;
}

async fn people(each: &mut Each<'_>, institution: &Value) {
    let kind = "policymaker { id version }";
    let mut ids = vec![];
    for name in ["Somebody", "Someone"] {
        let new = json!({ "givenName": name, "appointments": [{ "institution": institution, "title": name }] });
        let made = each.twice("createPolicymaker", "CreatePolicymakerInput", kind, new).await;
        ids.push(made["policymaker"]["id"].clone());
    }
    let input = json!({ "id": ids[0], "expectedVersion": 1, "honorific": "Dr" });
    each.twice("updatePolicymaker", "UpdatePolicymakerInput", kind, input).await;
    let input = json!({ "id": ids[0], "shareWithAgencies": true, "basis": "a form" });
    each.twice("recordConsent", "RecordConsentInput", kind, input).await;
    let (contact, input) = ("contact { id version }", json!({ "survivor": ids[0], "merged": ids[1] }));
    each.twice("mergeContacts", "MergeContactsInput", contact, input).await;
    each.twice("unmergeContacts", "TransitionInput", contact, json!({ "id": ids[1] })).await;
    let input = json!({ "id": ids[0], "reason": "asked" });
    each.twice("erasePolicymaker", "ErasePolicymakerInput", "deletedId", input).await;
    each.twice("deletePolicymaker", "DeleteInput", "deletedId", json!({ "id": ids[1] })).await;
}

async fn contacts(each: &mut Each<'_>) {
    let admin = each.token.clone();
    each.token = crate::pushing::machine(each.server, &admin, &crate::pushing::BOTH).await.1;
    let contacts = json!({ "contacts": [{ "policymaker": { "externalId": "p-1", "givenName": "Somebody" } }] });
    each.twice("upsertContacts", "UpsertContactsInput", "failed results { index contact { id } }", contacts).await;
    let again = json!({ "contacts": [{ "policymaker": { "externalId": "p-2", "givenName": "Somebody" } }] });
    each.twice("upsertContacts", "UpsertContactsInput", "failed results { index contact { id } }", again).await;
    each.token = admin;
    let pairs = each.server.ask_as(&each.token, "{ duplicateContacts { nodes { id } } }").await;
    let pair = pairs.data()["duplicateContacts"]["nodes"][0].clone();
    each.twice("dismissDuplicate", "TransitionInput", "duplicateContact { id version }", pair).await;
}

async fn memberships(each: &mut Each<'_>) {
    let (server, kind, admin) = (each.server, "membership { id status version }", each.token.clone());
    let applicant = server.account("applicant@example.org", &[Grant::Representative("kr-kofice")]).await;
    let focal = server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
    membership::Entity::delete_many().exec(&each.db).await.unwrap();
    let new = json!({ "institution": institution(server, "kr-kofice").await, "tier": "FULL" });
    each.token.clone_from(&applicant);
    let made = each.twice("applyForMembership", "ApplyForMembershipInput", kind, new.clone()).await;
    let id = made["membership"]["id"].clone();
    let (which, why) = (json!({ "id": id }), json!({ "id": id, "reason": "asked" }));
    each.token = focal;
    each.twice("endorseMembership", "TransitionInput", kind, which.clone()).await;
    each.token.clone_from(&admin);
    let term = json!({ "id": id, "since": "2026-01-01", "until": "2026-12-31" });
    each.twice("approveMembership", "ApproveMembershipInput", kind, term).await;
    each.twice("suspendMembership", "TransitionInput", kind, why.clone()).await;
    each.twice("reinstateMembership", "TransitionInput", kind, which).await;
    let ended =
        membership::ActiveModel { until: Set(chrono::NaiveDate::from_ymd_opt(2026, 11, 1)), ..Default::default() };
    membership::Entity::update_many().set(ended).exec(&each.db).await.unwrap();
    let term = json!({ "id": id, "until": "2027-12-31" });
    each.twice("renewMembership", "RenewMembershipInput", kind, term).await;
    each.twice("withdrawMembership", "TransitionInput", kind, why).await;
    each.token = applicant;
    let again = each.twice("applyForMembership", "ApplyForMembershipInput", kind, new).await;
    each.token = admin;
    let why = json!({ "id": again["membership"]["id"], "reason": "asked" });
    each.twice("rejectMembership", "TransitionInput", kind, why).await;
}

async fn change_requests(each: &mut Each<'_>, admin: &str) {
    let server = each.server;
    let second = server.account("second@example.org", &[Grant::Admin]).await;
    let query = "mutation($input: GrantRoleInput!) { grantRole(input: $input) { changeRequest { id } } }";
    let kind = "changeRequest { id status version }";
    for (n, mutation) in ["approveChangeRequest", "rejectChangeRequest"].into_iter().enumerate() {
        let third = server.account(&format!("third{n}@example.org"), &[]).await;
        let id = server.ask_as(&third, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
        let role = json!({ "input": { "account": id, "role": "ADMIN" } });
        let asked = server.ask_as_with(admin, query, role).await.data()["grantRole"]["changeRequest"]["id"].clone();
        each.token.clone_from(&second);
        each.twice(mutation, "TransitionInput", kind, json!({ "id": asked })).await;
    }
}

#[tokio::test]
async fn every_mutation_is_done_once_or_refuses_a_key() {
    on_each_database(|server| async move {
        let token = server.account("secretary@example.org", &[Grant::Admin]).await;
        let other = server.account("other@example.org", &[]).await;
        let other = server.ask_as(&other, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
        let (lead, sender) = (institution(&server, "kr-kofic").await, institution(&server, "kh-mcfa").await);
        let client = json!({ "input": { "name": "Machine", "institution": lead, "scopes": ["CONTACTS_READ"] } });
        let query = "mutation($input: CreateAgencyClientInput!) { createAgencyClient(input: $input) {
            agencyClient { id } } }";
        let client = server.ask_as_with(&token, query, client).await.data()["createAgencyClient"]["agencyClient"]["id"].clone();
        let db = server.database().await;
        let mut each = Each { server: &server, db, token: token.clone(), done: BTreeSet::new() };

        let kind = "institution { id slug version city }";
        let made = each.twice("createInstitution", "CreateInstitutionInput", kind, new()).await["institution"].clone();
        let input = json!({ "id": made["id"], "expectedVersion": 1, "city": "Siem Reap" });
        each.twice("updateInstitution", "UpdateInstitutionInput", kind, input).await;
        let gone = each.twice("deleteInstitution", "DeleteInput", "deletedId", json!({ "id": made["id"] })).await;
        assert_eq!(gone["deletedId"], made["id"]);

        let call = json!({ "leadInstitution": lead, "kind": "CO_PRODUCTION",
            "titles": [{ "language": "en", "text": "A call" }], "summaries": [{ "language": "en", "text": "For films." }],
            "eligibility": { "everyone": true } });
        let id = each.opportunity("createOpportunity", call.clone()).await["id"].clone();
        let input = json!({ "id": id, "expectedVersion": 1, "opensOn": "2026-11-01" });
        each.opportunity("updateOpportunity", input).await;
        let which = json!({ "id": id });
        each.opportunity("submitOpportunity", which.clone()).await;
        each.opportunity("returnOpportunity", json!({ "id": id, "reason": "Say more" })).await;
        each.opportunity("publishOpportunity", which.clone()).await;
        let expressed =
            json!({ "opportunity": id, "institution": sender, "replyTo": "a@example.org", "message": "Hello" });
        let interest = each.interest("expressInterest", "ExpressInterestInput", expressed).await["id"].clone();
        let decided = json!({ "id": interest, "decision": "SHORTLIST" });
        each.interest("decideInterest", "DecideInterestInput", decided).await;
        each.interest("withdrawInterest", "TransitionInput", json!({ "id": interest })).await;
        each.opportunity("postponeOpportunity", which.clone()).await;
        each.opportunity("publishOpportunity", which.clone()).await;
        each.opportunity("closeOpportunity", which.clone()).await;
        let second = each.opportunity("createOpportunity", call).await["id"].clone();
        assert_ne!(second, id, "another key is another call");
        each.opportunity("cancelOpportunity", json!({ "id": second })).await;
        let gone = each.twice("deleteOpportunity", "DeleteInput", "deletedId", which).await;
        assert_eq!(gone["deletedId"], id);

        let role = json!({ "account": other, "role": "FOCAL_POINT", "country": "KH" });
        each.twice("grantRole", "GrantRoleInput", "account { id version grants { role } }", role.clone()).await;
        let next = server.account("next@example.org", &[]).await;
        let next = server.ask_as(&next, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
        let over = json!({ "country": "KH", "from": other, "to": next });
        each.twice("handOverFocalPoint", "HandOverFocalPointInput", "account { id version grants { role } }", over).await;
        each.twice("grantRole", "GrantRoleInput", "account { id version grants { role } }", role.clone()).await;
        each.twice("revokeRole", "RevokeRoleInput", "account { id version grants { role } }", role).await;
        let kind = "account { id version status }";
        each.twice("disableAccount", "TransitionInput", kind, json!({ "id": other })).await;
        each.twice("enableAccount", "TransitionInput", kind, json!({ "id": other })).await;
        let kind = "invitation { id version status }";
        let new = json!({ "email": "invited@example.org", "role": "FOCAL_POINT", "country": "KH" });
        let made = each.twice("inviteAccount", "InviteAccountInput", kind, new).await;
        let which = json!({ "id": made["invitation"]["id"] });
        each.twice("revokeInvitation", "TransitionInput", kind, which).await;
        webhooks(&mut each, &client).await;
        let kind = "agencyClient { id version } secret";
        each.twice("revokeAgencyClient", "RevokeAgencyClientInput", kind, json!({ "id": client })).await;

        agreements(&mut each).await;
        people(&mut each, &lead).await;
        contacts(&mut each).await;
        memberships(&mut each).await;
        change_requests(&mut each, &token).await;

        let mut known = each.done.clone();
        for (mutation, text) in REFUSING {
            let body = json!({ "query": format!("mutation {{ {text} }}") }).to_string();
            for asking in [None, Some(token.as_str())] {
                let answer = send(&server, asking, &[("idempotency-key", KEY)], body.clone()).await;
                assert_eq!((answer.status, answer.error().0), (400, "BAD_REQUEST"), "{mutation}: {}", answer.text);
                assert!(answer.text.contains(mutation), "{}", answer.text);
            }
            assert!(known.insert(mutation.to_owned()));
        }
        let all = server.ask("{ __schema { mutationType { fields { name } } } }").await;
        let all = all.data()["__schema"]["mutationType"]["fields"].as_array().unwrap().clone();
        let all: BTreeSet<String> = all.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(known, all, "each mutation can be sent again, or refuses a key");
    })
    .await;
}
