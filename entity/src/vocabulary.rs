//! The closed vocabularies that columns hold. What each value means is said where clients read it, in
//! the GraphQL enums of the same names.
use sea_orm::entity::prelude::*;

/// A vocabulary whose values a column holds as a set: value number n is bit n of an integer.
///
/// The order of the values is stored: new ones are added at the end.
pub trait Flag: Copy + PartialEq + Sized + 'static {
    /// Every value, in the order of its bits.
    const ALL: &'static [Self];

    /// The set of these values.
    fn set(values: &[Self]) -> i32 {
        let bit = |value| Self::ALL.iter().position(|known| known == value).map_or(0, |n| 1 << n);
        values.iter().fold(0, |set, value| set | bit(value))
    }

    /// The values in a set, in the vocabulary's order.
    fn members(set: i32) -> Vec<Self> {
        Self::ALL.iter().enumerate().filter(|(n, _)| set & (1 << n) != 0).map(|(_, value)| *value).collect()
    }
}

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($value:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[expect(missing_docs, reason = "described where clients read them, in the GraphQL enum")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($value),* }

        impl Flag for $name {
            const ALL: &'static [Self] = &[$(Self::$value),*];
        }
    )*};
}

vocabulary! {
    /// In which capacity a country belongs to a group.
    GroupRole { Member, Observer, DialoguePartner, SectoralDialoguePartner, DevelopmentPartner }
    /// By which instrument a state became party to a convention.
    AccessionInstrument { Ratification, Acceptance, Approval, Accession, NotificationOfSuccession }
    /// What sort of institution.
    InstitutionKind {
        Ministry, Agency, ArtsCouncil, FilmBody, NationalCommission, Intergovernmental, Fund, Academic,
        CivilSociety, Network,
    }
    /// A field of cultural policy.
    PolicyArea {
        Film, AudiovisualMedia, PerformingArts, Music, VisualArts, BooksAndPress, Design, DigitalCreativity,
        Heritage, TradeInServices, Mobility, IntellectualProperty, Statistics, Education, ForeignAffairs,
    }
    /// How senior a position is.
    SeniorityLevel { Minister, DeputyMinister, DirectorGeneral, Director, Officer, Expert }
    /// What an e-mail address or telephone number is for.
    ContactPointKind { Work, Personal, Mobile, Fax, Assistant }
    /// Who may see an e-mail address or telephone number.
    Visibility { Public, Members, Secretariat }
    /// What sort of agreement.
    AgreementKind { CoProduction, CoDistribution, CulturalCooperation, TradeProtocol, Mobility, Memorandum }
    /// Where an agreement stands.
    AgreementStatus { Negotiating, Signed, InForce, Suspended, Terminated, Unknown }
    /// A medium of cultural expression.
    Medium { Film, Television, Animation, Documentary, Digital, Music, PerformingArts }
    /// What sort of opportunity.
    OpportunityKind {
        CoProduction, CoDistribution, ArtistMobility, Residency, Funding, Training, MarketAccess, Exchange,
    }
    /// Where an opportunity stands.
    OpportunityStatus { Draft, Submitted, Published, Postponed, Closed, Cancelled }
    /// In which capacity an institution takes part in an opportunity.
    PartnerRole { Partner, LocalPartner, Donor, Host }
    /// A cost that an opportunity pays for.
    CoveredCost { Travel, Accommodation, PerDiem, Visa, Insurance, Fee, Production, Promotion, Other }
    /// Whether an account may be used.
    AccountStatus { Invited, Active, Disabled }
    /// What an account may do.
    Role { Admin, FocalPoint, Representative }
    /// Where a membership stands.
    MembershipStatus { Applied, Endorsed, Active, Suspended, Lapsed, Withdrawn, Rejected }
    /// Which sort of membership.
    MembershipTier { Full, Associate, Observer }
    /// What is told of the end of a membership's term.
    MembershipNotice { SixtyDays, ThirtyDays, SevenDays, Lapsed }
    /// What an agency's machine may do.
    AgencyScope { ContactsRead, ContactsWrite }
    /// What a one-time link is for.
    LinkPurpose { Bootstrap, Reset }
    /// What a search entry, a reference record or an ID is about.
    SubjectKind {
        Country, CountryGroup, GroupMembership, Convention, Accession, Institution, Agreement, Opportunity,
        Policymaker, Account, AgencyClient, Session, Interest, AuditEntry, Membership, ChangeRequest, Invitation,
        WebhookEndpoint, WebhookDelivery,
        DuplicateContact,
    }
    /// In what two contacts are alike.
    ContactMatch { Name, Email, Phone, Institution, Website }
    /// What was done to a subject.
    ChangeOperation { Created, Updated, Deleted, Merged, Unmerged, Erased }
    /// Where an interest stands.
    InterestStatus { Submitted, Shortlisted, Accepted, Declined, Withdrawn }
    /// What an administrator decides that a second one may have to approve.
    ChangeRequestAction {
        RejectFullMember, ExpelMember, GrantAdmin, RejectAssociate, RejectObserver, ApproveMember, SuspendMember,
        ReinstateMember, RenewMember, RevokeAdmin, DisableAccount,
    }
    /// Where a request for approval stands.
    ChangeRequestStatus { Pending, Approved, Rejected, Stale, Expired }
    /// What an agency's machine is told at its own address.
    WebhookEvent { ContactChanged, OpportunityPublished }
    /// Why an address is told nothing.
    WebhookDisabledReason { Requested, Failing, Gone }
    /// Where a delivery stands.
    WebhookDeliveryStatus { Pending, Delivered, Failed }
    /// Why an attempt at a delivery came to nothing.
    WebhookFailure { Refused, Unreachable, TimedOut, Answered }
}
