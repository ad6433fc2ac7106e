//! The life of an agreement: where it may be led, and the dates that belong to where it stands.
use entity::vocabulary::AgreementStatus;
use sea_orm::ActiveEnum as _;

use crate::{
    error::FaultCode,
    validation::{Faults, certainly_before},
};

/// From where to where an agreement may be led.
const TRANSITIONS: [(AgreementStatus, AgreementStatus); 12] = {
    use AgreementStatus::{InForce, Negotiating, Signed, Suspended, Terminated, Unknown};
    [
        (Negotiating, Signed),
        (Signed, InForce),
        (InForce, Suspended),
        (Suspended, InForce),
        (Signed, Terminated),
        (InForce, Terminated),
        (Suspended, Terminated),
        // What reference data does not tell, somebody finds out.
        (Unknown, Negotiating),
        (Unknown, Signed),
        (Unknown, InForce),
        (Unknown, Suspended),
        (Unknown, Terminated),
    ]
};

/// Whether an agreement may be led from there to there.
pub(super) fn leads(from: AgreementStatus, to: AgreementStatus) -> bool {
    TRANSITIONS.contains(&(from, to))
}

/// Whether it is led there for a reason, which must be told.
pub(super) fn needs_reason(to: AgreementStatus) -> bool {
    matches!(to, AgreementStatus::Suspended | AgreementStatus::Terminated)
}

/// What happens to an agreement on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Milestone {
    /// It is signed.
    Signed,
    /// It enters into force.
    InForce,
    /// It ends.
    Terminated,
}

impl Milestone {
    const ALL: [Self; 3] = [Self::Signed, Self::InForce, Self::Terminated];

    /// Its date, as the contract calls it.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Signed => "signedOn",
            Self::InForce => "inForceOn",
            Self::Terminated => "terminatedOn",
        }
    }

    /// What has happened to an agreement that stands there, so that its date is known.
    fn behind(status: AgreementStatus) -> Option<Self> {
        match status {
            AgreementStatus::Negotiating | AgreementStatus::Unknown => None,
            AgreementStatus::Signed => Some(Self::Signed),
            AgreementStatus::InForce | AgreementStatus::Suspended => Some(Self::InForce),
            AgreementStatus::Terminated => Some(Self::Terminated),
        }
    }

    /// What leads an agreement there.
    pub(super) fn of(to: AgreementStatus) -> Option<Self> {
        Self::behind(to).filter(|_| to != AgreementStatus::Suspended)
    }
}

/// When an agreement was signed, entered into force and ended (partial dates).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dates {
    pub(super) signed: Option<String>,
    pub(super) in_force: Option<String>,
    pub(super) terminated: Option<String>,
}

impl Dates {
    /// When this happened.
    pub(super) fn at(&self, milestone: Milestone) -> Option<&String> {
        match milestone {
            Milestone::Signed => self.signed.as_ref(),
            Milestone::InForce => self.in_force.as_ref(),
            Milestone::Terminated => self.terminated.as_ref(),
        }
    }

    /// This happened then.
    pub(super) fn set(&mut self, milestone: Milestone, on: String) {
        match milestone {
            Milestone::Signed => self.signed = Some(on),
            Milestone::InForce => self.in_force = Some(on),
            Milestone::Terminated => self.terminated = Some(on),
        }
    }
}

/// Where an agreement stands, and its dates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    pub(super) status: AgreementStatus,
    pub(super) dates: &'a Dates,
}

/// Notes where what is new contradicts the status or another date: what was there before need not be right. `path` says
/// where the input tells of a date.
pub(super) fn contradictions(
    old: Option<Standing<'_>>,
    new: Standing<'_>,
    path: impl Fn(Milestone) -> &'static str,
    faults: &mut Faults,
) {
    use Milestone::{InForce, Signed, Terminated};
    let is_new = |milestone| old.is_none_or(|old| old.dates.at(milestone) != new.dates.at(milestone));
    let mut note = |place: &'static str, code, message: String| {
        if !faults.has(&[place]) {
            faults.add(&[place], code, message);
        }
    };
    for (earlier, later) in [(Signed, InForce), (InForce, Terminated), (Signed, Terminated)] {
        let dates = new.dates.at(later).zip(new.dates.at(earlier));
        if !dates.is_some_and(|(end, start)| certainly_before(end, start)) {
            continue;
        }
        if is_new(later) {
            note(path(later), FaultCode::Invalid, format!("must not be before {}", earlier.field()));
        } else if is_new(earlier) {
            note(path(earlier), FaultCode::Invalid, format!("must not be after {}", later.field()));
        }
    }
    let status = new.status.to_value();
    let behind = Milestone::behind(new.status);
    let stood = old.and_then(|old| Milestone::behind(old.status));
    if let Some(needed) = behind.filter(|needed| new.dates.at(*needed).is_none())
        && (stood != behind || is_new(needed))
    {
        note(path(needed), FaultCode::Required, format!("one that is {status} has {}", needed.field()));
    }
    let moved = old.is_none_or(|old| old.status != new.status);
    if new.status == AgreementStatus::Negotiating {
        for milestone in Milestone::ALL {
            if new.dates.at(milestone).is_some() && (moved || is_new(milestone)) {
                note(path(milestone), FaultCode::Invalid, format!("one that is {status} has no {}", milestone.field()));
            }
        }
    }
}
