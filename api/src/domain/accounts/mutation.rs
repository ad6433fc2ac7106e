//! What administrators do about accounts and their roles.
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::account;

use super::{
    Account, Accounts,
    deciding::{Decision, decide},
    service::Post,
    types::Role,
};
use crate::{
    access::Seen as _,
    domain::{
        change_requests::{ChangeRequest, Decided, decided_once},
        institutions::Institutions,
    },
    error::Target,
    graphql::{CountryCode, Result, UserError, decode, reading, user_errors},
};

/// A role, and whose it is.
#[derive(InputObject)]
pub(crate) struct RoleInput {
    /// The account.
    account: ID,
    /// The role.
    role: Role,
    /// The country, for a focal point.
    country: Option<CountryCode>,
    /// The institution, for a representative.
    institution: Option<ID>,
}

/// Which account is disabled.
#[derive(InputObject)]
pub(crate) struct DisableAccountInput {
    /// Its ID.
    id: ID,
    /// The version that was seen: if it has changed since, nothing is done.
    expected_version: Option<i32>,
}

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct AccountPayload {
    /// The account, as it is now.
    account: Option<Account>,
    /// What another administrator has to approve before anything is done.
    change_request: Option<ChangeRequest>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Decided<account::Model>> for AccountPayload {
    fn from(Decided { written, request }: Decided<account::Model>) -> Self {
        let account = written.now.map(|row| Account(Arc::new(row)));
        Self { account, change_request: request.map(ChangeRequest::from), user_errors: user_errors(written.faults) }
    }
}

/// What administrators do about accounts and their roles.
#[derive(Default)]
pub(crate) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Gives an account a role. For administrators.
    async fn grant_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role, and whose.")] input: RoleInput,
    ) -> Option<Result<AccountPayload>> {
        let decided = async {
            let post = post(ctx, input)?;
            Ok(decide(reading(ctx)?, Decision::Grant(post)).await?)
        };
        Some(decided_once(ctx, Accounts, decided).await)
    }

    /// Takes a role away from an account; within a second it is gone everywhere. For administrators.
    async fn revoke_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role, and whose.")] input: RoleInput,
    ) -> Option<Result<AccountPayload>> {
        let decided = async {
            let post = post(ctx, input)?;
            Ok(decide(reading(ctx)?, Decision::Revoke(post)).await?)
        };
        Some(decided_once(ctx, Accounts, decided).await)
    }

    /// Disables an account: all its sessions end, and nobody signs in to it. For administrators.
    async fn disable_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DisableAccountInput,
    ) -> Option<Result<AccountPayload>> {
        let decided = async {
            let reading = reading(ctx)?;
            reading.viewer.admin()?;
            let key = decode("input.id", Accounts::PREFIX, &input.id)?;
            let target = Target { key, version: input.expected_version };
            Ok(decide(reading, Decision::Disable(target)).await?)
        };
        Some(decided_once(ctx, Accounts, decided).await)
    }
}

/// The role that an administrator names.
fn post(ctx: &Context<'_>, input: RoleInput) -> Result<Post> {
    reading(ctx)?.viewer.admin()?;
    let RoleInput { account, role, country, institution } = input;
    let institution = institution.map(|id| decode("input.institution", Institutions::PREFIX, &id)).transpose()?;
    Ok(Post {
        account: decode("input.account", Accounts::PREFIX, &account)?,
        role: role.into(),
        country: country.map(|code| code.key("input.country")).transpose()?,
        institution,
    })
}
