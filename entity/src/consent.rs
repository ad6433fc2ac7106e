//! What a policymaker agreed to be shared with partner agencies.
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `consent`: a policymaker has one at the most.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "consent")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose.
        #[sea_orm(unique)]
        pub policymaker_id: Uuid,
        /// The agency's machine that recorded it; none: somebody in the network did.
        pub agency_client_id: Option<Uuid>,
        /// Whether partner agencies may have what they are asked for.
        pub share_with_agencies: bool,
        /// On what it rests, such as a form that was signed.
        pub basis: Option<String>,
        /// Whether somebody in the network has confirmed it: until then it counts for the machine that recorded it alone.
        pub confirmed: bool,
        /// When it was recorded.
        pub recorded_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
