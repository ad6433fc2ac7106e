//! The life of a membership: what may be done to it, whose that is, and where it stands by the clock.
use chrono::{NaiveDate, TimeDelta};
use entity::{
    membership::{self, Column},
    vocabulary::{ChangeRequestAction, MembershipNotice, MembershipStatus, MembershipTier},
};
use sea_orm::{
    ActiveEnum as _, Condition,
    sea_query::{CaseStatement, Expr, ExprTrait as _, SimpleExpr},
};

use crate::{access::Hand, db::column};

/// Where a membership stands on a day (UTC): what was decided, but for one that is active, and lapses on the day after the
/// last one of its term. Nothing waits for a timer to be true.
pub(super) fn status(row: &membership::Model, day: NaiveDate) -> MembershipStatus {
    on(row.status, row.until, day)
}

/// The same, of what is decided about a term.
pub(super) fn on(decided: MembershipStatus, until: Option<NaiveDate>, day: NaiveDate) -> MembershipStatus {
    let ended = until.is_some_and(|until| until < day);
    if decided == MembershipStatus::Active && ended { MembershipStatus::Lapsed } else { decided }
}

/// [`status`] as the database tells it.
pub(super) fn standing(day: NaiveDate) -> SimpleExpr {
    let decided = || column(Column::Status);
    let ended = Condition::all()
        .add(decided().eq(MembershipStatus::Active.to_value()))
        .add(column(Column::Until).is_not_null())
        .add(column(Column::Until).lt(day));
    Expr::case(ended, MembershipStatus::Lapsed.to_value()).finally(decided()).into()
}

/// The memberships that are active on a day: what the rights of an institution's representatives need.
pub(crate) fn active(day: NaiveDate) -> SimpleExpr {
    stands(&[MembershipStatus::Active], day)
}

/// The memberships that stand at one of these on a day.
pub(super) fn stands(at: &[MembershipStatus], day: NaiveDate) -> SimpleExpr {
    standing(day).is_in(at.iter().map(MembershipStatus::to_value))
}

/// Where a membership stands that everybody may know of.
pub(super) const PUBLIC: [MembershipStatus; 3] =
    [MembershipStatus::Active, MembershipStatus::Suspended, MembershipStatus::Lapsed];

/// Whether everybody may know of a membership.
pub(crate) fn is_public(row: &membership::Model, day: NaiveDate) -> bool {
    PUBLIC.contains(&status(row, day))
}

/// Where a membership stands that is over: the institution may apply again.
pub(super) const OVER: [MembershipStatus; 2] = [MembershipStatus::Rejected, MembershipStatus::Withdrawn];

/// What is told of the end of a term, each once, with how many days before the last one it is due: the nearest last. Where
/// several are due, those before the nearest are told no more.
const NOTICES: [(MembershipNotice, i64); 4] = [
    (MembershipNotice::SixtyDays, 60),
    (MembershipNotice::ThirtyDays, 30),
    (MembershipNotice::SevenDays, 7),
    (MembershipNotice::Lapsed, -1),
];

/// What is due on a day to be told of a term that ends with this one.
pub(super) fn notice(until: NaiveDate, day: NaiveDate) -> Option<MembershipNotice> {
    let left = (until - day).num_days();
    NOTICES.iter().rev().find(|(_, due)| left <= *due).map(|(notice, _)| *notice)
}

/// [`notice`] as the database tells it, of the last day in a column.
pub(super) fn due(until: &SimpleExpr, day: NaiveDate) -> SimpleExpr {
    let mut found = CaseStatement::new();
    for (notice, due) in NOTICES.iter().rev() {
        found = found.case(until.clone().lte(day + TimeDelta::days(*due)), notice.to_value());
    }
    found.into()
}

/// The last day from which an active membership may be renewed: that of the first notice. Before it, a term is as it was
/// granted.
pub(super) fn renewable_from(until: NaiveDate) -> NaiveDate {
    until - TimeDelta::days(NOTICES[0].1)
}

/// What is done to a membership that was applied for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// The country's focal point speaks for it.
    Endorse,
    /// The institution is admitted.
    Approve,
    /// It is not admitted.
    Reject,
    /// Its rights rest.
    Suspend,
    /// It has them again.
    Reinstate,
    /// A new term begins, or the one that ends soon goes on.
    Renew,
    /// It is given up, or taken away.
    Withdraw,
}

/// Each thing that can be done, from where to where, and whose it is. The clock alone leads from ACTIVE to LAPSED.
const TRANSITIONS: [(MembershipStatus, Command, MembershipStatus, Hand); 14] = {
    use Command::{Approve, Endorse, Reinstate, Reject, Renew, Suspend, Withdraw};
    use Hand::{FocalPoint, Member, Representative, Secretariat};
    use MembershipStatus::{Active, Applied, Endorsed, Lapsed, Rejected, Suspended, Withdrawn};
    [
        (Applied, Endorse, Endorsed, FocalPoint),
        // Where there is a focal point who can endorse it, it goes that way.
        (Applied, Approve, Active, Secretariat),
        (Endorsed, Approve, Active, Secretariat),
        (Applied, Reject, Rejected, Secretariat),
        (Endorsed, Reject, Rejected, Secretariat),
        (Applied, Withdraw, Withdrawn, Representative),
        (Endorsed, Withdraw, Withdrawn, Representative),
        (Active, Suspend, Suspended, Secretariat),
        // Reinstated after its term it is active by what was decided, and so lapsed by the clock.
        (Suspended, Reinstate, Active, Secretariat),
        // In time: its term goes on. From which day on, `is_early` says.
        (Active, Renew, Active, Member),
        (Lapsed, Renew, Active, Member),
        (Active, Withdraw, Withdrawn, Member),
        (Suspended, Withdraw, Withdrawn, Member),
        (Lapsed, Withdraw, Withdrawn, Member),
    ]
};

impl Command {
    /// Where it leads from there; nowhere, if it cannot be done.
    pub(super) fn from(self, status: MembershipStatus) -> Option<MembershipStatus> {
        TRANSITIONS.iter().find(|(from, command, ..)| *command == self && *from == status).map(|(_, _, to, _)| *to)
    }

    /// Whose it is to do there. Where it cannot be done, those are told so who could elsewhere.
    pub(super) fn hands(self, status: MembershipStatus) -> impl Iterator<Item = Hand> {
        let known = self.from(status).is_some();
        let rows =
            TRANSITIONS.iter().filter(move |(from, command, ..)| *command == self && (!known || *from == status));
        rows.map(|(.., hand)| *hand)
    }

    /// Whether it cannot be done yet: an active membership is renewed from the first reminder on.
    pub(super) fn is_early(self, row: &membership::Model, day: NaiveDate) -> bool {
        let renews = self == Self::Renew && status(row, day) == MembershipStatus::Active;
        renews && row.until.is_none_or(|until| day < renewable_from(until))
    }

    /// Whether it is done for a reason, which must be told.
    pub(super) fn needs_reason(self) -> bool {
        matches!(self, Self::Reject | Self::Suspend | Self::Withdraw)
    }

    /// What it is called where a second administrator may have to approve it.
    pub(super) fn action(self, tier: MembershipTier) -> Option<ChangeRequestAction> {
        Some(match (self, tier) {
            (Self::Endorse, _) => return None,
            (Self::Approve, _) => ChangeRequestAction::ApproveMember,
            (Self::Reject, MembershipTier::Full) => ChangeRequestAction::RejectFullMember,
            (Self::Reject, MembershipTier::Associate) => ChangeRequestAction::RejectAssociate,
            (Self::Reject, MembershipTier::Observer) => ChangeRequestAction::RejectObserver,
            (Self::Suspend, _) => ChangeRequestAction::SuspendMember,
            (Self::Reinstate, _) => ChangeRequestAction::ReinstateMember,
            (Self::Renew, _) => ChangeRequestAction::RenewMember,
            (Self::Withdraw, _) => ChangeRequestAction::ExpelMember,
        })
    }

    /// What is called so there.
    pub(super) fn of(action: ChangeRequestAction) -> Option<Self> {
        Some(match action {
            ChangeRequestAction::ApproveMember => Self::Approve,
            ChangeRequestAction::RejectFullMember
            | ChangeRequestAction::RejectAssociate
            | ChangeRequestAction::RejectObserver => Self::Reject,
            ChangeRequestAction::SuspendMember => Self::Suspend,
            ChangeRequestAction::ReinstateMember => Self::Reinstate,
            ChangeRequestAction::RenewMember => Self::Renew,
            ChangeRequestAction::ExpelMember => Self::Withdraw,
            ChangeRequestAction::GrantAdmin
            | ChangeRequestAction::RevokeAdmin
            | ChangeRequestAction::DisableAccount => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_notice_is_due() {
        let today = NaiveDate::default();
        let due = |left: i64| notice(today + TimeDelta::days(left), today);
        let expected = [
            (61, None),
            (60, Some(MembershipNotice::SixtyDays)),
            (31, Some(MembershipNotice::SixtyDays)),
            (30, Some(MembershipNotice::ThirtyDays)),
            (8, Some(MembershipNotice::ThirtyDays)),
            (7, Some(MembershipNotice::SevenDays)),
            (0, Some(MembershipNotice::SevenDays)),
            (-1, Some(MembershipNotice::Lapsed)),
            (-400, Some(MembershipNotice::Lapsed)),
        ];
        assert_eq!(expected.map(|(left, _)| (left, due(left))), expected);
    }
}
