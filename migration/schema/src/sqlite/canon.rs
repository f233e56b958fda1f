//! The one spelling that types, defaults and expressions of SQLite share when they mean the same.

use sqlite3_parser::lexer::{
    Scanner,
    sql::{TokenType, Tokenizer},
};

use crate::text::{Text, is_plain, quoted};

/// Names of the same kind of value. Lengths are not enforced, so they are none of the kind.
const SYNONYMS: [(&str, &[&str]); 6] = [
    ("integer", &["int", "int2", "int4", "int8", "bigint", "smallint", "tinyint", "mediumint"]),
    (
        "text",
        &[
            "varchar",
            "nvarchar",
            "char",
            "nchar",
            "character",
            "character varying",
            "clob",
            "string",
        ],
    ),
    ("real", &["double", "double precision", "float"]),
    ("numeric", &["decimal"]),
    ("boolean", &["bool"]),
    ("datetime", &["timestamp"]),
];

/// A declared type. It is compared by its affinity, in a STRICT table by its name.
pub(crate) fn column_type(declared: &str, strict: bool) -> Text {
    let canonical =
        if strict { declared.to_ascii_uppercase() } else { affinity(declared).to_owned() };
    Text::new(declared, canonical)
}

/// The affinity that SQLite derives from a declared type, by its own order of rules.
pub(crate) fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    if has(&["INT"]) {
        "INTEGER"
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        "TEXT"
    } else if declared.is_empty() || has(&["BLOB"]) {
        "BLOB"
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        "REAL"
    } else {
        "NUMERIC"
    }
}

/// The kind of value a declared type stands for, without length, other tools' names folded in.
pub(crate) fn kind(declared: &str) -> String {
    let name = declared.split('(').next().unwrap_or_default();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    // SeaQuery names text `datetime_text`, bytes `varbinary_blob`.
    for affinity in ["text", "blob", "real"] {
        if name.ends_with(&format!("_{affinity}")) {
            return affinity.to_owned();
        }
    }
    let folded = SYNONYMS.iter().find(|(_, others)| others.contains(&name.as_str()));
    folded.map_or(name, |(name, _)| (*name).to_owned())
}

/// An expression.
pub(crate) fn expression(sql: &str) -> Text {
    Text::new(sql, join(&bare(tokens(sql, true))))
}

/// A view's or a trigger's statement.
pub(crate) fn definition(sql: &str) -> Text {
    let mut tokens = tokens(sql, true);
    if tokens.get(2..5).is_some_and(|words| words == ["if", "not", "exists"]) {
        tokens.drain(2..5);
    }
    Text::new(sql, join(&tokens))
}

/// A default; `DEFAULT NULL` is none. On a column of text a number is text, spelled as it is.
pub(crate) fn default(sql: &str, affinity: &str) -> Option<Text> {
    let mut tokens = bare(tokens(sql, affinity != "TEXT"));
    if tokens.first().is_some_and(|first| first == "+") {
        tokens.remove(0);
    }
    let canonical = match tokens.as_slice() {
        [null] if null == "null" => return None,
        [yes] if yes == "true" => "1".to_owned(),
        [no] if no == "false" => "0".to_owned(),
        // A word that is none of SQL's is a string.
        [word] if is_word(word) && !word.starts_with("current_") => {
            format!("'{}'", unquoted(sql.trim_matches(['(', ')', ' '])).replace('\'', "''"))
        }
        tokens => join(tokens),
    };
    Some(Text::new(sql, canonical))
}

fn is_word(token: &str) -> bool {
    token.starts_with('"')
        || token.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && !token.starts_with("x'")
}

/// A name without its quotes.
pub(crate) fn unquoted(name: &str) -> String {
    let mut inner = name.chars();
    match (inner.next(), inner.next_back()) {
        (Some('['), Some(']')) => inner.as_str().to_owned(),
        (Some(quote @ ('"' | '`' | '\'')), Some(last)) if quote == last => {
            inner.as_str().replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        _ => name.to_owned(),
    }
}

/// The tokens of some SQL, each in its canonical spelling; numbers by their value if `by_value`.
fn tokens(sql: &str, by_value: bool) -> Vec<String> {
    let mut scanner = Scanner::new(Tokenizer::new());
    let mut tokens = Vec::new();
    // What cannot be cut into tokens is compared as it stands.
    loop {
        match scanner.scan(sql.as_bytes()) {
            Ok((_, Some((text, kind)), _)) => {
                let text = String::from_utf8_lossy(text);
                tokens.push(token(&text, kind, by_value));
            }
            Ok((_, None, _)) => return tokens,
            Err(_) => return vec![sql.trim().to_owned()],
        }
    }
}

fn token(text: &str, kind: TokenType, by_value: bool) -> String {
    match kind {
        TokenType::TK_STRING => text.to_owned(),
        TokenType::TK_BLOB => format!("x'{}'", text.to_ascii_lowercase()),
        TokenType::TK_FLOAT | TokenType::TK_INTEGER if by_value => number(text),
        TokenType::TK_EQ => "=".to_owned(),
        TokenType::TK_NE => "<>".to_owned(),
        TokenType::TK_ID => name(text),
        _ => text.to_ascii_lowercase(),
    }
}

fn name(text: &str) -> String {
    let name = unquoted(text).to_ascii_lowercase();
    if is_plain(&name) { name } else { quoted(&name) }
}

fn number(text: &str) -> String {
    let digits = text.replace('_', "");
    if let Some(hexadecimal) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        return u64::from_str_radix(hexadecimal, 16)
            .map_or_else(|_| text.to_owned(), |value| value.cast_signed().to_string());
    }
    match (digits.parse::<i64>(), digits.parse::<f64>()) {
        (Ok(whole), _) => whole.to_string(),
        (_, Ok(value)) => format!("{value}"),
        _ => text.to_owned(),
    }
}

/// Without the parentheses around the whole.
fn bare(mut tokens: Vec<String>) -> Vec<String> {
    while tokens.len() > 2 && tokens[0] == "(" && closing(&tokens) == Some(tokens.len() - 1) {
        tokens.pop();
        tokens.remove(0);
    }
    tokens
}

/// Where the parenthesis closes that the tokens begin with.
fn closing(tokens: &[String]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "(" => depth += 1,
            ")" if depth == 1 => return Some(at),
            ")" => depth -= 1,
            _ => {}
        }
    }
    None
}

fn join(tokens: &[String]) -> String {
    tokens.join(" ")
}
