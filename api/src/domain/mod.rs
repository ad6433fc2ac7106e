//! The subjects of the network, a folder each. They meet only through each other's `mod.rs`.
pub(crate) mod accounts;
pub(crate) mod agencies;
pub(crate) mod agreements;
pub(crate) mod authentication;
pub(crate) mod contacts;
pub(crate) mod conventions;
pub(crate) mod cooperation;
pub(crate) mod countries;
pub(crate) mod groups;
pub(crate) mod institutions;
pub(crate) mod keys;
pub(crate) mod nodes;
pub(crate) mod opportunities;
pub(crate) mod passwords;
pub(crate) mod policymakers;
pub(crate) mod search;
pub(crate) mod sessions;
