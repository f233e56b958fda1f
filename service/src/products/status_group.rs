//! What the many words for the status of work come to.

use almanac_entity::Table;
use sea_orm::Value;

use crate::Filter;

/// What the status of a job, a batch or one of its items comes to, whichever program wrote the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusGroup {
    /// Waits: `pending`, `queued`, `deferred`, `scheduled`.
    Pending,
    /// Is at work: `running`, `started`, `in_progress`, `processing`.
    Running,
    /// Ended well: `completed`, `finished`, `done`.
    Completed,
    /// Ended badly: `failed`.
    Failed,
    /// Was called off: `cancelled`, `canceled`.
    Cancelled,
    /// Any other word.
    Unknown,
}

impl StatusGroup {
    /// All groups.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Running,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// The group of a word.
    pub fn of(word: &str) -> Self {
        let mut groups = Self::ALL.into_iter();
        groups.find(|group| group.words().contains(&word)).unwrap_or(Self::Unknown)
    }

    /// The words of the group; those of [`Unknown`](Self::Unknown) nobody can list.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Pending => &["pending", "queued", "deferred", "scheduled"],
            Self::Running => &["running", "started", "in_progress", "processing"],
            Self::Completed => &["completed", "finished", "done"],
            Self::Failed => &["failed"],
            Self::Cancelled => &["cancelled", "canceled"],
            Self::Unknown => &[],
        }
    }

    /// Whether the work has ended, well or badly.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// The rows whose `column` holds a word of the group.
    pub fn filter<E: Table>(self, column: E::Column) -> Filter<E> {
        let words = |group: Self| group.words().iter().map(|word| Value::from(*word));
        if self == Self::Unknown {
            let known = Self::ALL.into_iter().flat_map(words).collect();
            return Filter::Not(Box::new(Filter::In(column, known)));
        }
        Filter::In(column, words(self).collect())
    }
}

/// Adds up counts by word to counts by group: all groups in their order, empty ones too.
pub(crate) fn by_group<W: AsRef<str>>(
    counts: impl IntoIterator<Item = (W, i64)>,
) -> Vec<(StatusGroup, u64)> {
    let mut groups = StatusGroup::ALL.map(|group| (group, 0));
    for (word, count) in counts {
        let group = StatusGroup::of(word.as_ref());
        for (known, sum) in &mut groups {
            if *known == group {
                *sum += count.unsigned_abs();
            }
        }
    }
    groups.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_belongs_to_one_group() {
        for group in StatusGroup::ALL {
            for word in group.words() {
                assert_eq!(StatusGroup::of(word), group);
            }
        }
        assert_eq!(StatusGroup::of("asleep"), StatusGroup::Unknown);
    }
}
