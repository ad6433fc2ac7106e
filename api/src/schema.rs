//! The roots of the schema: a line per subject.
use async_graphql::{EmptyMutation, EmptySubscription, MergedObject, SDLExportOptions, Schema, SchemaBuilder};

use crate::domain::{
    agreements::AgreementQuery, contacts::Contact, conventions::ConventionQuery, cooperation::CooperationQuery,
    countries::CountryQuery, groups::GroupQuery, institutions::InstitutionQuery, nodes::NodeQuery,
    opportunities::OpportunityQuery, policymakers::PolicymakerQuery, search::SearchQuery,
};

/// What can be read in the network.
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
);

/// The schema that the service serves.
pub(crate) type BalaiSchema = Schema<Query, EmptyMutation, EmptySubscription>;

/// How deep a query may be nested.
const DEPTH: usize = 20;

fn builder() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query::default(), EmptyMutation, EmptySubscription)
        .register_output_type::<Contact>()
        .limit_depth(DEPTH)
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
