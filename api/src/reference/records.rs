//! From lines of files to rows of tables.
use entity::{
    accession, agreement, agreement_party, convention, country, country_group, group_membership, institution,
    localized::{LocalizedText, LocalizedTexts},
    opportunity, opportunity_agreement, opportunity_country, opportunity_group, opportunity_host, opportunity_partner,
    vocabulary::{Flag, OpportunityStatus},
};
use sea_orm::{
    ActiveEnum,
    ActiveValue::{NotSet, Set},
    DbErr,
};
use uuid::Uuid;

use super::{
    files::{
        Accession, Agreement, AgreementParty, Convention, Country, CountryName, Group, GroupMember, Institution,
        Opportunity, OpportunityPartner,
    },
    store::{Record, digest},
};
use crate::db::{Searchable, fold, reference_id};

/// The value of a closed vocabulary.
pub(super) fn value<T: ActiveEnum<Value = String>>(text: &str) -> Result<T, DbErr> {
    T::try_from_value(&text.to_owned())
}

/// The items of a list cell.
fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').filter(|item| !item.is_empty())
}

/// The set of values in a list cell.
fn set<T: Flag + ActiveEnum<Value = String>>(cell: &str) -> Result<i32, DbErr> {
    Ok(T::set(&items(cell).map(value).collect::<Result<Vec<T>, _>>()?))
}

pub(super) fn texts<'t>(pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> LocalizedTexts {
    let text = |(language, text): (&'t str, &'t str)| LocalizedText { language: language.into(), text: text.into() };
    LocalizedTexts::new(&pairs.into_iter().map(text).collect::<Vec<_>>())
}

fn names_of(texts: &LocalizedTexts) -> Vec<String> {
    texts.texts().into_iter().map(|text| text.text.into_owned()).collect()
}

/// The sort key: the English text, or else the first.
fn sort_key(texts: &LocalizedTexts) -> String {
    let texts = texts.texts();
    let english = texts.iter().find(|text| text.language == "en").or(texts.first());
    english.map(|text| fold(&text.text)).unwrap_or_default()
}

/// A party is a country or, where there is none with this code, a group.
fn party(code: &str, groups: &[Group]) -> (Option<Uuid>, Option<Uuid>) {
    if groups.iter().any(|group| group.code == code) {
        (None, Some(reference_id("group", code)))
    } else {
        (Some(reference_id("country", code)), None)
    }
}

pub(super) fn country(line: &Country, names: &[&CountryName]) -> Record<country::Entity> {
    let mut said = vec![("en", line.name.as_str())];
    said.extend(names.iter().map(|name| (name.language.as_str(), name.name.as_str())));
    let names = texts(said);
    let searchable = Searchable {
        names: [names_of(&names), vec![line.official_name.clone(), line.code.clone(), line.alpha3.clone()]].concat(),
        more: vec![],
    };
    let id = reference_id("country", &line.code);
    Record {
        id,
        digest: digest(&(line, &names)),
        row: country::ActiveModel {
            id: Set(id),
            code: Set(line.code.clone()),
            alpha3: Set(line.alpha3.clone()),
            sort_key: Set(sort_key(&names)),
            names: Set(names),
            official_names: Set(texts([("en", line.official_name.as_str())])),
            region: Set(line.region.clone()),
            subregion: Set(line.subregion.clone()),
            version: NotSet,
        },
        search: Some(searchable),
    }
}

pub(super) fn group(code: &str, lines: &[&Group]) -> Record<country_group::Entity> {
    let names = texts(lines.iter().map(|line| (line.language.as_str(), line.name.as_str())));
    let id = reference_id("group", code);
    let searchable = Searchable { names: [vec![code.to_owned()], names_of(&names)].concat(), more: vec![] };
    Record {
        id,
        digest: digest(&(code, &names)),
        row: country_group::ActiveModel {
            id: Set(id),
            code: Set(code.to_owned()),
            sort_key: Set(sort_key(&names)),
            names: Set(names),
            version: NotSet,
        },
        search: Some(searchable),
    }
}

pub(super) fn group_member(line: &GroupMember, spell: usize) -> Result<Record<group_membership::Entity>, DbErr> {
    // A country may belong to a group in several roles, or leave and come back: each spell is a record. Its dates are no
    // part of the key, so that a release that learns them renews it.
    let key = format!("{}/{}/{}/{spell}", line.group, line.country, line.role);
    let id = reference_id("group-membership", &key);
    Ok(Record {
        id,
        digest: digest(line),
        row: group_membership::ActiveModel {
            id: Set(id),
            group_id: Set(reference_id("group", &line.group)),
            country_id: Set(reference_id("country", &line.country)),
            role: Set(value(&line.role)?),
            since: Set(line.since.clone()),
            until: Set(line.until.clone()),
            source: Set(line.source.clone()),
            source_url: Set(None),
            verified: Set(line.verified),
            note: Set(None),
            version: NotSet,
        },
        search: None,
    })
}

pub(super) fn convention(line: &Convention) -> Record<convention::Entity> {
    let titles = texts([(line.language.as_str(), line.title.as_str())]);
    let id = reference_id("convention", &line.code);
    Record {
        id,
        digest: digest(line),
        row: convention::ActiveModel {
            id: Set(id),
            code: Set(line.code.clone()),
            titles: Set(titles),
            adopted_on: Set(line.adopted_on),
            in_force_on: Set(line.in_force_on),
            url: Set(line.url.clone()),
            version: NotSet,
        },
        search: Some(Searchable { names: vec![line.title.clone()], more: vec![line.code.clone()] }),
    }
}

pub(super) fn accession(line: &Accession, groups: &[Group]) -> Result<Record<accession::Entity>, DbErr> {
    let id = reference_id("accession", &format!("{}/{}", line.convention, line.party));
    let (country_id, group_id) = party(&line.party, groups);
    Ok(Record {
        id,
        digest: digest(line),
        row: accession::ActiveModel {
            id: Set(id),
            convention_id: Set(reference_id("convention", &line.convention)),
            country_id: Set(country_id),
            group_id: Set(group_id),
            instrument: Set(line.instrument.as_deref().map(value).transpose()?),
            deposited_on: Set(line.deposited_on.clone()),
            in_force_on: Set(line.in_force_on.clone()),
            source: Set(line.source.clone()),
            source_url: Set(line.url.clone()),
            verified: Set(line.verified),
            note: Set(line.note.clone()),
            version: NotSet,
        },
        search: None,
    })
}

pub(super) fn institution(
    line: &Institution,
    is_gone: impl Fn(Uuid) -> bool,
) -> Result<Record<institution::Entity>, DbErr> {
    let mut said = vec![];
    said.extend(line.name_en.as_deref().map(|name| ("en", name)));
    said.extend(line.local_language.as_deref().zip(line.name_local.as_deref()));
    let names = texts(said);
    let id = reference_id("institution", &line.slug);
    let parent = line.parent.as_deref().map(|slug| reference_id("institution", slug));
    let searchable = Searchable { names: names_of(&names), more: line.city.iter().cloned().collect() };
    Ok(Record {
        id,
        digest: digest(line),
        row: institution::ActiveModel {
            id: Set(id),
            slug: Set(line.slug.clone()),
            sort_key: Set(sort_key(&names)),
            names: Set(names),
            kind: Set(value(&line.kind)?),
            descriptions: Set(LocalizedTexts::default()),
            country_id: Set(line.country.as_deref().map(|code| reference_id("country", code))),
            city: Set(line.city.clone()),
            website: Set(line.website.clone()),
            policy_areas: Set(set::<entity::vocabulary::PolicyArea>(&line.policy_areas)?),
            parent_id: Set(parent.filter(|key| !is_gone(*key))),
            source: Set(line.source.clone()),
            source_url: Set(line.url.clone()),
            verified: Set(line.verified),
            note: Set(line.note.clone()),
            version: NotSet,
            created_at: NotSet,
            updated_at: NotSet,
            listed: Set(true),
            created_by_agency_id: NotSet,
        },
        search: Some(searchable),
    })
}

pub(super) fn agreement(line: &Agreement, parties: &[&AgreementParty]) -> Result<Record<agreement::Entity>, DbErr> {
    let titles = texts([("en", line.title.as_str())]);
    let id = reference_id("agreement", &line.slug);
    Ok(Record {
        id,
        digest: digest(&(line, parties)),
        row: agreement::ActiveModel {
            id: Set(id),
            slug: Set(line.slug.clone()),
            sort_key: Set(sort_key(&titles)),
            titles: Set(titles),
            kind: Set(value(&line.kind)?),
            status: Set(value(&line.status)?),
            media: Set(set::<entity::vocabulary::Medium>(&line.media)?),
            summaries: Set(LocalizedTexts::default()),
            signed_on: Set(line.signed_on.clone()),
            in_force_on: Set(line.in_force_on.clone()),
            terminated_on: Set(None),
            text_url: Set(None),
            minimum_percent: Set(line.minimum_percent.clone()),
            maximum_percent: Set(line.maximum_percent.clone()),
            third_country_allowed: Set(None),
            source: Set(line.source.clone()),
            source_url: Set(line.url.clone()),
            verified: Set(line.verified),
            note: Set(line.note.clone()),
            version: NotSet,
            created_at: NotSet,
            updated_at: NotSet,
        },
        search: Some(Searchable { names: vec![line.title.clone()], more: vec![] }),
    })
}

pub(super) fn agreement_party(
    line: &AgreementParty,
    groups: &[Group],
    is_present: impl Fn(Uuid) -> bool,
) -> agreement_party::ActiveModel {
    let (country_id, group_id) = party(&line.party, groups);
    let authority = line.competent_authority.as_deref().map(|slug| reference_id("institution", slug));
    let authority = authority.filter(|key| is_present(*key));
    agreement_party::ActiveModel {
        id: Set(reference_id("agreement-party", &format!("{}/{}", line.agreement, line.party))),
        agreement_id: Set(reference_id("agreement", &line.agreement)),
        position: Set(line.position),
        country_id: Set(country_id),
        group_id: Set(group_id),
        authority_source: Set(authority.and(line.authority_source.clone())),
        authority_verified: Set(authority.is_some() && line.authority_verified),
        competent_authority_id: Set(authority),
        ratified_on: Set(None),
    }
}

pub(super) fn opportunity(
    line: &Opportunity,
    partners: &[&OpportunityPartner],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Record<opportunity::Entity>, DbErr> {
    let titles = texts([("en", line.title.as_str())]);
    let id = reference_id("opportunity", &line.slug);
    let status: OpportunityStatus = value(&line.status)?;
    let more = [Some(line.summary.clone()), line.eligibility_note.clone()];
    Ok(Record {
        id,
        digest: digest(&(line, partners)),
        row: opportunity::ActiveModel {
            id: Set(id),
            slug: Set(line.slug.clone()),
            sort_key: Set(sort_key(&titles)),
            titles: Set(titles),
            summaries: Set(texts([("en", line.summary.as_str())])),
            descriptions: Set(LocalizedTexts::default()),
            kind: Set(value(&line.kind)?),
            status: Set(status),
            opens_on: Set(None),
            deadline: Set(None),
            starts_on: Set(line.starts_on),
            ends_on: Set(line.ends_on),
            policy_areas: Set(set::<entity::vocabulary::PolicyArea>(&line.policy_areas)?),
            media: Set(set::<entity::vocabulary::Medium>(&line.media)?),
            lead_institution_id: Set(reference_id("institution", &line.lead)),
            eligible_everyone: Set(line.everyone),
            eligibility_note: Set(line.eligibility_note.clone()),
            recurring: Set(line.recurring),
            funding_minimum: Set(None),
            funding_maximum: Set(line.funding_maximum.clone()),
            funding_currency: Set(line.currency.clone()),
            covers: Set(set::<entity::vocabulary::CoveredCost>(&line.covers)?),
            languages: Set(entity::localized::LanguageTags::default()),
            url: Set(line.url.clone()),
            source: Set(line.source.clone()),
            source_url: Set(line.source_url.clone()),
            verified: Set(line.verified),
            note: Set(line.note.clone()),
            version: NotSet,
            created_at: NotSet,
            updated_at: NotSet,
            published_at: Set(Some(now)),
            return_reason: Set(None),
        },
        search: Some(Searchable { names: vec![line.title.clone()], more: more.into_iter().flatten().collect() }),
    })
}

/// What belongs to an opportunity.
#[derive(Default)]
pub(super) struct Belongings {
    pub(super) countries: Vec<opportunity_country::ActiveModel>,
    pub(super) groups: Vec<opportunity_group::ActiveModel>,
    pub(super) hosts: Vec<opportunity_host::ActiveModel>,
    pub(super) agreements: Vec<opportunity_agreement::ActiveModel>,
    pub(super) partners: Vec<opportunity_partner::ActiveModel>,
}

impl Belongings {
    pub(super) fn add(
        &mut self,
        line: &Opportunity,
        partners: &[&OpportunityPartner],
        is_present: impl Fn(Uuid) -> bool,
    ) -> Result<(), DbErr> {
        let opportunity_id = Set(reference_id("opportunity", &line.slug));
        let keys = |kind, cell| items(cell).map(move |code| reference_id(kind, code)).collect::<Vec<_>>();
        for key in keys("country", &line.countries) {
            let opportunity_id = opportunity_id.clone();
            self.countries.push(opportunity_country::ActiveModel { opportunity_id, country_id: Set(key) });
        }
        for key in keys("group", &line.groups) {
            let opportunity_id = opportunity_id.clone();
            self.groups.push(opportunity_group::ActiveModel { opportunity_id, group_id: Set(key) });
        }
        for key in keys("country", &line.hosts) {
            let opportunity_id = opportunity_id.clone();
            self.hosts.push(opportunity_host::ActiveModel { opportunity_id, country_id: Set(key) });
        }
        for key in keys("agreement", &line.legal_basis).into_iter().filter(|key| is_present(*key)) {
            let opportunity_id = opportunity_id.clone();
            self.agreements.push(opportunity_agreement::ActiveModel { opportunity_id, agreement_id: Set(key) });
        }
        for partner in partners {
            let key = reference_id("institution", &partner.institution);
            if is_present(key) {
                self.partners.push(opportunity_partner::ActiveModel {
                    opportunity_id: opportunity_id.clone(),
                    institution_id: Set(key),
                    role: Set(value(&partner.role)?),
                });
            }
        }
        Ok(())
    }
}
