//! Who asks.
use std::sync::Arc;

use uuid::Uuid;

use crate::{changes::Actor, error::Error};

/// Whoever asks. Made once per request, from its credentials, and handed on; nothing below reads a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Nobody in particular: sees what is public.
    Anonymous,
    /// A person who signed in.
    Account(Arc<Person>),
    /// A partner agency's machine.
    Agency(Arc<Machine>),
}

/// A person who signed in, and what their roles are now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// The account.
    pub(crate) account: Uuid,
    /// The session that the token belongs to; none, if an operator made it.
    pub(crate) session: Option<Uuid>,
    /// Whether they belong to the secretariat.
    pub(crate) admin: bool,
    /// The countries that they are a focal point of.
    pub(crate) focal_point_of: Vec<Uuid>,
    /// The institutions that they represent and whose membership is active.
    pub(crate) represents: Vec<Uuid>,
    /// The institutions that they stand for, whatever the membership: they may know of them.
    pub(crate) stands_for: Vec<Uuid>,
}

/// A partner agency's machine, and what its token allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    /// The agency client.
    pub(crate) client: Uuid,
    /// Whether it may read contacts that consented.
    pub(crate) reads_contacts: bool,
    /// Whether it may write contacts.
    pub(crate) writes_contacts: bool,
}

impl Viewer {
    /// Who the log says has changed what this viewer changes.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Anonymous => Actor::Nobody,
            Self::Account(person) => Actor::Account(person.account),
            Self::Agency(machine) => Actor::Agency(machine.client),
        }
    }

    /// Who asks, and what decides what they may see, in a text that is the same for as long as that is.
    pub(crate) fn rights(&self) -> String {
        let sorted = |keys: &[Uuid]| {
            let mut keys = keys.to_vec();
            keys.sort_unstable();
            keys
        };
        match self {
            Self::Anonymous => String::new(),
            Self::Account(person) => {
                let Person { account, session: _, admin, focal_point_of, represents, stands_for } = &**person;
                let [countries, active, all] = [focal_point_of, represents, stands_for].map(|keys| sorted(keys));
                format!("{account} {admin} {countries:?} {active:?} {all:?}")
            }
            Self::Agency(machine) => {
                let Machine { client, reads_contacts, writes_contacts } = **machine;
                format!("{client} {reads_contacts} {writes_contacts}")
            }
        }
    }

    /// What decides what this viewer sees, in a text that is the same for all who see as much, but for what is their own.
    pub(crate) fn shared_rights(&self) -> String {
        match self {
            Self::Account(person) => {
                // What is one's own, a statement names by one of these: see `names`.
                let anybody = Person { account: Uuid::nil(), session: None, ..(**person).clone() };
                Self::Account(Arc::new(anybody)).rights()
            }
            Self::Anonymous | Self::Agency(_) => self.rights(),
        }
    }

    /// What statements name that look for a viewer's own, beside what everybody with the same rights has.
    pub(crate) fn names(&self) -> Vec<Uuid> {
        match self {
            Self::Account(person) => person.session.into_iter().chain([person.account]).collect(),
            Self::Anonymous | Self::Agency(_) => vec![],
        }
    }

    /// The person who signed in.
    ///
    /// # Errors
    ///
    /// If nobody did, or a machine asks.
    pub(crate) fn person(&self) -> Result<&Arc<Person>, Error> {
        match self {
            Self::Account(person) => Ok(person),
            Self::Anonymous => Err(Error::Unauthenticated),
            Self::Agency(_) => Err(Error::Forbidden),
        }
    }

    /// The administrator who signed in.
    ///
    /// # Errors
    ///
    /// If nobody did, or they are none.
    pub(crate) fn admin(&self) -> Result<&Arc<Person>, Error> {
        let person = self.person()?;
        if person.admin { Ok(person) } else { Err(Error::Forbidden) }
    }
}
