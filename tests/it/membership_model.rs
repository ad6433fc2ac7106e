//! The life of memberships against a small model of its rules: whatever a handful of people do in whatever order, the network
//! and the model agree on what comes of it. `MODEL_CASES=500 cargo test membership_model` for more.
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use api::config::TokenHolder;
use chrono::{Days, NaiveDate, TimeDelta};
use entity::membership;
use harness::{Backend, Grant, Server, backends};
use proptest::{
    prelude::{Just, Strategy, prop},
    prop_oneof,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

/// An institution, and the country that it is in.
const INSTITUTIONS: [(&str, Option<&str>); 4] =
    [("kr-kofic", Some("KR")), ("kr-kofice", Some("KR")), ("kh-mcfa", Some("KH")), ("asean-secretariat", None)];

/// Somebody: whether they are of the secretariat, which country's focal point they are, and whom they represent.
struct Somebody {
    email: &'static str,
    admin: bool,
    focal_point: Option<&'static str>,
    represents: &'static [usize],
}

const PEOPLE: [Somebody; 8] = [
    Somebody { email: "secretary@example.org", admin: true, focal_point: None, represents: &[] },
    Somebody { email: "deputy@example.org", admin: true, focal_point: None, represents: &[0] },
    Somebody { email: "focal@example.org", admin: false, focal_point: Some("KR"), represents: &[] },
    Somebody { email: "both@example.org", admin: false, focal_point: Some("KR"), represents: &[1] },
    Somebody { email: "film@example.org", admin: false, focal_point: None, represents: &[0] },
    Somebody { email: "exchange@example.org", admin: false, focal_point: None, represents: &[1, 2] },
    Somebody { email: "region@example.org", admin: false, focal_point: None, represents: &[3] },
    Somebody { email: "stranger@example.org", admin: false, focal_point: None, represents: &[] },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Apply,
    Endorse,
    Approve,
    Reject,
    Suspend,
    Reinstate,
    Renew,
    Withdraw,
}

impl Command {
    const ALL: [Self; 8] = [
        Self::Apply,
        Self::Endorse,
        Self::Approve,
        Self::Reject,
        Self::Suspend,
        Self::Reinstate,
        Self::Renew,
        Self::Withdraw,
    ];

    fn mutation(self) -> &'static str {
        match self {
            Self::Apply => "applyForMembership",
            Self::Endorse => "endorseMembership",
            Self::Approve => "approveMembership",
            Self::Reject => "rejectMembership",
            Self::Suspend => "suspendMembership",
            Self::Reinstate => "reinstateMembership",
            Self::Renew => "renewMembership",
            Self::Withdraw => "withdrawMembership",
        }
    }
}

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// Days pass.
    Wait(u64),
    /// Somebody does something about an institution.
    Do(Act),
    /// An administrator, or somebody who is none, decides about what another one has asked for.
    Decide(Decision),
}

#[derive(Clone, Debug)]
struct Decision {
    who: usize,
    approve: bool,
    /// Which of the requests that there are, from the last on.
    back: usize,
}

#[derive(Clone, Debug)]
struct Act {
    who: usize,
    command: Command,
    institution: usize,
    /// Whether a reason is told.
    reason: bool,
    /// For how many days from today a term is to last, if it is to end.
    days: Option<i64>,
    /// By how many versions what was seen is behind, if that is told.
    behind: Option<i32>,
}

fn step() -> impl Strategy<Value = Step> {
    let behind = prop_oneof![6 => Just(None), 3 => Just(Some(0)), 1 => Just(Some(1))];
    let act = (
        0..PEOPLE.len(),
        prop::sample::select(Command::ALL.to_vec()),
        0..INSTITUTIONS.len(),
        prop::bool::weighted(0.9),
        prop::option::weighted(0.9, -2..150_i64),
        behind,
    );
    let act = act.prop_map(|(who, command, institution, reason, days, behind)| {
        Step::Do(Act { who, command, institution, reason, days, behind })
    });
    let decision = (0..PEOPLE.len(), prop::bool::weighted(0.8), 0..3_usize);
    let decision = decision.prop_map(|(who, approve, back)| Step::Decide(Decision { who, approve, back }));
    prop_oneof![1 => (0..40_u64).prop_map(Step::Wait), 12 => act, 3 => decision]
}

/// A membership as the model keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    id: Value,
    institution: usize,
    /// What was decided.
    decided: &'static str,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
    /// From when on the last decision has granted it.
    granted_from: Option<NaiveDate>,
    version: i32,
}

impl Kept {
    /// Where it stands on a day.
    fn status(&self, today: NaiveDate) -> &'static str {
        if self.decided == "ACTIVE" && self.until.is_some_and(|until| until < today) { "LAPSED" } else { self.decided }
    }

    fn is_over(&self) -> bool {
        ["REJECTED", "WITHDRAWN"].contains(&self.decided)
    }

    /// As the contract tells it.
    fn told(&self, today: NaiveDate) -> Value {
        let term = self.since.map(|since| json!({ "since": since, "until": self.until }));
        json!({ "id": self.id, "status": self.status(today), "version": self.version, "term": term })
    }
}

/// What an administrator has asked another one to approve.
struct Request {
    id: Value,
    /// Of which membership, and at which version that was.
    place: usize,
    version: i32,
    command: Command,
    by: usize,
    on: NaiveDate,
    status: &'static str,
}

impl Request {
    fn status(&self, today: NaiveDate) -> &'static str {
        let over = today - self.on >= TimeDelta::days(14);
        if self.status == "PENDING" && over { "EXPIRED" } else { self.status }
    }
}

/// What is decided, or the code of the refusal.
type Outcome = Result<&'static str, &'static str>;

/// The rules, in the words of the domain.
struct Model {
    today: NaiveDate,
    memberships: Vec<Kept>,
    requests: Vec<Request>,
}

impl Model {
    /// The membership of an institution that counts.
    fn of(&self, institution: usize) -> Option<usize> {
        let of = |kept: &Kept| kept.institution == institution;
        let going_on = self.memberships.iter().position(|kept| of(kept) && !kept.is_over());
        going_on.or_else(|| self.memberships.iter().rposition(of))
    }

    /// What applying comes to: what is decided by it, or the code of the refusal.
    fn apply(&self, act: &Act) -> Outcome {
        if !PEOPLE[act.who].represents.contains(&act.institution) {
            return Err("REQUIRED");
        }
        if self.memberships.iter().any(|kept| kept.institution == act.institution && !kept.is_over()) {
            return Err("DUPLICATE");
        }
        Ok("APPLIED")
    }

    /// What leading a membership on comes to: what is decided, or the code of the refusal.
    fn lead(&self, act: &Act, kept: &Kept) -> Outcome {
        let (who, country) = (&PEOPLE[act.who], INSTITUTIONS[act.institution].1);
        let own = who.represents.contains(&act.institution);
        let focal_point = country.is_some() && who.focal_point == country;
        if !(who.admin || focal_point || own) {
            return Err("NOT_FOUND");
        }
        let status = kept.status(self.today);
        let applied = ["APPLIED", "ENDORSED"].contains(&status);
        let next = match (act.command, status) {
            (Command::Endorse, "APPLIED") => Some("ENDORSED"),
            (Command::Approve, "APPLIED" | "ENDORSED") => Some("ACTIVE"),
            (Command::Reject, "APPLIED" | "ENDORSED") => Some("REJECTED"),
            (Command::Suspend, "ACTIVE") => Some("SUSPENDED"),
            (Command::Reinstate, "SUSPENDED") => Some("ACTIVE"),
            (Command::Renew, "LAPSED") => Some("ACTIVE"),
            (Command::Renew, "ACTIVE") if self.ends_soon(kept) => Some("ACTIVE"),
            (Command::Withdraw, "APPLIED" | "ENDORSED" | "ACTIVE" | "SUSPENDED" | "LAPSED") => Some("WITHDRAWN"),
            _ => None,
        };
        let may = match act.command {
            Command::Apply => unreachable!("it leads nothing on"),
            Command::Endorse => focal_point && !own,
            Command::Approve | Command::Reject | Command::Suspend | Command::Reinstate => who.admin && !own,
            Command::Renew => own || who.admin,
            Command::Withdraw => own || (who.admin && !applied),
        };
        if !may {
            return Err("FORBIDDEN");
        }
        if act.behind.is_some_and(|behind| behind > 0) {
            return Err("CONFLICT");
        }
        let needed = [Command::Reject, Command::Suspend, Command::Withdraw].contains(&act.command);
        if needed && !act.reason {
            return Err("REQUIRED");
        }
        let Some(next) = next else { return Err("ILLEGAL_TRANSITION") };
        if [Command::Approve, Command::Renew].contains(&act.command) && !self.is_good_term(act, kept) {
            return Err("INVALID");
        }
        let could_endorse = |one: &Somebody| {
            country.is_some() && one.focal_point == country && !one.represents.contains(&act.institution)
        };
        if act.command == Command::Approve && status == "APPLIED" && PEOPLE.iter().any(could_endorse) {
            return Err("ILLEGAL_TRANSITION");
        }
        // All that is applied for is to be a full member, and there are two administrators.
        if !own && [Command::Reject, Command::Withdraw].contains(&act.command) {
            return Err("APPROVAL_REQUIRED");
        }
        Ok(next)
    }

    /// Notes what is asked for, unless it was before.
    fn asked(&mut self, act: &Act, place: usize, id: &Value) {
        let (version, today) = (self.memberships[place].version, self.today);
        let same = |one: &&mut Request| (one.command, one.place, one.status) == (act.command, place, "PENDING");
        if let Some(known) = self.requests.iter_mut().find(same) {
            if known.version == version && known.status(today) == "PENDING" {
                assert_eq!(known.id, *id, "nothing is asked for twice");
                return;
            }
            known.status = if known.status(today) == "EXPIRED" { "EXPIRED" } else { "STALE" };
        }
        let (id, by) = (id.clone(), act.who);
        self.requests.push(Request { id, place, version, command: act.command, by, on: today, status: "PENDING" });
    }

    /// What deciding about a request comes to: where it stands since, or the code of the refusal.
    fn decide(&mut self, decision: &Decision, asked: usize) -> &'static str {
        let (who, request) = (&PEOPLE[decision.who], &self.requests[asked]);
        let (place, today) = (request.place, self.today);
        let own = who.represents.contains(&self.memberships[place].institution);
        let asker = request.by == decision.who;
        if !who.admin || (asker && decision.approve) || (own && !asker) {
            return "FORBIDDEN";
        }
        match request.status(today) {
            "PENDING" => {}
            "APPROVED" | "REJECTED" => return "ILLEGAL_TRANSITION",
            over => return over,
        }
        let status = match (decision.approve, request.version == self.memberships[place].version) {
            (false, _) => "REJECTED",
            (true, false) => "STALE",
            (true, true) => "APPROVED",
        };
        if status == "APPROVED" {
            let kept = &mut self.memberships[place];
            kept.decided = if request.command == Command::Reject { "REJECTED" } else { "WITHDRAWN" };
            kept.version += 1;
        }
        self.requests[asked].status = status;
        status
    }

    fn is_good_term(&self, act: &Act, kept: &Kept) -> bool {
        let Some(until) = self.until(act) else { return true };
        let own = PEOPLE[act.who].represents.contains(&act.institution);
        let granted = kept.granted_from.zip(kept.until).map(|(from, until)| until - from);
        let longest = granted.filter(|_| own && act.command == Command::Renew).map(|days| days + TimeDelta::days(1));
        let goes_on = kept.until.filter(|_| act.command == Command::Renew && kept.status(self.today) == "ACTIVE");
        let begins = goes_on.unwrap_or(self.today);
        until >= begins && goes_on != Some(until) && longest.is_none_or(|longest| until - begins <= longest)
    }

    /// Whether the term of one that is active ends within sixty days: it can be renewed.
    fn ends_soon(&self, kept: &Kept) -> bool {
        kept.until.is_some_and(|until| until - self.today <= TimeDelta::days(60))
    }

    fn until(&self, act: &Act) -> Option<NaiveDate> {
        act.days.map(|days| self.today + TimeDelta::days(days))
    }

    /// Notes what was done.
    fn done(&mut self, act: &Act, place: usize, decided: &'static str) {
        let (today, until) = (self.today, self.until(act));
        let kept = &mut self.memberships[place];
        let goes_on = act.command == Command::Renew && kept.status(today) == "ACTIVE";
        (kept.decided, kept.version) = (decided, kept.version + 1);
        if goes_on {
            (kept.granted_from, kept.until) = (kept.until, until);
        } else if [Command::Approve, Command::Renew].contains(&act.command) {
            (kept.since, kept.granted_from, kept.until) = (Some(today), Some(today), until);
        }
    }
}

/// The network, and who asks it.
struct Network {
    server: Server,
    passed: Arc<AtomicU64>,
    tokens: Vec<String>,
    institutions: Vec<Value>,
}

impl Network {
    async fn open(backend: Backend) -> Self {
        let flags = ["--limit-requests=1000000", "--limit-budget=100000000"];
        let (server, passed) = Server::start_with_time_and(backend, &flags).await;
        let mut institutions = vec![];
        for (slug, _) in INSTITUTIONS {
            institutions.push(json!(harness::id("inst", server.member(slug).await)));
        }
        let mut tokens = vec![];
        for somebody in PEOPLE {
            let admin = somebody.admin.then_some(Grant::Admin);
            let focal_point = somebody.focal_point.map(Grant::FocalPoint);
            let own = somebody.represents.iter().map(|place| Grant::Representative(INSTITUTIONS[*place].0));
            let grants: Vec<Grant<'_>> = admin.into_iter().chain(focal_point).chain(own).collect();
            tokens.push(server.account(somebody.email, &grants).await);
        }
        membership::Entity::delete_many().exec(&server.database().await).await.unwrap();
        Self { server, passed, tokens, institutions }
    }

    async fn wait(&mut self, days: u64) {
        self.passed.fetch_add(days * 24 * 3_600, Ordering::Relaxed);
        for (token, somebody) in self.tokens.iter_mut().zip(&PEOPLE) {
            *token = self.server.token_of(&TokenHolder::account(somebody.email)).await;
        }
    }

    /// Does something: the status that it led to, or the code of the refusal, and what is told besides.
    async fn act(&self, act: &Act, kept: Option<&Kept>, until: Option<NaiveDate>) -> (String, Value) {
        let mutation = act.command.mutation();
        let reason = act.reason.then_some("a reason");
        let version = kept.and_then(|kept| act.behind.map(|behind| kept.version - behind));
        let (kind, input) = match (act.command, kept) {
            (Command::Apply, _) | (_, None) => (
                "ApplyForMembershipInput",
                json!({ "institution": self.institutions[act.institution], "tier": "FULL" }),
            ),
            (Command::Approve, Some(kept)) => {
                ("ApproveMembershipInput", json!({ "id": kept.id, "expectedVersion": version, "until": until }))
            }
            (Command::Renew, Some(kept)) => {
                ("RenewMembershipInput", json!({ "id": kept.id, "expectedVersion": version, "until": until }))
            }
            (_, Some(kept)) => {
                ("TransitionInput", json!({ "id": kept.id, "expectedVersion": version, "reason": reason }))
            }
        };
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{
                membership {{ id status version }} changeRequest {{ id }} userErrors {{ code }} }} }}"
        );
        let answer = self.server.ask_as_with(&self.tokens[act.who], &query, json!({ "input": input })).await;
        let payload = &answer.json["data"][mutation];
        let code =
            answer.json["errors"][0]["extensions"]["code"].as_str().or(payload["userErrors"][0]["code"].as_str());
        let came = code.or(payload["membership"]["status"].as_str()).unwrap_or_else(|| panic!("{}", answer.text));
        (came.to_owned(), payload.clone())
    }

    /// Decides about a request: where it stands since, or the code of the refusal.
    async fn decide(&self, decision: &Decision, request: &Value) -> String {
        let mutation = if decision.approve { "approveChangeRequest" } else { "rejectChangeRequest" };
        let query = format!(
            "mutation {{ {mutation}(input: {{id: {request}}}) {{ changeRequest {{ status }} userErrors {{ code }} }} }}"
        );
        let answer = self.server.ask_as(&self.tokens[decision.who], &query).await;
        let payload = &answer.json["data"][mutation];
        let code =
            answer.json["errors"][0]["extensions"]["code"].as_str().or(payload["userErrors"][0]["code"].as_str());
        code.or(payload["changeRequest"]["status"].as_str()).unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
    }

    /// All memberships, as the secretariat sees them, and where everybody sees the institutions stand.
    async fn told(&self) -> (Value, Value) {
        let all = "{ memberships(first: 100, orderBy: {field: APPLIED_AT}) { nodes { id status version term { since until } } } }";
        let all = self.server.ask_as(&self.tokens[0], all).await.data()["memberships"]["nodes"].clone();
        let open = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Institution { membershipStatus } } }";
        let open = self.server.ask_with(open, json!({ "ids": self.institutions })).await.data()["nodes"].clone();
        (all, open)
    }
}

async fn agree(backend: Backend, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut network = Network::open(backend).await;
    let today = network.server.clock().now().date_naive();
    let mut model = Model { today, memberships: vec![], requests: vec![] };
    for (count, step) in steps.iter().enumerate() {
        match step {
            Step::Wait(days) => {
                network.wait(*days).await;
                model.today = model.today + Days::new(*days);
            }
            Step::Decide(decision) => {
                let Some(asked) = model.requests.len().checked_sub(decision.back + 1) else { continue };
                let came = network.decide(decision, &model.requests[asked].id).await;
                let expected = model.decide(decision, asked);
                if came != expected {
                    let message = format!("step {count}: {decision:?} came to {came}, and the rules say {expected}");
                    return Err(TestCaseError::fail(message));
                }
            }
            Step::Do(act) => {
                let place = model.of(act.institution);
                let (place, expected) = match (act.command, place) {
                    (Command::Apply, _) => (None, model.apply(act)),
                    // There is nothing to lead on yet.
                    (_, None) => continue,
                    (_, Some(place)) => (Some(place), model.lead(act, &model.memberships[place])),
                };
                let until = model.until(act);
                if act.command == Command::Renew && until.is_none() {
                    continue;
                }
                let kept = place.map(|place| model.memberships[place].clone());
                let (came, told) = network.act(act, kept.as_ref(), until).await;
                if let Ok(decided) = expected {
                    match place {
                        None => model.memberships.push(Kept {
                            id: told["membership"]["id"].clone(),
                            institution: act.institution,
                            decided,
                            since: None,
                            until: None,
                            granted_from: None,
                            version: 1,
                        }),
                        Some(place) => model.done(act, place, decided),
                    }
                }
                if let (Err("APPROVAL_REQUIRED"), Some(place)) = (expected, place) {
                    model.asked(act, place, &told["changeRequest"]["id"]);
                }
                let expected = expected.map(|_| {
                    let led = place.or(model.memberships.len().checked_sub(1));
                    led.map_or("nowhere", |led| model.memberships[led].status(model.today))
                });
                let expected = expected.unwrap_or_else(|code| code);
                if came != expected {
                    return Err(TestCaseError::fail(format!(
                        "step {count}: {act:?} came to {came}, and the rules say {expected}"
                    )));
                }
            }
        }
    }
    let (all, open) = network.told().await;
    let expected: Vec<Value> = model.memberships.iter().map(|kept| kept.told(model.today)).collect();
    if all != json!(expected) {
        return Err(TestCaseError::fail(format!("the network has {all}, and the rules say {}", json!(expected))));
    }
    let public = |institution: usize| {
        let status = model.memberships[model.of(institution)?].status(model.today);
        ["ACTIVE", "SUSPENDED", "LAPSED"].contains(&status).then_some(status)
    };
    let expected: Vec<Value> =
        (0..INSTITUTIONS.len()).map(|place| json!({ "membershipStatus": public(place) })).collect();
    if open != json!(expected) {
        return Err(TestCaseError::fail(format!("everybody is told {open}, and the rules say {}", json!(expected))));
    }
    Ok(())
}

#[test]
fn whatever_is_done_by_whomever_is_as_the_rules_say() {
    let cases = std::env::var("MODEL_CASES").map_or(6, |cases| cases.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for backend in backends() {
        let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let steps = prop::collection::vec(step(), 60..120);
        let outcome = runner.run(&steps, |steps| runtime.block_on(agree(*backend, steps)));
        if let Err(error) = outcome {
            panic!("{backend:?}: {error}");
        }
    }
}
