//! Remarks that grow: a line for each, with its time.

use almanac_entity::UnixTime;
use chrono::SecondsFormat;

/// The remarks with one more, `[time] text`, on a line of its own; as they are where there is no text.
pub(super) fn append(notes: Option<&str>, text: Option<&str>, now: UnixTime) -> Option<String> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return notes.map(str::to_owned);
    };
    let time = now.date_time().unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true);
    let line = format!("[{time}] {text}");
    Some(match notes.filter(|notes| !notes.is_empty()) {
        Some(notes) => format!("{notes}\n{line}"),
        None => line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_appended_and_never_overwritten() {
        let now = UnixTime(1_735_689_600.5);
        let first = append(None, Some(" seen "), now);
        assert_eq!(first.as_deref(), Some("[2025-01-01T00:00:00Z] seen"));
        let second = append(first.as_deref(), Some("again"), UnixTime(1_735_693_200.0));
        assert_eq!(
            second.as_deref(),
            Some("[2025-01-01T00:00:00Z] seen\n[2025-01-01T01:00:00Z] again")
        );
        assert_eq!(append(Some("old"), None, now).as_deref(), Some("old"));
        assert_eq!(append(Some("old"), Some("  "), now).as_deref(), Some("old"));
        assert_eq!(append(None, None, now), None);
    }
}
