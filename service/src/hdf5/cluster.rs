//! Which subband files are of one observation.
//!
//! The files of an observation bear timestamps that differ by seconds, so that files of one timestamp are
//! hardly ever all of them. Observations are minutes apart: time alone tells them from each other.

use std::cmp::Ordering;

use super::SUBBANDS;

/// A subband file, as far as it matters which observation it is of.
#[derive(Clone, Debug, PartialEq)]
pub struct SubbandFile {
    /// The file.
    pub path: String,
    /// Its own timestamp as text.
    pub group_id: String,
    /// That timestamp, MJD.
    pub timestamp_mjd: f64,
    /// Its subband, 0 to 15.
    pub subband: u8,
    /// Its size, bytes; unknown counts as smallest.
    pub size_bytes: Option<i64>,
}

/// How complete the files of an observation are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Completeness {
    /// All 16 subbands.
    Complete,
    /// 12 to 15 subbands, which are enough.
    Acceptable,
    /// Fewer.
    Fragment,
}

/// The subband files of one observation.
#[derive(Clone, Debug, PartialEq)]
pub struct SubbandCluster {
    /// The timestamp of its subband 0, else of its first file.
    pub group_id: String,
    /// That timestamp, MJD.
    pub timestamp_mjd: f64,
    /// The timestamp of its first file, MJD.
    pub first_mjd: f64,
    /// The file of each subband.
    pub slots: [Option<SubbandFile>; SUBBANDS],
    /// Files that lost their place to another of the same subband.
    pub duplicates: Vec<SubbandFile>,
}

/// Subbands that are enough to go on with.
pub const ACCEPTABLE_SUBBANDS: usize = 12;

impl SubbandCluster {
    /// How many subbands have a file.
    pub fn filled(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// How complete it is.
    pub fn completeness(&self) -> Completeness {
        match self.filled() {
            SUBBANDS.. => Completeness::Complete,
            ACCEPTABLE_SUBBANDS.. => Completeness::Acceptable,
            _ => Completeness::Fragment,
        }
    }
}

/// Puts files together that are of one observation, in the order of time. By time and then by path, a
/// file joins those before it when its timestamp lies within `tolerance_sec` seconds of the first of
/// them, else it begins another observation. Of two files of one subband the larger has its place, then
/// the earlier, then the one with the smaller path.
pub fn cluster(mut files: Vec<SubbandFile>, tolerance_sec: f64) -> Vec<SubbandCluster> {
    files.sort_by(|a, b| {
        a.timestamp_mjd.total_cmp(&b.timestamp_mjd).then_with(|| a.path.cmp(&b.path))
    });
    let mut clusters = Vec::new();
    let mut members: Vec<SubbandFile> = Vec::new();
    for file in files {
        let first = members.first().map(|first| first.timestamp_mjd);
        if first.is_some_and(|first| seconds_between(first, file.timestamp_mjd) > tolerance_sec) {
            clusters.extend(observation(std::mem::take(&mut members)));
        }
        members.push(file);
    }
    clusters.extend(observation(members));
    clusters
}

/// Seconds from one MJD to a later one, to the millisecond: an MJD of today holds no more than a
/// microsecond, so that whole seconds would differ from themselves.
fn seconds_between(first_mjd: f64, mjd: f64) -> f64 {
    ((mjd - first_mjd) * 86_400e3).round() / 1e3
}

/// The cluster of files in the order of time; none where there are none.
fn observation(members: Vec<SubbandFile>) -> Option<SubbandCluster> {
    let first_mjd = members.first()?.timestamp_mjd;
    let first_id = members.first()?.group_id.clone();
    let mut slots: [Option<SubbandFile>; SUBBANDS] = Default::default();
    let mut duplicates = Vec::new();
    for file in members {
        let Some(slot) = slots.get_mut(usize::from(file.subband)) else {
            duplicates.push(file);
            continue;
        };
        match slot {
            Some(holder) if preference(holder, &file).is_le() => duplicates.push(file),
            _ => duplicates.extend(slot.replace(file)),
        }
    }
    let (group_id, timestamp_mjd) = match &slots[0] {
        Some(file) => (file.group_id.clone(), file.timestamp_mjd),
        None => (first_id, first_mjd),
    };
    Some(SubbandCluster { group_id, timestamp_mjd, first_mjd, slots, duplicates })
}

/// Which of two files of one subband comes first: the larger, the earlier, the one of the smaller path.
fn preference(a: &SubbandFile, b: &SubbandFile) -> Ordering {
    b.size_bytes
        .cmp(&a.size_bytes)
        .then_with(|| a.timestamp_mjd.total_cmp(&b.timestamp_mjd))
        .then_with(|| a.path.cmp(&b.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: f64 = 86_400.0;

    fn file(second: u32, subband: u8, size: i64, name: u32) -> SubbandFile {
        SubbandFile {
            path: format!("/data/{second}_{name}_sb{subband:02}.hdf5"),
            group_id: second.to_string(),
            timestamp_mjd: 60_000.0 + f64::from(second) / DAY,
            subband,
            size_bytes: Some(size),
        }
    }

    fn files() -> impl Strategy<Value = Vec<SubbandFile>> {
        let one = (0_u32..1_000, 0_u8..16, 0_i64..4);
        proptest::collection::vec(one, 0..120).prop_map(|files| {
            let files = files.into_iter().zip(0..);
            files.map(|((second, subband, size), name)| file(second, subband, size, name)).collect()
        })
    }

    fn members(cluster: &SubbandCluster) -> Vec<&SubbandFile> {
        cluster.slots.iter().flatten().chain(&cluster.duplicates).collect()
    }

    #[test]
    fn the_tolerance_itself_still_joins() {
        let at = |second| file(second, 0, 1, second);
        assert_eq!(cluster(vec![at(0), at(60)], 60.0).len(), 1);
        assert_eq!(cluster(vec![at(0), at(61)], 60.0).len(), 2);
        // It counts from the first file, not from the one before.
        assert_eq!(cluster(vec![at(0), at(40), at(80)], 60.0).len(), 2);
        assert_eq!(cluster(Vec::new(), 60.0), []);
    }

    #[test]
    fn an_observation_is_named_after_its_subband_0() {
        let found = cluster(vec![file(3, 0, 1, 0), file(0, 7, 1, 0)], 60.0);
        assert_eq!((found[0].group_id.as_str(), found[0].filled()), ("3", 2));
        let found = cluster(vec![file(3, 1, 1, 0), file(0, 7, 1, 0)], 60.0);
        assert_eq!(found[0].group_id, "0");
        assert_eq!(found[0].completeness(), Completeness::Fragment);
    }

    #[test]
    fn the_larger_file_has_the_place_then_the_earlier_then_the_smaller_path() {
        for (a, b) in [
            (file(5, 2, 2, 0), file(0, 2, 1, 1)),
            (file(0, 2, 1, 1), file(5, 2, 1, 0)),
            (file(0, 2, 1, 0), file(0, 2, 1, 1)),
            (file(0, 2, 0, 0), SubbandFile { size_bytes: None, ..file(0, 2, 0, 0) }),
        ] {
            for files in [vec![a.clone(), b.clone()], vec![b.clone(), a.clone()]] {
                let found = cluster(files, 60.0);
                assert_eq!(found[0].slots[2].as_ref(), Some(&a));
                assert_eq!(found[0].duplicates, std::slice::from_ref(&b));
            }
        }
    }

    proptest! {
        #[test]
        fn every_file_is_in_one_cluster(files in files(), tolerance in 0.0..200.0_f64) {
            let clusters = cluster(files.clone(), tolerance);
            let mut before: Vec<String> = files.into_iter().map(|file| file.path).collect();
            let mut after: Vec<String> = clusters
                .iter()
                .flat_map(members)
                .map(|file| file.path.clone())
                .collect();
            before.sort();
            after.sort();
            prop_assert_eq!(before, after);
        }

        #[test]
        fn clusters_are_within_the_tolerance_and_apart(files in files(), tolerance in 0.0..200.0_f64) {
            let clusters = cluster(files, tolerance);
            for one in &clusters {
                for file in members(one) {
                    let age = seconds_between(one.first_mjd, file.timestamp_mjd);
                    prop_assert!((0.0..=tolerance).contains(&age), "{age}");
                }
                prop_assert!(members(one).iter().any(|file| file.timestamp_mjd.total_cmp(&one.first_mjd).is_eq()));
            }
            for pair in clusters.windows(2) {
                prop_assert!(seconds_between(pair[0].first_mjd, pair[1].first_mjd) > tolerance);
            }
        }

        #[test]
        fn a_slot_holds_its_subband_and_the_best_file(files in files()) {
            for one in cluster(files, 60.0) {
                for (subband, slot) in one.slots.iter().enumerate() {
                    let same = members(&one).into_iter().filter(|f| usize::from(f.subband) == subband);
                    let best = same.min_by(|a, b| preference(a, b));
                    prop_assert_eq!(slot.as_ref(), best);
                }
            }
        }

        #[test]
        fn the_order_of_the_files_does_not_matter(
            (files, shuffled) in files().prop_flat_map(|files| {
                (Just(files.clone()), Just(files).prop_shuffle())
            }),
        ) {
            let sorted = |mut clusters: Vec<SubbandCluster>| {
                for one in &mut clusters {
                    one.duplicates.sort_by(|a, b| a.path.cmp(&b.path));
                }
                clusters
            };
            prop_assert_eq!(sorted(cluster(files, 60.0)), sorted(cluster(shuffled, 60.0)));
        }

        /// Observations of the instrument: 309 s apart, each file some seconds late.
        #[test]
        fn observations_of_the_instrument_are_told_apart(
            late in proptest::collection::vec(0_u32..50, 48),
        ) {
            let files = late.iter().zip(0_u32..).map(|(late, index)| {
                file(index / 16 * 309 + late, u8::try_from(index % 16).unwrap(), 1, index)
            });
            let clusters = cluster(files.collect(), 60.0);
            prop_assert_eq!(clusters.len(), 3);
            prop_assert!(clusters.iter().all(|one| one.completeness() == Completeness::Complete));
        }
    }
}
