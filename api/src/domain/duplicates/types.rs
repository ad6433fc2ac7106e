//! Pairs of contacts that are likely the same, as administrators see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::{
    duplicate_contact,
    vocabulary::{self, Flag as _, SubjectKind},
};

use super::DuplicateContacts;
use crate::{
    access::Seen as _,
    domain::{
        contacts::Contact,
        institutions::{Institution, Institutions},
        policymakers::{Policymaker, Policymakers},
    },
    graphql::{DateTime, Result, encode, seen_all},
};

/// Two contacts that are likely the same. They are merged (`mergeContacts`), or it is said that they are two
/// (`dismissDuplicate`).
#[derive(Clone, Description)]
pub(crate) struct DuplicateContact(pub(crate) Arc<duplicate_contact::Model>);

impl From<Arc<duplicate_contact::Model>> for DuplicateContact {
    fn from(row: Arc<duplicate_contact::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl DuplicateContact {
    /// Unique in the network.
    pub(crate) async fn id(&self) -> ID {
        encode(DuplicateContacts::PREFIX, self.0.id)
    }

    /// The two: both people, or both institutions.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let keys = [self.0.one_id, self.0.two_id];
        Ok(if self.0.kind == SubjectKind::Policymaker {
            let people = seen_all(ctx, Policymakers, keys).await?;
            people.into_iter().map(|row| Contact::Policymaker(Policymaker(row))).collect()
        } else {
            let institutions = seen_all(ctx, Institutions, keys).await?;
            institutions.into_iter().map(|row| Contact::Institution(Institution(row))).collect()
        })
    }

    /// How likely they are the same: from 0 to 1.
    async fn score(&self) -> f64 {
        f64::from(self.0.score) / 1_000.0
    }

    /// In what they are alike.
    async fn matched(&self) -> Vec<ContactMatch> {
        vocabulary::ContactMatch::members(self.0.matched).into_iter().map(ContactMatch::from).collect()
    }

    /// When it was found.
    async fn found_at(&self) -> DateTime {
        DateTime(self.0.found_at)
    }

    /// When an administrator said that they are two; null, if nobody did.
    async fn dismissed_at(&self) -> Option<DateTime> {
        self.0.dismissed_at.map(DateTime)
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// In what two contacts are alike.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "vocabulary::ContactMatch")]
pub(crate) enum ContactMatch {
    /// A name, in whichever order, spelling and script.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// An institution at which both hold or held positions.
    Institution,
    /// The host of the website.
    Website,
}
