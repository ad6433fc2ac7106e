//! How large a document is once its fragments are put in: counted on its syntax alone, before anything walks it that way.
//!
//! Fragments that spread others twice double with each level, and validators that compare fields walk all of them: this
//! counts each fragment once.
use std::collections::HashMap;

use apollo_compiler::ast::{Definition, Document, FragmentDefinition, Selection};

/// How large something is with its fragments put in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Expansion {
    /// How many fields it has, in all of its operations.
    pub(super) fields: usize,
    /// How deep selections are nested in each other.
    pub(super) levels: usize,
}

/// The size of a document.
pub(super) fn expansion(document: &Document) -> Expansion {
    let fragments = document.definitions.iter().filter_map(Definition::as_fragment_definition);
    let fragments = fragments.map(|fragment| (fragment.name.as_str(), fragment.as_ref())).collect();
    let mut counting = Counting { fragments, known: HashMap::new() };
    let operations = document.definitions.iter().filter_map(Definition::as_operation_definition);
    operations.fold(Expansion::default(), |all, operation| all.beside(counting.selections(&operation.selection_set)))
}

struct Counting<'a> {
    fragments: HashMap<&'a str, &'a FragmentDefinition>,
    /// A fragment that is being counted counts nothing: that it contains itself is found later.
    known: HashMap<&'a str, Expansion>,
}

impl Expansion {
    fn beside(self, other: Self) -> Self {
        Self { fields: self.fields.saturating_add(other.fields), levels: self.levels.max(other.levels) }
    }
}

impl<'a> Counting<'a> {
    fn selections(&mut self, selections: &'a [Selection]) -> Expansion {
        let inside = selections.iter().map(|selection| self.selection(selection));
        let inside = inside.fold(Expansion::default(), Expansion::beside);
        Expansion { levels: inside.levels + 1, ..inside }
    }

    fn selection(&mut self, selection: &'a Selection) -> Expansion {
        match selection {
            Selection::Field(field) if field.selection_set.is_empty() => Expansion { fields: 1, levels: 0 },
            Selection::Field(field) => {
                let inside = self.selections(&field.selection_set);
                Expansion { fields: inside.fields.saturating_add(1), ..inside }
            }
            Selection::InlineFragment(part) => self.selections(&part.selection_set),
            Selection::FragmentSpread(spread) => self.fragment(spread.fragment_name.as_str()),
        }
    }

    fn fragment(&mut self, name: &'a str) -> Expansion {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let Some(fragment) = self.fragments.get(name).copied() else { return Expansion::default() };
        self.known.insert(name, Expansion::default());
        let counted = self.selections(&fragment.selection_set);
        self.known.insert(name, counted);
        counted
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::ast::Document;

    use super::{Expansion, expansion};

    fn of(text: &str) -> Option<(usize, usize)> {
        let Expansion { fields, levels } = expansion(&Document::parse(text, "document.graphql").ok()?);
        Some((fields, levels))
    }

    #[test]
    fn each_spread_counts_as_what_it_stands_for() {
        assert_eq!(of("{ a b { c } ... { d } }"), Some((4, 2)));
        assert_eq!(of("{ ...F ...F } fragment F on Q { a b { c } }"), Some((6, 3)));
        assert_eq!(of("query A { a } query B { ...F } fragment F on Q { a }"), Some((2, 2)));
    }

    #[test]
    fn what_doubles_is_counted_without_being_walked() {
        let double = |n: usize| format!("fragment F{n} on Q {{ ...F{m} ...F{m} }}", m = n + 1);
        let doubled = (0..90).map(double).collect::<Vec<_>>().join(" ");
        assert_eq!(of(&format!("{{ ...F0 }} {doubled} fragment F90 on Q {{ a }}")), Some((usize::MAX, 92)));
    }

    #[test]
    fn what_contains_itself_ends() {
        assert_eq!(of("{ ...A } fragment A on Q { a ...B } fragment B on Q { b ...A }"), Some((2, 3)));
    }
}
