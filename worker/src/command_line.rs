//! Command lines, as people write them.

/// The words of a command line: apart by white space; what stands between quotes is one word, and a backslash takes
/// the next character as it is, but for between single quotes. Nothing else has a meaning: there is no shell.
///
/// # Errors
/// A quote is not closed, or nothing follows a backslash.
pub fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, open @ ('\'' | '"')) => {
                quote = Some(open);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let next = characters.next().ok_or("nothing follows its last backslash")?;
                word.get_or_insert_default().push(next);
            }
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    if let Some(quote) = quote {
        return Err(format!("a {quote} is not closed"));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn quotes_and_backslashes() {
        let of = |line| words(line).unwrap();
        assert_eq!(of("  a  b\tc "), ["a", "b", "c"]);
        assert_eq!(
            of(r#"sh -c 'exit "1"' "" "\"x\" y" a\ b c'd'e"#),
            ["sh", "-c", "exit \"1\"", "", "\"x\" y", "a b", "cde"]
        );
        assert!(words("a 'b").is_err() && words("a\\").is_err() && of(" ").is_empty());
    }

    proptest! {
        #[test]
        fn quoted_words_are_read_back(expected in vec(".*", 0..5)) {
            let quoted = expected.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''")));
            let line = quoted.collect::<Vec<_>>().join(" ");
            prop_assert_eq!(words(&line).unwrap(), expected);
        }
    }
}
