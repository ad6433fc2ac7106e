//! What a field's cost is reckoned with before it is resolved: how long lists are taken to be that have no page, and what
//! the database has to do for a field. A point is about half a millisecond of it on the large data set of the benchmark.

/// Hundredths of a point.
pub(super) const OBJECT: u64 = 100;
pub(super) const VALUE: u64 = 5;
pub(super) const INTROSPECTED: u64 = 1;
/// Looking for words, wherever a filter does it: short ones are looked for in every text.
pub(super) const TEXT: u64 = 100_000;
/// Counting a list that stands nowhere below.
const COUNT: u64 = 1_000;

/// Fields for which more is done than for a row, by type and field: to find what they answer, and to count it.
const WORK: [(&str, &str, u64, u64); 10] = [
    // What is looked up for it, beside the row itself.
    ("Contact", "card", 500, 0),
    ("Country", "opportunities", 3_000, 4_000),
    ("Country", "policymakers", 0, 3_000),
    ("CountryGroup", "opportunities", 2_000, 2_000),
    ("Institution", "card", 300, 0),
    ("Policymaker", "card", 500, 0),
    ("Query", "cooperation", 10_000, 0),
    // Thousands of rows, and a file of them.
    ("Query", "exportMemberships", 50_000, 0),
    ("Query", "policymakers", 0, 50_000),
    // What it finds it has counted.
    ("Query", "search", 150_000, 0),
];

/// How long a list is taken to be that stands nowhere below.
const USUAL: u64 = 3;

/// Lists that are as a rule longer, or shorter, by type and field.
const OTHERS: [(&str, &str, u64); 16] = [
    ("Convention", "accessions", 150),
    ("Cooperation", "competentAuthorities", 10),
    ("Cooperation", "countries", 5),
    ("Cooperation", "pairs", 10),
    ("Country", "groups", 10),
    ("CountryGroup", "members", 20),
    ("Eligibility", "countries", 10),
    ("__Schema", "types", 150),
    ("__Schema", "directives", 5),
    ("__Type", "enumValues", 3),
    ("__Type", "fields", 5),
    ("__Type", "inputFields", 2),
    ("__Type", "interfaces", 1),
    ("__Type", "possibleTypes", 1),
    ("__Field", "args", 2),
    ("__Directive", "args", 1),
];

/// Lists that are as long as one in the mutation's input, by type and field.
const GIVEN: [(&str, &str, &str); 1] = [("UpsertContactsPayload", "results", "contacts")];

/// The list in the mutation's input that the list is as long as.
pub(super) fn given(kind: &str, field: &str) -> Option<&'static str> {
    GIVEN.iter().find(|(known, name, _)| *known == kind && *name == field).map(|(_, _, list)| *list)
}

/// What is done to find what a field answers, and to count it.
pub(super) fn work(kind: &str, field: &str) -> (u64, u64) {
    let known = WORK.iter().find(|(known, name, _, _)| *known == kind && *name == field);
    known.map_or((0, COUNT), |(_, _, find, count)| (*find, *count))
}

/// How long the list is taken to be.
pub(super) fn assumed(kind: &str, field: &str) -> u64 {
    let known = OTHERS.iter().find(|(known, name, _)| *known == kind && *name == field);
    known.map_or(USUAL, |(_, _, size)| *size)
}

#[cfg(test)]
mod tests {
    use apollo_compiler::{Schema, schema::ExtendedType};

    #[test]
    fn each_field_is_in_the_schema() -> Result<(), String> {
        let schema = Schema::parse(crate::schema::sdl(), "schema.graphql").map_err(|fault| fault.errors.to_string())?;
        let found = |kind, field| match schema.types.get(kind) {
            Some(ExtendedType::Object(kind)) => kind.fields.get(field),
            Some(ExtendedType::Interface(kind)) => kind.fields.get(field),
            _ => None,
        };
        for (kind, field, _) in super::OTHERS {
            assert!(found(kind, field).is_some_and(|field| field.ty.is_list()), "{kind}.{field}");
        }
        for (kind, field, _) in super::GIVEN {
            assert!(found(kind, field).is_some_and(|field| field.ty.is_list()), "{kind}.{field}");
        }
        for (kind, field, _, _) in super::WORK {
            assert!(found(kind, field).is_some(), "{kind}.{field}");
        }
        Ok(())
    }
}
