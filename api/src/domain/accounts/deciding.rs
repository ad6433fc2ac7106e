//! What administrators decide about accounts, some of it only once another one has approved it.
use entity::{account, change_request, vocabulary::ChangeRequestAction};

use super::{
    Period,
    administrators_service::administrator,
    service::{Post, grant, ungrant},
    writing::disable,
};
use crate::{
    access::Reading,
    db::Change,
    domain::change_requests::{Approval, Decided},
    error::{Error, Fault, Target},
};

/// What is decided.
pub(super) enum Decision {
    /// Somebody gets a role, from a day to a day.
    Grant(Post, Period),
    /// Somebody loses a role.
    Revoke(Post),
    /// An account is disabled, and why.
    Disable(Target, Option<String>),
}

/// Does what an administrator decides, or asks for what another one has to approve.
pub(super) async fn decide(reading: &Reading, decision: Decision) -> Result<Decided<account::Model>, Error> {
    let change = reading.db.change().await?;
    let decided = done(reading, &change, (decision, Approval::Unasked)).await?;
    decided.commit(change, |account| account.id).await
}

async fn done(
    reading: &Reading,
    change: &Change,
    (decision, approval): (Decision, Approval<'_>),
) -> Result<Decided<account::Model>, Error> {
    match decision {
        Decision::Grant(post, period) => grant(reading, change, ((post, period), approval)).await,
        Decision::Revoke(post) => ungrant(reading, change, (post, approval)).await,
        Decision::Disable(target, reason) => disable(reading, change, (target, reason), approval).await,
    }
}

/// Does what another administrator has asked for: what is wrong with that now.
pub(crate) async fn carry_out(
    reading: &Reading,
    change: &Change,
    request: &change_request::Model,
) -> Result<Vec<Fault>, Error> {
    let account = request.subject_id;
    let admin = administrator(account);
    let since = request.input["since"].as_str().and_then(|day| day.parse().ok()).unwrap_or(reading.today());
    let decision = match request.action {
        ChangeRequestAction::GrantAdmin => Decision::Grant(admin, Period::from(since.max(reading.today()))),
        ChangeRequestAction::RevokeAdmin => Decision::Revoke(admin),
        ChangeRequestAction::DisableAccount => {
            let target = Target { key: account, version: Some(request.subject_version) };
            Decision::Disable(target, request.reason.clone())
        }
        _ => return Err(Error::internal("this is done to no account")),
    };
    Ok(done(reading, change, (decision, Approval::Given(request))).await?.written.faults)
}
