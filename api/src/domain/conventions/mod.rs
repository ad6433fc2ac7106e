//! Conventions on culture, and who is party to them.
mod query;
mod service;
mod types;

pub(crate) use query::ConventionQuery;
pub(crate) use service::{Conventions, of_country, parties, parties_to_principal};
pub(crate) use types::{Accession, Convention, accessions_of_country, accessions_of_group};
