//! JSON in one spelling. Numbers keep all their digits, which a `serde_json::Value` would not: two engines
//! spell one number in different ways.

use std::{collections::BTreeMap, fmt::Write};

use super::decimal::Decimal;

/// Documents that are nested deeper are left as they are.
const DEPTH: usize = 128;

/// The document without spaces, keys in order, the last of equal keys kept as PostgreSQL does, numbers by
/// value; none where the text is no JSON.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<String> {
        self.space();
        match self.peek()? {
            b'{' if depth < DEPTH => self.object(depth),
            b'[' if depth < DEPTH => self.array(depth),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            _ => ["null", "true", "false"]
                .into_iter()
                .find(|word| self.take(word))
                .map(str::to_owned),
        }
    }

    fn object(&mut self, depth: usize) -> Option<String> {
        let mut members = BTreeMap::new();
        self.list('{', '}', |reader| {
            reader.space();
            let key = reader.string()?;
            reader.space();
            reader.take(":").then_some(())?;
            let value = reader.value(depth + 1)?;
            members.insert(key, value);
            Some(())
        })?;
        let members: Vec<String> =
            members.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
        Some(format!("{{{}}}", members.join(",")))
    }

    fn array(&mut self, depth: usize) -> Option<String> {
        let mut items = Vec::new();
        self.list('[', ']', |reader| {
            items.push(reader.value(depth + 1)?);
            Some(())
        })?;
        Some(format!("[{}]", items.join(",")))
    }

    fn list(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        let mut sign = [0; 4];
        self.take(open.encode_utf8(&mut sign));
        self.space();
        let close = close.encode_utf8(&mut sign);
        if self.take(close) {
            return Some(());
        }
        loop {
            item(self)?;
            self.space();
            if self.take(close) {
                return Some(());
            }
            self.take(",").then_some(())?;
        }
    }

    /// A string, every character that needs no escape as itself.
    fn string(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        let mut escaped = false;
        let inner = rest.strip_prefix('"')?;
        let end = inner.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        self.at += end + 2;
        let text: String = serde_json::from_str(&rest[..end + 2]).ok()?;
        serde_json::to_string(&text).ok()
    }

    fn number(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c)).unwrap_or(rest.len());
        let token = &rest[..end];
        // What JSON calls a number is stricter than what a decimal is.
        serde_json::from_str::<serde::de::IgnoredAny>(token).ok()?;
        self.at += end;
        let mut number = String::new();
        write!(number, "{}", Decimal::parse(token)?).ok()?;
        Some(number)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn a_document_has_one_spelling() {
        let text = r#" { "b" : [1.0, -0, 1e2, "\u00e4\/\n"], "a": {}, "b2": [ ], "a": null } "#;
        assert_eq!(canonical(text).unwrap(), r#"{"a":null,"b":[1,0,1e2,"ä/\n"],"b2":[]}"#);
        assert_eq!(canonical("100000000000000000000000"), canonical("1e23"));
        assert_eq!(canonical(r#""a\\""#).unwrap(), r#""a\\""#);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in
            ["", "{", "[1,]", "{'a': 1}", "01", "1 2", "nul", "\"\\ud800\"", "[1", "+1", "1."]
        {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(canonical(&"[".repeat(100_000)), None);
    }
}
