//! The life of an interest: what may be done to it, and by which side.
use entity::vocabulary::InterestStatus;

/// What is done to an interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// It is looked at more closely.
    Shortlist,
    /// It is accepted.
    Accept,
    /// It is declined.
    Decline,
    /// Whoever sent it takes it back.
    Withdraw,
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The institution that offers the opportunity.
    Lead,
    /// The institution that is interested.
    Sender,
}

/// Each thing that can be done, from where to where.
const TRANSITIONS: [(Command, InterestStatus, InterestStatus); 7] = {
    use Command::{Accept, Decline, Shortlist, Withdraw};
    use InterestStatus::{Accepted, Declined, Shortlisted, Submitted, Withdrawn};
    [
        (Shortlist, Submitted, Shortlisted),
        (Accept, Submitted, Accepted),
        (Accept, Shortlisted, Accepted),
        (Decline, Submitted, Declined),
        (Decline, Shortlisted, Declined),
        (Withdraw, Submitted, Withdrawn),
        (Withdraw, Shortlisted, Withdrawn),
    ]
};

impl Command {
    /// Where it leads from there; nowhere, if it cannot be done.
    pub(super) fn from(self, status: InterestStatus) -> Option<InterestStatus> {
        TRANSITIONS.iter().find(|(command, from, _)| *command == self && *from == status).map(|(_, _, to)| *to)
    }

    /// Whose it is to do.
    pub(super) fn side(self) -> Side {
        match self {
            Self::Shortlist | Self::Accept | Self::Decline => Side::Lead,
            Self::Withdraw => Side::Sender,
        }
    }
}
