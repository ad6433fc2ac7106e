//! Institutions of cultural policy: ministries, agencies, councils, film bodies, funds.
mod content;
mod filter;
mod input;
mod mutation;
mod pushed_input;
mod pushed_writing;
mod query;
mod service;
mod stored;
mod types;
mod writing;

pub(crate) use content::Patch;
pub(crate) use filter::{InstitutionFilter, InstitutionOrder};
pub(crate) use input::NewInstitutionInput;
pub(crate) use mutation::InstitutionMutation;
pub(crate) use pushed_input::InstitutionContactInput;
pub(crate) use pushed_writing::{PushedInstitution, PushedInstitutions};
pub(crate) use query::InstitutionQuery;
pub(crate) use service::{Institutions, InstitutionsUnder, key_of_slug, known, made_by_viewer, reached, unknown};
pub(crate) use stored::{KnownTo, audience, audience_of, known_to, upwards};
pub(crate) use types::{Institution, InstitutionKind};
pub(crate) use writing::{admit, create_hidden, of_application};
