//! An address of an agency's own, at which its machine is told what changes.
use crate::vocabulary::WebhookDisabledReason;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `webhook_endpoint`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_endpoint")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The agency's machine.
        pub agency_client_id: Uuid,
        /// The address.
        pub url: String,
        /// A set of events ([`crate::vocabulary::Flag`]).
        pub events: i32,
        /// The place in the log up to which its events were noted: the epoch.
        pub epoch: i32,
        /// The transaction.
        pub transaction_id: i64,
        /// The sequence.
        pub sequence: i64,
        /// How many deliveries were noted so far: each has its number.
        pub numbered: i64,
        /// Why it is told nothing, if so.
        pub disabled_reason: Option<WebhookDisabledReason>,
        /// Since when it is told nothing.
        pub disabled_at: Option<DateTimeUtc>,
        /// When somebody last set about telling its owners that.
        pub notice_begun_at: Option<DateTimeUtc>,
        /// When they were told.
        pub noticed_at: Option<DateTimeUtc>,
        /// Counts the changes, from 1.
        pub version: i32,
        /// When the row was made.
        pub created_at: DateTimeUtc,
        /// When it last changed.
        pub updated_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
