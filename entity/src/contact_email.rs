//! An e-mail address, of one appointment or of an institution.
use crate::vocabulary::{ContactPointKind, Visibility};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `contact_email`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "contact_email")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The appointment that it belongs to.
        pub appointment_id: Option<Uuid>,
        /// The institution that it belongs to.
        pub institution_id: Option<Uuid>,
        /// Its place in the list, from 0.
        pub position: i32,
        /// The address itself (RFC 5321).
        pub address: String,
        /// What it is for.
        pub kind: ContactPointKind,
        /// Whether it is the one to use first.
        pub preferred: bool,
        /// Who may see it.
        pub visibility: Visibility,
    }
}

impl ActiveModelBehavior for ActiveModel {}
