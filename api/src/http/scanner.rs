//! How deep a document is nested, and of how many tokens it is made. Parsers, validators and resolvers descend once for
//! each level, on a stack that has an end, and work for each token: so this is looked at first, in one pass, without
//! recursion and without memory.

/// What the text of a document is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// How deep its brackets are nested: those in its strings and comments do not count.
    pub(crate) nesting: usize,
    /// How many tokens it has (<https://spec.graphql.org/draft/#Token>); a sign that begins none counts as one.
    pub(crate) tokens: usize,
}

/// Scans the text of a document, which need not be GraphQL at all.
pub(crate) fn scan(text: &str) -> Scan {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut found) = (0, 0_usize, Scan::default());
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        at += match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += while_in(rest, |byte| byte != b'\n' && byte != b'\r');
                continue;
            }
            b'"' => string(rest),
            b'{' | b'[' | b'(' => {
                depth += 1;
                found.nesting = found.nesting.max(depth);
                1
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                1
            }
            b'.' if rest.starts_with(b"...") => 3,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => while_in(rest, |byte| byte == b'_' || byte.is_ascii_alphanumeric()),
            b'-' | b'0'..=b'9' => number(rest),
            _ => 1,
        };
        found.tokens += 1;
    }
    found
}

fn while_in(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !belongs(*byte)).unwrap_or(bytes.len())
}

/// How long the number is that the text begins with. What only looks like one ends where the parser ends it, or before:
/// a row of numbers is not to count as one.
fn number(text: &[u8]) -> usize {
    let digits = |from: usize| while_in(&text[from..], |byte| byte.is_ascii_digit());
    let mut at = 1 + digits(1);
    if text.get(at) == Some(&b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        if digits((at + 1 + sign).min(text.len())) > 0 {
            at += 1 + sign + digits(at + 1 + sign);
        }
    }
    at
}

/// How long the string is that the text begins with, its quotes included.
fn string(text: &[u8]) -> usize {
    let (quote, escape): (&[u8], &[u8]) =
        if text.starts_with(b"\"\"\"") { (b"\"\"\"", b"\\\"\"\"") } else { (b"\"", b"\\") };
    let mut at = quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if quote.len() == 1 && matches!(rest[0], b'\n' | b'\r') {
            return at;
        } else if rest.starts_with(escape) {
            // In a string the character after the backslash belongs to it, in a block string the three quotes do.
            at += escape.len() + usize::from(quote.len() == 1);
        } else if rest.starts_with(quote) {
            return at + quote.len();
        } else {
            at += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::scan;

    fn nesting(text: &str) -> usize {
        scan(text).nesting
    }

    #[test]
    fn brackets_are_counted() {
        assert_eq!(nesting("{ a(b: [1, {c: 2}]) { d } }"), 4);
        assert_eq!(nesting("]]]{"), 1);
    }

    #[test]
    fn those_in_strings_and_comments_are_not() {
        assert_eq!(nesting(r#"{ a(b: "[[[\"[[[") }"#), 2);
        assert_eq!(nesting("{ a # ]]] \" \n [ [ ] ] }"), 3);
        assert_eq!(nesting("{ a(b: \"\"\"]]] \" \\\"\"\" [[[\"\"\") [ ] }"), 2);
        assert_eq!(nesting("{ \"unended \n [ [ ] ] }"), 3);
        assert_eq!(nesting("{ \"\\"), 1);
        assert_eq!(nesting("{ \"é\\é\" [ ] }"), 2);
        assert_eq!(nesting("{ \"\"\" {{{ "), 1);
    }

    #[test]
    fn tokens_are_counted_as_the_language_counts_them() {
        for (text, tokens) in [
            ("", 0),
            (" ,,, # a comment", 0),
            ("{ a }", 3),
            ("query Q($a: [Int!]! = [-1.5e+10]) @d(e: 1) { ...F b: c(d: $a) }", 36),
            (r#"{ a(b: "c d \" e" f: """g " h""") }"#, 11),
            ("§§", 4),
            ("...", 1),
            ("-1-1-1", 3),
            ("[1.5 -0.5e-3 1e5+2 1.e 3.4.5]", 13),
            ("..", 2),
        ] {
            assert_eq!(scan(text).tokens, tokens, "{text}");
        }
    }
}
