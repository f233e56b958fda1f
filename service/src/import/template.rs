//! Values made from a row's cells: `/data/{field}/{sbid}.fits`.

use csv::ByteRecord;

use super::{list, plan};

/// Text with places for cells.
#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(String),
    Cell(usize),
}

impl Template {
    /// Reads text in which `{header}` stands for a cell, and `{{` and `}}` for braces.
    pub(super) fn parse(text: &str, header: &[String]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(brace) = rest.find(['{', '}']) {
            plain.push_str(&rest[..brace]);
            let from = &rest[brace..];
            if let Some(behind) = from.strip_prefix("{{") {
                plain.push('{');
                rest = behind;
            } else if let Some(behind) = from.strip_prefix("}}") {
                plain.push('}');
                rest = behind;
            } else {
                let placeholder = from.strip_prefix('{').and_then(|from| from.split_once('}'));
                let (name, behind) = placeholder.ok_or_else(|| {
                    format!(
                        "a brace in `{text}` has no other; two of them stand for one in the text"
                    )
                })?;
                let cell = header.iter().position(|other| other == name).ok_or_else(|| {
                    let names = list(header.iter().map(String::as_str));
                    format!("the file has no `{name}`, but {names}")
                })?;
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Cell(cell));
                rest = behind;
            }
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Self(pieces))
    }

    /// The headers it names.
    pub(super) fn cells(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Cell(cell) => Some(*cell),
        })
    }

    /// The text, where it has no places for cells.
    pub(super) fn constant(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text for one row; empty where a cell of it is.
    pub(super) fn value(&self, cells: &ByteRecord) -> Result<String, String> {
        let mut value = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => value.push_str(text),
                Piece::Cell(cell) => {
                    let text = plan::text(cells, *cell)?;
                    if text.is_empty() {
                        return Ok(String::new());
                    }
                    value.push_str(text);
                }
            }
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str, cells: &[&str]) -> Result<String, String> {
        let header = ["field", "sbid"].map(str::to_owned);
        Template::parse(text, &header)?.value(&ByteRecord::from(cells.to_vec()))
    }

    #[test]
    fn headers_stand_for_cells() {
        assert_eq!(
            value("/vast/{field}/SB{sbid}.fits", &["0355+00", "9667"]).unwrap(),
            "/vast/0355+00/SB9667.fits"
        );
        assert_eq!(value("{{{sbid}}}", &["", "1"]).unwrap(), "{1}");
        assert_eq!(value("plain", &["", ""]).unwrap(), "plain");
    }

    #[test]
    fn nothing_is_made_of_an_empty_cell() {
        assert_eq!(value("/vast/{field}.fits", &["", "1"]).unwrap(), "");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(value("{fild}", &["", ""]).unwrap_err().contains("`field`, `sbid`"));
        assert!(value("{field", &["", ""]).is_err());
        assert!(value("field}", &["", ""]).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = value(&text, &["a", "b"]);
        }

        #[test]
        fn text_with_doubled_braces_is_itself(text in ".*") {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            prop_assert_eq!(value(&doubled, &["a", "b"]).unwrap(), text);
        }
    }
}
