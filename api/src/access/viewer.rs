//! Who asks.
use entity::vocabulary::Visibility;

/// Whoever asks. Made once per request and handed on; nothing below reads a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Nobody in particular: sees what is public.
    Anonymous,
}

impl Viewer {
    /// Whether opportunities are seen before they are published.
    pub(crate) fn sees_unpublished_opportunities(&self) -> bool {
        match self {
            Self::Anonymous => false,
        }
    }

    /// Whether policymakers are seen without a current public appointment.
    pub(crate) fn sees_every_policymaker(&self) -> bool {
        match self {
            Self::Anonymous => false,
        }
    }

    /// Which e-mail addresses and telephone numbers are seen.
    pub(crate) fn sees_contact_points(&self) -> &'static [Visibility] {
        match self {
            Self::Anonymous => &[Visibility::Public],
        }
    }
}
