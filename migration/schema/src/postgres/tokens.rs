//! Casts between kinds of text, which the server adds anew each time it reads what it wrote itself:
//! `(ARRAY['a'::character varying])::text[]` comes back as `ARRAY[('a'::character varying)::text]`.

use crate::text::quote_length;

/// SQL as tokens with one space between, without casts of literals that change nothing.
pub(super) fn canonical(sql: &str) -> String {
    let mut tokens = tokens(sql);
    while let Some((at, kept)) = (0..tokens.len()).find_map(|at| Some((at, reduced(&tokens, at)?)))
    {
        let (length, with) = kept;
        tokens.splice(at..at + length, with);
    }
    tokens.join(" ")
}

/// What stands at a place more simply: how many tokens it takes, and what takes theirs.
fn reduced(tokens: &[String], at: usize) -> Option<(usize, Vec<String>)> {
    let token = |ahead: usize| tokens.get(at + ahead).map_or("", String::as_str);
    if is_string(token(0)) && ["::text", "::character varying"].contains(&token(1)) {
        return Some((2, vec![token(0).to_owned()]));
    }
    let called = at > 0 && tokens[at - 1].starts_with(is_part);
    if token(0) == "(" && is_string(token(1)) && token(2) == ")" && !called {
        return Some((3, vec![token(1).to_owned()]));
    }
    let open = usize::from(token(0) == "(");
    if token(open) != "ARRAY" || token(open + 1) != "[" {
        return None;
    }
    let begin = at + open;
    let end =
        begin + 2 + tokens[begin + 2..].iter().position(|one| !is_string(one) && one != ",")?;
    let closed = tokens[end] == "]" && (open == 0 || tokens.get(end + 1)? == ")");
    let cast = tokens.get(end + 1 + open)?;
    if !closed || !["::text[]", "::character varying[]"].contains(&cast.as_str()) {
        return None;
    }
    Some((end + 2 + open - at, tokens[begin..=end].to_vec()))
}

fn is_string(token: &str) -> bool {
    token.starts_with('\'')
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn tokens(sql: &str) -> Vec<String> {
    let (mut tokens, mut rest) = (Vec::new(), sql.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => 1 + quote_length(&rest[1..], first),
            ':' if rest.starts_with("::") => cast(rest),
            _ if is_part(first) => rest.find(|next| !is_part(next)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = after.trim_start();
    }
    tokens
}

/// The length of a cast to a type of text, or of the colons alone.
fn cast(rest: &str) -> usize {
    ["::text[]", "::character varying[]", "::text", "::character varying"]
        .into_iter()
        .find(|cast| {
            let after = rest.strip_prefix(cast);
            after.is_some_and(|after| {
                !after.starts_with(|next| is_part(next) || next == '(' || next == '[')
            })
        })
        .map_or(2, str::len)
}
