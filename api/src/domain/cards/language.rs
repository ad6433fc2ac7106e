//! In which language a name is that is kept without one: by the script that it is in, and where its bearer comes from.
use icu_locale::{LanguageIdentifier, LocaleExpander, subtags::Script};
use icu_properties::{CodePointMapData, PropertyNamesShort, props};

/// The tag of a text's language (BCP 47), for somebody of a country who works in some languages. Where nothing else tells
/// it, it is the script's, or `und` and the script.
pub(crate) fn language_of(text: &str, country: Option<&str>, languages: &[String]) -> String {
    let Some(script) = script_of(text) else { return "und".to_owned() };
    let of_country = country.and_then(|code| likely(&format!("und-{code}"), script));
    let worked_in = || languages.iter().find(|tag| !is_english(tag) && likely(tag, script).is_some()).cloned();
    // Half the world's languages are written in Latin letters.
    let of_script = || if script == "Latn" { None } else { likely(&format!("und-{script}"), script) };
    let found = of_country.filter(|tag| !is_english(tag)).or_else(worked_in).or_else(of_script);
    found.unwrap_or_else(|| format!("und-{script}"))
}

fn is_english(tag: &str) -> bool {
    tag.split('-').next().is_some_and(|language| language.eq_ignore_ascii_case("en"))
}

/// The language of a tag, as likely subtags (CLDR) have it, if it is written in a script.
fn likely(tag: &str, script: &str) -> Option<String> {
    let mut told = LanguageIdentifier::try_from_str(tag).ok()?;
    LocaleExpander::new_extended().maximize(&mut told);
    let fits = told.script.is_some_and(|written: Script| writes(written.as_str(), script));
    (fits && !told.language.is_unknown()).then(|| told.language.to_string())
}

/// Whether a writing system takes characters of a script: some take those of several (ISO 15924).
fn writes(system: &str, script: &str) -> bool {
    let parts: &[&str] = match system {
        "Jpan" => &["Hani", "Hira", "Kana"],
        "Kore" => &["Hang", "Hani"],
        "Hans" | "Hant" => &["Hani"],
        other => &[other],
    };
    parts.contains(&script)
}

/// The script of a text: of its first letter that is of one.
fn script_of(text: &str) -> Option<&'static str> {
    let (scripts, names) = (CodePointMapData::<props::Script>::new(), PropertyNamesShort::<props::Script>::new());
    let of_none = [props::Script::Common, props::Script::Inherited, props::Script::Unknown];
    let found = text.chars().map(|letter| scripts.get(letter)).find(|script| !of_none.contains(script))?;
    names.get(found)
}

#[cfg(test)]
mod tests {
    use super::language_of;

    #[test]
    fn the_script_and_the_country_tell_the_language() {
        let of = |text, country, languages: &[&str]| {
            let languages: Vec<String> = languages.iter().map(|tag| (*tag).to_owned()).collect();
            language_of(text, country, &languages)
        };
        assert_eq!(of("김지민", Some("KR"), &["ko", "en"]), "ko");
        assert_eq!(of("金智敏", Some("KR"), &[]), "ko");
        assert_eq!(of("สมชาย ใจดี", Some("TH"), &["th", "en"]), "th");
        assert_eq!(of("สมชาย ใจดี", None, &["en"]), "th", "who works for a regional body");
        assert_eq!(of("សុខ សុភា", Some("KH"), &[]), "km");
        assert_eq!(of("ສົມສັກ", Some("LA"), &[]), "lo");
        assert_eq!(of("အောင်", Some("MM"), &[]), "my");
        assert_eq!(of("山田 花子", Some("JP"), &["en"]), "ja");
        assert_eq!(of("陈 伟", Some("SG"), &["en"]), "zh");
        assert_eq!(of("Linh Bịa", Some("VN"), &["en", "vi"]), "vi");
        assert_eq!(of("Siti binti Ahmad", Some("SG"), &["en", "ms"]), "ms");
        assert_eq!(of("Zoë", None, &["en"]), "und-Latn");
        assert_eq!(of("42", Some("KR"), &["ko"]), "und");
    }
}
