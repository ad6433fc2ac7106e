//! Keys of reference data.
use uuid::Uuid;

/// The namespace of Balai's keys: a `UUIDv5` of its name in the URL namespace.
const NAMESPACE: Uuid = Uuid::from_u128(0x1f0c_7a3e_5b7d_5c1e_9d52_0e6f_3a41_b8c7);

/// The key of a record of reference data, the same on every installation: the `UUIDv5` (RFC 9562, 5.5) of
/// its kind and natural key, for example `country` and `KR`.
#[must_use]
pub fn reference_id(kind: &str, key: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{key}").as_bytes())
}
