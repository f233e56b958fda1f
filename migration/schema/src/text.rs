//! SQL kept twice: to be executed, and to be compared.

use serde::{Deserialize, Serialize};

/// A type, an expression or a definition: as the database wrote it, and in the canonical spelling that two
/// of the same meaning share. Only the canonical spelling takes part in comparisons.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
pub struct Text {
    /// As it can be executed.
    pub sql: String,
    /// As it is compared.
    pub canonical: String,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Text {
    /// SQL with the canonical spelling of its own.
    pub fn new(sql: impl Into<String>, canonical: impl Into<String>) -> Self {
        Self { sql: sql.into(), canonical: canonical.into() }
    }

    /// The same with the name `old` for `new` wherever it stands for a column or a table.
    #[must_use]
    pub(crate) fn renamed(&self, old: &str, new: &str) -> Self {
        Self { sql: rename(&self.sql, old, new), canonical: rename(&self.canonical, old, new) }
    }

    /// Whether the name occurs, other than in a string.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        words(&self.canonical).any(|word| word.is_name(name))
    }
}

/// A name as a statement takes it: the only way that one gets into SQL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names in a row, each as a statement takes it.
pub fn quoted_list<S: AsRef<str>>(names: &[S]) -> String {
    names.iter().map(|name| quoted(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A string as a statement takes it, where none can be bound.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A piece of SQL: a word, something quoted, or a character of anything else.
#[derive(Clone, Copy, Debug)]
struct Word<'a> {
    text: &'a str,
    /// Whether a parenthesis follows: then it is a function.
    called: bool,
}

impl Word<'_> {
    fn is_name(&self, name: &str) -> bool {
        if self.text.starts_with('"') {
            return self.text.eq_ignore_ascii_case(&quoted(name));
        }
        !self.called && self.text.eq_ignore_ascii_case(name)
    }
}

fn rename(sql: &str, old: &str, new: &str) -> String {
    words(sql)
        .map(|word| match word.is_name(old) {
            true if word.text.starts_with('"') => quoted(new),
            true if is_plain(new) => new.to_owned(),
            true => quoted(new),
            false => word.text.to_owned(),
        })
        .collect()
}

/// Whether a name needs no quotes.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name
            .chars()
            .all(|part| part.is_ascii_lowercase() || part.is_ascii_digit() || part == '_')
}

fn words(sql: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = match first {
            '\'' | '"' => 1 + quote_length(&rest[1..], first),
            _ if is_part(first) => rest.find(|next| !is_part(next)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (text, after) = rest.split_at(length);
        rest = after;
        Some(Word { text, called: after.trim_start().starts_with('(') })
    })
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

/// Up to and with the closing quote; a doubled one does not close.
pub(crate) fn quote_length(rest: &str, quote: char) -> usize {
    let mut marks = rest.match_indices(quote).map(|(at, _)| at).peekable();
    while let Some(at) = marks.next() {
        if marks.peek() == Some(&(at + 1)) {
            marks.next();
        } else {
            return at + 1;
        }
    }
    rest.len()
}
