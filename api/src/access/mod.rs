//! Who may see and do what: who asks, how that is known, and what it allows.
mod identity;
pub(crate) mod jwk;
mod passwords;
mod permissions;
mod provider;
mod reading;
mod secret;
mod token;
mod viewer;
mod webhooks;

pub(crate) use identity::{Caller, Identity};
pub(crate) use passwords::{Passwords, fault as password_fault};
pub(crate) use permissions::{Applying, Hand, Office, Reach};
pub(crate) use provider::{Attested, Provider};
pub(crate) use reading::{Ahead, Listed, Order, Part, Reading, Seen, locked, one, parts_of, seen_by_key, seen_rows};
pub(crate) use secret::{Secret, hash as hash_of, random};
pub(crate) use token::{Claims, InvitationClaims, KeyPair, KeyRing, LEEWAY, LIFETIME, Refused, expiry};
pub(crate) use viewer::{Machine, Person, Viewer};
