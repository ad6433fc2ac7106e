//! Agencies' own addresses, at which their machines are told at once what changes (Standard Webhooks): IDs, nothing personal.
mod address;
mod claims_writing;
mod deliveries_writing;
mod delivery;
mod endpoint;
mod input;
mod message;
mod mutation;
mod notices_writing;
mod planning_writing;
mod rounds;
mod schedule;
mod sending;
mod service;
mod signature;
mod token;
mod writing;

pub(crate) use delivery::WebhookDelivery;
pub(crate) use endpoint::{WebhookEndpoint, webhooks_of};
pub(crate) use mutation::WebhookMutation;
pub(crate) use rounds::deliver;
pub(crate) use sending::Sender;
pub(crate) use service::{Deliveries, Webhooks};
