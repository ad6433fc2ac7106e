//! What administrators do about accounts and their roles.
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::account;

use super::{
    Account, Accounts, Period, Post,
    deciding::{Decision, decide},
    types::Role,
    writing::{self, HandOver},
};
use crate::{
    access::Seen as _,
    domain::{
        change_requests::{ChangeRequest, Decided, decided_once},
        institutions::Institutions,
    },
    error::{Target, Written},
    graphql::{CountryCode, Date, Result, TransitionInput, UserError, decode, once, reading, user_errors},
};

/// A role that is given, and whose it is.
#[derive(InputObject)]
pub(crate) struct GrantRoleInput {
    /// The account.
    account: ID,
    /// The role.
    role: Role,
    /// The country, for a focal point.
    country: Option<CountryCode>,
    /// The institution, for a representative.
    institution: Option<ID>,
    /// The first day (UTC) on which it counts; today, if this is left out.
    since: Option<Date>,
    /// The last day on which it counts; without end, if this is left out. An administrator's has none.
    until: Option<Date>,
}

/// A role that is taken away, and whose it is.
#[derive(InputObject)]
pub(crate) struct RevokeRoleInput {
    /// The account.
    account: ID,
    /// The role.
    role: Role,
    /// The country, for a focal point.
    country: Option<CountryCode>,
    /// The institution, for a representative.
    institution: Option<ID>,
}

/// A country has another focal point in one's place.
#[derive(InputObject)]
pub(crate) struct HandOverFocalPointInput {
    /// The country.
    country: CountryCode,
    /// The account of whoever hands over.
    from: ID,
    /// The account of whoever takes over.
    to: ID,
    /// The first day (UTC) on which it is theirs, today or later; today, if this is left out. The day before is the last of
    /// whoever hands over.
    on: Option<Date>,
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

impl From<Written<account::Model>> for AccountPayload {
    fn from(written: Written<account::Model>) -> Self {
        Decided::from(written).into()
    }
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
        #[graphql(desc = "The role, whose, and from when to when.")] input: GrantRoleInput,
    ) -> Option<Result<AccountPayload>> {
        let decided = async {
            let GrantRoleInput { account, role, country, institution, since, until } = input;
            let post = post(ctx, &account, role, (country, institution))?;
            let reading = reading(ctx)?;
            let since = since.map_or(reading.today(), |since| since.0);
            let period = Period { since, until: until.map(|until| until.0) };
            Ok(decide(reading, Decision::Grant(post, period)).await?)
        };
        Some(decided_once(ctx, Accounts, decided).await)
    }

    /// Takes a role away from an account; within a second it is gone everywhere. That the account had it is kept, with the
    /// last day. For administrators.
    async fn revoke_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role, and whose.")] input: RevokeRoleInput,
    ) -> Option<Result<AccountPayload>> {
        let decided = async {
            let RevokeRoleInput { account, role, country, institution } = input;
            let post = post(ctx, &account, role, (country, institution))?;
            Ok(decide(reading(ctx)?, Decision::Revoke(post)).await?)
        };
        Some(decided_once(ctx, Accounts, decided).await)
    }

    /// Has a country have another focal point in one's place, in one step; the payload has the account of whoever takes
    /// over. For administrators.
    async fn hand_over_focal_point(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which country, from whom to whom, and since when.")] input: HandOverFocalPointInput,
    ) -> Option<Result<AccountPayload>> {
        let written = async {
            let reading = reading(ctx)?;
            reading.viewer.admin()?;
            let HandOverFocalPointInput { country, from, to, on } = input;
            let step = HandOver {
                country: country.key("input.country")?,
                from: decode("input.from", Accounts::PREFIX, &from)?,
                to: decode("input.to", Accounts::PREFIX, &to)?,
                on: on.map(|on| on.0),
            };
            Ok(writing::hand_over(reading, step).await?)
        };
        Some(once(ctx, Accounts, written).await)
    }

    /// Disables an account: all its sessions end, nobody signs in to it, its invitations are void, and it administers the
    /// network no more. For administrators.
    async fn disable_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: TransitionInput,
    ) -> Option<Result<AccountPayload>> {
        let decided = async {
            let (target, reason) = target(ctx, input)?;
            Ok(decide(reading(ctx)?, Decision::Disable(target, reason)).await?)
        };
        Some(decided_once(ctx, Accounts, decided).await)
    }

    /// Has an account be used again that was disabled. Its sessions and invitations stay over, and so does an administrator's
    /// role. For administrators.
    async fn enable_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: TransitionInput,
    ) -> Option<Result<AccountPayload>> {
        let written = async {
            let (target, reason) = target(ctx, input)?;
            Ok(writing::enable(reading(ctx)?, target, reason).await?)
        };
        Some(once(ctx, Accounts, written).await)
    }
}

/// The account that an administrator names, and why.
fn target(ctx: &Context<'_>, input: TransitionInput) -> Result<(Target, Option<String>)> {
    reading(ctx)?.viewer.admin()?;
    let TransitionInput { id, expected_version, reason } = input;
    Ok((Target { key: decode("input.id", Accounts::PREFIX, &id)?, version: expected_version }, reason))
}

/// The role that an administrator names.
fn post(
    ctx: &Context<'_>,
    account: &ID,
    role: Role,
    (country, institution): (Option<CountryCode>, Option<ID>),
) -> Result<Post> {
    reading(ctx)?.viewer.admin()?;
    let institution = institution.map(|id| decode("input.institution", Institutions::PREFIX, &id)).transpose()?;
    Ok(Post {
        account: decode("input.account", Accounts::PREFIX, account)?,
        role: role.into(),
        country: country.map(|code| code.key("input.country")).transpose()?,
        institution,
    })
}
