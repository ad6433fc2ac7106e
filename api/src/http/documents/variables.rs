//! The variables of a request, brought to the types that the operation declares
//! (<https://spec.graphql.org/draft/#sec-Coercing-Variable-Values>).
use std::fmt;

use apollo_compiler::{
    Node, Schema,
    ast::{self, Type},
    executable::VariableDefinition,
    schema::{ExtendedType, InputObjectType},
};
use async_graphql::{Name, Value, Variables, indexmap::IndexMap};

use super::Refusal;
use crate::graphql::{Described, ErrorCode, scalar_fault};

/// The variables that the operation declares, with their defaults; what it does not declare is left out.
///
/// All that is wrong with them is told at once, each with the path to it.
pub(super) fn coerce(
    schema: &Schema,
    declared: &[Node<VariableDefinition>],
    mut given: Variables,
) -> Result<Variables, Refusal> {
    let mut coerced = Variables::default();
    let mut faults = Faults(vec![]);
    for definition in declared {
        let name = definition.name.as_str();
        let value = match (given.remove(name), &definition.default_value) {
            (Some(value), _) => {
                Coercion { schema, faults: &mut faults }.value(&definition.ty, value, &Path::Variable(name))
            }
            (None, Some(default)) => constant(default),
            (None, None) => {
                if definition.ty.is_non_null() {
                    faults.add(&Path::Variable(name), &format!("a value of type {} is required", definition.ty));
                }
                continue;
            }
        };
        coerced.insert(Name::new(name), value);
    }
    if faults.0.is_empty() { Ok(coerced) } else { Err(Refusal::of_document(faults.0)) }
}

/// The value of a literal without variables.
pub(super) fn constant(literal: &ast::Value) -> Value {
    match literal {
        // Validated documents have no variables in constants.
        ast::Value::Null | ast::Value::Variable(_) => Value::Null,
        ast::Value::Enum(name) => Value::Enum(Name::new(name.as_str())),
        ast::Value::String(text) => Value::String(text.clone()),
        ast::Value::Boolean(value) => Value::Boolean(*value),
        ast::Value::Int(number) => read(number.as_str()),
        ast::Value::Float(number) => read(number.as_str()),
        ast::Value::List(list) => Value::List(list.iter().map(|item| constant(item)).collect()),
        ast::Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (Name::new(name.as_str()), constant(value))).collect())
        }
    }
}

fn read(number: &str) -> Value {
    number.parse().map_or(Value::Null, Value::Number)
}

/// More faults than this are not told one by one, nor kept.
const TOLD: usize = 100;
/// How much of a path is told, in characters: names may be as long as a request.
const LONGEST: usize = 200;

struct Faults(Vec<Described>);

impl Faults {
    fn add(&mut self, path: &Path<'_>, message: &str) {
        if self.0.len() < TOLD {
            let path: String = path.to_string().chars().take(LONGEST).collect();
            let error = Described::new(ErrorCode::BadUserInput, format!("variable ${path}: {message}"));
            self.0.push(error.in_field(path));
        }
    }
}

/// Where a value is, as `filter.or.0.kind`: written down only where there is a fault.
enum Path<'a> {
    Variable(&'a str),
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::Field(path, name) => write!(f, "{path}.{name}"),
            Self::Item(path, place) => write!(f, "{path}.{place}"),
        }
    }
}

struct Coercion<'a> {
    schema: &'a Schema,
    faults: &'a mut Faults,
}

impl Coercion<'_> {
    fn value(&mut self, kind: &Type, value: Value, path: &Path<'_>) -> Value {
        if value == Value::Null {
            if kind.is_non_null() {
                self.faults.add(path, &format!("a value of type {kind} is required, not null"));
            }
            return value;
        }
        match kind {
            Type::List(item) | Type::NonNullList(item) => {
                let list = match value {
                    Value::List(list) => list,
                    single => return Value::List(vec![self.value(item, single, path)]),
                };
                let items = list.into_iter().enumerate();
                Value::List(items.map(|(place, value)| self.value(item, value, &Path::Item(path, place))).collect())
            }
            Type::Named(name) | Type::NonNullNamed(name) => self.named(name.as_str(), value, path),
        }
    }

    fn named(&mut self, name: &str, value: Value, path: &Path<'_>) -> Value {
        let schema = self.schema;
        let fits = match (schema.types.get(name), &value) {
            (Some(ExtendedType::InputObject(kind)), Value::Object(_)) => return self.object(kind, value, path),
            (Some(ExtendedType::Enum(kind)), Value::String(text)) => {
                if !kind.values.contains_key(text.as_str()) {
                    let known: Vec<&str> = kind.values.keys().map(apollo_compiler::Name::as_str).collect();
                    self.faults.add(path, &format!("one of {} is expected", known.join(", ")));
                }
                true
            }
            (Some(ExtendedType::Scalar(_)), value) => match (name, value) {
                ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
                ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) | ("String" | "ID", Value::String(_)) => {
                    true
                }
                ("ID", Value::Number(number)) => number.is_i64(),
                ("Int" | "Float" | "Boolean" | "String" | "ID", _) => false,
                _ => {
                    if let Some(fault) = scalar_fault(name, value) {
                        self.faults.add(path, &fault);
                    }
                    true
                }
            },
            _ => false,
        };
        if !fits {
            self.faults.add(path, &format!("a value of type {name} is expected"));
        }
        value
    }

    fn object(&mut self, kind: &InputObjectType, value: Value, path: &Path<'_>) -> Value {
        let Value::Object(mut given) = value else { return value };
        let mut fields = IndexMap::new();
        for (name, definition) in &kind.fields {
            let path = Path::Field(path, name.as_str());
            let value = match (given.swap_remove(name.as_str()), &definition.default_value) {
                (Some(value), _) => self.value(&definition.ty, value, &path),
                (None, Some(default)) => constant(default),
                (None, None) => {
                    if definition.ty.is_non_null() {
                        self.faults.add(&path, &format!("a value of type {} is required", definition.ty));
                    }
                    continue;
                }
            };
            fields.insert(Name::new(name.as_str()), value);
        }
        for unknown in given.keys() {
            self.faults.add(&Path::Field(path, unknown.as_str()), &format!("the type {} has no such field", kind.name));
        }
        if kind.directives.has("oneOf") && (fields.len() != 1 || fields.values().any(|value| *value == Value::Null)) {
            self.faults.add(path, "exactly one of its fields is expected, and not null");
        }
        Value::Object(fields)
    }
}
