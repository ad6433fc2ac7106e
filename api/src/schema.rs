//! The roots of the schema: a line per subject.
use async_graphql::{
    MergedObject, MergedSubscription, Request, SDLExportOptions, Schema, SchemaBuilder, ValidationMode,
};

use crate::domain::{
    accounts::{AccountMutation, AccountQuery},
    agencies::AgencyMutation,
    agreements::{AgreementMutation, AgreementQuery},
    applications::ApplicationMutation,
    audit::AuditQuery,
    change_requests::{ChangeRequestMutation, ChangeRequestQuery},
    contacts::{Contact, ContactChanged, ContactMutation, ContactQuery, ContactSubscription, Replay},
    conventions::ConventionQuery,
    cooperation::CooperationQuery,
    countries::CountryQuery,
    duplicates::{DuplicateMutation, DuplicateQuery},
    groups::GroupQuery,
    institutions::{InstitutionMutation, InstitutionQuery},
    interests::InterestMutation,
    invitations::{InvitationMutation, InvitationQuery},
    memberships::{MembershipChange, MembershipMutation, MembershipQuery, MembershipSubscription},
    nodes::NodeQuery,
    opportunities::{OpportunityMutation, OpportunityQuery, OpportunitySubscription, Published, published},
    passwords::PasswordMutation,
    policymakers::{PolicymakerMutation, PolicymakerQuery},
    search::SearchQuery,
    sessions::{SessionMutation, SessionQuery},
    upserts::UpsertMutation,
    webhooks::WebhookMutation,
};
use crate::{
    changes::{Logged, Position},
    graphql::ErrorCode,
};

/// What can be read in the network.
///
/// Every error has a code, `extensions.code`, which is one of these:
///
/// - `BAD_REQUEST`: the request is not one: its JSON, its parameters, or their kinds.
/// - `GRAPHQL_PARSE_FAILED`: the document is not GraphQL.
/// - `GRAPHQL_VALIDATION_FAILED`: the document does not fit the schema.
/// - `BAD_USER_INPUT`: a variable or an argument breaks a rule; `extensions.field` says which.
/// - `CURSOR_MISMATCH`: a cursor comes from a list with another order or filter.
/// - `CURSOR_EXPIRED`: the entry that a cursor points at is gone.
/// - `SYNC_TOKEN_INVALID`: a sync token is somebody else's, for another filter, or of a time before the data was restored: start
///   again without it.
/// - `SYNC_TOKEN_EXPIRED`: what came after a sync token is not kept any more: start again without it.
/// - `UNAUTHENTICATED`: there are no credentials, or they are not valid.
/// - `FORBIDDEN`: whoever asks, or another site's page, may not do this.
/// - `METHOD_NOT_ALLOWED`: the method is none of those that `Allow` lists.
/// - `NOT_ACCEPTABLE`: no media type that `Accept` lists can be answered.
/// - `UNSUPPORTED_MEDIA_TYPE`: the body is not `application/json`.
/// - `PERSISTED_QUERY_NOT_FOUND`: the document is not known by this hash; send it along.
/// - `PERSISTED_QUERY_REQUIRED`: only documents that were registered are run.
/// - `IDEMPOTENCY_KEY_REUSED`: the `Idempotency-Key` was used for another request.
/// - `IDEMPOTENCY_IN_PROGRESS`: a request with this `Idempotency-Key` is still running; `Retry-After` says when to try again.
/// - `BODY_TOO_LARGE`: the body is larger than it may be.
/// - `BODY_TOO_SLOW`: the body did not come in time.
/// - `NESTING_TOO_DEEP`: the document or its variables are nested deeper than they may be.
/// - `TOO_MANY_TOKENS`: the document has more tokens than it may have.
/// - `QUERY_TOO_DEEP`: fields are nested deeper than they may be.
/// - `TOO_MANY_ALIASES`: one field is asked for under more names than it may be.
/// - `TOO_MANY_ROOT_FIELDS`: there are more fields at the root than there may be.
/// - `TOO_MANY_DIRECTIVES`: there are more directives than there may be.
/// - `COST_EXCEEDED`: the answer may cost more than one answer may.
/// - `TOO_MANY_ERRORS`: there are more errors than are told.
/// - `THROTTLED`: too many requests, or too costly ones, came in too short a time; `Retry-After` says when to try again.
/// - `TIMEOUT`: the answer took longer than it may.
/// - `UNAVAILABLE`: the service cannot answer now; `Retry-After` says when to try again.
/// - `INTERNAL`: a fault of the service; `extensions.traceId` is what its log has it under.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    CountryQuery,
    GroupQuery,
    ConventionQuery,
    InstitutionQuery,
    PolicymakerQuery,
    AgreementQuery,
    OpportunityQuery,
    CooperationQuery,
    SearchQuery,
    AccountQuery,
    SessionQuery,
    AuditQuery,
    MembershipQuery,
    ChangeRequestQuery,
    ContactQuery,
    InvitationQuery,
    DuplicateQuery,
);

/// What can be changed in the network.
#[derive(MergedObject, Default)]
pub struct Mutation(
    SessionMutation,
    PasswordMutation,
    AccountMutation,
    AgencyMutation,
    InstitutionMutation,
    AgreementMutation,
    OpportunityMutation,
    InterestMutation,
    PolicymakerMutation,
    ContactMutation,
    ApplicationMutation,
    MembershipMutation,
    ChangeRequestMutation,
    InvitationMutation,
    WebhookMutation,
    UpsertMutation,
    DuplicateMutation,
);

/// The mutations that answer with a session or a secret, which nobody keeps, and those that nobody in particular sends:
/// none of them can be answered again, and each refuses an `Idempotency-Key`.
const NOT_REPEATABLE: [&str; 13] = [
    "signIn",
    "refreshSession",
    "signOut",
    "revokeSession",
    "changePassword",
    "requestPasswordReset",
    "resetPassword",
    "acceptInvitation",
    "createAgencyClient",
    "rotateAgencySecret",
    "confirmApplication",
    "createWebhook",
    "updateWebhook",
];

/// Whether a mutation can be sent again with an `Idempotency-Key`: all those that are not listed here can.
pub(crate) fn is_repeatable(mutation: &str) -> bool {
    !NOT_REPEATABLE.contains(&mutation)
}

/// What is told of the network at once, as long as somebody listens.
#[derive(MergedSubscription, Default)]
pub struct Subscription(OpportunitySubscription, MembershipSubscription, ContactSubscription);

/// Something that happened, which subscriptions tell.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// Nothing yet: a subscription begins, which may want to be told first what has happened before.
    Begins(Replay),
    Published(Published),
    Membership(MembershipChange),
    Contact(ContactChanged),
}

impl Event {
    /// What an entry of the log tells those who wait, if anything.
    pub(crate) fn of(entry: &Logged) -> Option<Self> {
        let membership = || MembershipChange::of(entry).map(Self::Membership);
        let contact = || ContactChanged::of(entry).map(Self::Contact);
        published(entry).map(Self::Published).or_else(membership).or_else(contact)
    }

    /// Whether whoever was told all up to this place was told it.
    pub(crate) fn is_before(&self, place: Position) -> bool {
        matches!(self, Self::Contact(changed) if changed.place() <= place)
    }

    /// The request of an operation that is run for it.
    pub(crate) fn told(self, request: Request) -> Request {
        match self {
            Self::Begins(replay) => request.data(replay),
            Self::Published(published) => request.data(published),
            Self::Membership(change) => request.data(change),
            Self::Contact(changed) => request.data(changed),
        }
    }
}

/// The schema that the service serves.
pub(crate) type BalaiSchema = Schema<Query, Mutation, Subscription>;

/// How deep the executor descends: more than `http` lets through.
const LEVELS: usize = 256;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<Contact>()
        // What comes here was validated already, by `http`, which keeps what it validated.
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(LEVELS)
}

/// The schema, ready to answer requests.
pub(crate) fn schema() -> BalaiSchema {
    builder().finish()
}

/// The schema in the schema definition language, as `api/schema.graphql` holds it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by().sorted_fields().sorted_arguments().sorted_enum_items();
    schema().sdl_with_options(options)
}

/// The codes that an error's `extensions.code` is one of.
#[must_use]
pub fn error_codes() -> Vec<&'static str> {
    ErrorCode::ALL.iter().map(|code| code.name()).collect()
}
