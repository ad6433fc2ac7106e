//! Groups of countries: parties to agreements, and measures of eligibility.
mod query;
mod service;
mod types;

pub(crate) use query::GroupQuery;
pub(crate) use service::{Groups, member_pairs, members, of_country};
pub(crate) use types::{CountryGroup, GroupMembership, Party, group_nodes, memberships_of_country};
