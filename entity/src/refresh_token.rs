//! What a session gets its next access token with, once.
use sea_orm::entity::prelude::*;

/// One row of `refresh_token`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The SHA-256 of the token, in hexadecimal.
    #[sea_orm(unique)]
    pub hash: String,
    /// The token that was given for it.
    pub successor_id: Option<Uuid>,
    /// Whether it was shown a second time, by a client that lost the answer.
    pub retried: bool,
    /// When it was given.
    pub issued_at: DateTimeUtc,
    /// When it was used, or given up.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
