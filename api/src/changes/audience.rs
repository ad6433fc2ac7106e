//! Who could know of a contact: what the log keeps of that, so that whoever could is told when they no longer can.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who can know of a contact, and what a feed of contacts may be filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Audience {
    /// Whether everybody can: an institution that is listed, a person with a public position.
    pub(crate) public: bool,
    /// Whether agencies that read contacts can: somebody in the network has confirmed the person's consent.
    pub(crate) shared: bool,
    /// The agency's machine that can whether or not others do, since it made the contact or recorded the consent.
    pub(crate) recorded_by: Option<Uuid>,
    /// Other agencies' machines that can: those that know of an institution at which a person holds a position, and of which
    /// others do not; or could at some time, of somebody who was erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<Uuid>,
    /// The contact's country.
    pub(crate) country: Option<Uuid>,
    /// The institutions at which a person holds or held positions.
    pub(crate) institutions: Vec<Uuid>,
    /// What sort of institution it is.
    pub(crate) kind: Option<String>,
    /// The policy areas, as a set.
    pub(crate) policy_areas: i32,
    /// Who may see the address or number that most may see.
    pub(crate) visibility: Option<String>,
}

impl Audience {
    /// What says nothing about the contact itself, but which agencies could know of it.
    pub(crate) fn bare(&self) -> Self {
        let Self { shared, recorded_by, also, .. } = self;
        Self { shared: *shared, recorded_by: *recorded_by, also: also.clone(), ..Self::default() }
    }

    /// Those who are of one or of the other.
    pub(crate) fn or(mut self, other: &Self) -> Self {
        self.shared |= other.shared;
        for machine in other.machines() {
            if self.recorded_by.is_none() {
                self.recorded_by = Some(machine);
            } else if !self.machines().any(|known| known == machine) {
                self.also.push(machine);
            }
        }
        self
    }

    /// The agencies' machines that can whether or not others do.
    pub(crate) fn machines(&self) -> impl Iterator<Item = Uuid> {
        self.recorded_by.into_iter().chain(self.also.iter().copied())
    }

    /// Whether any agency could know of it.
    pub(super) fn is_known(&self) -> bool {
        self.shared || self.machines().next().is_some()
    }
}

/// Who could know of a contact before a change, and who can since; none where there was no contact, or is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audiences {
    /// Before.
    pub(crate) before: Option<Audience>,
    /// Since.
    pub(crate) after: Option<Audience>,
}
