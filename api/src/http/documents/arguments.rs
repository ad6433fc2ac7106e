//! What the validator does not know of literal arguments: our scalars, and inputs that are one of several.
use std::collections::HashSet;

use apollo_compiler::{
    ExecutableDocument, Node, Schema,
    ast::{self, Type},
    executable::{Selection, SelectionSet},
    schema::ExtendedType,
};

use super::variables::constant;
use crate::graphql::{Described, ErrorCode, scalar_fault};

/// What is wrong with the literals of a document.
pub(super) fn faults(schema: &Schema, document: &ExecutableDocument) -> Vec<Described> {
    let mut search = Search { schema, document, faults: vec![] };
    for operation in document.operations.iter() {
        for variable in &operation.variables {
            if let Some(default) = &variable.default_value {
                search.value(&variable.ty, default);
            }
        }
        search.selections(&operation.selection_set);
    }
    for fragment in document.fragments.values() {
        search.selections(&fragment.selection_set);
    }
    search.faults
}

struct Search<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    faults: Vec<Described>,
}

impl Search<'_> {
    fn selections(&mut self, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    for argument in &field.arguments {
                        if let Some(definition) = field.definition.argument_by_name(&argument.name) {
                            self.value(&definition.ty, &argument.value);
                        }
                    }
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(part) => self.selections(&part.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn value(&mut self, kind: &Type, value: &Node<ast::Value>) {
        match (kind, value.as_ref()) {
            (_, ast::Value::Null | ast::Value::Variable(_)) => {}
            (Type::List(item) | Type::NonNullList(item), ast::Value::List(list)) => {
                for value in list {
                    self.value(item, value);
                }
            }
            (Type::List(item) | Type::NonNullList(item), _) => self.value(item, value),
            (Type::Named(name) | Type::NonNullNamed(name), literal) => self.named(name.as_str(), value, literal),
        }
    }

    fn named(&mut self, name: &str, value: &Node<ast::Value>, literal: &ast::Value) {
        let schema = self.schema;
        match (schema.types.get(name), literal) {
            (Some(ExtendedType::Scalar(_)), literal) => {
                if let Some(fault) = scalar_fault(name, &constant(literal)) {
                    self.add(value, fault);
                }
            }
            (Some(ExtendedType::InputObject(kind)), ast::Value::Object(fields)) => {
                for (field, value) in fields {
                    if let Some(definition) = kind.fields.get(field) {
                        self.value(&definition.ty, value);
                    }
                }
                let mut names = HashSet::new();
                if let Some((twice, _)) = fields.iter().find(|(name, _)| !names.insert(name)) {
                    self.add(value, format!("the field {twice} of {name} is given more than once"));
                }
                let null = fields.iter().any(|(_, value)| value.is_null());
                if kind.directives.has("oneOf") && (fields.len() != 1 || null) {
                    self.add(value, format!("{name} takes exactly one of its fields, and not null"));
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, value: &Node<ast::Value>, message: String) {
        let place = value.line_column_range(&self.document.sources).map(|range| range.start);
        let error = Described::new(ErrorCode::GraphqlValidationFailed, message);
        self.faults.push(match place {
            Some(place) => error.at(place.line, place.column),
            None => error,
        });
    }
}
