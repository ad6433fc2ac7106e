//! An event that is, was or could not be sent to an address.
use crate::vocabulary::{SubjectKind, WebhookDeliveryStatus, WebhookEvent, WebhookFailure};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `webhook_delivery`. Nothing in it is personal.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_delivery")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// To which address.
        pub webhook_endpoint_id: Uuid,
        /// Which of the address's deliveries it is: in the order of what they tell.
        pub number: i64,
        /// What it tells; none: it is a test.
        pub event: Option<WebhookEvent>,
        /// What it is about.
        pub subject: Option<SubjectKind>,
        /// Its key.
        pub subject_id: Option<Uuid>,
        /// The place before what it tells, as it is sent.
        pub sync_token: Option<String>,
        /// When what it tells happened.
        pub occurred_at: DateTimeUtc,
        /// Where it stands.
        pub status: WebhookDeliveryStatus,
        /// Why the last attempt came to nothing.
        pub failure: Option<WebhookFailure>,
        /// The HTTP status of the last answer.
        pub http_status: Option<i32>,
        /// How long the last attempt took, in milliseconds.
        pub duration_ms: Option<i32>,
        /// How many attempts there were.
        pub attempts: i32,
        /// How many of them since it was last asked for: what is to come is counted from there.
        pub tries: i32,
        /// When the last one began.
        pub last_attempt_at: Option<DateTimeUtc>,
        /// When the next one is due.
        pub next_attempt_at: Option<DateTimeUtc>,
        /// Until when it is some replica's to send.
        pub claimed_until: Option<DateTimeUtc>,
        /// Counts the changes, from 1.
        pub version: i32,
        /// When it was noted.
        pub created_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
