//! The network's institutions by their names: own entries name those where people hold positions.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Network, SyncError, card::called};

const PAGE: &str = "query Institutions($after: String) { institutions(first: 100, after: $after) {
  nodes { id country { code } names { text } } pageInfo { endCursor hasNextPage } } }";

/// The network's institutions by their names.
#[derive(Default)]
pub(super) struct Directory {
    /// By the name as it is compared: the IDs, and the countries.
    names: BTreeMap<String, BTreeSet<(String, Option<String>)>>,
}

impl Directory {
    /// Fetches all.
    pub(super) async fn fetch(network: &mut Network) -> Result<Self, SyncError> {
        let (mut directory, mut after) = (Self::default(), Value::Null);
        loop {
            let data = network.ask(PAGE, &json!({ "after": after })).await??;
            let page = &data["institutions"];
            for node in page["nodes"].as_array().into_iter().flatten() {
                let names = node["names"].as_array().into_iter().flatten().filter_map(|name| name["text"].as_str());
                directory.add(node["id"].as_str().unwrap_or_default(), node["country"]["code"].as_str(), names);
            }
            if page["pageInfo"]["hasNextPage"] != json!(true) {
                return Ok(directory);
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// Adds an institution.
    pub(super) fn add<'n>(&mut self, id: &str, country: Option<&str>, names: impl Iterator<Item = &'n str>) {
        for name in names {
            let at = (id.to_owned(), country.map(str::to_owned));
            self.names.entry(called(name)).or_default().insert(at);
        }
    }

    /// The ID of the institution with one of these names: where there are several, of the one in a country.
    pub(super) fn find(&self, names: &[String], country: Option<&str>) -> Result<String, String> {
        let found: BTreeSet<_> = names.iter().filter_map(|name| self.names.get(&called(name))).flatten().collect();
        let there: Vec<_> = found.iter().filter(|(_, at)| country.is_some() && at.as_deref() == country).collect();
        match (found.len(), found.first(), there.as_slice()) {
            (1, Some((id, _)), _) | (_, _, [(id, _)]) => Ok(id.clone()),
            (0, ..) => {
                Err("names an organisation of which there is no institution in the network: write its name as the \
                            network does, or push it as an entry of its own"
                    .to_owned())
            }
            _ => Err(
                "names an organisation as several institutions of the network are called: write its name in another \
                      language, as the network does"
                    .to_owned(),
            ),
        }
    }
}
