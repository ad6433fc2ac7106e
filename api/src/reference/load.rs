//! Loading a release into the database.
use std::collections::{HashMap, HashSet};

use entity::{
    accession, agreement, agreement_party, convention, country, country_group, group_membership, institution,
    opportunity, opportunity_agreement, opportunity_country, opportunity_group, opportunity_host, opportunity_partner,
    vocabulary::SubjectKind,
};
use indicatif::ProgressBar;
use sea_orm::{DatabaseConnection, DbErr};
use uuid::Uuid;

use super::{
    Release,
    records::{self, Belongings},
    store::{Record, Store, delete_among, insert},
};
use crate::{
    clock::Clock,
    db::{change, reference_id},
};

/// What loading a release did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Records that were not there.
    pub added: usize,
    /// Records of an earlier release that nobody had changed since.
    pub renewed: usize,
    /// Records of an earlier release that this one has no more, that nobody had changed and nothing refers to.
    pub removed: usize,
}

impl Loaded {
    /// Whether nothing had to be done.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl std::fmt::Display for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { added, renewed, removed } = self;
        write!(f, "{added} records added, {renewed} renewed, {removed} removed")
    }
}

/// Loads a release, in one transaction. Loading it again changes nothing; what administrators changed stays.
///
/// # Errors
///
/// If the database fails, or the release names something that is not in the contract's vocabularies.
pub async fn load(
    db: &DatabaseConnection,
    release: &Release,
    clock: &Clock,
    progress: ProgressBar,
) -> Result<Loaded, DbErr> {
    let groups: HashSet<_> = release.groups.iter().map(|line| &line.code).collect();
    let records = [
        release.countries.len(),
        groups.len(),
        release.conventions.len(),
        release.group_members.len(),
        release.accessions.len(),
        release.institutions.len(),
        release.agreements.len(),
        release.opportunities.len(),
    ];
    progress.set_length(records.iter().sum::<usize>() as u64);
    let transaction = change(db).await?;
    let mut store = Store::open(&transaction, clock.now(), progress).await?;
    states(&mut store, release).await?;
    institutions(&mut store, release).await?;
    agreements(&mut store, release).await?;
    opportunities(&mut store, release).await?;
    store.remove_dropped::<opportunity::Entity>(SubjectKind::Opportunity).await?;
    store.remove_dropped::<agreement::Entity>(SubjectKind::Agreement).await?;
    store.remove_dropped::<institution::Entity>(SubjectKind::Institution).await?;
    store.remove_dropped::<accession::Entity>(SubjectKind::Accession).await?;
    store.remove_dropped::<convention::Entity>(SubjectKind::Convention).await?;
    store.remove_dropped::<group_membership::Entity>(SubjectKind::GroupMembership).await?;
    store.remove_dropped::<country_group::Entity>(SubjectKind::CountryGroup).await?;
    store.remove_dropped::<country::Entity>(SubjectKind::Country).await?;
    let loaded = store.loaded();
    transaction.commit().await?;
    Ok(loaded)
}

/// Lines by the key that they belong to.
fn grouped<T>(lines: &[T], key: impl Fn(&T) -> &String) -> HashMap<String, Vec<&T>> {
    let mut groups: HashMap<String, Vec<&T>> = HashMap::new();
    for line in lines {
        groups.entry(key(line).clone()).or_default().push(line);
    }
    groups
}

/// Countries, groups and conventions, and what is between them.
async fn states(store: &mut Store<'_>, release: &Release) -> Result<(), DbErr> {
    let names = grouped(&release.country_names, |line| &line.code);
    let countries = release.countries.iter();
    let countries =
        countries.map(|line| records::country(line, names.get(&line.code).map_or(&[], Vec::as_slice))).collect();
    store.store(SubjectKind::Country, countries).await?;

    let mut groups: Vec<_> = grouped(&release.groups, |line| &line.code).into_iter().collect();
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    let groups = groups.iter().map(|(code, lines)| records::group(code, lines)).collect();
    store.store(SubjectKind::CountryGroup, groups).await?;

    let mut spells: HashMap<[&String; 3], usize> = HashMap::new();
    let members = release.group_members.iter().map(|line| {
        let spell = spells.entry([&line.group, &line.country, &line.role]).or_default();
        *spell += 1;
        records::group_member(line, *spell)
    });
    let members = members.collect::<Result<_, _>>()?;
    store.store(SubjectKind::GroupMembership, members).await?;

    let conventions = release.conventions.iter().map(records::convention).collect();
    store.store(SubjectKind::Convention, conventions).await?;

    let accessions = release.accessions.iter().map(|line| records::accession(line, &release.groups));
    store.store(SubjectKind::Accession, accessions.collect::<Result<_, _>>()?).await?;
    Ok(())
}

async fn institutions(store: &mut Store<'_>, release: &Release) -> Result<(), DbErr> {
    // Parents come first, so that their parts find them.
    let mut lines: Vec<_> = release.institutions.iter().collect();
    lines.sort_by_key(|line| line.parent.is_some());
    let gone = store.gone::<institution::Entity>(SubjectKind::Institution).await?;
    let institutions = lines.into_iter().map(|line| records::institution(line, |key| gone.contains(&key)));
    store.store(SubjectKind::Institution, institutions.collect::<Result<_, _>>()?).await?;
    Ok(())
}

async fn agreements(store: &mut Store<'_>, release: &Release) -> Result<(), DbErr> {
    let present = store.present::<institution::Entity>().await?;
    let parties = grouped(&release.agreement_parties, |line| &line.agreement);
    let agreements = release
        .agreements
        .iter()
        .map(|line| records::agreement(line, parties.get(&line.slug).map_or(&[], Vec::as_slice)));
    let stored = store.store(SubjectKind::Agreement, agreements.collect::<Result<_, _>>()?).await?;

    delete_among::<agreement_party::Entity>(store.db, agreement_party::Column::AgreementId, &stored).await?;
    let parties = release
        .agreement_parties
        .iter()
        .filter(|line| stored.contains(&reference_id("agreement", &line.agreement)))
        .map(|line| records::agreement_party(line, &release.groups, |key| present.contains(&key)));
    insert::<agreement_party::Entity>(store.db, parties).await
}

async fn opportunities(store: &mut Store<'_>, release: &Release) -> Result<(), DbErr> {
    let mut present = store.present::<institution::Entity>().await?;
    present.extend(store.present::<agreement::Entity>().await?);
    let partners = grouped(&release.opportunity_partners, |line| &line.opportunity);
    let partners_of = |slug: &String| partners.get(slug).map_or(&[] as &[_], Vec::as_slice);
    // An administrator may have deleted the institution that leads it.
    let lines =
        || release.opportunities.iter().filter(|line| present.contains(&reference_id("institution", &line.lead)));
    let now = store.now;
    let opportunities: Vec<Record<opportunity::Entity>> =
        lines().map(|line| records::opportunity(line, partners_of(&line.slug), now)).collect::<Result<_, _>>()?;
    let stored = store.store(SubjectKind::Opportunity, opportunities).await?;

    let mut belongings = Belongings::default();
    for line in lines().filter(|line| stored.contains(&reference_id("opportunity", &line.slug))) {
        belongings.add(line, partners_of(&line.slug), |key| present.contains(&key))?;
    }
    replace(store, &stored, belongings).await
}

async fn replace(store: &Store<'_>, stored: &HashSet<Uuid>, belongings: Belongings) -> Result<(), DbErr> {
    let Belongings { countries, groups, hosts, agreements, partners } = belongings;
    let db = store.db;
    delete_among::<opportunity_country::Entity>(db, opportunity_country::Column::OpportunityId, stored).await?;
    delete_among::<opportunity_group::Entity>(db, opportunity_group::Column::OpportunityId, stored).await?;
    delete_among::<opportunity_host::Entity>(db, opportunity_host::Column::OpportunityId, stored).await?;
    delete_among::<opportunity_agreement::Entity>(db, opportunity_agreement::Column::OpportunityId, stored).await?;
    delete_among::<opportunity_partner::Entity>(db, opportunity_partner::Column::OpportunityId, stored).await?;
    insert::<opportunity_country::Entity>(db, countries).await?;
    insert::<opportunity_group::Entity>(db, groups).await?;
    insert::<opportunity_host::Entity>(db, hosts).await?;
    insert::<opportunity_agreement::Entity>(db, agreements).await?;
    insert::<opportunity_partner::Entity>(db, partners).await
}
