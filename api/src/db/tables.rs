//! The tables that a statement reads or writes, as far as answers are kept that are made of them.
use std::{collections::HashMap, fmt, sync::LazyLock};

/// The tables whose changes are all in the log, in alphabetical order. The rest counts as one: what is made of it is not kept.
pub(crate) const LOGGED: [&str; 26] = [
    "accession",
    "agreement",
    "agreement_party",
    "appointment",
    "consent",
    "contact_email",
    "contact_merge",
    "contact_phone",
    "convention",
    "country",
    "country_group",
    "group_membership",
    "institution",
    "interest",
    "membership",
    "membership_applicant",
    "opportunity",
    "opportunity_agreement",
    "opportunity_country",
    "opportunity_group",
    "opportunity_host",
    "opportunity_partner",
    "policymaker",
    "reference_record",
    "search_entry",
    "search_trigrams",
];

/// The tables whose changes are not all in the log, or that only few see, in alphabetical order.
const OTHERS: [&str; 33] = [
    "account",
    "agency_client",
    "agency_secret",
    "change_epoch",
    "change_log",
    "change_log_archive",
    "change_request",
    "duplicate_contact",
    "external_id",
    "external_identity",
    "idempotency_key",
    "invitation",
    "membership_application",
    "membership_notice",
    "merged_consent",
    "merged_contact_email",
    "merged_contact_phone",
    "merged_institution",
    "merged_opportunity_partner",
    "merged_policymaker",
    "merged_role_grant",
    "merged_search_entry",
    "name_key",
    "noted_day",
    "one_time_link",
    "refresh_token",
    "role_grant",
    "session",
    "signing_key",
    "spent_token",
    "webhook_delivery",
    "webhook_endpoint",
    "webhook_secret",
];

/// The tables whose rows others go with. What goes with them is not named where they are deleted.
const TAKE_OTHERS_ALONG: [&str; 7] =
    ["account", "agency_client", "agreement", "institution", "membership", "opportunity", "policymaker"];

/// A set of tables.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tables(u32);

/// What a statement does to the tables that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// It reads them.
    Reads(Tables),
    /// It writes at most these, if it writes anything.
    Writes(Tables),
    /// It does several things, among them writing.
    Mixes,
}

impl Tables {
    pub(crate) const NONE: Self = Self(0);
    /// All whose changes are in the log.
    pub(crate) const ALL_LOGGED: Self = Self((1 << LOGGED.len()) - 1);
    const OTHER: Self = Self(1 << LOGGED.len());

    /// The one with this name; none, if it is no table's.
    pub(crate) fn named(name: &str) -> Self {
        // Asked for each word of each statement.
        static NAMED: LazyLock<HashMap<&str, Tables>> = LazyLock::new(|| {
            let logged = LOGGED.iter().enumerate().map(|(place, name)| (*name, Tables(1 << place)));
            logged.chain(OTHERS.iter().map(|name| (*name, Tables::OTHER))).collect()
        });
        NAMED.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn of(names: &[&str]) -> Self {
        names.iter().fold(Self::NONE, |all, name| all.and(Self::named(name)))
    }

    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those whose changes are in the log.
    pub(crate) const fn logged(self) -> Self {
        Self(self.0 & Self::ALL_LOGGED.0)
    }

    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether the changes of all of them are in the log.
    pub(crate) const fn are_logged(self) -> bool {
        self.is_within(Self::ALL_LOGGED)
    }

    /// The places of those whose changes are in the log.
    pub(crate) fn places(self) -> impl Iterator<Item = usize> {
        (0..LOGGED.len()).filter(move |place| self.0 & (1 << place) != 0)
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = (self.0 & Self::OTHER.0 != 0).then_some("others");
        f.debug_set().entries(self.places().map(|place| LOGGED[place]).chain(others)).finish()
    }
}

/// What a statement does, by its text. It may be said to do more than it does, and not less: each word counts that is a
/// table's name.
pub(crate) fn touch(statement: &str) -> Touch {
    let mut words = words(statement);
    let verb = words.next().unwrap_or_default();
    let is = |word: &str, one: &str| word.eq_ignore_ascii_case(one);
    if is(verb, "INSERT") || is(verb, "UPDATE") || is(verb, "REPLACE") {
        let target = words.map(Tables::named).find(|table| *table != Tables::NONE);
        return Touch::Writes(target.unwrap_or_default());
    }
    if is(verb, "DELETE") {
        let target = words.find(|word| Tables::named(word) != Tables::NONE).unwrap_or_default();
        let along = match target {
            "appointment" => Tables::of(&["contact_email", "contact_phone"]),
            target if TAKE_OTHERS_ALONG.contains(&target) => Tables::ALL_LOGGED,
            _ => Tables::NONE,
        };
        return Touch::Writes(Tables::named(target).and(along));
    }
    // A part of a statement may write, too.
    let changes = |word: &str| ["INSERT", "DELETE"].iter().any(|verb| is(word, verb));
    let (mut found, mut writes, mut before) = (Tables::NONE, false, "");
    for word in words {
        found = found.and(Tables::named(word));
        writes |= changes(word) || (is(word, "UPDATE") && !is(before, "FOR") && !is(before, "KEY"));
        before = word;
    }
    if writes { Touch::Mixes } else { Touch::Reads(found) }
}

impl Touch {
    /// What was written, by how many rows the statement has met.
    pub(super) fn written(self, rows: u64) -> Tables {
        match self {
            Self::Writes(tables) if rows > 0 => tables,
            Self::Reads(_) | Self::Writes(_) => Tables::NONE,
            Self::Mixes => Tables::ALL_LOGGED,
        }
    }
}

/// The words of a statement, quoted or not, without what stands in strings.
fn words(statement: &str) -> impl Iterator<Item = &str> {
    let outside = statement.split('\'').step_by(2);
    outside
        .flat_map(|part| part.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_'))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order() {
        assert!(LOGGED.is_sorted());
        assert!(OTHERS.is_sorted());
    }

    #[test]
    fn a_statement_tells_what_it_reads_and_writes() {
        let reads = |text: &str, tables: &[&str]| assert_eq!(touch(text), Touch::Reads(Tables::of(tables)), "{text}");
        reads(r#"SELECT "country"."id" FROM "country" WHERE note = 'institution'"#, &["country"]);
        reads("SELECT id FROM interest FOR UPDATE", &["interest"]);
        reads("SELECT id FROM interest FOR NO KEY UPDATE", &["interest"]);
        reads("WITH found AS (SELECT * FROM consent) SELECT 1 FROM found, session", &["consent", "session"]);
        let writes = |text: &str, tables| assert_eq!(touch(text), Touch::Writes(tables), "{text}");
        writes(r#"INSERT INTO "country" SELECT * FROM "institution""#, Tables::of(&["country"]));
        writes(r#"update "interest" set "status" = 'country'"#, Tables::of(&["interest"]));
        writes("DELETE FROM contact_email", Tables::of(&["contact_email"]));
        writes("DELETE FROM institution", Tables::ALL_LOGGED);
        writes("DELETE FROM appointment", Tables::of(&["appointment", "contact_email", "contact_phone"]));
        assert_eq!(touch("WITH gone AS (DELETE FROM consent RETURNING 1) SELECT 1 FROM gone"), Touch::Mixes);
        assert_eq!(touch("UPDATE country SET code = 'KR'").written(0), Tables::NONE);
        assert!(!Tables::of(&["country", "session"]).are_logged());
    }
}
