//! Texts, addresses and languages.
use icu_locale::Locale;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{BidiControl, GeneralCategory},
};
use url::Url;

use super::faults::{Faults, Wrong};
use crate::error::FaultCode;

fn wrong(code: FaultCode, message: impl Into<String>) -> Wrong {
    (code, message.into())
}

/// Text in its composed form (NFC), without blanks around it, and no longer than it may be, in characters.
fn composed(text: &str, longest: usize) -> Result<String, Wrong> {
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(text.trim()).into_owned();
    if text.is_empty() {
        return Err(wrong(FaultCode::Required, "must not be empty"));
    }
    let length = text.chars().count();
    if length > longest {
        return Err(wrong(FaultCode::TooLong, format!("has {length} characters, and may have {longest}")));
    }
    Ok(text)
}

/// Whether a character steers how text is shown, instead of being shown.
fn steers(letter: char) -> bool {
    let control = CodePointMapData::<GeneralCategory>::new().get(letter) == GeneralCategory::Control;
    control || CodePointSetData::new::<BidiControl>().contains(letter) || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// One line of text, such as a name or a title: without control characters and bidirectional overrides.
pub(crate) fn line(text: &str, longest: usize) -> Result<String, Wrong> {
    let text = composed(text, longest)?;
    if text.chars().any(steers) {
        return Err(wrong(
            FaultCode::Invalid,
            "must be one line, without control characters and without marks that change the direction of writing",
        ));
    }
    Ok(text)
}

/// Text of several lines: without control characters but for the end of a line.
pub(crate) fn paragraphs(text: &str, longest: usize) -> Result<String, Wrong> {
    let text = composed(&text.replace("\r\n", "\n"), longest)?;
    if text.chars().any(|letter| letter != '\n' && letter != '\t' && letter.is_control()) {
        return Err(wrong(FaultCode::Invalid, "must not have control characters"));
    }
    Ok(text)
}

/// Why something is done, where that is told or must be.
pub(crate) fn reason(told: Option<String>, required: bool, faults: &mut Faults) -> Option<String> {
    const LONGEST: usize = 1_000;
    match told {
        Some(told) => faults.checked(&["reason"], paragraphs(&told, LONGEST)),
        None if required => {
            faults.add(&["reason"], FaultCode::Required, "say why");
            None
        }
        None => None,
    }
}

/// An absolute address with the scheme http or https, as the URL Standard writes it.
pub(crate) fn url(text: &str) -> Result<String, Wrong> {
    const LONGEST: usize = 2_000;
    let text = line(text, LONGEST)?;
    let expected = || wrong(FaultCode::Invalid, "must be an address such as https://culture.example.org/call");
    let url = Url::parse(&text).map_err(|_| expected())?;
    let plain = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain {
        return Err(expected());
    }
    Ok(url.to_string())
}

/// An e-mail address (RFC 5321), without a name beside it.
pub(crate) fn email(text: &str) -> Result<String, Wrong> {
    const LONGEST: usize = 254;
    let text = line(text, LONGEST)?;
    let expected = || wrong(FaultCode::Invalid, "must be an e-mail address such as someone@example.org");
    let options = email_address::Options::default().without_display_text().without_domain_literal();
    let options = options.with_required_tld();
    email_address::EmailAddress::parse_with_options(&text, options).map_err(|_| expected())?;
    Ok(text)
}

/// A telephone number in the international form of E.164.
pub(crate) fn phone(text: &str) -> Result<String, Wrong> {
    const LONGEST: usize = 40;
    let text = line(text, LONGEST)?;
    let expected = || wrong(FaultCode::Invalid, "must be a telephone number with its country, such as +6621234567");
    let number = phonenumber::parse(None, &text).map_err(|_| expected())?;
    if !text.starts_with('+') || number.extension().is_some() || !phonenumber::is_valid(&number) {
        return Err(expected());
    }
    Ok(number.format().mode(phonenumber::Mode::E164).to_string())
}

/// A language (BCP 47), in its canonical form.
pub(crate) fn language(tag: &str) -> Result<String, Wrong> {
    let expected = || wrong(FaultCode::Invalid, "must be a BCP 47 tag such as vi or zh-Hant");
    Locale::try_from_str(tag).map(|locale| locale.to_string()).map_err(|_| expected())
}

/// A readable key: small Latin letters, figures and single hyphens.
pub(crate) fn slug(text: &str) -> Result<String, Wrong> {
    const LONGEST: usize = 100;
    if text.is_empty() {
        return Err(wrong(FaultCode::Required, "must not be empty"));
    }
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let whole = !text.starts_with('-') && !text.ends_with('-') && !text.contains("--");
    if text.len() > LONGEST || !text.bytes().all(fits) || !whole {
        let message = "must be small letters, figures and hyphens, such as film-grants-2027, at most 100 of them";
        return Err(wrong(FaultCode::Invalid, message));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(outcome: Result<T, Wrong>) -> Option<FaultCode> {
        outcome.err().map(|(code, _)| code)
    }

    #[test]
    fn a_line_is_composed_and_has_no_way_to_deceive() {
        assert_eq!(line("  Die\u{302}\u{323}n a\u{309}nh ", 20), Ok("Di\u{1ec7}n \u{1ea3}nh".to_owned()));
        for text in ["two\nlines", "a\u{0}b", "over\u{202e}ride", "iso\u{2066}late", "bell\u{7}", "\u{2028}"] {
            assert_eq!(code(line(&format!("a{text}b"), 50)), Some(FaultCode::Invalid), "{text:?}");
        }
        assert_eq!(code(line(" \u{3000}", 50)), Some(FaultCode::Required));
        assert_eq!(code(line(&"\u{1ec7}".repeat(51), 50)), Some(FaultCode::TooLong));
        assert!(line("\u{0e44}\u{0e17}\u{0e22} \u{1019}\u{103c}\u{1014}\u{103a}\u{200c}\u{1019}\u{102c}", 50).is_ok());
    }

    #[test]
    fn paragraphs_have_lines() {
        assert_eq!(paragraphs("one\r\ntwo", 50), Ok("one\ntwo".to_owned()));
        assert_eq!(code(paragraphs("one\u{0}", 50)), Some(FaultCode::Invalid));
    }

    #[test]
    fn addresses_are_absolute() {
        assert_eq!(url("https://example.org"), Ok("https://example.org/".to_owned()));
        for text in ["example.org", "ftp://example.org", "javascript:alert(1)", "https://a:b@example.org", "https://"] {
            assert_eq!(code(url(text)), Some(FaultCode::Invalid), "{text}");
        }
    }

    #[test]
    fn mail_goes_somewhere() {
        assert!(email("kim@example.org").is_ok());
        for text in ["kim", "kim@", "kim@localhost", "Kim <kim@example.org>", "kim@[127.0.0.1]", "a b@example.org"] {
            assert_eq!(code(email(text)), Some(FaultCode::Invalid), "{text}");
        }
    }

    #[test]
    fn numbers_can_be_called_from_everywhere() {
        assert_eq!(phone("+82 2-2669-9800"), Ok("+82226699800".to_owned()));
        for text in ["02-2669-9800", "+82", "+1 0", "call me", "+82226699800;ext=5"] {
            assert_eq!(code(phone(text)), Some(FaultCode::Invalid), "{text}");
        }
    }

    #[test]
    fn keys_are_readable() {
        assert!(slug("film-grants-2027").is_ok());
        for text in ["-a", "a-", "a--b", "A", "a b", "\u{e9}"] {
            assert_eq!(code(slug(text)), Some(FaultCode::Invalid), "{text}");
        }
    }
}
