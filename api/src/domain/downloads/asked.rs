//! What is asked for, as the parameters of an address tell it.
use std::collections::BTreeMap;

use async_graphql::{InputType, Name, Value};

use super::File;
use crate::{
    domain::{cards::CardFormat, contacts::ContactFilter},
    error::Error,
};

/// The parameters by which contacts are chosen, and whether their values are names of a vocabulary.
const FILTERS: [(&str, bool); 5] =
    [("kind", true), ("country", false), ("institution", false), ("institutionKind", true), ("policyArea", true)];
/// The parameter that says which version of vCard is wanted.
const VERSION: &str = "version";

/// Which contacts are asked for, and in which form.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Which ones.
    pub(crate) filter: ContactFilter,
    /// In which form.
    pub(crate) file: File,
    /// The same in a text: however it is asked for, it is the same text.
    pub(crate) told: String,
}

impl Asked {
    /// Of the ending of a file's name and the parameters, each of which may be there several times.
    ///
    /// # Errors
    ///
    /// If a parameter is not known, or its value is none of it.
    pub(crate) fn of(ending: &str, parameters: impl Iterator<Item = (String, String)>) -> Result<Self, Error> {
        let (mut chosen, mut version) = (BTreeMap::<&'static str, Vec<String>>::new(), None);
        for (name, value) in parameters {
            if name == VERSION && ending == "vcf" {
                version = Some(value);
                continue;
            }
            let Some((name, _)) = FILTERS.into_iter().find(|(known, _)| *known == name) else {
                let names: Vec<&str> = FILTERS.iter().map(|(name, _)| *name).collect();
                let message = format!("is no parameter here: there are {}, and for vcf {VERSION}", names.join(", "));
                return Err(Error::invalid(name, message));
            };
            chosen.entry(name).or_default().push(value);
        }
        for values in chosen.values_mut() {
            values.sort_unstable();
            values.dedup();
        }
        let file = file(ending, version.as_deref())?;
        let told = format!("{file:?} {chosen:?}");
        Ok(Self { filter: filter(&chosen)?, file, told })
    }
}

fn file(ending: &str, version: Option<&str>) -> Result<File, Error> {
    Ok(match (ending, version) {
        ("csv", _) => File::Csv,
        ("xlsx", _) => File::Xlsx,
        ("jsonl", _) => File::Cards(CardFormat::JsContact),
        (_, None | Some("4" | "4.0")) => File::Cards(CardFormat::VCard4),
        (_, Some("3" | "3.0")) => File::Cards(CardFormat::VCard3),
        (_, Some(_)) => return Err(Error::invalid(VERSION, "must be 3 or 4")),
    })
}

/// The filter, as the contract reads it.
fn filter(chosen: &BTreeMap<&'static str, Vec<String>>) -> Result<ContactFilter, Error> {
    let mut told = async_graphql::indexmap::IndexMap::new();
    for (name, is_name) in FILTERS {
        let Some(values) = chosen.get(name) else { continue };
        let value = |text: &String| if is_name { Value::Enum(Name::new(text)) } else { Value::String(text.clone()) };
        told.insert(Name::new(name), Value::List(values.iter().map(value).collect()));
        // One by one, so that it is known which is at fault.
        let one = async_graphql::indexmap::IndexMap::from_iter(
            told.last().map(|(name, value)| (name.clone(), value.clone())),
        );
        let fault = |cause: async_graphql::InputValueError<ContactFilter>| {
            Error::invalid(name, cause.into_server_error(async_graphql::Pos::default()).message)
        };
        ContactFilter::parse(Some(Value::Object(one))).map_err(fault)?;
    }
    let fault = |_| Error::invalid("filter", "cannot be read");
    ContactFilter::parse(Some(Value::Object(told))).map_err(fault)
}
