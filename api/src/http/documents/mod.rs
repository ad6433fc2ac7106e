//! Documents, before they are run: parsed, validated and measured once, and kept.
mod arguments;
mod expansion;
mod plan;
mod prices;
mod suggestion;
mod variables;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema, ast,
    executable::{self, OperationType, Selection, SelectionSet, VariableDefinition},
    parser::Parser,
    schema::{Component, ExtendedType, FieldDefinition},
    validation::{DiagnosticList, Valid},
};
use async_graphql::{Value, Variables, parser};
use moka::sync::Cache;

use self::{
    expansion::expansion,
    plan::{INTROSPECTED_LISTS, Plan},
};
use super::{
    refusal::Refusal,
    scanner::{Scan, scan},
};
use crate::{
    config::{Limit, Limits},
    graphql::{Described, ErrorCode},
};

/// How many bytes of memory the documents that are kept may take, by estimate.
const KEPT: u64 = 32 * 1024 * 1024;
/// What a byte of a document's text takes in memory once it is parsed (an estimate), and a field once it is planned
/// (168 bytes were measured).
const BYTES_OF_BYTE: usize = 20;
const BYTES_OF_FIELD: usize = 200;

/// How many fields a document may have with its fragments put in, whatever the settings say.
const LARGEST: usize = 10_000;
/// How deep selections may be nested with fragments put in, whatever the settings say: stacks have an end.
const LEVELS: usize = 100;
/// What the executor's parser cannot read and the validator's can.
const UNREAD: &str = "an escape in a string cannot be read; write the character itself";

/// The documents that were asked lately, and the schema that they must fit.
pub(super) struct Documents {
    schema: Valid<Schema>,
    read: AtomicU64,
    kept: Cache<String, Arc<Document>>,
    suggestions: bool,
}

/// A document that fits the schema.
pub(super) struct Document {
    /// Another one each time that a document is read.
    number: u64,
    scan: Scan,
    /// With its fragments put in.
    fields: usize,
    directives: usize,
    operations: Vec<Operation>,
    /// As the executor wants it.
    pub(super) parsed: parser::types::ExecutableDocument,
}

/// One of a document's operations.
pub(super) struct Operation {
    name: Option<String>,
    kind: OperationType,
    variables: Vec<Node<VariableDefinition>>,
    plan: Plan,
    /// What it changes data by, each as often as it is asked for.
    mutations: Vec<String>,
}

/// Which operations are taken, beside those that only read, by the way on which they come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// Those that change data.
    pub(super) changes: bool,
    /// Those that go on.
    pub(super) goes_on: bool,
}

impl Taken {
    fn check(self, kind: OperationType) -> Result<(), Refusal> {
        match kind {
            OperationType::Mutation if !self.changes => Err(Refusal::not_by_get()),
            OperationType::Subscription if !self.goes_on => Err(Refusal::goes_on()),
            OperationType::Query | OperationType::Mutation | OperationType::Subscription => Ok(()),
        }
    }
}

/// An operation that may be run: within the limits, with variables that fit.
pub(super) struct Admitted {
    pub(super) document: Arc<Document>,
    place: usize,
    pub(super) variables: Variables,
    /// What it may cost, in points.
    pub(super) cost: usize,
}

impl Admitted {
    fn operation(&self) -> &Operation {
        &self.document.operations[self.place]
    }

    /// Which operation of which document it is, for as long as the document is kept.
    pub(super) fn identity(&self) -> (u64, usize) {
        (self.document.number, self.place)
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.operation().name.as_deref()
    }

    /// Whether it only reads, so that it may be run again.
    pub(super) fn reads(&self) -> bool {
        self.operation().kind != OperationType::Mutation
    }

    /// Whether it goes on: it is answered each time that something happens.
    pub(super) fn goes_on(&self) -> bool {
        self.operation().kind == OperationType::Subscription
    }

    /// The mutations that it runs.
    pub(super) fn mutations(&self) -> &[String] {
        &self.operation().mutations
    }

    /// Whether it asks for the schema itself.
    pub(super) fn introspects(&self) -> bool {
        self.operation().plan.introspects
    }

    /// What its answer did cost, in points.
    pub(super) fn spent(&self, data: &Value) -> usize {
        self.operation().plan.spent(data, &self.variables)
    }
}

impl Documents {
    /// For the schema that is served.
    ///
    /// # Errors
    ///
    /// If the schema does not keep the language's rules.
    pub(super) fn new(sdl: &str, suggestions: bool) -> Result<Self, String> {
        let mut schema = Schema::parse(sdl, "schema.graphql").map_err(|fault| fault.errors.to_string())?;
        describe_one_of(&mut schema);
        let schema = schema.validate().map_err(|fault| fault.errors.to_string())?;
        let weigh = |text: &String, document: &Arc<Document>| {
            u32::try_from(text.len() * BYTES_OF_BYTE + document.fields * BYTES_OF_FIELD).unwrap_or(u32::MAX)
        };
        Ok(Self {
            schema,
            read: AtomicU64::default(),
            kept: Cache::builder().weigher(weigh).max_capacity(KEPT).build(),
            suggestions,
        })
    }

    /// Lets an operation in, or says why not.
    pub(super) fn admit(
        &self,
        text: &str,
        name: Option<&str>,
        variables: Variables,
        taken: Taken,
        limits: &Limits,
    ) -> Result<Admitted, Refusal> {
        let document = match self.kept.get(text) {
            Some(document) => {
                document.scan.within(limits)?;
                document
            }
            None => self.validated(text, name, taken, limits)?,
        };
        let place = document.place(name)?;
        let operation = &document.operations[place];
        taken.check(operation.kind)?;
        document.within(operation, limits)?;
        let variables = variables::coerce(&self.schema, &operation.variables, variables)?;
        let cost = operation.plan.cost(&variables);
        limits.check(Limit::Cost, cost)?;
        Ok(Admitted { document, place, variables, cost })
    }

    /// Reads a document that is not known yet.
    fn validated(
        &self,
        text: &str,
        name: Option<&str>,
        taken: Taken,
        limits: &Limits,
    ) -> Result<Arc<Document>, Refusal> {
        let scan = scan(text);
        scan.within(limits)?;
        let parsed = Parser::new()
            .parse_ast(text, "document.graphql")
            .map_err(|fault| self.refused(ErrorCode::GraphqlParseFailed, &fault.errors))?;
        // By GET a mutation is refused for the method's sake, whatever else is wrong with it.
        if !taken.changes && changes(&parsed, name) {
            return Err(Refusal::not_by_get());
        }
        let size = expansion(&parsed);
        if size.levels > LEVELS {
            let message = format!("with its fragments the query is nested {} deep; ask for less at once", size.levels);
            return Err(fault(ErrorCode::NestingTooDeep, &message));
        }
        if size.fields > LARGEST {
            let message =
                format!("with its fragments the document has more than {LARGEST} fields; ask for less at once");
            return Err(fault(ErrorCode::CostExceeded, &message));
        }
        // Fields that there are not are told alone: without them, others seem to lack what they have.
        let built = parsed
            .to_executable(&self.schema)
            .map_err(|fault| self.refused(ErrorCode::GraphqlValidationFailed, &fault.errors))?;
        let valid = built
            .validate(&self.schema)
            .map_err(|fault| self.refused(ErrorCode::GraphqlValidationFailed, &fault.errors))?;
        if valid.operations.is_empty() {
            return Err(fault(ErrorCode::GraphqlParseFailed, "the document has no operation"));
        }
        let faults = arguments::faults(&self.schema, &valid);
        if !faults.is_empty() {
            return Err(Refusal::of_document(faults));
        }
        let operation = |operation: &Node<executable::Operation>| Operation {
            name: operation.name.as_ref().map(ToString::to_string),
            kind: operation.operation_type,
            variables: operation.variables.clone(),
            plan: Plan::new(&valid, operation),
            mutations: if operation.is_mutation() { roots(&valid, &operation.selection_set) } else { vec![] },
        };
        let document = Arc::new(Document {
            number: self.read.fetch_add(1, Ordering::Relaxed),
            scan,
            fields: size.fields,
            directives: plan::directives(&parsed),
            operations: valid.operations.iter().map(operation).collect(),
            parsed: parser::parse_query(text).map_err(|_| fault(ErrorCode::GraphqlParseFailed, UNREAD))?,
        });
        self.kept.insert(text.to_owned(), Arc::clone(&document));
        Ok(document)
    }

    fn refused(&self, code: ErrorCode, faults: &DiagnosticList) -> Refusal {
        let told = faults.iter().map(|fault| {
            let told = fault.to_json();
            let message = if self.suggestions { suggestion::added(&self.schema, told.message) } else { told.message };
            let described = Described::new(code, message);
            told.locations.iter().fold(described, |described, place| described.at(place.line, place.column))
        });
        Refusal::of_document(told.collect())
    }
}

impl Document {
    /// Which operation is meant.
    fn place(&self, name: Option<&str>) -> Result<usize, Refusal> {
        let unclear = |message: &str| fault(ErrorCode::GraphqlValidationFailed, message);
        match name {
            Some(_) => self
                .operations
                .iter()
                .position(|operation| operation.name.as_deref() == name)
                .ok_or_else(|| unclear("the document has no operation of the name that `operationName` gives")),
            None if self.operations.len() == 1 => Ok(0),
            None => Err(unclear("the document has several operations: say by `operationName` which one to run")),
        }
    }

    fn within(&self, operation: &Operation, limits: &Limits) -> Result<(), Refusal> {
        limits.check(Limit::Depth, operation.plan.depth)?;
        if operation.plan.lists > INTROSPECTED_LISTS {
            let message = "the query asks for types within types within types of the schema; ask for less at once";
            return Err(fault(ErrorCode::QueryTooDeep, message));
        }
        limits.check(Limit::Aliases, operation.plan.aliases)?;
        limits.check(Limit::RootFields, operation.plan.root_fields)?;
        limits.check(Limit::Directives, self.directives)
    }
}

impl Scan {
    fn within(self, limits: &Limits) -> Result<(), Refusal> {
        limits.check(Limit::Nesting, self.nesting)?;
        limits.check(Limit::Tokens, self.tokens)
    }
}

fn fault(code: ErrorCode, message: &str) -> Refusal {
    Refusal::of_document(vec![Described::new(code, message)])
}

/// The fields of a root, with its fragments put in, without what tells its type.
fn roots(document: &ExecutableDocument, set: &SelectionSet) -> Vec<String> {
    let of_one = |selection: &Selection| match selection {
        Selection::Field(field) if field.name == "__typename" => vec![],
        Selection::Field(field) => vec![field.name.to_string()],
        Selection::InlineFragment(part) => roots(document, &part.selection_set),
        Selection::FragmentSpread(spread) => {
            spread.fragment_def(document).map_or(vec![], |fragment| roots(document, &fragment.selection_set))
        }
    };
    set.selections.iter().flat_map(of_one).collect()
}

/// Whether the operation that is meant is a mutation.
fn changes(document: &ast::Document, name: Option<&str>) -> bool {
    let mut operations = document.definitions.iter().filter_map(ast::Definition::as_operation_definition);
    let meant = operations.find(|operation| name.is_none() || operation.name.as_ref().map(Name::as_str) == name);
    meant.is_some_and(|operation| operation.operation_type == OperationType::Mutation)
}

/// The validator's own description of types is of October 2021; ours can be asked whether an input is one of several.
fn describe_one_of(schema: &mut Schema) {
    if let Some(ExtendedType::Object(kind)) = schema.types.get_mut("__Type") {
        let name = apollo_compiler::name!("isOneOf");
        let field = FieldDefinition {
            description: None,
            name: name.clone(),
            arguments: vec![],
            ty: apollo_compiler::ty!(Boolean),
            directives: ast::DirectiveList::default(),
        };
        kind.make_mut().fields.insert(name, Component::new(field));
    }
}
