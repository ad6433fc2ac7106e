//! Which tables an entry of the log tells of: whoever has not made the change knows by it what may be another now.
use entity::vocabulary::{ChangeOperation, SubjectKind};

use sea_orm::{ActiveEnum as _, Statement, Value};

use super::tables::Tables;

/// The tables that may be changed together with what an entry tells.
pub(crate) fn told_of(kind: SubjectKind, operation: ChangeOperation) -> Tables {
    use ChangeOperation::{Created, Deleted, Erased, Merged, Unmerged, Updated};
    match operation {
        Created | Updated => {}
        // What goes, or comes together, takes others along.
        Deleted | Merged | Unmerged | Erased => return Tables::ALL_LOGGED,
    }
    let own: &[&str] = match kind {
        SubjectKind::Country => &["country"],
        SubjectKind::CountryGroup => &["country_group"],
        SubjectKind::GroupMembership => &["group_membership"],
        SubjectKind::Convention => &["convention"],
        SubjectKind::Accession => &["accession"],
        SubjectKind::Institution => &["institution", "contact_email", "contact_phone", "membership"],
        SubjectKind::Agreement => &["agreement", "agreement_party"],
        SubjectKind::Opportunity => &[
            "opportunity",
            "opportunity_agreement",
            "opportunity_country",
            "opportunity_group",
            "opportunity_host",
            "opportunity_partner",
        ],
        SubjectKind::Policymaker => &["policymaker", "appointment", "consent", "contact_email", "contact_phone"],
        SubjectKind::Interest => &["interest"],
        SubjectKind::Membership => &["membership", "membership_applicant", "institution"],
        SubjectKind::Account
        | SubjectKind::AgencyClient
        | SubjectKind::Session
        | SubjectKind::AuditEntry
        | SubjectKind::ChangeRequest
        | SubjectKind::Invitation
        | SubjectKind::WebhookEndpoint
        | SubjectKind::WebhookDelivery
        | SubjectKind::DuplicateContact => return Tables::NONE,
    };
    Tables::of(own).and(Tables::of(&["reference_record", "search_entry", "search_trigrams"]))
}

/// What a statement tells the log of: nothing, if it writes elsewhere.
pub(super) fn told_by(statement: &Statement) -> Tables {
    if !statement.sql.starts_with(r#"INSERT INTO "change_log""#) {
        return Tables::NONE;
    }
    let (mut told, mut subject) = (Tables::NONE, None);
    let values = statement.values.iter().flat_map(|values| &values.0);
    for text in values.filter_map(|value| if let Value::String(Some(text)) = value { Some(text) } else { None }) {
        if let Ok(kind) = SubjectKind::try_from_value(text) {
            subject = Some(kind);
        } else if let (Some(kind), Ok(operation)) = (subject.take(), ChangeOperation::try_from_value(text)) {
            told = told.and(told_of(kind, operation));
        }
    }
    told
}
