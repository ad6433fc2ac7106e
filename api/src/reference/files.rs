//! The shipped files, and what is in a line of each (`api/reference/README.md` describes them).
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("reference data, {file}: {cause}")]
pub struct ReleaseError {
    file: &'static str,
    cause: String,
}

/// A release of the reference data.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "a field for each file of the same name, which README.md there describes")]
pub struct Release {
    pub countries: Vec<Country>,
    pub country_names: Vec<CountryName>,
    pub groups: Vec<Group>,
    pub group_members: Vec<GroupMember>,
    pub conventions: Vec<Convention>,
    pub accessions: Vec<Accession>,
    pub institutions: Vec<Institution>,
    pub agreements: Vec<Agreement>,
    pub agreement_parties: Vec<AgreementParty>,
    pub opportunities: Vec<Opportunity>,
    pub opportunity_partners: Vec<OpportunityPartner>,
}

macro_rules! lines {
    ($($(#[doc = $doc:tt])* $name:ident { $($field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: $type),* }
    )*};
}

/// A cell that may be empty.
type Maybe = Option<String>;

lines! {
    /// A line of `countries.csv`.
    Country { code: String, alpha3: String, name: String, official_name: String, region: Maybe, subregion: Maybe }
    /// A line of `country_names.csv`.
    CountryName { code: String, language: String, name: String }
    /// A line of `groups.csv`.
    Group { code: String, language: String, name: String }
    /// A line of `group_members.csv`.
    GroupMember {
        group: String, country: String, role: String, since: Maybe, until: Maybe, source: Maybe, verified: bool,
    }
    /// A line of `conventions.csv`.
    Convention {
        code: String, language: String, title: String, adopted_on: chrono::NaiveDate,
        in_force_on: Option<chrono::NaiveDate>, url: Maybe,
    }
    /// A line of `accessions.csv`.
    Accession {
        convention: String, party: String, instrument: Maybe, deposited_on: Maybe, in_force_on: Maybe, source: Maybe,
        url: Maybe, verified: bool, note: Maybe,
    }
    /// A line of `institutions.csv`.
    Institution {
        slug: String, name_en: Maybe, name_local: Maybe, local_language: Maybe, kind: String, country: Maybe,
        city: Maybe, website: Maybe, policy_areas: String, parent: Maybe, source: Maybe, url: Maybe, verified: bool,
        note: Maybe,
    }
    /// A line of `agreements.csv`.
    Agreement {
        slug: String, title: String, kind: String, status: String, media: String, signed_on: Maybe,
        in_force_on: Maybe, minimum_percent: Maybe, maximum_percent: Maybe, source: Maybe, url: Maybe,
        verified: bool, note: Maybe,
    }
    /// A line of `agreement_parties.csv`.
    AgreementParty {
        agreement: String, position: i32, party: String, competent_authority: Maybe, authority_source: Maybe,
        authority_verified: bool,
    }
    /// A line of `opportunities.csv`.
    Opportunity {
        slug: String, title: String, summary: String, kind: String, status: String, recurring: bool, lead: String,
        everyone: bool, countries: String, groups: String, eligibility_note: Maybe, policy_areas: String,
        media: String, starts_on: Option<chrono::NaiveDate>, ends_on: Option<chrono::NaiveDate>, hosts: String,
        covers: String, funding_maximum: Maybe, currency: Maybe, url: Maybe, legal_basis: String, source: Maybe,
        source_url: Maybe, verified: bool, note: Maybe,
    }
    /// A line of `opportunity_partners.csv`.
    OpportunityPartner { opportunity: String, institution: String, role: String }
}

macro_rules! read {
    ($file:literal) => {
        lines($file, include_str!(concat!("../../reference/", $file)))
    };
}

impl Release {
    /// The release that ships with this program.
    ///
    /// # Errors
    ///
    /// If a file is not as it should be, which a test rules out.
    pub fn shipped() -> Result<Self, ReleaseError> {
        Ok(Self {
            countries: read!("countries.csv")?,
            country_names: read!("country_names.csv")?,
            groups: read!("groups.csv")?,
            group_members: read!("group_members.csv")?,
            conventions: read!("conventions.csv")?,
            accessions: read!("accessions.csv")?,
            institutions: read!("institutions.csv")?,
            agreements: read!("agreements.csv")?,
            agreement_parties: read!("agreement_parties.csv")?,
            opportunities: read!("opportunities.csv")?,
            opportunity_partners: read!("opportunity_partners.csv")?,
        })
    }
}

fn lines<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<Vec<T>, ReleaseError> {
    let lines = csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect::<Result<_, _>>();
    lines.map_err(|cause| ReleaseError { file, cause: cause.to_string() })
}
