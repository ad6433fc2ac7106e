//! Text in the language that the client asks for.
use async_graphql::SimpleObject;
use entity::localized::LocalizedTexts;
use icu_locale::{Locale, LocaleCanonicalizer, LocaleExpander};

use super::LanguageTag;

/// A text in one language.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct LocalizedText {
    /// Its language.
    language: LanguageTag,
    /// The text.
    text: String,
}

impl LocalizedText {
    /// Every text, in the stored order.
    pub(crate) fn all(texts: &LocalizedTexts) -> Vec<Self> {
        let one = |text: entity::localized::LocalizedText<'_>| Self {
            language: LanguageTag(text.language.into_owned()),
            text: text.text.into_owned(),
        };
        texts.texts().into_iter().map(one).collect()
    }
}

/// The text in `language`, or else in a parent of it, or else in English, or else in the language that the text
/// was first given in (the native one).
pub(crate) fn in_language(texts: &LocalizedTexts, language: Option<&LanguageTag>) -> Option<String> {
    let asked = language.map(|tag| lineage(&tag.0)).unwrap_or_default();
    let texts = texts.texts();
    asked
        .iter()
        .map(String::as_str)
        .chain(["en"])
        .find_map(|tag| texts.iter().find(|text| text.language.eq_ignore_ascii_case(tag)))
        .or(texts.first())
        .map(|text| text.text.clone().into_owned())
}

/// The English text, or else the native one.
pub(crate) fn in_english(texts: &LocalizedTexts) -> String {
    in_language(texts, None).unwrap_or_default()
}

/// A tag and its parents, nearest first: `zh-TW` is written in the traditional script, so it is followed by
/// `zh-Hant-TW`, `zh-Hant` and `zh` (likely subtags of the Unicode CLDR).
fn lineage(tag: &str) -> Vec<String> {
    let Ok(mut locale) = Locale::try_from_str(tag) else { return vec![] };
    // Old and equivalent tags: `in` is Indonesian, `tl` Filipino, `cmn` Chinese.
    LocaleCanonicalizer::new_extended().canonicalize(&mut locale);
    let mut tags = shortened(&locale.id.to_string());
    LocaleExpander::new_extended().maximize(&mut locale.id);
    for wider in shortened(&locale.id.to_string()) {
        if !tags.contains(&wider) {
            tags.push(wider);
        }
    }
    // The bare language may be in another script: it comes last.
    let (bare, scripted) = tags.into_iter().partition::<Vec<_>, _>(|tag| !tag.contains('-'));
    scripted.into_iter().chain(bare).collect()
}

/// A tag, and what remains as its subtags are taken off one by one (RFC 4647, 3.4).
fn shortened(tag: &str) -> Vec<String> {
    let mut tags = vec![tag.to_owned()];
    let mut rest = tag;
    while let Some((shorter, _)) = rest.rsplit_once('-') {
        tags.push(shorter.to_owned());
        rest = shorter;
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pairs: &[(&str, &str)]) -> LocalizedTexts {
        let text = |(language, text)| entity::localized::LocalizedText { language, text };
        let pairs = pairs.iter().map(|(language, told)| text(((*language).into(), (*told).into())));
        LocalizedTexts::new(&pairs.collect::<Vec<_>>())
    }

    fn pick(texts: &LocalizedTexts, tag: &str) -> Option<String> {
        in_language(texts, Some(&LanguageTag(tag.to_owned())))
    }

    #[test]
    fn a_tag_falls_back_to_its_parents_then_english_then_the_native_text() {
        let names = texts(&[("ko", "영화진흥위원회"), ("en", "Korean Film Council")]);
        assert_eq!(pick(&names, "ko-KR").as_deref(), Some("영화진흥위원회"));
        assert_eq!(pick(&names, "fr").as_deref(), Some("Korean Film Council"));
        assert_eq!(pick(&texts(&[("th", "กระทรวงวัฒนธรรม")]), "fr").as_deref(), Some("กระทรวงวัฒนธรรม"));
    }

    #[test]
    fn a_region_tells_the_script() {
        let names = texts(&[("en", "Viet Nam"), ("zh-Hans", "越南"), ("zh-Hant", "越南（繁）")]);
        assert_eq!(pick(&names, "zh-TW").as_deref(), Some("越南（繁）"));
        assert_eq!(pick(&names, "zh").as_deref(), Some("越南"));
        assert_eq!(pick(&names, "cmn-Hans").as_deref(), Some("越南"), "an equivalent tag");
    }
}
