//! How the log is read: by administrators.
use std::convert::Infallible;

use entity::{change_log, vocabulary::SubjectKind};
use sea_orm::{Condition, sea_query::SelectStatement};
use uuid::Uuid;

use super::AuditFilter;
use crate::{
    access::{Listed, Order, Reading, Seen},
    changes::{Actor, Log, Logged, Wanted, newest_first},
    db::{Parents, Sort},
    domain::nodes::kind,
    error::Error,
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AuditEntries;

impl Seen for AuditEntries {
    type Table = Log;
    const PREFIX: &'static str = "audit";

    fn visible(reading: &Reading) -> Condition {
        reading.viewer.audit_log().by(change_log::Column::Id)
    }

    fn id(row: &Logged) -> Uuid {
        row.id
    }
}

impl Listed for AuditEntries {
    type Filter = AuditFilter;
    type Field = ();
    type Under = Infallible;

    const WIDE: &'static [(&'static str, change_log::Column)] = &[("changes", change_log::Column::Fields)];

    fn filter(_: &Reading, filter: &AuditFilter) -> Result<Condition, Error> {
        let AuditFilter { actor, subject, operation, at } = filter;
        let actor = actor.as_ref().map(|id| match kind("filter.actor", id)? {
            (SubjectKind::Account, key) => Ok(Actor::Account(key)),
            (SubjectKind::AgencyClient, key) => Ok(Actor::Agency(key)),
            _ => Err(Error::invalid("filter.actor", "the ID of an account or of an agency's machine is expected")),
        });
        let wanted = Wanted {
            actor: actor.transpose()?,
            subject: subject.as_ref().map(|id| kind("filter.subject", id)).transpose()?,
            operations: operation.as_ref().map(|all| all.iter().map(|operation| (*operation).into()).collect()),
            from: at.as_ref().and_then(|range| range.from).map(|time| time.0),
            before: at.as_ref().and_then(|range| range.before).map(|time| time.0),
        };
        Ok(wanted.condition())
    }

    fn sort(_: Order<()>) -> Sort<Log> {
        newest_first()
    }

    fn link(_: &Reading, under: Infallible, _: Parents<'_>) -> SelectStatement {
        match under {}
    }
}
