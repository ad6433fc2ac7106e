//! Which contacts a book holds, as the network's filter has it.
use serde::{Deserialize, Serialize};

use crate::config::SyncFilter;

/// Which contacts a book holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    institution: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    institution_kind: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_area: Option<Vec<String>>,
}

impl Filter {
    /// What was asked for; none, if nothing was said of it.
    pub(super) fn of(asked: &SyncFilter) -> Option<Self> {
        let SyncFilter { kinds, countries, institutions, institution_kinds, policy_areas, all } = asked;
        // However they are told, it is the same filter.
        let list = |values: &[String], capital: bool| {
            let each = values.iter().map(|value| if capital { value.to_ascii_uppercase() } else { value.clone() });
            let mut values: Vec<String> = each.collect();
            values.sort_unstable();
            values.dedup();
            (!values.is_empty()).then_some(values)
        };
        let filter = Self {
            kind: list(kinds, true),
            country: list(countries, true),
            institution: list(institutions, false),
            institution_kind: list(institution_kinds, true),
            policy_area: list(policy_areas, true),
        };
        (*all || filter != Self::default()).then_some(filter)
    }
}
