//! Schedules as cron writes them.

/// The first and the last number of each part: minute, hour, day of the month, month, day of the week.
const PARTS: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

/// Whether a text is a schedule of five parts, each a list of `*`, numbers and ranges, with or without a step.
pub(super) fn is_schedule(text: &str) -> bool {
    let parts: Vec<&str> = text.split_whitespace().collect();
    parts.len() == PARTS.len()
        && parts
            .iter()
            .zip(PARTS)
            .all(|(part, range)| part.split(',').all(|one| is_part(one, range)))
}

fn is_part(text: &str, (first, last): (u32, u32)) -> bool {
    let (which, step) =
        text.split_once('/').map_or((text, None), |(which, step)| (which, Some(step)));
    let number = |text: &str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| is_plain && (first..=last).contains(number))
    };
    let is_step = |step: &str| step.parse::<u32>().is_ok_and(|step| (1..=last).contains(&step));
    let is_range = which == "*"
        || match which.split_once('-') {
            Some((from, to)) => number(from).zip(number(to)).is_some_and(|(from, to)| from <= to),
            None => number(which).is_some(),
        };
    is_range && step.is_none_or(is_step)
}

#[cfg(test)]
mod tests {
    use super::is_schedule;
    use proptest::prelude::*;

    #[test]
    fn schedules_have_five_parts_in_range() {
        for text in ["0 2 * * *", "*/15 * * * *", "0 */6 * * *", "0,30 8-18/2 1 1-12 0-7"] {
            assert!(is_schedule(text), "{text}");
        }
        for text in [
            "",
            "0 2 * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "+1 * * * *",
            "a * * * *",
        ] {
            assert!(!is_schedule(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(text in "[0-9*/,-]{0,6}( [0-9*/,-]{0,6}){0,5}") {
            let _ = is_schedule(&text);
        }
    }
}
