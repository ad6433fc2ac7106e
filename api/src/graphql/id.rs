//! IDs as clients see them: `TypeID`s (<https://github.com/jetify-com/typeid>), such as `inst_01j9…`.
use async_graphql::ID;
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

use crate::{
    error::{Error, FaultCode},
    validation::Faults,
};

const EXPECTED: &str = "not an ID of this network; use the `id` of a node as it was answered";

/// The ID of the row with this key.
pub(crate) fn encode(prefix: &str, key: Uuid) -> ID {
    let id = DynamicType::new(prefix).map(|prefix| TypeSafeId::from_type_and_uuid(prefix, key));
    ID(id.map_or_else(|_| key.to_string(), |id| id.to_string()))
}

/// The prefix and the key of an ID of any type.
///
/// # Errors
///
/// If it is malformed.
pub(crate) fn kind_of(field: &str, id: &ID) -> Result<(String, Uuid), Error> {
    match id.parse::<TypeSafeId<DynamicType>>() {
        Ok(id) if !id.type_prefix().is_empty() => Ok((id.type_prefix().to_owned(), id.uuid())),
        _ => Err(Error::invalid(field, EXPECTED)),
    }
}

/// The key of an ID that must be of this type.
///
/// # Errors
///
/// If it is malformed or of another type.
pub(crate) fn decode(field: &str, prefix: &str, id: &ID) -> Result<Uuid, Error> {
    match kind_of(field, id)? {
        (found, key) if found == prefix => Ok(key),
        (found, _) => Err(Error::invalid(field, format!("an ID that begins with {prefix}_ is expected, not {found}_"))),
    }
}

/// The key of an ID that must be of this type, in an input whose faults are told beside others.
pub(crate) fn decode_in(path: &[&str], prefix: &str, id: &ID, faults: &mut Faults) -> Option<Uuid> {
    let key = decode("", prefix, id).map_err(|error| match error {
        Error::Invalid { message, .. } => (FaultCode::Invalid, message),
        other => (FaultCode::Invalid, other.to_string()),
    });
    faults.checked(path, key)
}
