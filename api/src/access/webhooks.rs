//! Who has agencies' own addresses told of what: they, and administrators.
use entity::vocabulary::{AgencyScope, Flag as _, WebhookEvent};
use uuid::Uuid;

use super::{Viewer, permissions::Only};
use crate::error::Error;

impl Viewer {
    /// Of which agencies' machines the addresses are seen and managed that are told what changes, and what was sent there.
    pub(crate) fn webhooks(&self) -> Only {
        self.agency_clients()
    }

    /// The agency's machine whose addresses are managed: its own by a machine, the one that they name by administrators;
    /// none, if they name none.
    ///
    /// # Errors
    ///
    /// If nobody signed in, or whoever did may manage none, or names another machine than itself.
    pub(crate) fn manages_webhooks_of(&self, named: Option<Uuid>) -> Result<Option<Uuid>, Error> {
        match (self.webhooks(), self) {
            (Only::All, _) => Ok(named),
            (Only::Of(own), _) if named.is_none_or(|named| named == own) => Ok(Some(own)),
            (Only::None, Self::Anonymous) => Err(Error::Unauthenticated),
            (Only::Of(_) | Only::None, _) => Err(Error::Forbidden),
        }
    }

    /// Whether an agency's machine of these scopes can be told of such events: of contacts it is only where it may read them.
    ///
    /// # Errors
    ///
    /// If the machine asks itself, with a token that does not let it read them.
    pub(crate) fn has_told(&self, scopes: i32, events: &[WebhookEvent]) -> Result<bool, Error> {
        if !events.contains(&WebhookEvent::ContactChanged) {
            return Ok(true);
        }
        match self {
            Self::Agency(machine) if !machine.reads_contacts => Err(Error::Forbidden),
            _ => Ok(AgencyScope::members(scopes).contains(&AgencyScope::ContactsRead)),
        }
    }
}
