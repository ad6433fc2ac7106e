//! Texts in several languages, and lists.
use entity::localized::{LocalizedText, LocalizedTexts};

use super::{
    faults::{Faults, Wrong},
    text::language,
};
use crate::{db::fold, error::FaultCode};

/// How many entries a list may have.
const ENTRIES: usize = 300;

/// A text and its language, as somebody writes them.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// Notes it, if a list has more entries than a list may have.
pub(crate) fn bounded(field: &str, count: usize, faults: &mut Faults) {
    if count > ENTRIES {
        faults.add(&[field], FaultCode::TooLong, format!("has {count} entries, and may have {ENTRIES}"));
    }
}

/// Texts in several languages: each language once, and one text at least where there must be one.
pub(crate) fn texts(
    field: &str,
    told: &[Text],
    required: bool,
    faults: &mut Faults,
    check: impl Fn(&str) -> Result<String, Wrong>,
) -> LocalizedTexts {
    if required && told.is_empty() {
        faults.add(&[field], FaultCode::Required, "must be there in one language at least");
    }
    bounded(field, told.len(), faults);
    let mut found: Vec<LocalizedText<'static>> = vec![];
    for (place, Text { language: tag, text }) in told.iter().enumerate() {
        let place = place.to_string();
        let tag = faults.checked(&[field, &place, "language"], language(tag));
        let text = faults.checked(&[field, &place, "text"], check(text));
        let (Some(tag), Some(text)) = (tag, text) else { continue };
        if found.iter().any(|known| known.language == tag) {
            faults.add(&[field, &place, "language"], FaultCode::Duplicate, "is there already");
        } else {
            found.push(LocalizedText { language: tag.into(), text: text.into() });
        }
    }
    LocalizedTexts::new(&found)
}

/// Languages, each once.
pub(crate) fn languages(tags: &[String], faults: &mut Faults) -> Vec<String> {
    bounded("languages", tags.len(), faults);
    let mut found: Vec<String> = vec![];
    for (place, tag) in tags.iter().enumerate() {
        let path = ["languages", &place.to_string()];
        match faults.checked(&path, language(tag)) {
            Some(tag) if found.contains(&tag) => faults.add(&path, FaultCode::Duplicate, "is there already"),
            tag => found.extend(tag),
        }
    }
    found
}

/// A readable key made of the English text, or else of the native one; the other one, if that has no Latin letters.
pub(crate) fn slug_of(texts: &LocalizedTexts, otherwise: &str) -> String {
    const LONGEST: usize = 80;
    let texts = texts.texts();
    let text = texts.iter().find(|text| text.language == "en").or(texts.first()).map(|text| fold(&text.text));
    let mut key: String = text.unwrap_or_default().replace(' ', "-");
    key.retain(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    key.truncate(LONGEST);
    let parts: Vec<&str> = key.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { otherwise.to_owned() } else { parts.join("-") }
}
