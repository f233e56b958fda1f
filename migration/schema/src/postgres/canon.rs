//! The one spelling that defaults of PostgreSQL share when they mean the same. Everything else the
//! server has written itself, on both sides alike.

use super::tokens::canonical;
use crate::text::Text;

/// A type, as the server writes it.
pub(crate) fn column_type(declared: &str) -> Text {
    Text::new(declared, declared)
}

/// An expression, as the server writes it.
pub(crate) fn expression(sql: &str) -> Text {
    let bare = bare(sql);
    Text::new(bare, canonical(bare))
}

/// A view's or a trigger's statement.
pub(crate) fn definition(sql: &str) -> Text {
    Text::new(sql, canonical(sql.trim_end_matches(';')))
}

/// The default of a column of a type; a NULL is none.
pub(crate) fn default(sql: &str, declared: &str) -> Option<Text> {
    // A default is cast without the length that the column may have.
    let own = declared.split('(').next().unwrap_or(declared);
    let mut value = bare(sql);
    while let Some((inner, cast)) = value.rsplit_once("::") {
        // Between literals of text a cast changes nothing: the column's own type has the last word.
        let textual = ["text", "character varying"].contains(&cast);
        if cast != own && cast != declared && !(textual && is_string(inner)) {
            break;
        }
        value = bare(inner);
    }
    let spelled = match value.to_ascii_lowercase().as_str() {
        "null" => return None,
        "now()" | "current_timestamp" | "transaction_timestamp()" => "CURRENT_TIMESTAMP".to_owned(),
        _ => number(value, own).unwrap_or_else(|| canonical(value)),
    };
    Some(Text::new(sql, spelled))
}

fn is_string(sql: &str) -> bool {
    sql.starts_with('\'') && sql.ends_with('\'')
}

/// A number by its value; the server quotes one that is below zero.
fn number(value: &str, own: &str) -> Option<String> {
    let numeric = ["smallint", "integer", "bigint", "real", "double precision", "numeric"];
    if !numeric.contains(&own) {
        return None;
    }
    let digits = value.trim_matches('\'');
    if let Ok(whole) = digits.parse::<i64>() {
        return Some(whole.to_string());
    }
    digits.parse::<f64>().ok().map(|value| value.to_string())
}

/// Without the parentheses around the whole.
fn bare(sql: &str) -> &str {
    let sql = sql.trim();
    match sql.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) if is_closed(inner) => bare(inner),
        _ => sql,
    }
}

/// Whether every parenthesis closes that opens, and none other; those in quotes do not count.
fn is_closed(sql: &str) -> bool {
    let (mut depth, mut quote) = (0_i32, None);
    for character in sql.chars() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}
