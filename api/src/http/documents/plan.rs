//! What an operation asks for, with its fragments put in: how deep and wide it is, and what it may cost.
//!
//! Cost is counted in points: an object is one, a value a twentieth; a list costs its length times what is below it, and
//! a connection the size of the page that is asked for; and for some fields more is done than for a row.
use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    ExecutableDocument, Name, Node, ast,
    executable::{self, DirectiveList, Field, SelectionSet},
};
use async_graphql::{Value, Variables};

use super::prices::{self, INTROSPECTED, OBJECT, TEXT, VALUE};
use crate::db::PageArgs;

/// The field of filters that looks for words.
const TEXT_FIELD: &str = "text";

/// How deep lists of types may be nested in an introspection: the standard one has none within another.
pub(super) const INTROSPECTED_LISTS: usize = 3;

/// What an operation asks for.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    fields: Vec<Asked>,
    /// How deep its fields are nested.
    pub(super) depth: usize,
    /// Under how many names a field is asked for in one place, at most.
    pub(super) aliases: usize,
    /// How many fields it has at its root.
    pub(super) root_fields: usize,
    /// How deep lists of the schema's types are nested.
    pub(super) lists: usize,
    /// Whether it asks for the schema itself.
    pub(super) introspects: bool,
}

/// A field that is asked for.
#[derive(Clone, Debug)]
struct Asked {
    key: String,
    weight: u64,
    filter: Option<ast::Value>,
    size: Size,
    conditions: Vec<Condition>,
    fields: Vec<Asked>,
}

/// How many there are of something.
#[derive(Clone, Debug)]
enum Size {
    Known(u64),
    /// As long as the list that an argument gives.
    Given(ast::Value),
    /// As long as the list that an input has under this name.
    Within(ast::Value, &'static str),
    /// A page, as `first` and `last` ask for it.
    Page(Option<ast::Value>, Option<ast::Value>),
}

/// `@skip` or `@include`.
#[derive(Clone, Debug)]
struct Condition {
    value: ast::Value,
    wanted: bool,
}

/// How many directives a document has.
pub(super) fn directives(document: &ast::Document) -> usize {
    fn of_selections(selections: &[ast::Selection]) -> usize {
        let of_one = |selection: &ast::Selection| match selection {
            ast::Selection::Field(field) => field.directives.len() + of_selections(&field.selection_set),
            ast::Selection::FragmentSpread(spread) => spread.directives.len(),
            ast::Selection::InlineFragment(part) => part.directives.len() + of_selections(&part.selection_set),
        };
        selections.iter().map(of_one).sum()
    }
    let of_definition = |definition: &ast::Definition| match definition {
        ast::Definition::OperationDefinition(operation) => {
            let of_variables: usize = operation.variables.iter().map(|variable| variable.directives.len()).sum();
            operation.directives.len() + of_variables + of_selections(&operation.selection_set)
        }
        ast::Definition::FragmentDefinition(part) => part.directives.len() + of_selections(&part.selection_set),
        _ => 0,
    };
    document.definitions.iter().map(of_definition).sum()
}

impl Plan {
    pub(super) fn new(document: &ExecutableDocument, operation: &executable::Operation) -> Self {
        let mut making = Making { document, depth: 0, aliases: 0, lists: 0, introspects: false };
        let inside = Inside { depth: 0, introspection: None, list: None, input: None };
        let fields = making.expand(&operation.selection_set, &inside, &[]);
        let Making { depth, aliases, lists, introspects, .. } = making;
        Self { root_fields: fields.len(), fields, depth, aliases, lists, introspects }
    }

    /// What it may cost, in points.
    pub(super) fn cost(&self, variables: &Variables) -> usize {
        points(cost(&self.fields, variables))
    }

    /// What its answer did cost, in points.
    pub(super) fn spent(&self, data: &Value, variables: &Variables) -> usize {
        points(spent(&self.fields, data, variables))
    }
}

fn points(hundredths: u64) -> usize {
    usize::try_from(hundredths.div_ceil(100)).unwrap_or(usize::MAX)
}

/// Where in the operation a selection stands.
struct Inside {
    depth: usize,
    /// Within an introspection field: how many lists it is in.
    introspection: Option<usize>,
    /// Within a connection: its list.
    list: Option<List>,
    /// Within a mutation's payload: what it was given.
    input: Option<ast::Value>,
}

/// The list of a connection.
struct List {
    page: Size,
    /// What it costs to count it.
    count: u64,
}

struct Making<'document> {
    document: &'document ExecutableDocument,
    depth: usize,
    aliases: usize,
    lists: usize,
    introspects: bool,
}

impl Making<'_> {
    /// The fields of a selection, those of its fragments included.
    fn expand(&mut self, set: &SelectionSet, inside: &Inside, conditions: &[Condition]) -> Vec<Asked> {
        let mut found = vec![];
        let mut names = HashMap::<String, HashSet<String>>::new();
        self.add(set, inside, conditions, &mut found, &mut names);
        let widest = names.values().map(HashSet::len).max();
        self.aliases = self.aliases.max(widest.unwrap_or_default());
        found
    }

    fn add(
        &mut self,
        set: &SelectionSet,
        inside: &Inside,
        conditions: &[Condition],
        found: &mut Vec<Asked>,
        names: &mut HashMap<String, HashSet<String>>,
    ) {
        for selection in &set.selections {
            let conditions = with(conditions, selection.directives());
            match selection {
                executable::Selection::Field(field) => {
                    let asked = self.field(set, field, inside, conditions);
                    names.entry(field.name.to_string()).or_default().insert(asked.key.clone());
                    found.push(asked);
                }
                executable::Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    if let Some(fragment) = spread.fragment_def(document) {
                        self.add(&fragment.selection_set, inside, &conditions, found, names);
                    }
                }
                executable::Selection::InlineFragment(part) => {
                    self.add(&part.selection_set, inside, &conditions, found, names);
                }
            }
        }
    }

    fn field(&mut self, set: &SelectionSet, field: &Node<Field>, inside: &Inside, conditions: Vec<Condition>) -> Asked {
        let name = field.name.as_str();
        let enters = matches!(name, "__schema" | "__type");
        self.introspects |= enters;
        let lists = ["fields", "interfaces", "possibleTypes", "inputFields"].contains(&name);
        let introspection = match inside.introspection {
            Some(depth) => Some(depth + usize::from(lists)),
            None => enters.then_some(0),
        };
        self.lists = self.lists.max(introspection.unwrap_or_default());
        let depth = inside.depth + 1;
        if introspection.is_none() {
            self.depth = self.depth.max(depth);
        }
        let kind = set.ty.as_str();
        let connection = field.definition.ty.inner_named_type().as_str().ends_with("Connection");
        let (find, count) = prices::work(kind, name);
        let page = || Size::Page(argument(field, "first"), argument(field, "last"));
        let list = connection.then(|| List { page: page(), count });
        let below = Inside { depth, introspection, list, input: argument(field, "input") };
        let fields = self.expand(&field.selection_set, &below, &[]);
        let is_value = field.selection_set.is_empty();
        let weight = match (name, &inside.list) {
            _ if introspection.is_some() => INTROSPECTED,
            ("totalCount", Some(list)) => list.count,
            // An edge is no object of its own, nor is what tells where a page stands.
            ("edges" | "pageInfo", Some(_)) => 0,
            _ if is_value => VALUE + find,
            _ => OBJECT + find,
        };
        let size = match &inside.list {
            Some(list) if matches!(name, "edges" | "nodes") => list.page.clone(),
            _ if is_value || !field.definition.ty.is_list() => Size::Known(1),
            _ if name == "nodes" => argument(field, "ids").map_or(Size::Known(1), Size::Given),
            _ => match (prices::given(kind, name), &inside.input) {
                (Some(list), Some(input)) => Size::Within(input.clone(), list),
                _ => Size::Known(prices::assumed(kind, name)),
            },
        };
        let filter = argument(field, "filter");
        Asked { key: field.response_key().to_string(), weight, filter, size, conditions, fields }
    }
}

fn argument(field: &Field, name: &str) -> Option<ast::Value> {
    field.specified_argument_by_name(name).map(|value| value.as_ref().clone())
}

/// The conditions of the surroundings, and a selection's own.
fn with(outer: &[Condition], directives: &DirectiveList) -> Vec<Condition> {
    let own = [("skip", false), ("include", true)].into_iter().filter_map(|(name, wanted)| {
        let value = directives.get(name)?.specified_argument_by_name("if")?;
        Some(Condition { value: value.as_ref().clone(), wanted })
    });
    outer.iter().cloned().chain(own).collect()
}

fn cost(fields: &[Asked], variables: &Variables) -> u64 {
    let of_one = |field: &Asked| {
        if !field.conditions.iter().all(|condition| condition.holds(variables)) {
            return 0;
        }
        let item = field.own(variables).saturating_add(cost(&field.fields, variables));
        field.size.count(variables).saturating_mul(item)
    };
    fields.iter().map(of_one).fold(0, u64::saturating_add)
}

fn spent(fields: &[Asked], data: &Value, variables: &Variables) -> u64 {
    let Value::Object(object) = data else { return 0 };
    let of_one = |field: &Asked| object.get(field.key.as_str()).map_or(0, |value| field.spent_on(value, variables));
    fields.iter().map(of_one).fold(0, u64::saturating_add)
}

impl Asked {
    /// What it costs without what is below it.
    fn own(&self, variables: &Variables) -> u64 {
        let texts = self.filter.as_ref().map_or(0, |filter| texts(filter, variables));
        self.weight.saturating_add(texts.saturating_mul(TEXT))
    }

    fn spent_on(&self, value: &Value, variables: &Variables) -> u64 {
        match value {
            Value::Null => 0,
            Value::List(list) if !self.fields.is_empty() => {
                list.iter().map(|value| self.spent_on(value, variables)).sum()
            }
            value => self.own(variables).saturating_add(spent(&self.fields, value, variables)),
        }
    }
}

/// How often a filter looks for words.
fn texts(filter: &ast::Value, variables: &Variables) -> u64 {
    match filter {
        ast::Value::Object(fields) => {
            let of_one =
                |(name, value): &(Name, Node<ast::Value>)| u64::from(name == TEXT_FIELD) + texts(value, variables);
            fields.iter().map(of_one).sum()
        }
        ast::Value::List(items) => items.iter().map(|item| texts(item, variables)).sum(),
        ast::Value::Variable(name) => variables.get(name.as_str()).map_or(0, texts_given),
        _ => 0,
    }
}

fn texts_given(filter: &Value) -> u64 {
    match filter {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| u64::from(name == TEXT_FIELD) + texts_given(value)).sum()
        }
        Value::List(items) => items.iter().map(texts_given).sum(),
        _ => 0,
    }
}

impl Condition {
    fn holds(&self, variables: &Variables) -> bool {
        match &self.value {
            ast::Value::Boolean(value) => *value == self.wanted,
            ast::Value::Variable(name) => variables.get(name.as_str()) != Some(&Value::Boolean(!self.wanted)),
            _ => true,
        }
    }
}

impl Size {
    fn count(&self, variables: &Variables) -> u64 {
        match self {
            Self::Known(count) => *count,
            Self::Given(ast::Value::Variable(name)) => match variables.get(name.as_str()) {
                Some(Value::List(list)) => list.len() as u64,
                _ => 1,
            },
            Self::Given(ast::Value::List(list)) => list.len() as u64,
            Self::Within(ast::Value::Variable(name), list) => match variables.get(name.as_str()) {
                Some(Value::Object(input)) => match input.get(*list) {
                    Some(Value::List(list)) => list.len() as u64,
                    _ => 1,
                },
                _ => 1,
            },
            Self::Within(ast::Value::Object(input), list) => {
                let given = input.iter().find(|(name, _)| name == list);
                given.map_or(1, |(_, value)| Self::Given(value.as_ref().clone()).count(variables))
            }
            Self::Given(_) | Self::Within(..) => 1,
            Self::Page(first, last) => {
                let asked = [first, last].into_iter().flatten().filter_map(|amount| number(amount, variables)).max();
                asked.unwrap_or(PageArgs::USUAL.into()).min(PageArgs::LARGEST.into())
            }
        }
    }
}

fn number(value: &ast::Value, variables: &Variables) -> Option<u64> {
    match value {
        ast::Value::Int(number) => Some(number.try_to_i32().ok().and_then(|n| u64::try_from(n).ok()).unwrap_or(0)),
        ast::Value::Variable(name) => match variables.get(name.as_str())? {
            Value::Number(number) => Some(number.as_u64().unwrap_or(0)),
            _ => None,
        },
        _ => None,
    }
}
