//! What a second administrator has to approve.
use std::str::FromStr;

use entity::vocabulary::{ChangeRequestAction, Flag as _};
use sea_orm::ActiveEnum as _;

/// What is written where nothing is to be approved.
const NONE: &str = "none";

/// What an administrator does only when another one has approved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FourEyes(i32);

impl FourEyes {
    /// Whether this is approved by a second administrator.
    pub(crate) fn names(self, action: ChangeRequestAction) -> bool {
        self.0 & ChangeRequestAction::set(&[action]) != 0
    }

    /// What can be named.
    pub fn known() -> impl Iterator<Item = String> {
        ChangeRequestAction::ALL.iter().copied().map(name)
    }
}

/// An action, as the setting writes it.
fn name(action: ChangeRequestAction) -> String {
    action.to_value().to_lowercase().replace('_', "-")
}

impl FromStr for FourEyes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == NONE {
            return Ok(Self(0));
        }
        let action = |named: &str| {
            let found = ChangeRequestAction::ALL.iter().copied().find(|action| name(*action) == named.trim());
            found.ok_or_else(|| {
                let known: Vec<String> = Self::known().collect();
                format!("`{named}` is none of {}; `{NONE}` stands for no action at all", known.join(", "))
            })
        };
        let actions: Vec<ChangeRequestAction> = text.split(',').map(action).collect::<Result<_, _>>()?;
        Ok(Self(ChangeRequestAction::set(&actions)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_named_and_nothing_else_is() {
        let some: Result<FourEyes, _> = "expel-member, grant-admin".parse();
        assert_eq!(
            some,
            Ok(FourEyes(ChangeRequestAction::set(&[
                ChangeRequestAction::ExpelMember,
                ChangeRequestAction::GrantAdmin,
            ])))
        );
        assert_eq!("none".parse(), Ok(FourEyes(0)));
        for unknown in ["", "expel", "none,grant-admin", "grant-admin,", "GRANT_ADMIN"] {
            assert!(unknown.parse::<FourEyes>().is_err(), "{unknown}");
        }
    }
}
