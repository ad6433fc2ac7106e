//! A contact, as the network tells it.
use serde_json::Value;

/// What is asked of a contact.
pub(super) const FIELDS: &str = "fragment Told on Contact {
  id version externalIds { value } card(format: $format)
  ... on Institution { kind policyAreas }
  ... on Policymaker { policyAreas }
}";

/// A contact, as the network tells it.
#[derive(Clone, Debug, Default)]
pub(super) struct Contact {
    pub(super) id: String,
    pub(super) version: i64,
    /// What the agency calls it.
    pub(super) external_ids: Vec<String>,
    /// In the form that the book asks for.
    pub(super) card: String,
    /// What sort of institution it is.
    pub(super) kind: Option<String>,
    /// The areas that it is active in.
    pub(super) areas: Vec<String>,
}

impl Contact {
    /// Of an answer.
    pub(super) fn of(told: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let list = |value: &Value, of: fn(&Value) -> &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|one| text(of(one))).collect()
        };
        Some(Self {
            id: text(&told["id"])?,
            version: told["version"].as_i64()?,
            external_ids: list(&told["externalIds"], |one| &one["value"]),
            card: text(&told["card"])?,
            kind: text(&told["kind"]),
            areas: list(&told["policyAreas"], |one| one),
        })
    }
}
