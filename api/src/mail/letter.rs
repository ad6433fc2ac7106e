//! Which letters there are, and what each tells.

/// The letters: what each is for, what its files are called, and the values that they may use, each with an example that the
/// files are tried with when the service starts. A value that is missing where a letter is sent does not compile.
macro_rules! letters {
    ($($(#[$about:meta])* $letter:ident: $name:literal { $($(#[$told:meta])* $value:ident = $example:literal),+ $(,)? })+) => {
        /// A letter, and what it tells beside the name of whom it is for.
        #[derive(Clone, Copy)]
        pub(crate) enum Letter<'a> {
            $($(#[$about])* $letter { $($(#[$told])* $value: &'a str),+ },)+
        }

        impl Letter<'_> {
            /// One of each, about nobody.
            pub(super) const EXAMPLES: &'static [Letter<'static>] = &[$(Letter::$letter { $($value: $example),+ }),+];

            /// What its files are called, before the language.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$letter { .. } => $name,)+
                }
            }

            /// What it says in English.
            pub(super) fn shipped(self) -> &'static str {
                match self {
                    $(Self::$letter { .. } => include_str!(concat!("../../pages/mail/", $name, ".en.jinja")),)+
                }
            }

            /// What it tells, by the names that its files use.
            pub(super) fn values(&self) -> Vec<(&'static str, &str)> {
                match self {
                    $(Self::$letter { $($value),+ } => vec![$((stringify!($value), *$value)),+],)+
                }
            }
        }
    };
}

letters! {
    /// A link to choose a new password.
    Reset: "reset" {
        /// Where it leads.
        link = "https://balai.example.org/link/example",
    }
    /// A link to confirm an application for membership. Strangers have it sent: it holds nothing that they wrote, not even a
    /// name.
    Application: "application" {
        /// Where it leads.
        link = "https://balai.example.org/application/example",
    }
    /// An invitation to a role.
    Invitation: "invitation" {
        /// Who invites.
        by = "Somebody Invented",
        /// To what: `ADMIN`, `FOCAL_POINT` or `REPRESENTATIVE`.
        role = "REPRESENTATIVE",
        /// The country or the institution that the role is for, if it is for one.
        place = "Ministry of Examples",
        /// Where it leads.
        link = "https://balai.example.org/link/invitation/example",
    }
    /// The term of an institution's membership ends soon; for those who represent it.
    TermEnds: "term-ends" {
        /// What it is called.
        institution = "An institution",
        /// The last day.
        until = "2026-12-31",
        /// How many days there are until then.
        days = "30",
        /// The service's address.
        network = "https://balai.example.org/",
    }
    /// An agency's address is told nothing any longer; for those who answer for it.
    WebhookDisabled: "webhook-disabled" {
        /// What the agency's machine is called.
        agency = "A machine",
        /// Where it was told.
        host = "hooks.example.org",
        /// The service's address.
        network = "https://balai.example.org/",
    }
}
