//! Documents that are known by a name: trusted ones, from the manifests that clients' compilers write, and automatic
//! ones, which a client sends once (<https://www.apollographql.com/docs/apollo-server/performance/apq>).
use std::{collections::HashMap, fs, path::Path};

use moka::sync::Cache;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{refusal::Refusal, request::Parameters};
use crate::{
    config::TrustedDocuments,
    graphql::{Described, ErrorCode},
};

/// How many bytes of automatic documents are kept.
const KEPT: u64 = 16 * 1024 * 1024;
/// How a name begins that is the SHA-256 of its document, in hexadecimal.
const SHA256: &str = "sha256:";

/// The documents that are known by a name.
pub(super) struct Persisted {
    mode: TrustedDocuments,
    trusted: HashMap<String, String>,
    automatic: Cache<String, String>,
}

/// A request's document.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) text: String,
    /// The name to keep it under, once it is known to be a good one.
    keep: Option<String>,
}

/// A manifest, as compilers write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    /// Apollo's, of `@apollo/generate-persisted-query-manifest`.
    Apollo { operations: Vec<ApolloOperation> },
    /// Relay's, of `persistConfig`: names and texts.
    Relay(HashMap<String, String>),
}

#[derive(Deserialize)]
struct ApolloOperation {
    id: String,
    body: String,
}

impl Persisted {
    /// With the trusted documents of a folder.
    ///
    /// # Errors
    ///
    /// If a manifest cannot be read, or documents are to be enforced and there is no folder.
    pub(super) fn new(mode: TrustedDocuments, folder: Option<&Path>) -> Result<Self, String> {
        let trusted = match folder {
            Some(folder) => manifests(folder)?,
            None if mode == TrustedDocuments::Off => HashMap::new(),
            None => {
                return Err(
                    "BALAI_TRUSTED_DOCUMENTS needs the manifests: set BALAI_TRUSTED_DOCUMENTS_DIR to their folder"
                        .into(),
                );
            }
        };
        let weigh = |name: &String, text: &String| u32::try_from(name.len() + text.len()).unwrap_or(u32::MAX);
        let automatic = Cache::builder().weigher(weigh).max_capacity(KEPT).build();
        Ok(Self { mode, trusted, automatic })
    }

    /// The document of a request, by its text, its name or both.
    pub(super) fn document(&self, parameters: &mut Parameters) -> Result<Named, Refusal> {
        let by_hash = parameters.persisted_query().cloned();
        if by_hash.as_ref().is_some_and(|persisted| persisted.version != 1) {
            return Err(Refusal::malformed("`extensions.persistedQuery` must have the version 1"));
        }
        let hash = by_hash.map(|persisted| persisted.sha256_hash);
        match (parameters.document_id.take(), parameters.query.take(), hash) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(Refusal::malformed(
                "a request names its document or has its text, not both: send `documentId` alone",
            )),
            (Some(name), None, None) => self.known(&name),
            (None, None, Some(hash)) => self.known(&format!("{SHA256}{hash}")),
            (None, Some(text), hash) => self.sent(text, hash.as_deref()),
            (None, None, None) => {
                Err(Refusal::malformed("the parameter `query` is missing: it has the text of the document"))
            }
        }
    }

    /// Keeps an automatic document, once it is known to be a good one.
    pub(super) fn keep(&self, document: Named) {
        if let Some(name) = document.keep {
            self.automatic.insert(name, document.text);
        }
    }

    fn known(&self, name: &str) -> Result<Named, Refusal> {
        let automatic = || self.automatic.get(name).filter(|_| self.mode != TrustedDocuments::Enforce);
        match self.trusted.get(name).cloned().or_else(automatic) {
            Some(text) => Ok(Named { text, keep: None }),
            // To send its text would not help.
            None if self.mode == TrustedDocuments::Enforce => Err(required()),
            // Apollo's clients know the message, others the code.
            None => Err(refused(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")),
        }
    }

    fn sent(&self, text: String, hash: Option<&str>) -> Result<Named, Refusal> {
        if hash.is_none() && self.mode == TrustedDocuments::Off {
            return Ok(Named { text, keep: None });
        }
        let name = name(&text);
        if hash.is_some_and(|hash| name.strip_prefix(SHA256) != Some(hash)) {
            return Err(Refusal::malformed("`extensions.persistedQuery.sha256Hash` is not the hash of `query`"));
        }
        let trusted = self.trusted.contains_key(&name);
        match self.mode {
            TrustedDocuments::Enforce if !trusted => return Err(required()),
            TrustedDocuments::Log if !trusted => {
                metrics::counter!("balai_untrusted_documents_total").increment(1);
                tracing::warn!(document = name, "a document is in no manifest");
            }
            _ => {}
        }
        Ok(Named { keep: hash.is_some().then_some(name), text })
    }
}

fn refused(code: ErrorCode, message: &str) -> Refusal {
    Refusal::of_document(vec![Described::new(code, message)])
}

fn required() -> Refusal {
    let message = "only registered documents are run here: send the `documentId` of one";
    refused(ErrorCode::PersistedQueryRequired, message)
}

/// The name that a document has by its text.
fn name(text: &str) -> String {
    use std::fmt::Write as _;
    let mut name = SHA256.to_owned();
    for byte in Sha256::digest(text) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

fn manifests(folder: &Path) -> Result<HashMap<String, String>, String> {
    let mut found = HashMap::new();
    let unreadable = |path: &Path, cause: &dyn std::fmt::Display| format!("{}: {cause}", path.display());
    let entries = fs::read_dir(folder).map_err(|cause| unreadable(folder, &cause))?;
    for entry in entries {
        let path = entry.map_err(|cause| unreadable(folder, &cause))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|cause| unreadable(&path, &cause))?;
        let manifest = serde_json::from_str(&text).map_err(|_| {
            unreadable(
                &path,
                &"this is no manifest of trusted documents, as the compilers of Relay and Apollo write it",
            )
        })?;
        let documents: Vec<(String, String)> = match manifest {
            Manifest::Apollo { operations } => operations.into_iter().map(|one| (one.id, one.body)).collect(),
            Manifest::Relay(documents) => documents.into_iter().collect(),
        };
        for (id, text) in documents {
            found.insert(name(&text), text.clone());
            found.insert(id, text);
        }
    }
    Ok(found)
}
