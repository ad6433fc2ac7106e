//! How long lists are taken to be that have no page: what a field's cost is reckoned with before it is resolved.

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

/// How long the list is taken to be.
pub(super) fn assumed(kind: &str, field: &str) -> u64 {
    let known = OTHERS.iter().find(|(known, name, _)| *known == kind && *name == field);
    known.map_or(USUAL, |(_, _, size)| *size)
}

#[cfg(test)]
mod tests {
    use apollo_compiler::{Schema, schema::ExtendedType};

    #[test]
    fn each_other_list_is_in_the_schema() -> Result<(), String> {
        let schema = Schema::parse(crate::schema::sdl(), "schema.graphql").map_err(|fault| fault.errors.to_string())?;
        for (kind, field, _) in super::OTHERS {
            let found = schema.types.get(kind).and_then(|kind| match kind {
                ExtendedType::Object(kind) => kind.fields.get(field),
                _ => None,
            });
            assert!(found.is_some_and(|field| field.ty.is_list()), "{kind}.{field}");
        }
        Ok(())
    }
}
