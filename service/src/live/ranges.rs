//! Which numbers of a table's rows are known.

/// Sorted ranges of whole numbers, both ends included, that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges(Vec<(i64, i64)>);

impl Ranges {
    pub(crate) fn from_pairs(pairs: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().filter(|(first, last)| first <= last).collect();
        pairs.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(pairs.len());
        for (first, last) in pairs {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What of it is not above `last`.
    pub(crate) fn up_to(&self, last: i64) -> Self {
        Self::from_pairs(self.iter().map(|(from, to)| (from, to.min(last))))
    }

    /// What of it is above `first`.
    pub(crate) fn above(&self, first: i64) -> Self {
        Self::from_pairs(self.iter().map(|(from, to)| (from.max(first.saturating_add(1)), to)))
    }

    /// What is in one or in the other.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self::from_pairs(self.iter().chain(other.iter()))
    }

    /// What is in both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let both = self
            .iter()
            .flat_map(|(a, b)| other.iter().map(move |(first, last)| (a.max(first), b.min(last))));
        Self::from_pairs(both)
    }

    /// The numbers from `first` to `last` that are not among `present`, which ascend.
    pub(crate) fn missing(first: i64, last: i64, present: impl IntoIterator<Item = i64>) -> Self {
        let mut next = first;
        let mut missing = Vec::new();
        for number in present {
            missing.push((next, number - 1));
            next = number + 1;
        }
        missing.push((next, last));
        Self::from_pairs(missing)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Ranges {
        fn contains(&self, number: i64) -> bool {
            self.iter().any(|(first, last)| (first..=last).contains(&number))
        }
    }

    fn ranges() -> impl Strategy<Value = Ranges> {
        proptest::collection::vec((0_i64..40, 0_i64..5), 0..6)
            .prop_map(|pairs| Ranges::from_pairs(pairs.into_iter().map(|(a, n)| (a, a + n))))
    }

    proptest! {
        #[test]
        fn they_are_sets(a in ranges(), b in ranges(), cut in -1_i64..50) {
            for number in -2..50 {
                let (in_a, in_b) = (a.contains(number), b.contains(number));
                prop_assert_eq!(a.or(&b).contains(number), in_a || in_b);
                prop_assert_eq!(a.and(&b).contains(number), in_a && in_b);
                prop_assert_eq!(a.up_to(cut).contains(number), in_a && number <= cut);
                prop_assert_eq!(a.above(cut).contains(number), in_a && number > cut);
            }
            let present = (0..50).filter(|number| !a.contains(*number));
            prop_assert_eq!(Ranges::missing(0, 49, present), a);
        }
    }
}
