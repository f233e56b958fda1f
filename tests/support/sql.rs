//! SQL text in one spelling, so that two of them can be compared.

/// A piece of SQL: a word, a number, a quoted text or a sign.
pub(crate) type Token = String;

/// The pieces of `sql`: words in lower case, identifiers without their quotes where they need none,
/// comments and space left out.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if first.is_whitespace() => first.len_utf8(),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' | '"' | '`' => quoted(rest, first),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ if rest.starts_with("||") || rest.starts_with("::") => 2,
            '<' | '>' | '=' | '!' => rest.find(|c| !"<>=!".contains(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        match first {
            _ if first.is_whitespace() || token.starts_with("--") || token.starts_with("/*") => {}
            '\'' => tokens.push(token.to_owned()),
            '"' | '`' => tokens.push(token[1..length - 1].to_lowercase()),
            _ => tokens.push(token.to_lowercase()),
        }
    }
    tokens
}

/// The pieces of `sql` as one text.
pub(crate) fn normal(sql: &str) -> String {
    text(&tokens(sql))
}

/// The same, without parentheses around the whole.
pub(crate) fn bare(sql: &str) -> String {
    let mut tokens = &tokens(sql)[..];
    while let [open, inner @ .., close] = tokens
        && open == "("
        && close == ")"
        && closing(tokens, 0) == tokens.len() - 1
    {
        tokens = inner;
    }
    text(tokens)
}

/// Pieces as one text, with a space between two where people put one.
pub(crate) fn text(tokens: &[Token]) -> String {
    let mut text = String::new();
    let mut before = "(";
    for token in tokens {
        let joined =
            matches!(before, "(" | "." | "::") || matches!(&**token, ")" | "," | "." | "::" | ";");
        if !joined {
            text.push(' ');
        }
        text.push_str(token);
        before = token;
    }
    text
}

/// Where the parenthesis that opens at `open` is closed.
pub(crate) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match &**token {
            "(" => depth += 1,
            ")" if depth == 1 => return index,
            ")" => depth -= 1,
            _ => {}
        }
    }
    panic!("a parenthesis stays open: {tokens:?}");
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$')
}

/// How long the quoted text is with which `rest` begins; a doubled quote does not end it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut end = 1;
    loop {
        end += rest[end..].find(quote).expect("the quote is closed") + 1;
        if !rest[end..].starts_with(quote) {
            return end;
        }
        end += 1;
    }
}
