//! Partner agencies' machines: how they are made, and how they prove who they are (RFC 6749, section 4.4).
mod assertion;
mod mutation;
mod service;
mod types;

pub(crate) use assertion::KIND as ASSERTION;
pub(crate) use mutation::AgencyMutation;
pub(crate) use service::{
    AgencyClients, NewAgency, Proof, answered_for, by_client_id, create, granted, is_answered_for, prove, revoke_token,
    scopes_of,
};
pub(crate) use types::AgencyClient;
