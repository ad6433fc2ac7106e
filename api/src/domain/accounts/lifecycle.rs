//! When roles count: from the first of their days to the last, both included, in UTC.
use chrono::NaiveDate;
use entity::role_grant::{self, Column};
use sea_orm::{Condition, sea_query::ExprTrait as _};

use crate::db::column;

/// The roles that count on a day: the one place that says which. Whoever asks for rights asks here.
pub(crate) fn in_force(day: NaiveDate) -> Condition {
    Condition::all().add(column(Column::Since).lte(day)).add(not_over(day))
}

/// The roles that are not over on a day: they count, or will.
pub(crate) fn not_over(day: NaiveDate) -> Condition {
    Condition::any().add(column(Column::Until).is_null()).add(column(Column::Until).gte(day))
}

/// From the first day on which a role counts to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// The first.
    pub(crate) since: NaiveDate,
    /// The last; none: without end.
    pub(crate) until: Option<NaiveDate>,
}

impl Period {
    /// From a day on, without end.
    pub(crate) fn from(since: NaiveDate) -> Self {
        Self { since, until: None }
    }

    /// When a role counts.
    pub(crate) fn of(grant: &role_grant::Model) -> Self {
        Self { since: grant.since, until: grant.until }
    }

    /// Whether it has ended before a day.
    pub(crate) fn is_over(self, day: NaiveDate) -> bool {
        self.until.is_some_and(|until| until < day)
    }

    /// Whether some day is in both.
    pub(super) fn meets(self, other: Self) -> bool {
        !self.is_over(other.since) && !other.is_over(self.since)
    }

    /// Whether each day of another is in this one.
    pub(crate) fn covers(self, other: Self) -> bool {
        let lasts = self.until.is_none_or(|until| other.until.is_some_and(|other| other <= until));
        self.since <= other.since && lasts
    }

    /// What is left of it if it ends with a day: nothing, if it would begin only after it.
    pub(super) fn ended(self, last: NaiveDate) -> Option<Self> {
        (self.since <= last).then_some(Self { until: Some(last), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap_or_default()
    }

    fn period(since: u32, until: Option<u32>) -> Period {
        Period { since: day(since), until: until.map(day) }
    }

    #[test]
    fn the_last_day_counts_and_the_one_after_it_does_not() {
        assert!(!period(3, Some(5)).is_over(day(5)));
        assert!(period(3, Some(5)).is_over(day(6)));
        assert!(!period(3, None).is_over(day(30)));
        assert!(period(3, Some(5)).meets(period(5, None)));
        assert!(!period(3, Some(5)).meets(period(6, None)));
        assert!(!period(6, Some(7)).meets(period(3, Some(5))));
    }

    #[test]
    fn a_period_covers_what_is_within_it() {
        assert!(period(3, None).covers(period(3, Some(4))) && period(3, Some(5)).covers(period(4, Some(5))));
        assert!(!period(3, Some(5)).covers(period(4, None)) && !period(3, None).covers(period(2, None)));
    }

    #[test]
    fn what_has_not_begun_leaves_nothing_when_it_ends() {
        assert_eq!(period(3, None).ended(day(5)), Some(period(3, Some(5))));
        assert_eq!(period(5, Some(9)).ended(day(5)), Some(period(5, Some(5))));
        assert_eq!(period(6, None).ended(day(5)), None);
    }
}
