//! What a viewer may see: the table of the guide to access, as code. Services turn what is decided here into conditions.
use entity::vocabulary::Visibility;
use uuid::Uuid;

use super::{Person, Viewer};

/// Which rows of a subject are seen beyond those that everybody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach<'a> {
    /// None.
    Nothing,
    /// All.
    Everything,
    /// Those of these institutions, and those in these countries.
    Own {
        /// The institutions.
        institutions: &'a [Uuid],
        /// The countries.
        countries: &'a [Uuid],
    },
}

impl Person {
    fn reach(&self) -> Reach<'_> {
        if self.admin {
            return Reach::Everything;
        }
        Reach::Own { institutions: &self.represents, countries: &self.focal_point_of }
    }
}

impl Viewer {
    /// Which opportunities are seen before they are published: those that an own institution leads, or one of the own
    /// country.
    pub(crate) fn unpublished_opportunities(&self) -> Reach<'_> {
        self.own()
    }

    /// Which policymakers are seen without a current public appointment: those of an own institution or country.
    pub(crate) fn hidden_policymakers(&self) -> Reach<'_> {
        self.own()
    }

    /// Whose e-mail addresses and telephone numbers are seen whatever their visibility: those of own institutions and of
    /// current appointments there, or in the own country.
    pub(crate) fn hidden_contact_points(&self) -> Reach<'_> {
        self.own()
    }

    fn own(&self) -> Reach<'_> {
        match self {
            Self::Account(person) => person.reach(),
            Self::Anonymous | Self::Agency(_) => Reach::Nothing,
        }
    }

    /// Which e-mail addresses and telephone numbers are seen of everybody who is seen.
    pub(crate) fn sees_contact_points(&self) -> &'static [Visibility] {
        let member =
            |person: &Person| person.admin || !person.focal_point_of.is_empty() || !person.represents.is_empty();
        match self {
            Self::Account(person) if member(person) => &[Visibility::Public, Visibility::Members],
            Self::Anonymous | Self::Account(_) | Self::Agency(_) => &[Visibility::Public],
        }
    }
}
