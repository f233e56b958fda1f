//! Names of observation groups.

use chrono::NaiveDateTime;

use crate::{Error, Result};

const FORM: &str = "%Y-%m-%dT%H:%M:%S";

/// The name of an observation group, `YYYY-MM-DDTHH:MM:SS` in UTC, from a text that may have a blank in
/// the middle, a fraction of a second, which is dropped, and a `Z` at the end.
///
/// # Errors
/// The text is no such instant.
pub fn normalise_group_id(text: &str) -> Result<String> {
    Ok(start(text)?.format(FORM).to_string())
}

/// The start of the observation, UTC.
pub(crate) fn start(group_id: &str) -> Result<NaiveDateTime> {
    let trimmed = group_id.trim();
    let text = trimmed.strip_suffix(['Z', 'z']).unwrap_or(trimmed).replacen(' ', "T", 1);
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").map_err(|_| {
        Error::invalid("group_id", format!("{group_id:?} is not an instant as YYYY-MM-DDTHH:MM:SS"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_instant_are_one_group() {
        for text in [
            "2025-10-02T00:12:30",
            "2025-10-02T00:12:30.5",
            "2025-10-02 00:12:30",
            "2025-10-02T00:12:30Z",
            " 2025-10-02 00:12:30.999Z ",
        ] {
            assert_eq!(normalise_group_id(text).unwrap(), "2025-10-02T00:12:30");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "2025-10-02", "2025-13-02T00:12:30", "2025-10-02T00:12:30+02:00"] {
            assert!(normalise_group_id(text).is_err(), "{text}");
        }
    }
}
