//! What a viewer may see: the table of the guide to access, as code. Services turn what is decided here into conditions.
use entity::vocabulary::{Role, Visibility};
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};
use uuid::Uuid;

use super::{Person, Viewer};
use crate::{changes::Audience, error::Error};

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
    /// Those that this agency's machine has made.
    MadeBy(Uuid),
}

/// In which capacity somebody acts on what belongs to an institution: the greater may do all that the smaller may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Office {
    /// Of the institution, which is an active member.
    Representative,
    /// Of its country.
    FocalPoint,
    /// Of the network.
    Admin,
}

/// Whose it is to lead an institution's membership on. Nobody decides about an institution that they represent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hand {
    /// Those who represent the institution, also while its membership is not active.
    Representative,
    /// The focal points of its country.
    FocalPoint,
    /// The administrators.
    Secretariat,
    /// Those who represent the institution, and the administrators.
    Member,
}

/// How somebody applies for an institution's membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applying {
    /// In its name, at once.
    InItsName,
    /// As anybody may: with an address that is confirmed first.
    Publicly,
}

/// Which rows of a subject are seen that nobody else's are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    /// None.
    None,
    /// Those of one, by the key.
    Of(Uuid),
    /// All.
    All,
}

impl Only {
    /// The rows, by the column that holds the key.
    pub(crate) fn by(self, column: impl ColumnTrait) -> Condition {
        match self {
            Self::None => Condition::all().add(Expr::val(false)),
            Self::Of(key) => Condition::all().add(column.eq(key)),
            Self::All => Condition::all(),
        }
    }
}

impl Person {
    /// Whether this person speaks for an institution to another one, as interests do: focal points do not.
    pub(crate) fn speaks_for(&self, institution: Uuid) -> bool {
        self.admin || self.represents.contains(&institution)
    }

    /// In which capacity this person acts on what belongs to an institution in a country, if they may at all.
    pub(crate) fn office_at(&self, institution: Uuid, country: Option<Uuid>) -> Option<Office> {
        if self.admin {
            Some(Office::Admin)
        } else if country.is_some_and(|country| self.focal_point_of.contains(&country)) {
            Some(Office::FocalPoint)
        } else {
            self.represents.contains(&institution).then_some(Office::Representative)
        }
    }

    /// In which capacity this person acts on a policymaker's entry, if they may at all: by the person's country, or by the
    /// institutions, each with its country, at which they hold positions today.
    pub(crate) fn office_over(
        &self,
        country: Option<Uuid>,
        held: impl Iterator<Item = (Uuid, Option<Uuid>)>,
    ) -> Option<Office> {
        let of_country = self.office_at(Uuid::nil(), country);
        held.map(|(institution, country)| self.office_at(institution, country)).fold(of_country, Option::max)
    }

    /// Whether this person may appoint somebody of a country to an institution, which is in one, too: nobody but an
    /// administrator appoints people of another country, and nobody makes somebody their own so.
    pub(crate) fn appoints(&self, of: Option<Uuid>, there: (Uuid, Option<Uuid>)) -> bool {
        let office = self.office_at(there.0, there.1);
        office == Some(Office::Admin) || (office.is_some() && (of.is_none() || of == there.1))
    }

    /// Whether an account may give a role to an account: nobody makes an institution their own so, and decides about it then
    /// as its representative.
    pub(crate) fn gives(by: Uuid, (role, to): (Role, Uuid)) -> bool {
        role != Role::Representative || by != to
    }

    /// Whether it is this person's to lead the membership of an institution in a country on.
    pub(crate) fn has(&self, hand: Hand, institution: Uuid, country: Option<Uuid>) -> bool {
        let own = self.stands_for.contains(&institution);
        match hand {
            Hand::Representative => own,
            Hand::FocalPoint => !own && country.is_some_and(|country| self.focal_point_of.contains(&country)),
            Hand::Secretariat => !own && self.admin,
            Hand::Member => own || self.admin,
        }
    }

    /// Whether this person invites anybody to a role at all.
    pub(crate) fn invites_to(&self, role: Role) -> bool {
        let speaks = !self.represents.is_empty() || !self.focal_point_of.is_empty();
        self.admin || (role == Role::Representative && speaks)
    }

    /// In which capacity this person invites somebody to a role, for a representative at an institution in a country, if
    /// they may at all. Administrators invite everybody, representatives of a member colleagues. A focal point invites the
    /// first representative of an institution alone: that there is none yet is for whoever writes to see.
    pub(crate) fn invites(&self, role: Role, there: Option<(Uuid, Option<Uuid>)>) -> Option<Office> {
        if self.admin {
            return Some(Office::Admin);
        }
        let (institution, country) = there.filter(|_| role == Role::Representative)?;
        if self.represents.contains(&institution) {
            return Some(Office::Representative);
        }
        country.is_some_and(|country| self.focal_point_of.contains(&country)).then_some(Office::FocalPoint)
    }

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

    /// Whether policymakers and their appointments are seen that are not public: members of the network know them all.
    pub(crate) fn sees_every_policymaker(&self) -> bool {
        self.is_member()
    }

    /// Which institutions are seen that are not listed, since they only applied for membership or an agency's machine made
    /// them: a machine sees those that it made.
    pub(crate) fn unlisted_institutions(&self) -> Reach<'_> {
        self.maker().map_or_else(|| self.concerns(), Reach::MadeBy)
    }

    /// The agency's machine that sees the contacts that it has made, whether or not everybody does.
    pub(crate) fn maker(&self) -> Option<Uuid> {
        match self {
            Self::Agency(machine) => Some(machine.client),
            Self::Anonymous | Self::Account(_) => None,
        }
    }

    /// The agency's machine that makes contacts, and changes those that it has made.
    ///
    /// # Errors
    ///
    /// If nobody asks in particular, or somebody who does not.
    pub(crate) fn writes_contacts(&self) -> Result<Uuid, Error> {
        match self {
            Self::Anonymous => Err(Error::Unauthenticated),
            Self::Agency(machine) if machine.writes_contacts => Ok(machine.client),
            Self::Account(_) | Self::Agency(_) => Err(Error::Forbidden),
        }
    }

    /// Whose names for contacts are seen: a machine sees its own.
    pub(crate) fn external_ids(&self) -> Only {
        self.agency_clients()
    }

    /// Of which institutions the membership is seen whole: one's own, also while it is not active, and those of the own
    /// country.
    pub(crate) fn memberships(&self) -> Reach<'_> {
        self.concerns()
    }

    /// How an application for membership is made, of an institution that there is or of another one: in its name by those who
    /// represent it, as anybody may by other people.
    ///
    /// # Errors
    ///
    /// If a machine asks.
    pub(crate) fn applies_for(&self, institution: Option<Uuid>) -> Result<Applying, Error> {
        let own = |person: &Person| institution.is_some_and(|key| person.has(Hand::Representative, key, None));
        match self {
            Self::Account(person) if own(person) => Ok(Applying::InItsName),
            Self::Anonymous | Self::Account(_) => Ok(Applying::Publicly),
            Self::Agency(_) => Err(Error::Forbidden),
        }
    }

    fn concerns(&self) -> Reach<'_> {
        match self {
            Self::Account(person) if person.admin => Reach::Everything,
            Self::Account(person) => Reach::Own { institutions: &person.stands_for, countries: &person.focal_point_of },
            Self::Anonymous | Self::Agency(_) => Reach::Nothing,
        }
    }

    /// The agency's machine that is told of policymakers who consented to that, whether or not they are public.
    pub(crate) fn told_of_consenting(&self) -> Option<Uuid> {
        match self {
            Self::Agency(machine) if machine.reads_contacts => Some(machine.client),
            Self::Anonymous | Self::Account(_) | Self::Agency(_) => None,
        }
    }

    /// Whether a contact could be known, as one that an address book may hold, while this was who could know of it.
    pub(crate) fn could_know(&self, audience: &Audience) -> bool {
        match self {
            Self::Account(person) if person.admin => true,
            Self::Agency(machine) if machine.reads_contacts => {
                audience.shared || audience.machines().any(|known| known == machine.client)
            }
            Self::Anonymous | Self::Account(_) | Self::Agency(_) => false,
        }
    }

    /// Whether changes of contacts may be followed: by administrators, and by machines that read contacts.
    ///
    /// # Errors
    ///
    /// If not, or nobody in particular asks.
    pub(crate) fn follows_contacts(&self) -> Result<Uuid, Error> {
        match self {
            Self::Account(person) if person.admin => Ok(person.account),
            Self::Agency(machine) if machine.reads_contacts => Ok(machine.client),
            Self::Account(_) | Self::Agency(_) => Err(Error::Forbidden),
            Self::Anonymous => Err(Error::Unauthenticated),
        }
    }

    /// Whose consent is seen: that of those who hold a position at an own institution, or in the own country.
    pub(crate) fn consents(&self) -> Reach<'_> {
        self.own()
    }

    /// Lets those pass who get what they see of contacts as cards and files: members of the network, and agencies' machines
    /// that may read contacts.
    ///
    /// # Errors
    ///
    /// If anybody else asks.
    pub(crate) fn takes_cards(&self) -> Result<(), Error> {
        let may = match self {
            Self::Anonymous => return Err(Error::Unauthenticated),
            Self::Account(_) => self.is_member(),
            Self::Agency(machine) => machine.reads_contacts,
        };
        if may { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// Which interests are seen: those that an own institution has sent, and those in what one leads. Focal points see none.
    pub(crate) fn interests(&self) -> Reach<'_> {
        match self {
            Self::Account(person) if person.admin => Reach::Everything,
            Self::Account(person) => Reach::Own { institutions: &person.represents, countries: &[] },
            Self::Anonymous | Self::Agency(_) => Reach::Nothing,
        }
    }

    /// Which entries of the log are seen.
    pub(crate) fn audit_log(&self) -> Only {
        match self {
            Self::Account(person) if person.admin => Only::All,
            Self::Anonymous | Self::Account(_) | Self::Agency(_) => Only::None,
        }
    }

    /// Which pairs of contacts are seen that are likely the same.
    pub(crate) fn duplicate_contacts(&self) -> Only {
        self.audit_log()
    }

    /// Which requests to approve something are seen.
    pub(crate) fn change_requests(&self) -> Only {
        self.audit_log()
    }

    /// Which accounts are seen.
    pub(crate) fn accounts(&self) -> Only {
        match self {
            Self::Account(person) if person.admin => Only::All,
            Self::Account(person) => Only::Of(person.account),
            Self::Anonymous | Self::Agency(_) => Only::None,
        }
    }

    /// Which invitations are seen, by who made them.
    pub(crate) fn invitations(&self) -> Only {
        self.accounts()
    }

    /// Whether it is seen who the focal points of countries are.
    pub(crate) fn sees_focal_points(&self) -> bool {
        self.is_member()
    }

    /// Whose sessions are seen.
    pub(crate) fn sessions(&self) -> Only {
        match self {
            Self::Account(person) => Only::Of(person.account),
            Self::Anonymous | Self::Agency(_) => Only::None,
        }
    }

    /// Which agencies' machines are seen.
    pub(crate) fn agency_clients(&self) -> Only {
        match self {
            Self::Account(person) if person.admin => Only::All,
            Self::Agency(machine) => Only::Of(machine.client),
            Self::Anonymous | Self::Account(_) => Only::None,
        }
    }

    /// Whose e-mail addresses and telephone numbers are seen whatever their visibility: those of current appointments at an
    /// own institution, or in the own country.
    pub(crate) fn hidden_points_of_people(&self) -> Reach<'_> {
        self.own()
    }

    /// Of which institutions e-mail addresses and telephone numbers are seen whatever their visibility.
    pub(crate) fn hidden_points_of_institutions(&self) -> Reach<'_> {
        if matches!(self, Self::Account(person) if person.admin) { Reach::Everything } else { Reach::Nothing }
    }

    fn own(&self) -> Reach<'_> {
        match self {
            Self::Account(person) => person.reach(),
            Self::Anonymous | Self::Agency(_) => Reach::Nothing,
        }
    }

    /// Whether a member of the network asks: the secretariat, a focal point, or a representative of an active member.
    fn is_member(&self) -> bool {
        match self {
            Self::Account(person) => person.admin || !person.focal_point_of.is_empty() || !person.represents.is_empty(),
            Self::Anonymous | Self::Agency(_) => false,
        }
    }

    /// Which e-mail addresses and telephone numbers are seen of every person who is seen.
    pub(crate) fn sees_points_of_people(&self) -> &'static [Visibility] {
        if self.is_member() { &[Visibility::Public, Visibility::Members] } else { &[Visibility::Public] }
    }

    /// Which e-mail addresses and telephone numbers are seen of every institution.
    pub(crate) fn sees_points_of_institutions(&self) -> &'static [Visibility] {
        let agency = matches!(self, Self::Agency(machine) if machine.reads_contacts);
        if agency { &[Visibility::Public, Visibility::Members] } else { self.sees_points_of_people() }
    }
}
