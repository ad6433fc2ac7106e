//! Which requests.
use async_graphql::{ID, InputObject};
use serde::Serialize;

use super::types::{ChangeRequestAction, ChangeRequestStatus};

/// Which requests. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct ChangeRequestFilter {
    /// That stand at one of these now.
    pub(crate) status: Option<Vec<ChangeRequestStatus>>,
    /// To do one of these.
    pub(crate) action: Option<Vec<ChangeRequestAction>>,
    /// Of this account.
    pub(crate) requested_by: Option<ID>,
}
