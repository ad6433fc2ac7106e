//! The scanner never fails, and counts as the parser that comes after it does.
#![no_main]
use apollo_parser::{Lexer, TokenKind};
use libfuzzer_sys::fuzz_target;
use scanner::scan;

// By its path: the rest of the program need not be built for it.
#[path = "../../api/src/http/scanner.rs"]
mod scanner;

fuzz_target!(|text: &str| {
    let found = scan(text);
    assert!(found.nesting <= found.tokens && found.tokens <= text.len());
    let (tokens, faults) = Lexer::new(text).lex();
    if !faults.is_empty() {
        return;
    }
    let between = [TokenKind::Whitespace, TokenKind::Comment, TokenKind::Comma, TokenKind::Eof];
    let counted = tokens.iter().filter(|token| !between.contains(&token.kind())).count();
    // A byte order mark is no token for the parser; the scanner takes it for one.
    assert!(found.tokens >= counted, "the parser sees more than was counted");
});
