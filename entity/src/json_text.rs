//! JSON as the pipeline stores it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A JSON document in a text column. Old files also hold Python's `repr` (`{'a': None}`); it is read
/// for what it means, and text that is neither is kept as a JSON string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonText(pub Value);

impl From<Value> for JsonText {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl From<String> for JsonText {
    fn from(text: String) -> Self {
        let python = || serde_json::from_str(&json_of_python(&text)?).ok();
        Self(serde_json::from_str(&text).ok().or_else(python).unwrap_or(Value::String(text)))
    }
}

impl From<JsonText> for String {
    fn from(json: JsonText) -> Self {
        json.0.to_string()
    }
}

stored_as!(JsonText, String, "JsonText");

/// The JSON spelling of a Python literal made of dicts, lists, tuples, strings, numbers, `None`, `True`
/// and `False`; none where the text ends inside a string.
fn json_of_python(text: &str) -> Option<String> {
    let mut json = String::with_capacity(text.len());
    let mut word = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character.is_alphanumeric() || matches!(character, '_' | '.' | '+' | '-') {
            word.push(character);
            continue;
        }
        push_word(&mut json, &mut word);
        match character {
            '\'' | '"' => json.push_str(&string(&mut characters, character)?),
            '(' => json.push('['),
            ')' => json.push(']'),
            other => json.push(other),
        }
    }
    push_word(&mut json, &mut word);
    Some(json)
}

fn push_word(json: &mut String, word: &mut String) {
    json.push_str(match word.as_str() {
        "None" | "nan" | "inf" | "-inf" => "null",
        "True" => "true",
        "False" => "false",
        other => other,
    });
    word.clear();
}

/// The rest of a Python string that began with `quote`, as a JSON string.
fn string(characters: &mut std::str::Chars<'_>, quote: char) -> Option<String> {
    let mut text = String::new();
    loop {
        match characters.next()? {
            '\\' => text.push(match characters.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            end if end == quote => return Some(Value::String(text).to_string()),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn python_text_is_read_for_what_it_means() {
        let text = "{'name': '3C286', 'flux': 14.9, 'ok': True, 'note': None, 'at': (1, -2.5)}";
        let expected =
            json!({"name": "3C286", "flux": 14.9, "ok": true, "note": null, "at": [1, -2.5]});
        assert_eq!(JsonText::from(text.to_owned()).0, expected);
    }

    #[test]
    fn a_string_may_hold_the_other_quote() {
        assert_eq!(JsonText::from(r#"["it's"]"#.to_owned()).0, json!(["it's"]));
        assert_eq!(JsonText::from(r#"["it's", 'b"c']"#.to_owned()).0, json!(["it's", "b\"c"]));
    }

    #[test]
    fn other_text_is_kept() {
        assert_eq!(JsonText::from("3C286, 3C48".to_owned()).0, json!("3C286, 3C48"));
    }

    proptest! {
        #[test]
        fn any_text_is_readable(text in ".*") {
            let _ = JsonText::from(text);
        }

        #[test]
        fn json_reads_back(name in "[a-z]{1,8}", number in -1_000_000..1_000_000_i64, text in ".*") {
            let value = json!({ name: [number, text, null, true] });
            prop_assert_eq!(JsonText::from(String::from(JsonText(value.clone()))).0, value);
        }
    }
}
