//! Text as it is ordered and searched: without case, diacritics and punctuation, so that `dien anh` finds
//! `điện ảnh`, and alike on both databases, since it is our code that makes it.
use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};

/// What is left out: the marks that alphabets use as accents (Combining Diacritical Marks), the vowel points and hamzas
/// of Arabic, the turned commas of Uzbek and Hawaiian, and what only chooses among glyphs. The vowel signs of Thai, Khmer,
/// Lao or Burmese are combining marks too, but they are letters: they stay.
const fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{655}' | '\u{2bb}' | '\u{2bc}' | '\u{fe00}'..='\u{fe0f}')
}

/// Letters with a stroke and the like, which Unicode does not decompose.
const fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'đ' | 'ð' => "d",
        'ø' => "o",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

/// Folds `text`: compatibility decomposition, case folding, accents off, everything that is neither letter
/// nor number nor mark becomes one space, and composition again.
pub(crate) fn fold(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let lower = CaseMapper::new().fold_string(&decomposed);
    let categories = CodePointMapData::<GeneralCategory>::new();
    let kept = GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Mark).union(GeneralCategoryGroup::Number);
    let mut folded = String::with_capacity(lower.len());
    for letter in lower.chars() {
        let category = categories.get(letter);
        if is_accent(letter) || category == GeneralCategory::Format {
            // Accents go, and so do invisible characters such as the zero-width space of Khmer text.
        } else if let Some(plain) = plain(letter) {
            folded.push_str(plain);
        } else if kept.contains(category) {
            folded.push(letter);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(folded.trim_end()).into_owned()
}

/// The folded words of a query.
pub(crate) fn words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = fold(query).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_count() {
        assert_eq!(fold("Cục Điện ảnh"), "cuc dien anh");
        assert_eq!(fold("Centre national du cinéma"), "centre national du cinema");
        assert_eq!(fold("Te Whītau Tūhono"), "te whitau tuhono");
    }

    #[test]
    fn scripts_keep_their_vowels() {
        assert_eq!(fold("กระทรวงวัฒนธรรม"), "กระทรวงวัฒนธรรม");
        assert!(fold("ក្រសួងវប្បធម៌ និងវិចិត្រសិល្បៈ").contains(&fold("វប្បធម៌")));
        assert_eq!(fold("ក្រសួង\u{200b}វប្បធម៌"), fold("ក្រសួងវប្បធម៌"));
        assert_eq!(fold("영화진흥위원회"), "영화진흥위원회");
        assert_eq!(fold("ວັດທະນະທຳ"), fold("ວັດທະນະທໍາ"), "both spellings of the Lao vowel am");
    }

    #[test]
    fn vowel_points_and_turned_commas_do_not_count() {
        assert_eq!(fold("الأردن"), fold("الاردن"));
        assert_eq!(fold("Oʻzbekiston"), "ozbekiston");
        assert_eq!(fold("❤\u{fe0f}"), "");
    }

    #[test]
    fn punctuation_parts_words() {
        assert_eq!(words("Co-production, (film)"), ["co", "film", "production"]);
        assert!(words("?! …").is_empty());
    }
}
