//! Cards, as clients ask for them.
use async_graphql::{Context, Enum};

use super::{Card, jscontact, vcard};
use crate::{
    error::Error,
    graphql::{Made, Result, made, reading},
};
use uuid::Uuid;

/// In which form a card is written.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
pub(crate) enum CardFormat {
    /// JSContact (RFC 9553): a JSON object on one line.
    #[graphql(name = "JSCONTACT")]
    JsContact,
    /// vCard 4.0 (RFC 6350).
    #[graphql(name = "VCARD_4")]
    VCard4,
    /// vCard 3.0 (RFC 2426), for address books that take no newer ones: without what it has no words for.
    #[graphql(name = "VCARD_3")]
    VCard3,
}

impl Card {
    /// The card's text. The same card gives the same bytes.
    pub(crate) fn written(&self, format: CardFormat) -> Result<String, Error> {
        match format {
            CardFormat::JsContact => jscontact::written(self),
            CardFormat::VCard4 => vcard::written(self, vcard::Version::Four),
            CardFormat::VCard3 => vcard::written(self, vcard::Version::Three),
        }
    }
}

/// The card of a contact.
pub(crate) async fn card_of<M>(ctx: &Context<'_>, cards: M, key: Uuid, format: CardFormat) -> Result<String>
where
    M: Made<Of = std::sync::Arc<Card>>,
{
    reading(ctx)?.viewer.takes_cards()?;
    Ok(made(ctx, cards, key).await?.written(format)?)
}
