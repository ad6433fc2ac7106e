//! The name that was perhaps meant.
use apollo_compiler::{Name, Schema, schema::ExtendedType};

/// How alike two names must be (Jaro-Winkler, 0 to 1) for one to be suggested for the other.
const ALIKE: f64 = 0.8;

/// The validator's message, with the field that was perhaps meant.
pub(super) fn added(schema: &Schema, message: String) -> String {
    let mut parts = message.split('`');
    let (before, kind, between, field) = (parts.next(), parts.next(), parts.next(), parts.next());
    match (before, kind, between, field) {
        (Some("type "), Some(kind), Some(" does not have a field "), Some(field)) => match nearest(schema, kind, field)
        {
            Some(near) => format!("{message}; did you mean `{near}`?"),
            None => message,
        },
        _ => message,
    }
}

fn nearest<'schema>(schema: &'schema Schema, kind: &str, field: &str) -> Option<&'schema str> {
    let fields = match schema.types.get(kind)? {
        ExtendedType::Object(kind) => &kind.fields,
        ExtendedType::Interface(kind) => &kind.fields,
        _ => return None,
    };
    let near = |known: &str| strsim::jaro_winkler(known, field);
    let known = fields.keys().map(Name::as_str).filter(|known| near(known) >= ALIKE);
    known.max_by(|a, b| near(a).total_cmp(&near(b)))
}
