//! What agencies push.
use async_graphql::{Enum, InputObject, OneofObject};
use entity::vocabulary::SubjectKind;

use super::{
    lifecycle,
    writing::{Asked, Item, Told},
};
use crate::{
    domain::{institutions::InstitutionContactInput, policymakers::PolicymakerContactInput},
    validation::Faults,
};

/// Contacts of an agency's address book: at most 1,000.
#[derive(InputObject)]
pub(crate) struct UpsertContactsInput {
    /// The contacts.
    contacts: Vec<ContactInput>,
    /// What to do about a conflict: a contact that says something else than what is told, and of which somebody else has
    /// changed the same since the agency last wrote it; or, where `expectedVersion` is told, that is at another version.
    #[graphql(default_with = "OnConflict::Fail")]
    on_conflict: OnConflict,
    /// Whether a contact whose external ID is not known is looked for by its e-mail addresses, among those that the agency has
    /// made: if one alone has one of them, it is that one, and gets the ID.
    #[graphql(default)]
    match_by_email: bool,
    /// Whether nothing is written at all if one contact fails.
    #[graphql(default)]
    all_or_nothing: bool,
    /// Whether it is only told what would come of it.
    #[graphql(default)]
    dry_run: bool,
}

/// A contact, of either sort.
#[derive(OneofObject)]
pub(crate) enum ContactInput {
    /// A person.
    Policymaker(PolicymakerContactInput),
    /// An organisation.
    Institution(InstitutionContactInput),
}

/// What to do about a conflict.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "lifecycle::OnConflict")]
pub(crate) enum OnConflict {
    /// The contact fails, and stays as it is.
    Fail,
    /// The contact stays as it is.
    Skip,
    /// The contact says what is told since; but at another version than `expectedVersion`, where that is told, it fails.
    Overwrite,
}

impl UpsertContactsInput {
    /// What is asked for.
    pub(super) fn asked(self) -> Asked {
        let Self { contacts, on_conflict, match_by_email, all_or_nothing, dry_run } = self;
        let items = contacts.into_iter().map(ContactInput::item).collect();
        Asked { items, on_conflict: on_conflict.into(), match_by_email, all_or_nothing, dry_run }
    }
}

impl ContactInput {
    fn item(self) -> Item {
        let mut faults = Faults::default();
        let (external_id, expected_version, told) = match self {
            Self::Policymaker(mut input) => {
                let (id, version) = (std::mem::take(&mut input.external_id), input.expected_version);
                let (patch, agreed) = input.pushed(&mut faults);
                (id, version, Told::Policymaker(Box::new(patch), agreed))
            }
            Self::Institution(mut input) => {
                let (id, version) = (std::mem::take(&mut input.external_id), input.expected_version);
                (id, version, Told::Institution(Box::new(input.pushed(&mut faults))))
            }
        };
        Item { external_id, expected_version, told, faults }
    }
}

impl Told {
    /// What sort of contact it is.
    pub(super) fn kind(&self) -> SubjectKind {
        match self {
            Self::Policymaker(..) => SubjectKind::Policymaker,
            Self::Institution(_) => SubjectKind::Institution,
        }
    }
}
