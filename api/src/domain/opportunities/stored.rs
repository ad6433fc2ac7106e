//! An opportunity's content, as the tables hold it.
use std::collections::BTreeSet;

use entity::{
    agreement, country_group, institution, opportunity, opportunity_agreement, opportunity_country, opportunity_group,
    opportunity_host, opportunity_partner,
    vocabulary::{AgreementStatus, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait, EntityTrait as _, QueryFilter as _, Set, sea_query::SimpleExpr,
};
use uuid::Uuid;

use super::content::{Content, Named};
use crate::{
    access::{Reading, seen_rows},
    db::{Change, Searchable, column, fold, make_searchable},
    domain::{agreements::Agreements, institutions::Institutions},
    error::{Error, FaultCode},
    validation::Faults,
};

/// That what is newly referred to is there, and may be known to whoever writes.
pub(super) async fn references(
    reading: &Reading,
    change: &Change,
    old: &Content,
    named: &Named,
    faults: &mut Faults,
) -> Result<(), Error> {
    let mut missing = |path: &[&str], named: &[Uuid], there: &BTreeSet<Uuid>, end: &[&str], message: &str| {
        for (place, _) in named.iter().enumerate().filter(|(_, key)| !there.contains(key)) {
            faults.add(&[path, &[&place.to_string()], end].concat(), FaultCode::NotFound, message);
        }
    };
    let institutions =
        seen_rows::<Institutions>(reading).filter(among(reading, institution::Column::Id, &named.partners));
    let mut there: BTreeSet<Uuid> = old.partners.iter().map(|(key, _)| *key).collect();
    there.extend(institutions.all(&**change).await?.into_iter().map(|row| row.id));
    missing(&["partners"], &named.partners, &there, &["institution"], "there is no such institution");

    let agreements = seen_rows::<Agreements>(reading)
        .filter(among(reading, agreement::Column::Id, &named.legal_basis))
        .filter(agreement::Column::Status.eq(AgreementStatus::InForce));
    let mut there = old.legal_basis.clone();
    there.extend(agreements.all(&**change).await?.into_iter().map(|row| row.id));
    let message = "there is no such agreement, or it is not in force";
    missing(&["legalBasis"], &named.legal_basis, &there, &[], message);

    let groups = country_group::Entity::find().filter(among(reading, country_group::Column::Id, &named.groups));
    let mut there = old.groups.clone();
    there.extend(groups.all(&**change).await?.into_iter().map(|row| row.id));
    missing(&["eligibility", "groups"], &named.groups, &there, &[], "there is no such group");
    Ok(())
}

/// That a key is one of these.
fn among(reading: &Reading, key: impl ColumnTrait, keys: &[Uuid]) -> SimpleExpr {
    crate::db::among(reading.backend(), column(key), keys.iter().copied())
}

/// A row with its content.
pub(super) fn filled(row: opportunity::ActiveModel, content: &Content) -> Result<opportunity::ActiveModel, Error> {
    let kind = content.kind.ok_or(Error::internal("an opportunity has no kind"))?;
    let titles = content.titles.texts();
    let shown = titles.iter().find(|text| text.language == "en").or(titles.first());
    Ok(opportunity::ActiveModel {
        slug: Set(content.slug.clone()),
        sort_key: Set(shown.map(|text| fold(&text.text)).unwrap_or_default()),
        titles: Set(content.titles.clone()),
        summaries: Set(content.summaries.clone()),
        descriptions: Set(content.descriptions.clone()),
        kind: Set(kind),
        opens_on: Set(content.opens_on),
        deadline: Set(content.deadline),
        starts_on: Set(content.starts_on),
        ends_on: Set(content.ends_on),
        policy_areas: Set(content.policy_areas),
        media: Set(content.media),
        eligible_everyone: Set(content.everyone),
        eligibility_note: Set(content.eligibility_note.clone()),
        recurring: Set(content.recurring),
        funding_minimum: Set(content.minimum.clone()),
        funding_maximum: Set(content.maximum.clone()),
        funding_currency: Set(content.currency.clone()),
        covers: Set(content.covers),
        languages: Set(entity::localized::LanguageTags(content.languages.clone())),
        url: Set(content.url.clone()),
        ..row
    })
}

/// The content of a row, with its parts.
pub(super) async fn content_of(change: &Change, row: &opportunity::Model) -> Result<Content, Error> {
    let (key, db) = (row.id, &**change);
    let countries = opportunity_country::Entity::find().filter(opportunity_country::Column::OpportunityId.eq(key));
    let groups = opportunity_group::Entity::find().filter(opportunity_group::Column::OpportunityId.eq(key));
    let hosts = opportunity_host::Entity::find().filter(opportunity_host::Column::OpportunityId.eq(key));
    let agreements = opportunity_agreement::Entity::find().filter(opportunity_agreement::Column::OpportunityId.eq(key));
    let partners = opportunity_partner::Entity::find().filter(opportunity_partner::Column::OpportunityId.eq(key));
    let partners = partners.all(db).await?.into_iter().map(|row| (row.institution_id, row.role.to_value()));
    Ok(Content {
        slug: row.slug.clone(),
        titles: row.titles.clone(),
        summaries: row.summaries.clone(),
        descriptions: row.descriptions.clone(),
        kind: Some(row.kind),
        opens_on: row.opens_on,
        deadline: row.deadline,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        policy_areas: row.policy_areas,
        media: row.media,
        partners: partners.collect(),
        everyone: row.eligible_everyone,
        countries: countries.all(db).await?.into_iter().map(|row| row.country_id).collect(),
        groups: groups.all(db).await?.into_iter().map(|row| row.group_id).collect(),
        eligibility_note: row.eligibility_note.clone(),
        recurring: row.recurring,
        hosts: hosts.all(db).await?.into_iter().map(|row| row.country_id).collect(),
        legal_basis: agreements.all(db).await?.into_iter().map(|row| row.agreement_id).collect(),
        minimum: row.funding_minimum.clone(),
        maximum: row.funding_maximum.clone(),
        currency: row.funding_currency.clone(),
        covers: row.covers,
        languages: row.languages.0.clone(),
        url: row.url.clone(),
    })
}

/// Writes what of the parts is new, and removes what is gone; the others stay as they are.
pub(super) async fn write_parts(change: &Change, key: Uuid, old: &Content, new: &Content) -> Result<(), Error> {
    macro_rules! parts {
        ($($table:ident: $column:ident $field:ident, $set:ident;)*) => {$(
            let gone: Vec<Uuid> = old.$set.difference(&new.$set).copied().collect();
            $table::Entity::delete_many()
                .filter($table::Column::OpportunityId.eq(key))
                .filter($table::Column::$column.is_in(gone))
                .exec(&**change)
                .await?;
            for added in new.$set.difference(&old.$set) {
                let row = $table::ActiveModel { opportunity_id: Set(key), $field: Set(*added) };
                row.insert(&**change).await?;
            }
        )*};
    }
    parts! {
        opportunity_country: CountryId country_id, countries;
        opportunity_group: GroupId group_id, groups;
        opportunity_host: CountryId country_id, hosts;
        opportunity_agreement: AgreementId agreement_id, legal_basis;
    }
    for (institution, role) in old.partners.difference(&new.partners) {
        opportunity_partner::Entity::delete_many()
            .filter(opportunity_partner::Column::OpportunityId.eq(key))
            .filter(opportunity_partner::Column::InstitutionId.eq(*institution))
            .filter(opportunity_partner::Column::Role.eq(role.as_str()))
            .exec(&**change)
            .await?;
    }
    for (institution, role) in new.partners.difference(&old.partners) {
        let role = entity::vocabulary::PartnerRole::try_from_value(role)?;
        let row = opportunity_partner::ActiveModel {
            opportunity_id: Set(key),
            institution_id: Set(*institution),
            role: Set(role),
        };
        row.insert(&**change).await?;
    }
    let texts = |texts: &entity::localized::LocalizedTexts| -> Vec<String> {
        texts.texts().into_iter().map(|text| text.text.into_owned()).collect()
    };
    let found_by = |content: &Content| Searchable {
        names: texts(&content.titles),
        more: [texts(&content.summaries), content.eligibility_note.iter().cloned().collect()].concat(),
    };
    Ok(make_searchable(&**change, SubjectKind::Opportunity, key, (&found_by(old), &found_by(new))).await?)
}
