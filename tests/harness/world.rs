//! Something of each sort that is not for everybody, and each sort of viewer.
use api::config::TokenHolder;
use entity::{
    account, agency_client, agreement, agreement_party, appointment, change_log, change_request, consent,
    contact_email, contact_phone, country, country_group, duplicate_contact, external_id, institution, interest,
    invitation, localized, membership, membership_applicant, opportunity, opportunity_agreement, opportunity_country,
    opportunity_group, opportunity_partner, policymaker, role_grant, search_entry, session,
    vocabulary::{
        AgencyScope, ChangeOperation, ChangeRequestAction, ChangeRequestStatus, ContactMatch, ContactPointKind,
        Flag as _, InterestStatus, MembershipStatus, OpportunityStatus, PartnerRole, Role, SeniorityLevel, SubjectKind,
        Visibility, WebhookDeliveryStatus, WebhookDisabledReason, WebhookEvent, WebhookFailure,
    },
    webhook_delivery, webhook_endpoint, webhook_secret,
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseConnection, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::{Map, Value, json};
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

use crate::{Answer, Grant, Server, now};

/// The institution that viewers are of, or that is in their country.
const HOME: &str = "kr-kofic";
/// One whose membership is suspended.
const SUSPENDED: &str = "kr-kofice";
/// One that has applied, and is not listed.
const APPLICANT: &str = "kr-applicant";
/// One that answers for agencies' machines.
const ANSWERING: &str = "kr-kocca";
/// One in another country.
const ABROAD: &str = "kh-mcfa";

/// An ID, as clients see it.
#[must_use]
pub fn id(prefix: &str, key: Uuid) -> String {
    TypeSafeId::from_type_and_uuid(DynamicType::new(prefix).unwrap(), key).to_string()
}

/// Somebody who asks.
pub struct Viewer {
    /// Which sort.
    pub name: &'static str,
    /// The access token.
    pub token: Option<String>,
    /// What there is to ask about: what belongs to the own institution, or to [`HOME`] for those who have none.
    pub variables: Map<String, Value>,
}

impl Viewer {
    /// Asks, with those of the variables that the query names.
    pub async fn ask(&self, server: &Server, query: &str) -> Answer {
        self.ask_about(server, query, &self.variables).await
    }

    /// Asks with other variables.
    pub async fn ask_about(&self, server: &Server, query: &str, variables: &Map<String, Value>) -> Answer {
        let is_named = |name: &str| {
            let variable = format!("${name}");
            let mut after = query.match_indices(&variable).map(|(place, found)| &query[place + found.len()..]);
            after.any(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let named: Map<String, Value> = variables
            .iter()
            .filter(|(name, _)| is_named(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let declared: Vec<String> = named
            .keys()
            .map(|name| {
                format!("${name}: {}!", if name.ends_with("Text") || name.ends_with("Slug") { "String" } else { "ID" })
            })
            .collect();
        let declared = if declared.is_empty() { String::new() } else { format!("({})", declared.join(", ")) };
        let query = match query.strip_prefix("mutation ") {
            Some(selection) => format!("mutation M{declared} {selection}"),
            None => format!("query Q{declared} {query}"),
        };
        match &self.token {
            Some(token) => server.ask_as_with(token, &query, Value::Object(named)).await,
            None => server.ask_with(&query, Value::Object(named)).await,
        }
    }
}

/// Fills a database with the invented people, and signs everybody in.
pub async fn viewers(server: &Server) -> Vec<Viewer> {
    let db = server.database().await;
    let seed = Seed::of(&db).await;
    let applicant = seed.institution(APPLICANT, Some(seed.key_of(HOME).await), false).await;
    let child = seed.institution("kr-child", Some(applicant), true).await;
    let mut common = Map::new();
    let add = |to: &mut Map<String, Value>, name: &str, prefix: &str, key: Uuid| {
        to.insert(name.to_owned(), json!(id(prefix, key)));
    };
    add(&mut common, "applicant", "inst", applicant);
    common.insert("applicantSlug".to_owned(), json!(APPLICANT));
    common.insert("applicantText".to_owned(), json!("kr-applicant"));
    add(&mut common, "child", "inst", child);
    add(&mut common, "home", "inst", seed.key_of(HOME).await);
    let newcomer = seed.person("newcomer", applicant, true, &[Visibility::Public]).await;
    add(&mut common, "newcomer", "pol", newcomer);
    common.insert("newcomerText".to_owned(), json!("newcomer kr-applicant"));
    let (agreement, published) = seed.with_applicant(applicant).await;
    add(&mut common, "agreement", "agreement", agreement);
    let unattended = seed.agreement("korea-australia-mou-on-cultural-cooperation").await;
    add(&mut common, "unattended", "agreement", unattended);
    let drafts = agreement::Entity::find().order_by_asc(agreement::Column::Id).one(&db).await.unwrap().unwrap();
    add(&mut common, "draftAgreement", "agreement", drafts.id);
    let alone =
        opportunity::Entity::find().filter(opportunity::Column::Slug.eq("acc-creators-residency")).one(&db).await;
    add(&mut common, "alone", "opp", alone.unwrap().unwrap().id);
    add(&mut common, "orphan", "inst", seed.institution("kr-orphan", None, true).await);
    seed.searchable(SubjectKind::Policymaker, newcomer, "newcomer kr-applicant").await;
    // Who consented and holds a position at an institution that only applied, and nowhere else.
    let admitted = seed.person("admitted", applicant, true, &[]).await;
    seed.consents(admitted, true, true, None).await;
    add(&mut common, "admitted", "pol", admitted);
    add(&mut common, "published", "opp", published);

    let mut own = vec![];
    for slug in [HOME, SUSPENDED, APPLICANT] {
        own.push((slug, seed.belongings(slug).await));
    }
    let own_of = |own: &[(&str, Map<String, Value>)], slug: &str| {
        own.iter().find(|(known, _)| *known == slug).unwrap().1.clone()
    };

    let mut found = vec![Viewer { name: "anonymous", token: None, variables: own_of(&own, HOME) }];
    let people: [(&'static str, &[Grant<'_>], &str); 8] = [
        ("account", &[], HOME),
        ("representative", &[Grant::Representative(HOME)], HOME),
        ("suspended", &[Grant::Representative(SUSPENDED)], SUSPENDED),
        ("applicant", &[Grant::Representative(APPLICANT)], APPLICANT),
        ("foreign_representative", &[Grant::Representative(ABROAD)], HOME),
        ("focal_point", &[Grant::FocalPoint("KR")], HOME),
        ("foreign_focal_point", &[Grant::FocalPoint("KH")], HOME),
        ("admin", &[Grant::Admin], HOME),
    ];
    for (name, grants, home) in people {
        let token = server.account(&format!("{name}@example.org"), grants).await;
        seed.session(&format!("{name}@example.org")).await;
        found.push(Viewer { name, token: Some(token), variables: own_of(&own, home) });
    }
    for (slug, status) in [
        (HOME, MembershipStatus::Active),
        (SUSPENDED, MembershipStatus::Suspended),
        (APPLICANT, MembershipStatus::Applied),
    ] {
        let key = seed.membership(server.member(slug).await, status).await;
        let of_slug = |viewer: &&mut Viewer| match viewer.name {
            "suspended" => slug == SUSPENDED,
            "applicant" => slug == APPLICANT,
            _ => slug == HOME,
        };
        for viewer in found.iter_mut().filter(of_slug) {
            add(&mut viewer.variables, "membership", "member", key);
        }
        if slug == HOME {
            add(&mut own[0].1, "membership", "member", key);
        }
    }
    // One that everybody knows has applied.
    server.member("kr-child").await;
    add(&mut common, "application", "member", seed.membership(child, MembershipStatus::Applied).await);
    let scopes = [AgencyScope::ContactsRead, AgencyScope::ContactsWrite];
    for (name, scopes) in [
        ("agency", &scopes[..0]),
        ("agency_reading", &scopes[..1]),
        ("agency_writing", &scopes[1..]),
        ("agency_both", &scopes[..]),
    ] {
        let client = seed.client(name, scopes).await;
        let token = server.token_of(&TokenHolder::agency(name)).await;
        let mut variables = own_of(&own, HOME);
        let (hook, delivery) = seed.webhook(client).await;
        add(&mut variables, "ownHook", "hook", hook);
        add(&mut variables, "ownDelivery", "delivery", delivery);
        found.push(Viewer { name, token: Some(token), variables });
        add(&mut common, "client", "agency", client);
        if name == "agency_both" {
            // Recorded by this machine, and not confirmed yet.
            let recorded = seed.person("recorded", seed.key_of(HOME).await, false, &[]).await;
            seed.consents(recorded, true, false, Some(client)).await;
            add(&mut common, "recorded", "pol", recorded);
            let (pushed, pushed_institution) = seed.pushed(client).await;
            add(&mut common, "pushed", "pol", pushed);
            add(&mut common, "pushedInstitution", "inst", pushed_institution);
        }
    }
    // The home institution's interest in what the suspended one has published, and the other way round.
    for (name, sender, lead) in [("sent", HOME, SUSPENDED), ("received", ABROAD, HOME)] {
        let (key, opportunity) = seed.interest(sender, lead).await;
        add(&mut common, name, "interest", key);
        add(&mut common, &format!("{name}In"), "opp", opportunity);
    }
    let moved = json!([{ "name": "city", "old": "Busan", "new": "Seoul" }]);
    let moved = seed.log((SubjectKind::Institution, applicant), moved, "It moved").await;
    add(&mut common, "entry", "audit", moved);
    add(&mut common, "request", "change", seed.change_request().await);
    add(&mut common, "pair", "dup", seed.pair(true).await);
    seed.pair(false).await;
    // Another's, for everybody.
    server.account("another@example.org", &[Grant::FocalPoint("TH"), Grant::Representative(ABROAD)]).await;
    let (another, session) = seed.session("another@example.org").await;
    let ending = role_grant::ActiveModel { until: Set(now().date_naive().succ_opt()), ..Default::default() };
    let theirs = role_grant::Entity::update_many().set(ending).filter(role_grant::Column::AccountId.eq(another));
    theirs.exec(&db).await.unwrap();
    add(&mut common, "another", "acct", another);
    add(&mut common, "session", "session", session);
    add(&mut common, "invitation", "inv", seed.invitation(another).await);
    let machine = seed.client("another-machine", &scopes).await;
    add(&mut common, "machine", "agency", machine);
    let (hook, delivery) = seed.webhook(machine).await;
    add(&mut common, "hook", "hook", hook);
    add(&mut common, "delivery", "delivery", delivery);
    for viewer in found.iter_mut().filter(|viewer| !viewer.name.starts_with("agency")) {
        add(&mut viewer.variables, "ownHook", "hook", hook);
        add(&mut viewer.variables, "ownDelivery", "delivery", delivery);
    }
    for (name, prefix) in [
        ("Institution", "inst"),
        ("Account", "acct"),
        ("Machine", "agency"),
        ("Draft", "opp"),
        ("Person", "pol"),
        ("Session", "session"),
        ("Interest", "interest"),
        ("Membership", "member"),
        ("Request", "change"),
        ("Invitation", "inv"),
        ("Hook", "hook"),
        ("Pair", "dup"),
    ] {
        add(&mut common, &format!("absent{name}"), prefix, Uuid::now_v7());
    }
    common.insert("addressedText".to_owned(), json!("somebody@example.org"));
    for viewer in &mut found {
        viewer.variables.append(&mut common.clone());
        viewer.variables.insert("addressText".to_owned(), json!(format!("{}.somebody@example.org", viewer.name)));
    }
    found
}

/// Puts something of each sort into a database that nobody without a role may know of, and nothing else.
pub async fn hide(server: &Server) {
    let db = server.database().await;
    let seed = Seed::of(&db).await;
    let home = seed.key_of(HOME).await;
    let applicant = seed.institution(APPLICANT, Some(home), false).await;
    seed.person("newcomer", applicant, true, &[Visibility::Public]).await;
    seed.draft("marula", HOME, home).await;
    let consenting = seed.person("consenting", home, false, &[Visibility::Public]).await;
    seed.consents(consenting, true, true, None).await;
    // Addresses that are not for everybody, of an institution and of somebody who is public, and a position that is not.
    let held = appointment::Entity::find().filter(appointment::Column::Public.eq(true));
    let held = held.order_by_asc(appointment::Column::Id).one(&db).await.unwrap().unwrap();
    for (place, visibility) in [(90, Visibility::Members), (91, Visibility::Secretariat)] {
        seed.points(None, Some(home), place, visibility, "house").await;
        seed.points(Some(held.id), None, place, visibility, "somebody").await;
    }
    let secret = appointment::ActiveModel {
        id: Set(Uuid::now_v7()),
        title: Set("Confidant".to_owned()),
        public: Set(false),
        ..held.into_active_model().reset_all()
    };
    secret.insert(&db).await.unwrap();
    let party = agreement_party::Entity::find().filter(agreement_party::Column::CompetentAuthorityId.is_null());
    let party = party.order_by_asc(agreement_party::Column::Id).one(&db).await.unwrap().unwrap();
    let mut party = party.into_active_model();
    party.competent_authority_id = Set(Some(applicant));
    party.update(&db).await.unwrap();
    let partner = opportunity_partner::ActiveModel {
        opportunity_id: Set(seed.opportunity.id),
        institution_id: Set(applicant),
        role: Set(PartnerRole::Donor),
    };
    partner.insert(&db).await.unwrap();
}

/// What makes the things.
struct Seed<'a> {
    db: &'a DatabaseConnection,
    policymaker: policymaker::Model,
    opportunity: opportunity::Model,
    korea: Uuid,
}

fn in_english(text: &str) -> localized::LocalizedTexts {
    localized::LocalizedTexts::new(&[localized::LocalizedText { language: "en".into(), text: text.into() }])
}

impl<'a> Seed<'a> {
    async fn of(db: &'a DatabaseConnection) -> Self {
        let published = opportunity::Column::Slug.eq("purin-pictures-grants");
        Self {
            policymaker: policymaker::Entity::find()
                .order_by_asc(policymaker::Column::Id)
                .one(db)
                .await
                .unwrap()
                .unwrap(),
            opportunity: opportunity::Entity::find().filter(published).one(db).await.unwrap().unwrap(),
            korea: country::Entity::find().filter(country::Column::Code.eq("KR")).one(db).await.unwrap().unwrap().id,
            db,
        }
    }

    async fn key_of(&self, slug: &str) -> Uuid {
        institution::Entity::find().filter(institution::Column::Slug.eq(slug)).one(self.db).await.unwrap().unwrap().id
    }

    async fn searchable(&self, kind: SubjectKind, key: Uuid, text: &str) {
        let entry = search_entry::ActiveModel {
            id: NotSet,
            subject_id: Set(key),
            kind: Set(kind),
            names: Set(text.to_owned()),
            content: Set(text.to_owned()),
        };
        entry.insert(self.db).await.unwrap();
    }

    async fn institution(&self, slug: &str, parent: Option<Uuid>, listed: bool) -> Uuid {
        let like = institution::Entity::find_by_id(self.key_of(HOME).await).one(self.db).await.unwrap().unwrap();
        let key = Uuid::now_v7();
        let row = institution::ActiveModel {
            id: Set(key),
            slug: Set(slug.to_owned()),
            names: Set(in_english(slug)),
            sort_key: Set(slug.to_owned()),
            parent_id: Set(parent),
            listed: Set(listed),
            ..like.into_active_model().reset_all()
        };
        row.insert(self.db).await.unwrap();
        self.searchable(SubjectKind::Institution, key, slug).await;
        key
    }

    /// A person with a position at an institution, who has an e-mail address and a telephone number of each of these
    /// visibilities.
    async fn person(&self, name: &str, institution: Uuid, public: bool, points: &[Visibility]) -> Uuid {
        let key = Uuid::now_v7();
        let row = policymaker::ActiveModel {
            id: Set(key),
            given_name: Set(name.to_owned()),
            family_name: Set(Some("Invented".to_owned())),
            country_id: Set(Some(self.korea)),
            sort_key: Set(format!("invented {name}")),
            ..self.policymaker.clone().into_active_model().reset_all()
        };
        row.insert(self.db).await.unwrap();
        let position = self.holds(key, institution, public).await;
        for (place, visibility) in (0..).zip(points) {
            self.points(Some(position), None, place, *visibility, name).await;
        }
        key
    }

    /// A position that a person holds.
    async fn holds(&self, person: Uuid, institution: Uuid, public: bool) -> Uuid {
        let held = appointment::ActiveModel {
            id: Set(Uuid::now_v7()),
            policymaker_id: Set(person),
            institution_id: Set(institution),
            title: Set("Counsellor".to_owned()),
            level: Set(Some(SeniorityLevel::Officer)),
            since: Set(now().date_naive().pred_opt()),
            until: Set(None),
            public: Set(public),
        };
        held.insert(self.db).await.unwrap().id
    }

    async fn points(
        &self,
        appointment: Option<Uuid>,
        institution: Option<Uuid>,
        place: i32,
        visibility: Visibility,
        name: &str,
    ) {
        let email = contact_email::ActiveModel {
            id: Set(Uuid::now_v7()),
            appointment_id: Set(appointment),
            institution_id: Set(institution),
            position: Set(place),
            address: Set(format!("{name}@example.org")),
            kind: Set(ContactPointKind::Work),
            preferred: Set(true),
            visibility: Set(visibility),
        };
        email.insert(self.db).await.unwrap();
        let phone = contact_phone::ActiveModel {
            id: Set(Uuid::now_v7()),
            appointment_id: Set(appointment),
            institution_id: Set(institution),
            position: Set(place),
            number: Set(format!("+82255501{place:02}")),
            kind: Set(ContactPointKind::Work),
            preferred: Set(true),
            visibility: Set(visibility),
        };
        phone.insert(self.db).await.unwrap();
    }

    async fn consents(&self, policymaker: Uuid, share: bool, confirmed: bool, machine: Option<Uuid>) {
        let row = consent::ActiveModel {
            id: Set(Uuid::now_v7()),
            policymaker_id: Set(policymaker),
            agency_client_id: Set(machine),
            share_with_agencies: Set(share),
            basis: Set(Some("a form".to_owned())),
            confirmed: Set(confirmed),
            recorded_at: Set(now()),
        };
        row.insert(self.db).await.unwrap();
    }

    /// Two people who are likely the same; whether it was said that they are two.
    async fn pair(&self, dismissed: bool) -> Uuid {
        let home = self.key_of(HOME).await;
        let (one, two) = (self.person("alike", home, false, &[]).await, self.person("alike", home, false, &[]).await);
        let key = Uuid::now_v7();
        let row = duplicate_contact::ActiveModel {
            id: Set(key),
            kind: Set(SubjectKind::Policymaker),
            one_id: Set(one.min(two)),
            two_id: Set(one.max(two)),
            score: Set(860),
            matched: Set(ContactMatch::set(&[ContactMatch::Name])),
            found_at: Set(now()),
            dismissed_at: Set(dismissed.then(now)),
            version: Set(1),
        };
        row.insert(self.db).await.unwrap();
        key
    }

    /// A person and an institution that a machine has made, each with an ID of its own.
    async fn pushed(&self, machine: Uuid) -> (Uuid, Uuid) {
        let person = self.person("pushed", self.key_of(HOME).await, false, &[Visibility::Members]).await;
        let institution = self.institution("kr-pushed", None, false).await;
        for (kind, key, value) in
            [(SubjectKind::Policymaker, person, "p-1"), (SubjectKind::Institution, institution, "i-1")]
        {
            let row = external_id::ActiveModel {
                id: Set(Uuid::now_v7()),
                agency_client_id: Set(machine),
                value: Set(value.to_owned()),
                kind: Set(kind),
                subject_id: Set(key),
                contact_id: Set(key),
                created_at: Set(now()),
            };
            row.insert(self.db).await.unwrap();
        }
        let made = policymaker::ActiveModel { created_by_agency_id: Set(Some(machine)), ..Default::default() };
        let made = policymaker::Entity::update_many().set(made).filter(policymaker::Column::Id.eq(person));
        made.exec(self.db).await.unwrap();
        let made = institution::ActiveModel { created_by_agency_id: Set(Some(machine)), ..Default::default() };
        let made = institution::Entity::update_many().set(made).filter(institution::Column::Id.eq(institution));
        made.exec(self.db).await.unwrap();
        (person, institution)
    }

    /// What belongs to an institution and is not for everybody.
    async fn belongings(&self, slug: &str) -> Map<String, Value> {
        let there = self.key_of(slug).await;
        let mut found = Map::new();
        let mut add = |name: &str, prefix: &str, key: Uuid| {
            found.insert(name.to_owned(), json!(id(prefix, key)));
        };
        add("institution", "inst", there);
        let draft = self.draft("marula", slug, there).await;
        add("draft", "opp", draft);
        let everybody = [Visibility::Public, Visibility::Members, Visibility::Secretariat];
        let discreet = self.person("discreet", there, false, &everybody[1..2]).await;
        self.searchable(SubjectKind::Policymaker, discreet, &format!("discreet {slug}")).await;
        add("discreet", "pol", discreet);
        for (name, visibility) in ["open", "guarded", "secret"].into_iter().zip(everybody) {
            add(name, "pol", self.person(name, there, true, &[visibility]).await);
        }
        // In public, with a position beside it that is not.
        for (name, share) in [("twofold", None), ("agreeing", Some(true)), ("declining", Some(false))] {
            let person = self.person(name, there, true, &everybody[1..2]).await;
            self.holds(person, there, false).await;
            if let Some(share) = share {
                self.consents(person, share, true, None).await;
            }
            add(name, "pol", person);
        }
        for (name, share) in [("consenting", true), ("refusing", false)] {
            let person = self.person(name, there, false, &everybody[1..]).await;
            self.consents(person, share, true, None).await;
            add(name, "pol", person);
        }
        contact_email::Entity::delete_many()
            .filter(contact_email::Column::InstitutionId.eq(there))
            .exec(self.db)
            .await
            .unwrap();
        contact_phone::Entity::delete_many()
            .filter(contact_phone::Column::InstitutionId.eq(there))
            .exec(self.db)
            .await
            .unwrap();
        for (place, visibility) in (0..).zip(everybody) {
            self.points(None, Some(there), place, visibility, "house").await;
        }
        found.insert("draftText".to_owned(), json!(format!("marula {slug}")));
        found.insert("draftSlug".to_owned(), json!(format!("marula-{slug}")));
        found.insert("discreetText".to_owned(), json!(format!("discreet {slug}")));
        found
    }

    async fn draft(&self, name: &str, slug: &str, lead: Uuid) -> Uuid {
        let key = Uuid::now_v7();
        let row = opportunity::ActiveModel {
            id: Set(key),
            slug: Set(format!("{name}-{slug}")),
            titles: Set(in_english(&format!("{name} {slug}"))),
            sort_key: Set(format!("{name} {slug}")),
            status: Set(OpportunityStatus::Draft),
            lead_institution_id: Set(lead),
            published_at: Set(None),
            return_reason: Set(Some("Say more".to_owned())),
            eligible_everyone: Set(false),
            ..self.opportunity.clone().into_active_model().reset_all()
        };
        row.insert(self.db).await.unwrap();
        self.searchable(SubjectKind::Opportunity, key, &format!("{name} {slug}")).await;
        opportunity_country::ActiveModel { opportunity_id: Set(key), country_id: Set(self.korea) }
            .insert(self.db)
            .await
            .unwrap();
        let asean = country_group::Entity::find().filter(country_group::Column::Code.eq("ASEAN")).one(self.db).await;
        let asean = asean.unwrap().unwrap().id;
        opportunity_group::ActiveModel { opportunity_id: Set(key), group_id: Set(asean) }
            .insert(self.db)
            .await
            .unwrap();
        let agreement =
            agreement::Entity::find().order_by_asc(agreement::Column::Id).one(self.db).await.unwrap().unwrap().id;
        opportunity_agreement::ActiveModel { opportunity_id: Set(key), agreement_id: Set(agreement) }
            .insert(self.db)
            .await
            .unwrap();
        key
    }

    /// An agreement whose authority an institution is, and a published opportunity, with funding, that it is a partner of.
    async fn with_applicant(&self, applicant: Uuid) -> (Uuid, Uuid) {
        let agreement = self.agreement("korea-malaysia-mou-on-cultural-cooperation").await;
        let party = agreement_party::Entity::find()
            .filter(agreement_party::Column::AgreementId.eq(agreement))
            .filter(agreement_party::Column::CountryId.eq(self.korea));
        let party = party.one(self.db).await.unwrap().unwrap();
        let mut party = party.into_active_model();
        party.competent_authority_id = Set(Some(applicant));
        party.update(self.db).await.unwrap();
        let mut funded = self.opportunity.clone().into_active_model();
        funded.funding_minimum = Set(Some("1000".to_owned()));
        funded.funding_maximum = Set(Some("5000".to_owned()));
        funded.funding_currency = Set(Some("USD".to_owned()));
        funded.update(self.db).await.unwrap();
        let partner = opportunity_partner::ActiveModel {
            opportunity_id: Set(self.opportunity.id),
            institution_id: Set(applicant),
            role: Set(PartnerRole::Donor),
        };
        partner.insert(self.db).await.unwrap();
        (agreement, self.opportunity.id)
    }

    /// An institution's interest in something that another one offers: its key, and the opportunity's.
    async fn interest(&self, sender: &str, lead: &str) -> (Uuid, Uuid) {
        let opportunity = self.draft("baobab", &format!("{lead}-{sender}"), self.key_of(lead).await).await;
        let row = opportunity::Entity::find_by_id(opportunity).one(self.db).await.unwrap().unwrap();
        let mut row = row.into_active_model();
        row.status = Set(OpportunityStatus::Published);
        row.published_at = Set(Some(now()));
        row.return_reason = Set(None);
        row.update(self.db).await.unwrap();
        let key = Uuid::now_v7();
        let interest = interest::ActiveModel {
            id: Set(key),
            opportunity_id: Set(opportunity),
            institution_id: Set(self.key_of(sender).await),
            account_id: Set(None),
            reply_to: Set("sender@example.org".to_owned()),
            message: Set("We are interested.".to_owned()),
            reason: Set(Some("Welcome".to_owned())),
            status: Set(InterestStatus::Submitted),
            version: Set(1),
            created_at: Set(now()),
            updated_at: Set(now()),
        };
        interest.insert(self.db).await.unwrap();
        (key, opportunity)
    }

    /// Has an institution's membership stand so, as the log tells: its key.
    async fn membership(&self, institution: Uuid, status: MembershipStatus) -> Uuid {
        let row =
            membership::Entity::find().filter(membership::Column::InstitutionId.eq(institution)).one(self.db).await;
        let mut row = row.unwrap().unwrap().into_active_model();
        let applied = status == MembershipStatus::Applied;
        row.status = Set(status);
        row.since = Set((!applied).then(|| now().date_naive()));
        row.until = Set(now().date_naive().checked_add_days(chrono::Days::new(364)).filter(|_| !applied));
        let row = row.update(self.db).await.unwrap();
        let applicant = membership_applicant::ActiveModel {
            id: Set(Uuid::now_v7()),
            membership_id: Set(row.id),
            name: Set("Somebody Who Applied".to_owned()),
            email: Set("somebody.who.applied@example.org".to_owned()),
            email_key: Set("somebody.who.applied@example.org".to_owned()),
            message: Set(Some("Let us in".to_owned())),
            confirmed_at: Set(now()),
        };
        applicant.insert(self.db).await.unwrap();
        let fields = json!([
            { "name": "status", "old": "ENDORSED", "new": status.to_value() },
            { "name": "requestedBy", "old": null, "new": Uuid::now_v7().to_string() },
        ]);
        self.log((SubjectKind::Membership, row.id), fields, "It was decided").await;
        row.id
    }

    /// What one administrator asked for, and another rejected, about the home institution's membership.
    async fn change_request(&self) -> Uuid {
        let home = membership::Column::InstitutionId.eq(self.key_of(HOME).await);
        let subject = membership::Entity::find().filter(home).one(self.db).await.unwrap().unwrap().id;
        let by = account::Entity::find().filter(account::Column::EmailKey.eq("admin@example.org")).one(self.db).await;
        let by = by.unwrap().unwrap().id;
        let row = change_request::ActiveModel {
            id: Set(Uuid::now_v7()),
            action: Set(ChangeRequestAction::ExpelMember),
            subject: Set(SubjectKind::Membership),
            subject_id: Set(subject),
            subject_version: Set(1),
            input: Set(json!({})),
            changes: Set(json!([{ "name": "status", "old": "ACTIVE", "new": "WITHDRAWN" }])),
            reason: Set(Some("It never paid".to_owned())),
            requested_by: Set(None),
            requested_at: Set(now()),
            expires_at: Set(now()),
            status: Set(ChangeRequestStatus::Rejected),
            decided_by: Set(Some(by)),
            decided_at: Set(Some(now())),
            decision_reason: Set(Some("It has paid".to_owned())),
            version: Set(2),
        };
        row.insert(self.db).await.unwrap().id
    }

    /// An entry of the log, of what somebody did to a subject.
    async fn log(&self, (subject, key): (SubjectKind, Uuid), fields: Value, reason: &str) -> Uuid {
        let by = account::Entity::find().filter(account::Column::EmailKey.eq("admin@example.org")).one(self.db).await;
        let row = change_log::ActiveModel {
            sequence: NotSet,
            id: Set(Uuid::now_v7()),
            epoch: Set(1),
            transaction_id: Set(1),
            at: Set(now()),
            account_id: Set(Some(by.unwrap().unwrap().id)),
            agency_client_id: Set(None),
            subject: Set(subject),
            subject_id: Set(key),
            operation: Set(ChangeOperation::Updated),
            version: Set(Some(2)),
            fields: Set(fields),
            audience_before: Set(None),
            audience_after: Set(None),
            reason: Set(Some(reason.to_owned())),
        };
        row.insert(self.db).await.unwrap().id
    }

    /// A session of the account of an e-mail address: the account and the session.
    async fn session(&self, email: &str) -> (Uuid, Uuid) {
        let account = account::Entity::find().filter(account::Column::EmailKey.eq(email)).one(self.db).await;
        let (account, key) = (account.unwrap().unwrap(), Uuid::now_v7());
        let mut known = account.clone().into_active_model();
        known.last_sign_in_at = Set(Some(now()));
        known.policymaker_id = Set(Some(self.policymaker.id));
        known.update(self.db).await.unwrap();
        let account = account.id;
        let row = session::ActiveModel {
            id: Set(key),
            account_id: Set(account),
            agent: Set(Some("A browser".to_owned())),
            created_at: Set(now()),
            last_used_at: Set(now()),
            expires_at: Set(now() + std::time::Duration::from_secs(3_600)),
            revoked_at: Set(None),
        };
        row.insert(self.db).await.unwrap();
        (account, key)
    }

    /// An invitation that an account has made: its key.
    async fn invitation(&self, by: Uuid) -> Uuid {
        let key = Uuid::now_v7();
        let row = invitation::ActiveModel {
            id: Set(key),
            email: Set("invited@example.org".to_owned()),
            email_key: Set("invited@example.org".to_owned()),
            name: Set(Some("Somebody Invited".to_owned())),
            role: Set(Role::Representative),
            country_id: Set(Some(self.korea)),
            institution_id: Set(Some(self.key_of(ABROAD).await)),
            invited_by: Set(Some(by)),
            hash: Set("nobody knows".to_owned()),
            expires_at: Set(now() + std::time::Duration::from_secs(3_600)),
            accepted_at: Set(None),
            revoked_at: Set(None),
            version: Set(1),
            created_at: Set(now()),
            updated_at: Set(now()),
        };
        row.insert(self.db).await.unwrap();
        key
    }

    async fn agreement(&self, slug: &str) -> Uuid {
        let found = agreement::Entity::find().filter(agreement::Column::Slug.eq(slug)).one(self.db).await;
        found.unwrap().unwrap().id
    }

    async fn client(&self, name: &str, scopes: &[AgencyScope]) -> Uuid {
        let key = Uuid::now_v7();
        let row = agency_client::ActiveModel {
            id: Set(key),
            name: Set(name.to_owned()),
            institution_id: Set(self.key_of(ANSWERING).await),
            client_id: Set(name.to_owned()),
            scopes: Set(AgencyScope::set(scopes)),
            public_keys: Set(None),
            last_used_at: Set(Some(now())),
            revoked_at: Set(None),
            version: Set(1),
            created_at: Set(now()),
            updated_at: Set(now()),
        };
        row.insert(self.db).await.unwrap();
        key
    }

    /// A machine's address that was given up, and something that waits to be sent there: their keys.
    async fn webhook(&self, client: Uuid) -> (Uuid, Uuid) {
        let (key, delivery) = (Uuid::now_v7(), Uuid::now_v7());
        let row = webhook_endpoint::ActiveModel {
            id: Set(key),
            agency_client_id: Set(client),
            url: Set("https://hooks.example.org/in".to_owned()),
            events: Set(WebhookEvent::set(&[WebhookEvent::OpportunityPublished])),
            epoch: Set(1),
            transaction_id: Set(0),
            sequence: Set(0),
            numbered: Set(1),
            disabled_reason: Set(Some(WebhookDisabledReason::Failing)),
            disabled_at: Set(Some(now())),
            notice_begun_at: Set(Some(now())),
            noticed_at: Set(Some(now())),
            version: Set(2),
            created_at: Set(now()),
            updated_at: Set(now()),
        };
        row.insert(self.db).await.unwrap();
        let row = webhook_secret::ActiveModel {
            id: Set(Uuid::now_v7()),
            webhook_endpoint_id: Set(key),
            secret: Set("nobody knows".to_owned()),
            private_key: Set("nobody knows".to_owned()),
            public_key: Set("everybody".to_owned()),
            created_at: Set(now()),
            expires_at: Set(None),
        };
        row.insert(self.db).await.unwrap();
        let row = webhook_delivery::ActiveModel {
            id: Set(delivery),
            webhook_endpoint_id: Set(key),
            number: Set(1),
            event: Set(Some(WebhookEvent::OpportunityPublished)),
            subject: Set(Some(SubjectKind::Opportunity)),
            subject_id: Set(Some(self.opportunity.id)),
            sync_token: Set(None),
            occurred_at: Set(now()),
            status: Set(WebhookDeliveryStatus::Pending),
            failure: Set(Some(WebhookFailure::Answered)),
            http_status: Set(Some(500)),
            duration_ms: Set(Some(12)),
            attempts: Set(8),
            tries: Set(8),
            last_attempt_at: Set(Some(now())),
            next_attempt_at: Set(Some(now())),
            claimed_until: Set(None),
            version: Set(9),
            created_at: Set(now()),
        };
        row.insert(self.db).await.unwrap();
        (key, delivery)
    }
}
