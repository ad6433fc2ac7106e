//! What is told of contacts at once.
use std::sync::{Arc, OnceLock};

use async_graphql::{Context, Subscription};
use futures_util::{Stream, stream};

use super::{
    Carried, ContactFilter,
    feed_service::told_by,
    feed_types::ContactChange,
    filter::ContactKind,
    sync_token::{Place, Tokens},
};
use crate::{
    changes::{Logged, Position},
    error::Error,
    graphql::{Result, SyncToken, reading},
};

/// That the log has something of a contact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContactChanged(Position);

impl ContactChanged {
    /// What an entry of the log tells of a contact.
    pub(crate) fn of(entry: &Logged) -> Option<Self> {
        ContactKind::of(entry.subject).map(|_| Self(Position::behind(entry)))
    }

    /// The place behind the entry.
    pub(crate) fn place(self) -> Position {
        self.0
    }
}

/// From where on a subscription is to be told first what has happened before it began, if it says so.
pub(crate) type Replay = Arc<OnceLock<Position>>;

/// What is told of contacts at once, in the manner of opportunities.
#[derive(Default)]
pub(crate) struct ContactSubscription;

#[Subscription]
impl ContactSubscription {
    /// Each change of the contacts of whoever asks, as `contactChanges` tells it: what has changed since a token, and then what
    /// changes, with nothing left out or told twice in between. A contact is told as it is when it is told.
    async fn contact_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First what follows this; without it, what changes from now on.")] since: Option<SyncToken>,
        #[graphql(desc = "Which contacts; the same as that of the token.")] filter: Option<ContactFilter>,
    ) -> Result<impl Stream<Item = ContactChange>> {
        let reading = reading(ctx)?;
        let filter = filter.unwrap_or_default();
        let tokens = Arc::new(Tokens::of(reading, &filter).await?);
        if let (Some(replay), Some(token)) = (ctx.data_opt::<Replay>(), &since) {
            let Place::Log(from) = tokens.place(reading, token).await? else {
                let message = "this token is in the middle of a snapshot: fetch the rest of its pages first";
                return Err(Error::invalid("since", message).into());
            };
            replay.get_or_init(|| from);
        }
        let change = match ctx.data_opt::<ContactChanged>() {
            None => None,
            Some(ContactChanged(place)) => {
                let carried = Carried::of(reading, filter).await?;
                told_by(reading, &carried, *place).await?
            }
        };
        Ok(stream::iter(change.map(|change| ContactChange::of(change, &tokens))))
    }
}
