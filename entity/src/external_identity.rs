//! What the network's own identity provider calls an account or an agency's machine.
use sea_orm::entity::prelude::*;

/// One row of `external_identity`: it has either an account or an agency's machine.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "external_identity")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The provider: the `iss` of its tokens.
    pub issuer: String,
    /// What it calls them: the `sub` of its tokens.
    pub subject: String,
    /// The account.
    pub account_id: Option<Uuid>,
    /// The agency's machine.
    pub agency_client_id: Option<Uuid>,
    /// Whether an operator has connected them, and not a verified e-mail address.
    pub by_hand: bool,
    /// Since when.
    pub linked_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
