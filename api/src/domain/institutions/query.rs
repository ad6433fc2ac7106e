//! Root fields about institutions.
use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};
use entity::vocabulary::SubjectKind;

use super::{Institution, InstitutionFilter, InstitutionOrder, Institutions, service};
use crate::{
    access::Seen as _,
    db::PageArgs,
    domain::external_ids::called,
    graphql::{Asked, Connection, Result, decode, list, named_one, reading, seen_if_any, typed},
};

/// By what to find an institution.
#[derive(Debug, OneofObject)]
pub(crate) enum InstitutionBy {
    /// Its ID.
    Id(ID),
    /// Its readable key.
    Slug(String),
    /// What the agency calls it whose machine asks.
    ExternalId(String),
}

/// Root fields about institutions.
#[derive(Default)]
pub(crate) struct InstitutionQuery;

#[Object]
impl InstitutionQuery {
    /// One institution.
    async fn institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By what to find it.")] by: InstitutionBy,
    ) -> Option<Result<Institution>> {
        let institution = async {
            Ok(match by {
                InstitutionBy::Id(id) => {
                    named_one(ctx, Institutions, decode("by.id", Institutions::PREFIX, &id)?).await?
                }
                InstitutionBy::Slug(slug) => {
                    service::by_slug(reading(ctx)?, typed("by.slug", &slug)?).await?.map(Arc::new)
                }
                InstitutionBy::ExternalId(value) => {
                    let value = typed("by.externalId", &value)?;
                    seen_if_any(ctx, Institutions, called(reading(ctx)?, SubjectKind::Institution, value).await?)
                        .await?
                }
            })
        };
        institution.await.map(|row| row.map(Institution)).transpose()
    }

    /// Institutions.
    async fn institutions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<InstitutionFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<InstitutionOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Institution>>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: InstitutionOrder::asked(order_by) };
        Some(list::<Institutions, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }
}
