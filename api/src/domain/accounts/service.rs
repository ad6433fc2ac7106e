//! How accounts and their roles are read and made.
use chrono::{DateTime, Utc};
use entity::{account, role_grant, vocabulary::AccountStatus};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set, sea_query::Expr};
use uuid::Uuid;

use crate::{
    access::{Part, Reading, Seen, Viewer},
    error::Error,
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Accounts;

impl Seen for Accounts {
    type Table = account::Entity;
    const PREFIX: &'static str = "acct";

    fn visible(reading: &Reading) -> Condition {
        match &reading.viewer {
            Viewer::Account(person) if person.admin => Condition::all(),
            Viewer::Account(person) => Condition::all().add(account::Column::Id.eq(person.account)),
            Viewer::Anonymous | Viewer::Agency(_) => Condition::all().add(Expr::val(false)),
        }
    }

    fn id(row: &account::Model) -> Uuid {
        row.id
    }
}

/// The roles of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Grants;

impl Part for Grants {
    type Table = role_grant::Entity;
    const OF: role_grant::Column = role_grant::Column::AccountId;

    fn order() -> Vec<role_grant::Column> {
        vec![role_grant::Column::GrantedAt, role_grant::Column::Id]
    }

    fn visible(&self, _: &Reading) -> Condition {
        Condition::all()
    }

    fn of(row: &role_grant::Model) -> Option<Uuid> {
        Some(row.account_id)
    }
}

/// What tells the account of an e-mail address: the address without regard to case.
pub(crate) fn key_of(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The account of an e-mail address.
pub(crate) async fn by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<account::Model>, Error> {
    Ok(account::Entity::find().filter(account::Column::EmailKey.eq(key_of(email))).one(db).await?)
}

/// A new account, of this address and name, with a password.
pub(crate) fn named(email: &str, name: &str, password_hash: String, now: DateTime<Utc>) -> account::ActiveModel {
    account::ActiveModel {
        id: Set(Uuid::now_v7()),
        email: Set(email.trim().to_owned()),
        email_key: Set(key_of(email)),
        name: Set(name.trim().to_owned()),
        password_hash: Set(Some(password_hash)),
        status: Set(AccountStatus::Active),
        policymaker_id: Set(None),
        last_sign_in_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    }
}
