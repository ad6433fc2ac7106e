//! What administrators decide about accounts, some of it only once another one has approved it.
use entity::{
    account, change_request,
    vocabulary::{ChangeRequestAction, Role},
};

use super::service::{Post, disable, grant, ungrant};
use crate::{
    access::Reading,
    db::Change,
    domain::change_requests::{Approval, Decided},
    error::{Error, Fault, Target},
};

/// What is decided.
#[derive(Clone, Copy)]
pub(super) enum Decision {
    /// Somebody gets a role.
    Grant(Post),
    /// Somebody loses a role.
    Revoke(Post),
    /// An account is disabled.
    Disable(Target),
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
        Decision::Grant(post) => grant(reading, change, (post, approval)).await,
        Decision::Revoke(post) => ungrant(reading, change, (post, approval)).await,
        Decision::Disable(target) => disable(reading, change, (target, approval)).await,
    }
}

/// Does what another administrator has asked for: what is wrong with that now.
pub(crate) async fn carry_out(
    reading: &Reading,
    change: &Change,
    request: &change_request::Model,
) -> Result<Vec<Fault>, Error> {
    let account = request.subject_id;
    let admin = Post { account, role: Role::Admin, country: None, institution: None };
    let decision = match request.action {
        ChangeRequestAction::GrantAdmin => Decision::Grant(admin),
        ChangeRequestAction::RevokeAdmin => Decision::Revoke(admin),
        ChangeRequestAction::DisableAccount => {
            Decision::Disable(Target { key: account, version: Some(request.subject_version) })
        }
        _ => return Err(Error::internal("this is done to no account")),
    };
    Ok(done(reading, change, (decision, Approval::Given(request))).await?.written.faults)
}
