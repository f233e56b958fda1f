//! The size of a document, counted before the parser sees it: parsing is what a large document makes dear.

use super::{Limits, Refusal, at_most};

pub(super) fn check(document: &str, limits: &Limits) -> Result<(), Refusal> {
    at_most("DOCUMENT_TOO_LARGE", "characters", document.chars().count(), limits.characters)?;
    let count = Count::of(document.as_bytes());
    at_most("DOCUMENT_TOO_LARGE", "tokens", count.tokens, limits.tokens)?;
    at_most("DEPTH_LIMIT", "brackets open at once", count.nesting, limits.nesting)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    tokens: usize,
    nesting: usize,
}

impl Count {
    /// Counts without judging: what is no token at all still counts as one, and the parser says what is wrong.
    fn of(mut rest: &[u8]) -> Self {
        let mut count = Self::default();
        let mut open = 0_usize;
        while let Some(&byte) = rest.first() {
            let length = match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => 1,
                b'#' => run(rest, |byte| !matches!(byte, b'\r' | b'\n')),
                _ => {
                    count.tokens += 1;
                    token(rest)
                }
            };
            match byte {
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            count.nesting = count.nesting.max(open);
            rest = rest.get(length..).unwrap_or_default();
        }
        count
    }
}

/// The length of the token that `rest` begins with, at least 1.
fn token(rest: &[u8]) -> usize {
    match rest {
        [b'"', b'"', b'"', body @ ..] => 3 + string(body, b"\"\"\"", b"\\\"\"\""),
        [b'"', body @ ..] => 1 + string(body, b"\"", b"\\"),
        [b'.', b'.', b'.', ..] => 3,
        [b'a'..=b'z' | b'A'..=b'Z' | b'_', name @ ..] => 1 + run(name, is_word),
        [b'0'..=b'9' | b'-', number @ ..] => 1 + run(number, |byte| is_word(byte) || byte == b'.'),
        // A character outside ASCII is one token, not one for each of its bytes.
        [0x80..=0xff, others @ ..] => 1 + run(others, |byte| (0x80..0xc0).contains(&byte)),
        _ => 1,
    }
}

/// The length of a string's body with its closing quotes; an escape hides the byte after a backslash.
fn string(body: &[u8], close: &[u8], escape: &[u8]) -> usize {
    let mut at = 0;
    while at < body.len() {
        let rest = &body[at..];
        if rest.starts_with(escape) {
            at += escape.len().max(2);
        } else if rest.starts_with(close) {
            return at + close.len();
        } else {
            at += 1;
        }
    }
    body.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !belongs(byte)).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::Count;

    fn count(document: &str) -> (usize, usize) {
        let Count { tokens, nesting } = Count::of(document.as_bytes());
        (tokens, nesting)
    }

    #[test]
    fn names_numbers_strings_and_punctuators_are_tokens() {
        assert_eq!(count("{ a...F...F }"), (7, 1));
        assert_eq!(count("{ a(b: -1.5e3, c: [\"x } y\"])...F }"), (15, 3));
        assert_eq!(count("# a comment { {\n{a}"), (3, 1));
        assert_eq!(count(r#"{ a(b: "\"{", c: """ " \""" { """) }"#), (11, 2));
    }

    #[test]
    fn what_never_closes_ends_with_the_document() {
        assert_eq!(count("\"abc"), (1, 0));
        assert_eq!(count("\"abc\\"), (1, 0));
        assert_eq!(count("\"\"\"abc\\\"\"\""), (1, 0));
        assert_eq!(count("é{"), (2, 1));
    }
}
