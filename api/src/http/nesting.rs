//! How deep a request is nested. Parsers and resolvers descend once for each level, on a stack that has an end: so this
//! is looked at first.
use async_graphql::{Value, Variables};

/// How deep the brackets of a GraphQL document are nested: those in its strings and comments do not count
/// (<https://spec.graphql.org/draft/#sec-Language.Source-Text>).
pub(super) fn of_document(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' => string(rest),
            '{' | '[' | '(' => {
                depth += 1;
                deepest = deepest.max(depth);
                1
            }
            '}' | ']' | ')' => {
                depth = depth.saturating_sub(1);
                1
            }
            other => other.len_utf8(),
        };
        rest = &rest[length..];
    }
    deepest
}

/// How long the string is that the text begins with, its quotes included.
fn string(text: &str) -> usize {
    let (quote, escape) = if text.starts_with("\"\"\"") { ("\"\"\"", "\\\"\"\"") } else { ("\"", "\\") };
    let mut at = quote.len();
    loop {
        let rest = &text[at..];
        if rest.is_empty() || (quote.len() == 1 && rest.starts_with(['\n', '\r'])) {
            return at;
        } else if rest.starts_with(escape) {
            // In a string the character after the backslash belongs to it, in a block string the three quotes do.
            at += escape.len();
            if quote.len() == 1 {
                at += text[at..].chars().next().map_or(0, char::len_utf8);
            }
        } else if rest.starts_with(quote) {
            return at + quote.len();
        } else {
            at += rest.chars().next().map_or(0, char::len_utf8);
        }
    }
}

/// How deep the values of variables are nested.
pub(super) fn of_variables(variables: &Variables) -> usize {
    let mut deepest = 0;
    let mut open: Vec<(usize, &Value)> = variables.values().map(|value| (1, value)).collect();
    while let Some((depth, value)) = open.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::List(list) => open.extend(list.iter().map(|value| (depth + 1, value))),
            Value::Object(object) => open.extend(object.values().map(|value| (depth + 1, value))),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::of_document;

    #[test]
    fn brackets_are_counted() {
        assert_eq!(of_document("{ a(b: [1, {c: 2}]) { d } }"), 4);
        assert_eq!(of_document("]]]{"), 1);
    }

    #[test]
    fn strings_and_comments_are_not() {
        assert_eq!(of_document(r#"{ a(b: "[[[\"[[[") }"#), 2);
        assert_eq!(of_document("{ a # ]]] \" \n [ [ ] ] }"), 3);
        assert_eq!(of_document("{ a(b: \"\"\"]]] \" \\\"\"\" [[[\"\"\") [ ] }"), 2);
        assert_eq!(of_document("{ \"unended \n [ [ ] ] }"), 3);
        assert_eq!(of_document("{ \"\\"), 1);
        assert_eq!(of_document("{ \"é\\é\" [ ] }"), 2);
    }
}
