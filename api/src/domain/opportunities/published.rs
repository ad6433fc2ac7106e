//! What it is for an opportunity to be published, as the log tells it.
use entity::{
    opportunity,
    vocabulary::{OpportunityStatus, SubjectKind},
};
use sea_orm::{ActiveEnum as _, ColumnTrait as _, Condition};
use uuid::Uuid;

use super::{Opportunities, OpportunityFilter};
use crate::{
    access::{Listed as _, Reading, one},
    changes::{Logged, fields_of},
    error::Error,
};

/// That an opportunity was published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published(Uuid);

/// What an entry of the log tells of an opportunity that was published, for the first time or again after it was put off.
pub(crate) fn published(entry: &Logged) -> Option<Published> {
    let status = OpportunityStatus::Published.to_value();
    let tells = |entry: &Logged| fields_of(entry).iter().any(|field| field.name == "status" && field.new == *status);
    (entry.subject == SubjectKind::Opportunity && tells(entry)).then_some(Published(entry.subject_id))
}

/// The opportunity as it is now, if the viewer may see it and the filter lets it pass. A filter that is no good is refused
/// also where nothing was published yet.
pub(super) async fn told(
    reading: &Reading,
    published: Option<Published>,
    filter: &OpportunityFilter,
) -> Result<Option<opportunity::Model>, Error> {
    let filter = Opportunities::filter(reading, filter)?;
    let Some(Published(key)) = published else { return Ok(None) };
    one::<Opportunities>(reading, Condition::all().add(opportunity::Column::Id.eq(key)).add(filter)).await
}
