//! The vocabularies that several subjects share.
use async_graphql::Enum;
use serde::Serialize;

/// A field of cultural policy.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::PolicyArea")]
pub(crate) enum PolicyArea {
    /// Cinema.
    Film,
    /// Television, radio and other audiovisual media.
    AudiovisualMedia,
    /// Theatre, dance, circus and other performing arts.
    PerformingArts,
    /// Music.
    Music,
    /// Visual arts and crafts.
    VisualArts,
    /// Books and the press.
    BooksAndPress,
    /// Design and fashion.
    Design,
    /// Games and other digital creation.
    DigitalCreativity,
    /// Cultural heritage, tangible and intangible.
    Heritage,
    /// Trade in cultural services, and preferential treatment.
    TradeInServices,
    /// Mobility of artists and cultural professionals.
    Mobility,
    /// Copyright and other intellectual property.
    IntellectualProperty,
    /// Cultural statistics and research.
    Statistics,
    /// Arts education and training.
    Education,
    /// Foreign affairs and cultural diplomacy.
    ForeignAffairs,
}

/// A medium of cultural expression.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::Medium")]
pub(crate) enum Medium {
    /// Films for cinemas.
    Film,
    /// Television programmes.
    Television,
    /// Animation.
    Animation,
    /// Documentaries.
    Documentary,
    /// Digital works, games among them.
    Digital,
    /// Music.
    Music,
    /// Performing arts.
    PerformingArts,
}
