//! What becomes of a session when a refresh token is shown (RFC 9700, section 4.14.2).

/// What a refresh token was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// Whether it was used, or given up.
    pub(super) used: bool,
    /// Whether the token that was given for it was not used yet; none, if none was given for it.
    pub(super) successor_unused: Option<bool>,
    /// Whether it was already shown a second time.
    pub(super) retried: bool,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is exchanged for the next one.
    Next,
    /// Whoever shows it has lost the answer: the token that they did not get is given up for another one.
    Again,
    /// Somebody else has it: the session ends.
    End,
}

/// The rule.
pub(super) fn turn(shown: Shown) -> Turn {
    match shown {
        Shown { used: false, .. } => Turn::Next,
        Shown { successor_unused: Some(true), retried: false, .. } => Turn::Again,
        Shown { .. } => Turn::End,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_once_and_once_more_for_who_lost_the_answer() {
        let unused = Shown { used: false, successor_unused: None, retried: false };
        let used = Shown { used: true, successor_unused: Some(true), retried: false };
        assert_eq!(turn(unused), Turn::Next);
        assert_eq!(turn(used), Turn::Again);
        assert_eq!(turn(Shown { retried: true, ..used }), Turn::End, "a third time");
        assert_eq!(turn(Shown { successor_unused: Some(false), ..used }), Turn::End, "the answer had come");
        assert_eq!(turn(Shown { successor_unused: None, ..used }), Turn::End, "it was given up");
    }
}
