//! What comes of a contact that an agency's machine pushes: rules without data.

/// How a machine stands to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing<R> {
    /// There is none.
    Absent,
    /// It is somebody else's.
    Another,
    /// The machine has made it, and somebody in the network knows that the person does not agree.
    Withdrawn,
    /// The machine has made it.
    Own(R),
}

impl<R> Standing<R> {
    /// The same, of something else that is told of the contact.
    pub(crate) fn map<T>(self, told: impl FnOnce(R) -> T) -> Standing<T> {
        match self {
            Self::Absent => Standing::Absent,
            Self::Another => Standing::Another,
            Self::Withdrawn => Standing::Withdrawn,
            Self::Own(row) => Standing::Own(told(row)),
        }
    }
}

/// What is to be done about a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnConflict {
    Fail,
    Skip,
    Overwrite,
}

/// What came of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Skipped,
    Failed,
}

/// What an item meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Met {
    /// The contact's version; none, if there is no contact yet.
    pub(super) version: Option<i32>,
    /// The version that the agency has seen, if it says.
    pub(super) expected: Option<i32>,
    /// Whether the item says something else than what is there.
    pub(super) differs: bool,
    /// Whether somebody else has changed, since the agency last wrote, what the item would change.
    pub(super) crossed: bool,
}

impl Met {
    /// Whether the agency has seen another version than the one that is there.
    pub(super) fn is_stale(self) -> bool {
        self.expected.is_some_and(|seen| Some(seen) != self.version)
    }

    /// What comes of it. A conflict is that the item says something else, and either the version that the agency has seen is
    /// not the one that is there or, where it does not say which it has seen, somebody else has changed the same since it
    /// last wrote. A version that is told is not written over.
    pub(super) fn outcome(self, on_conflict: OnConflict) -> Outcome {
        if self.version.is_none() {
            return if self.expected.is_some() { Outcome::Failed } else { Outcome::Created };
        }
        if !self.differs {
            return Outcome::Unchanged;
        }
        let conflict = if self.expected.is_some() { self.is_stale() } else { self.crossed };
        match on_conflict {
            _ if !conflict => Outcome::Updated,
            OnConflict::Fail => Outcome::Failed,
            OnConflict::Skip => Outcome::Skipped,
            OnConflict::Overwrite if self.is_stale() => Outcome::Failed,
            OnConflict::Overwrite => Outcome::Updated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_what_others_have_written_is_a_conflict() {
        use Outcome::{Created, Failed, Skipped, Unchanged, Updated};
        let known = Met { version: Some(3), expected: None, differs: true, crossed: false };
        let crossed = Met { crossed: true, ..known };
        let seen = Met { expected: Some(3), ..crossed };
        let stale = Met { expected: Some(2), ..known };
        let new = Met { version: None, ..known };
        let same = Met { differs: false, expected: Some(2), ..crossed };
        let gone = Met { expected: Some(2), ..new };
        for (met, outcomes) in [
            (known, [Updated; 3]),
            (crossed, [Failed, Skipped, Updated]),
            (seen, [Updated; 3]),
            (stale, [Failed, Skipped, Failed]),
            (new, [Created; 3]),
            (same, [Unchanged; 3]),
            (gone, [Failed; 3]),
        ] {
            let each = [OnConflict::Fail, OnConflict::Skip, OnConflict::Overwrite];
            assert_eq!(each.map(|choice| met.outcome(choice)), outcomes, "{met:?}");
        }
    }
}
