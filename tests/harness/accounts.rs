//! Signing in, as each sort of viewer.
use api::{clock::Clock, config::TokenHolder};
use entity::{
    account, country, institution, membership, one_time_link, role_grant,
    vocabulary::{AccountStatus, LinkPurpose, MembershipStatus, MembershipTier, Role},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _,
};
use serde_json::json;
use sha2::Digest as _;
use uuid::Uuid;

use crate::Server;

/// A password that is taken.
pub const PASSWORD: &str = "heron tapir quince umbrella";

/// A role, and where.
#[derive(Clone, Copy, Debug)]
pub enum Grant<'a> {
    /// The secretariat.
    Admin,
    /// Of the country with this code.
    FocalPoint(&'a str),
    /// Of the institution with this slug, which is made a member.
    Representative(&'a str),
}

impl Server {
    /// Makes the first administrator's account on the page that the first start's link leads to, and signs in.
    pub async fn administrator(&self) -> String {
        let secret = api::commands::first_link(&self.database().await, self.clock()).await.unwrap().unwrap();
        let form = format!("email=admin%40example.org&name=Ada+Admin&password={}", PASSWORD.replace(' ', "+"));
        let request = self.request("POST", &format!("/link/{secret}"));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        assert_eq!(request.send().await.unwrap().status(), 200);
        let (token, _) = self.sign_in("admin@example.org").await;
        token
    }

    /// Signs in: the access token and the refresh token.
    pub async fn sign_in(&self, email: &str) -> (String, String) {
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken } }";
        let answer = self.ask_with(query, json!({ "input": { "email": email, "password": PASSWORD } })).await;
        let text = |field: &str| answer.data()["signIn"][field].as_str().unwrap().to_owned();
        (text("accessToken"), text("refreshToken"))
    }

    /// An access token of a new account with these roles.
    pub async fn account(&self, email: &str, grants: &[Grant<'_>]) -> String {
        account(&self.database().await, (self.address(), self.clock()), email, grants).await
    }

    /// An access token of an account or of an agency's machine.
    pub async fn token_of(&self, holder: &TokenHolder) -> String {
        api::commands::issue(&self.database().await, self.address(), holder, self.clock()).await.unwrap()
    }

    /// The secret of a link with which an account's password is set anew.
    pub async fn reset_link(&self, email: &str) -> String {
        let db = self.database().await;
        let found = account::Entity::find().filter(account::Column::EmailKey.eq(email)).one(&db).await;
        let (secret, now) = (Uuid::now_v7().to_string(), self.clock().now());
        let link = one_time_link::ActiveModel {
            id: Set(Uuid::now_v7()),
            hash: Set(sha2::Sha256::digest(&secret).iter().map(|byte| format!("{byte:02x}")).collect()),
            purpose: Set(LinkPurpose::Reset),
            account_id: Set(Some(found.unwrap().unwrap().id)),
            created_at: Set(now),
            expires_at: Set(now + std::time::Duration::from_secs(3_600)),
            used_at: Set(None),
        };
        link.insert(&db).await.unwrap();
        secret
    }

    /// Waits until a token is refused: that takes a second at most.
    pub async fn refuses_soon(&self, token: &str) {
        let since = std::time::Instant::now();
        while self.ask_as(token, "{ viewer { __typename } }").await.status != 401 {
            assert!(since.elapsed().as_millis() < 1_500, "a token is refused within a second");
        }
    }

    /// Makes an institution a member, if it is none: its key.
    pub async fn member(&self, slug: &str) -> Uuid {
        member(&self.database().await, self.clock(), slug).await
    }
}

/// An access token of a new account with these roles, for the service at a public address.
pub(crate) async fn account(
    db: &DatabaseConnection,
    (public_url, clock): (&str, &Clock),
    email: &str,
    grants: &[Grant<'_>],
) -> String {
    let now = clock.now();
    let account = account::ActiveModel {
        id: Set(Uuid::now_v7()),
        email: Set(email.to_owned()),
        email_key: Set(email.to_owned()),
        name: Set("Somebody Invented".to_owned()),
        password_hash: Set(None),
        status: Set(AccountStatus::Active),
        policymaker_id: Set(None),
        last_sign_in_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        connected_at: Set(None),
        sort_key: Set(format!("somebody invented {}", email.replace(['@', '.', '-'], " "))),
    };
    let account = account.insert(db).await.unwrap();
    for grant in grants {
        let (role, country, institution) = match grant {
            Grant::Admin => (Role::Admin, None, None),
            Grant::FocalPoint(code) => {
                let country = country::Entity::find().filter(country::Column::Code.eq(*code)).one(db).await;
                (Role::FocalPoint, Some(country.unwrap().unwrap().id), None)
            }
            Grant::Representative(slug) => (Role::Representative, None, Some(member(db, clock, slug).await)),
        };
        let grant = role_grant::ActiveModel {
            id: Set(Uuid::now_v7()),
            account_id: Set(account.id),
            role: Set(role),
            country_id: Set(country),
            institution_id: Set(institution),
            granted_at: Set(now),
            since: Set(now.date_naive()),
            until: Set(None),
        };
        grant.insert(db).await.unwrap();
    }
    api::commands::issue(db, public_url, &TokenHolder::account(email), clock).await.unwrap()
}

async fn member(db: &DatabaseConnection, clock: &Clock, slug: &str) -> Uuid {
    let now = clock.now();
    let found = institution::Entity::find().filter(institution::Column::Slug.eq(slug)).one(db).await;
    let institution = found.unwrap().unwrap().id;
    let known = membership::Entity::find().filter(membership::Column::InstitutionId.eq(institution)).one(db).await;
    if known.unwrap().is_none() {
        let membership = membership::ActiveModel {
            id: Set(Uuid::now_v7()),
            institution_id: Set(institution),
            status: Set(MembershipStatus::Active),
            tier: Set(MembershipTier::Full),
            since: Set(Some(now.date_naive())),
            until: Set(None),
            extended_from: Set(None),
            applied_at: Set(now),
            version: Set(1),
        };
        membership.insert(db).await.unwrap();
    }
    institution
}
