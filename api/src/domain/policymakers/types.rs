//! Policymakers as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::{appointment, consent, policymaker, vocabulary::Flag as _};
use serde::Serialize;

use super::{
    Policymakers,
    service::{Appointments, Consents, display_name, is_held, newest_first},
};
use crate::{
    access::Seen as _,
    domain::{
        cards::{CardFormat, PolicymakerCards, card_of},
        contacts::{ContactEmail, ContactPhone, emails_of_appointments, phones_of_appointments},
        countries::{Countries, Country},
        external_ids::{ExternalId, external_ids_of},
        institutions::{Institution, Institutions},
    },
    graphql::{
        Date, DateTime, LanguageTag, LocalizedText, PolicyArea, Result, encode, in_language, loaded, parts, reading,
    },
};

/// A person who makes or carries out cultural policy.
#[derive(Description)]
pub(crate) struct Policymaker(pub(crate) Arc<policymaker::Model>);

impl From<Arc<policymaker::Model>> for Policymaker {
    fn from(row: Arc<policymaker::Model>) -> Self {
        Self(row)
    }
}

impl Policymaker {
    /// The appointments that the viewer may know of, newest first; those without a beginning come last.
    async fn positions(&self, ctx: &Context<'_>) -> Result<Vec<Appointment>> {
        let rows = parts(ctx, Appointments, self.0.id).await?;
        let mut positions: Vec<_> = (0..rows.len()).map(|place| Appointment(Arc::clone(&rows), place)).collect();
        positions.sort_by_key(|position| newest_first(position.row()));
        Ok(positions)
    }

    /// The appointments that are held today.
    async fn held(&self, ctx: &Context<'_>) -> Result<Vec<Appointment>> {
        let today = reading(ctx)?.today();
        let mut positions = self.positions(ctx).await?;
        positions.retain(|position| is_held(position.row(), today));
        Ok(positions)
    }
}

#[Object(use_type_description)]
impl Policymaker {
    /// Unique in the network.
    pub(crate) async fn id(&self) -> ID {
        encode(Policymakers::PREFIX, self.0.id)
    }

    /// Given name, or the only one.
    async fn given_name(&self) -> &str {
        &self.0.given_name
    }

    /// Family name, if there is one.
    async fn family_name(&self) -> Option<&str> {
        self.0.family_name.as_deref()
    }

    /// Honorific, such as Dato.
    async fn honorific(&self) -> Option<&str> {
        self.0.honorific.as_deref()
    }

    /// The name in its own script.
    async fn native_name(&self) -> Option<&str> {
        self.0.native_name.as_deref()
    }

    /// The name as it is shown: honorific, given name, family name.
    pub(crate) async fn display_name(&self) -> String {
        display_name(&self.0)
    }

    /// The person's country; null for officials of regional bodies.
    pub(crate) async fn country(&self, ctx: &Context<'_>) -> Option<Result<Country>> {
        Some(loaded(ctx, Countries, self.0.country_id?).await.map(Country))
    }

    /// A few sentences about the person. Falls back from the asked language to its parents, English, the native text.
    async fn biography(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> Option<String> {
        in_language(&self.0.biographies, language.as_ref())
    }

    /// A few sentences about the person, in all languages that there are.
    async fn biographies(&self) -> Vec<LocalizedText> {
        LocalizedText::all(&self.0.biographies)
    }

    /// The languages that the person works in.
    async fn languages(&self) -> Vec<LanguageTag> {
        self.0.languages.0.iter().cloned().map(LanguageTag).collect()
    }

    /// The areas that the person is active in.
    async fn policy_areas(&self) -> Vec<PolicyArea> {
        entity::vocabulary::PolicyArea::members(self.0.policy_areas).into_iter().map(Into::into).collect()
    }

    /// The positions held, newest first.
    async fn appointments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those held today (true), or only the others (false).")] current: Option<bool>,
    ) -> Result<Vec<Appointment>> {
        let today = reading(ctx)?.today();
        let mut positions = self.positions(ctx).await?;
        positions.retain(|position| current.is_none_or(|current| current == is_held(position.row(), today)));
        Ok(positions)
    }

    /// The newest of the positions held today.
    async fn current_appointment(&self, ctx: &Context<'_>) -> Option<Result<Appointment>> {
        self.held(ctx).await.map(|held| held.into_iter().next()).transpose()
    }

    /// The e-mail addresses of the positions held today that the viewer may see.
    pub(crate) async fn emails(&self, ctx: &Context<'_>) -> Result<Vec<ContactEmail>> {
        emails_of_appointments(ctx, self.held(ctx).await?.iter().map(|held| held.row().id)).await
    }

    /// The telephone numbers of the positions held today that the viewer may see.
    pub(crate) async fn phones(&self, ctx: &Context<'_>) -> Result<Vec<ContactPhone>> {
        phones_of_appointments(ctx, self.held(ctx).await?.iter().map(|held| held.row().id)).await
    }

    /// What the person agreed to be shared with partner agencies. Null, if nothing was recorded, or for those whom it does not
    /// concern: it concerns the secretariat, and those of the person's institutions and country.
    async fn consent(&self, ctx: &Context<'_>) -> Result<Option<Consent>> {
        let recorded = parts(ctx, Consents, self.0.id).await?;
        Ok(recorded.first().cloned().map(Consent))
    }

    /// What the viewer sees of the person, as address books take it: the name in each language that is known, the positions held today, e-mail addresses and
    /// telephone numbers. For members of the network, and agencies' machines with `CONTACTS_READ`.
    pub(crate) async fn card(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which form.", default_with = "CardFormat::JsContact")] format: CardFormat,
    ) -> Result<String> {
        card_of(ctx, PolicymakerCards, self.0.id, format).await
    }

    /// What agencies call the person, contacts that were merged into this one included: an agency sees its own IDs, administrators see all.
    pub(crate) async fn external_ids(&self, ctx: &Context<'_>) -> Result<Vec<ExternalId>> {
        external_ids_of(ctx, self.0.id).await
    }

    /// Counts the changes, from 1.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// When the person came into the network.
    pub(crate) async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When anything about the person last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// A position that a policymaker holds, or held, at an institution.
#[derive(Description)]
pub(crate) struct Appointment(Arc<Vec<appointment::Model>>, usize);

impl Appointment {
    fn row(&self) -> &appointment::Model {
        &self.0[self.1]
    }
}

#[Object(use_type_description)]
impl Appointment {
    /// Where.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Institution> {
        Ok(Institution(loaded(ctx, Institutions, self.row().institution_id).await?))
    }

    /// The position's title.
    async fn title(&self) -> &str {
        &self.row().title
    }

    /// How senior it is.
    async fn level(&self) -> Option<SeniorityLevel> {
        self.row().level.map(Into::into)
    }

    /// From when.
    async fn since(&self) -> Option<Date> {
        self.row().since.map(Date)
    }

    /// Until when; null while it is held.
    async fn until(&self) -> Option<Date> {
        self.row().until.map(Date)
    }

    /// Whether everybody may know of it; otherwise members of the network do.
    async fn public(&self) -> bool {
        self.row().public
    }

    /// The e-mail addresses that belong to it and that the viewer may see.
    async fn emails(&self, ctx: &Context<'_>) -> Result<Vec<ContactEmail>> {
        emails_of_appointments(ctx, [self.row().id].into_iter()).await
    }

    /// The telephone numbers that belong to it and that the viewer may see.
    async fn phones(&self, ctx: &Context<'_>) -> Result<Vec<ContactPhone>> {
        phones_of_appointments(ctx, [self.row().id].into_iter()).await
    }
}

/// What a person agreed to be shared with partner agencies.
#[derive(Description)]
pub(crate) struct Consent(consent::Model);

#[Object(use_type_description)]
impl Consent {
    /// Whether agencies that may read contacts get the person's, with addresses and numbers that are public or for members.
    async fn share_with_agencies(&self) -> bool {
        self.0.share_with_agencies
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> Option<DateTime> {
        Some(DateTime(self.0.recorded_at))
    }

    /// On what it rests, such as a form that was signed.
    async fn basis(&self) -> Option<&str> {
        self.0.basis.as_deref()
    }
}

/// How senior a position is.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::SeniorityLevel")]
pub(crate) enum SeniorityLevel {
    /// A minister or head of the institution by political office.
    Minister,
    /// A deputy or vice minister.
    DeputyMinister,
    /// A director-general or head of the institution.
    DirectorGeneral,
    /// A director or head of a department.
    Director,
    /// An officer.
    Officer,
    /// An expert or adviser.
    Expert,
}
