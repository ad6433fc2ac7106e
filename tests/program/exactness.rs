//! The exactness of the contact feed: while people and machines write at random, and the program is killed now and then, agencies
//! follow contacts, stop, crash and go on from tokens that they have kept. In the end each has what the network gives it, byte
//! for byte, and nobody was ever told what was not theirs.
//!
//! A run's choices follow from its seed, their order in time does not. `EXACTNESS_RUNS=200 cargo test exactness` for more of
//! them; `EXACTNESS_SEED=7 cargo test exactness` for one alone.
use std::sync::{Arc, Mutex};

use harness::{Backend, Grant, backends};
use serde_json::{Value, json};
use tokio::task::{JoinError, JoinSet};

mod agencies;
mod dice;
mod judgement;
mod network;
mod replica;
mod truth;
mod writers;

use agencies::Agency;
use dice::Dice;
use network::{Line, Network};
use truth::Truth;
use writers::{Desk, Office, Pool};

/// How many runs there are, unless it is said otherwise.
const RUNS: u64 = 10;
/// How many things each of those who write does.
const STEPS: usize = 16;

/// An agency's machine: what it may do, and which contacts it follows.
struct Machine {
    scopes: &'static [&'static str],
    filter: fn(&Pool) -> Value,
}

const MACHINES: [Machine; 7] = [
    Machine { scopes: &["CONTACTS_READ"], filter: |_| json!({}) },
    Machine { scopes: &["CONTACTS_READ"], filter: |_| json!({ "country": ["KR"] }) },
    Machine { scopes: &["CONTACTS_READ", "CONTACTS_WRITE"], filter: |_| json!({ "kind": ["PERSON"] }) },
    Machine { scopes: &["CONTACTS_READ"], filter: |pool| json!({ "institution": pool.followed() }) },
    Machine {
        scopes: &["CONTACTS_READ"],
        filter: |_| json!({ "institutionKind": ["FILM_BODY"], "policyArea": ["FILM"] }),
    },
    Machine { scopes: &["CONTACTS_READ", "CONTACTS_WRITE"], filter: |_| json!({}) },
    Machine { scopes: &["CONTACTS_WRITE"], filter: |_| json!({}) },
];

/// What tasks come to: the first that stops at something stops all.
async fn all<T: 'static>(mut tasks: JoinSet<T>) -> Result<Vec<T>, JoinError> {
    let mut ended = vec![];
    while let Some(one) = tasks.join_next().await {
        ended.push(one?);
    }
    Ok(ended)
}

/// A machine that an administrator makes: the line on which it asks.
async fn machine(network: &Network, admin: &mut Line, scopes: &[&str]) -> Line {
    let home = admin.must("{ institution(by: {slug: \"kr-kofic\"}) { id } }", Value::Null).await;
    let query = "mutation($input: CreateAgencyClientInput!) { createAgencyClient(input: $input) {
        agencyClient { clientId } secret userErrors { code } } }";
    let input = json!({ "name": "An address book", "institution": home["institution"]["id"], "scopes": scopes });
    let made = admin.must(query, json!({ "input": input })).await["createAgencyClient"].take();
    network.machine(made["agencyClient"]["clientId"].as_str().unwrap(), made["secret"].as_str().unwrap()).await
}

async fn run(backend: Backend, seed: u64) -> Result<(), JoinError> {
    let mut dice = Dice::of(seed, "run");
    let truth = Arc::new(Truth::default());
    let (mut network, tokens) =
        Network::start(backend, &truth, [&[Grant::Admin][..], &[Grant::FocalPoint("KH")]]).await;
    let [mut admin, focal] = tokens.map(|token| network.line(&token));
    let pool = Arc::new(Mutex::new(Pool::default()));
    let desk = |line: Line, office: Office, name: &str| {
        let (truth, pool) = (Arc::clone(&truth), Arc::clone(&pool));
        Desk::new(line, office, (truth, pool), (Dice::of(seed, name), network.mail()))
    };
    let mut secretary = desk(admin.clone(), Office::Secretariat, "secretary");
    secretary.settle_in().await;

    let mut writers = vec![secretary, desk(admin.clone(), Office::Secretariat, "deputy")];
    writers.push(desk(focal, Office::FocalPoint, "focal point"));
    let mut agencies = vec![];
    for (number, Machine { scopes, filter }) in MACHINES.iter().enumerate() {
        let line = machine(&network, &mut admin, scopes).await;
        let filter = filter(&pool.lock().unwrap());
        if scopes.contains(&"CONTACTS_WRITE") {
            writers.push(desk(line.clone(), Office::Agency(number), &format!("pusher {number}")));
        }
        let reads = scopes.contains(&"CONTACTS_READ");
        agencies.push(Agency::new(line, (number, filter, reads), &truth, Dice::of(seed, &format!("agency {number}"))));
    }

    let steps = writers.len() * STEPS;
    let kills: Vec<usize> = (0..=dice.below(2)).map(|part| steps * (part + 1) / 4 + dice.below(steps / 4)).collect();
    let (mut writing, mut following, mut killing) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
    for mut writer in writers {
        writing.spawn(async move { writer.work(STEPS).await });
    }
    for mut agency in agencies {
        following.spawn(async move {
            agency.follow().await;
            agency
        });
    }
    let done = Arc::clone(&truth);
    killing.spawn(async move {
        for at in kills {
            done.reaches(at).await;
            network.kill();
        }
        network
    });
    let written = async {
        let written = all(writing).await;
        truth.rests();
        written
    };
    let (_, agencies, mut network) = tokio::try_join!(written, all(following), all(killing))?;

    network[0].settled().await;
    let mut resting = JoinSet::new();
    for mut agency in agencies {
        resting.spawn(async move { agency.rests().await });
    }
    all(resting).await?;
    truth.judge(&pool.lock().unwrap().followed_marks());
    network[0].is_well();
    Ok(())
}

/// The seeds of the runs that are asked for.
fn seeds() -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    number("EXACTNESS_SEED").map_or_else(|| (1..=number("EXACTNESS_RUNS").unwrap_or(RUNS)).collect(), |seed| vec![seed])
}

async fn runs(backend: Backend) {
    for seed in seeds() {
        eprintln!("on {backend:?}; this one alone: EXACTNESS_SEED={seed} cargo test exactness");
        let since = std::time::Instant::now();
        run(backend, seed).await.unwrap();
        eprintln!("{:?}", since.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactness_on_the_embedded_database() {
    runs(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactness_on_postgresql() {
    if backends().contains(&Backend::Postgres) {
        runs(Backend::Postgres).await;
    }
}
