//! What an administrator asks another one to approve.
use crate::vocabulary::{ChangeRequestAction, ChangeRequestStatus, SubjectKind};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `change_request`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_request")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// What is to be done.
        pub action: ChangeRequestAction,
        /// What sort of thing it is to be done to.
        pub subject: SubjectKind,
        /// Its key; the thing may be gone by now.
        pub subject_id: Uuid,
        /// The version that it had when this was asked for.
        pub subject_version: i32,
        /// What else was said of what is to be done.
        #[sea_orm(column_type = "JsonBinary")]
        pub input: Json,
        /// The fields that it would change, as the log tells them.
        #[sea_orm(column_type = "JsonBinary")]
        pub changes: Json,
        /// Why it is to be done.
        pub reason: Option<String>,
        /// The account that asks for it; none, once it is gone.
        pub requested_by: Option<Uuid>,
        /// When it was asked for.
        pub requested_at: DateTimeUtc,
        /// Until when it can be approved.
        pub expires_at: DateTimeUtc,
        /// Where it stands, by what was decided: whether it has expired is the clock's to say.
        pub status: ChangeRequestStatus,
        /// The account that approved or rejected it.
        pub decided_by: Option<Uuid>,
        /// When it was decided, or found to be stale.
        pub decided_at: Option<DateTimeUtc>,
        /// What was told with the decision.
        pub decision_reason: Option<String>,
        /// Counts the changes, from 1.
        pub version: i32,
    }
}

impl ActiveModelBehavior for ActiveModel {}
