//! The schema changes, oldest first. Each goes up and down on `SQLite` and on `PostgreSQL`.
mod columns;
mod m20261122_000001_create_countries;
mod m20261122_000002_create_institutions;
mod m20261122_000003_create_policymakers;
mod m20261122_000004_create_agreements;
mod m20261122_000005_create_opportunities;
mod m20261122_000006_create_search;
mod m20261122_000007_create_reference_records;
mod m20261123_000008_index_lists;
mod m20261123_000009_create_accounts;
mod m20261123_000010_create_agencies;
mod m20261123_000011_create_external_identities;
mod m20261123_000012_create_consents;
mod m20261123_000013_create_change_log;
mod m20261123_000014_create_idempotency_keys;
mod m20261123_000015_guard_change_log;
mod m20261123_000016_merge_contacts;
mod m20261123_000017_decide_memberships;
mod m20261123_000018_notice_memberships;
mod m20261123_000019_invite_accounts;
mod m20261123_000020_apply_publicly;
mod m20261123_000021_request_changes;
mod m20261123_000022_identify_contacts;
mod m20261123_000023_follow_contacts;
mod m20261123_000024_find_duplicates;
mod m20261123_000025_create_webhooks;
mod m20261123_000026_find_due_deliveries;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

/// Applies the changes in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_countries::Migration),
            Box::new(m20261122_000002_create_institutions::Migration),
            Box::new(m20261122_000003_create_policymakers::Migration),
            Box::new(m20261122_000004_create_agreements::Migration),
            Box::new(m20261122_000005_create_opportunities::Migration),
            Box::new(m20261122_000006_create_search::Migration),
            Box::new(m20261122_000007_create_reference_records::Migration),
            Box::new(m20261123_000008_index_lists::Migration),
            Box::new(m20261123_000009_create_accounts::Migration),
            Box::new(m20261123_000010_create_agencies::Migration),
            Box::new(m20261123_000011_create_external_identities::Migration),
            Box::new(m20261123_000012_create_consents::Migration),
            Box::new(m20261123_000013_create_change_log::Migration),
            Box::new(m20261123_000014_create_idempotency_keys::Migration),
            Box::new(m20261123_000015_guard_change_log::Migration),
            Box::new(m20261123_000016_merge_contacts::Migration),
            Box::new(m20261123_000017_decide_memberships::Migration),
            Box::new(m20261123_000018_notice_memberships::Migration),
            Box::new(m20261123_000019_invite_accounts::Migration),
            Box::new(m20261123_000020_apply_publicly::Migration),
            Box::new(m20261123_000021_request_changes::Migration),
            Box::new(m20261123_000022_identify_contacts::Migration),
            Box::new(m20261123_000023_follow_contacts::Migration),
            Box::new(m20261123_000024_find_duplicates::Migration),
            Box::new(m20261123_000025_create_webhooks::Migration),
            Box::new(m20261123_000026_find_due_deliveries::Migration),
        ]
    }
}
