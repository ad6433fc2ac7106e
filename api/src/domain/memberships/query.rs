//! Root fields about memberships.
use async_graphql::{Context, ID, Object};

use super::{
    Membership, MembershipFilter, MembershipOrder, Memberships,
    export_service::sheet,
    summary::{MembershipSummary, summary},
};
use crate::{
    access::Seen as _,
    db::PageArgs,
    domain::exports::{Export, ExportFormat, export},
    graphql::{Asked, Connection, Result, decode, list, reading, seen},
};

/// Root fields about memberships.
#[derive(Default)]
pub(crate) struct MembershipQuery;

#[Object]
impl MembershipQuery {
    /// One membership. Seen whole by the institution's representatives, focal points of its country, and administrators.
    async fn membership(&self, ctx: &Context<'_>, #[graphql(desc = "Its ID.")] id: ID) -> Option<Result<Membership>> {
        let row = async { seen(ctx, Memberships, decode("id", Memberships::PREFIX, &id)?).await };
        row.await.map(|row| row.map(Membership)).transpose()
    }

    /// The memberships that whoever asks sees whole: representatives those of their institutions, focal points those of
    /// their country's, administrators all.
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<MembershipFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<MembershipOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Membership>>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: MembershipOrder::asked(order_by) };
        Some(list::<Memberships, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }

    /// The memberships that the filter lets pass, as a file to be opened in a spreadsheet: 10,000 at most. For administrators.
    async fn export_memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What sort of file.")] format: ExportFormat,
        #[graphql(desc = "Which ones.")] filter: Option<MembershipFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<MembershipOrder>,
    ) -> Option<Result<Export>> {
        let file = async {
            let reading = reading(ctx)?;
            let sheet = sheet(reading, &filter.unwrap_or_default(), MembershipOrder::asked(order_by)).await?;
            export(reading, sheet, format).await
        };
        Some(file.await)
    }

    /// How many memberships there are. For administrators.
    async fn membership_summary(&self, ctx: &Context<'_>) -> Option<Result<MembershipSummary>> {
        let told = async { summary(reading(ctx)?).await };
        Some(told.await)
    }
}
