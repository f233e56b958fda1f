//! The index of raw subband files.

use std::{fs, path::Path};

use almanac_entity::{
    UnixTime,
    hdf5::{hdf5_file, pointing},
};
use almanac_service::{
    Error, Filter, Repository, Writer,
    hdf5::{
        CompleteGroup, DateCount, DeclinationCount, DirectoryScan, Header, ObservationQuery,
        no_headers,
    },
};
use sea_orm::ActiveValue::Set;
use tempfile::TempDir;

engines! { Hdf5:
    a_directory_is_indexed,
    what_was_not_seen_is_not_gone,
    headers_are_read_from_subband_0,
    subbands_that_are_seconds_apart_are_one_observation,
    observations_at_the_edge_are_whole,
    storage_is_validated_and_reconciled,
    the_index_is_counted,
}

type Index<'w> = Repository<'w, Writer, hdf5_file::Entity>;

const NOW: UnixTime = UnixTime(1_800_000_000.0);
/// 2025-10-02T00:00:00.
const DAY: f64 = 60_950.0;
const SECOND: f64 = 1.0 / 86_400.0;

fn touch(folder: &Path, name: &str, size: usize) {
    fs::write(folder.join(name), vec![0; size]).unwrap();
}

/// A folder with the 16 files of two observations, each some seconds late.
fn survey() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("night")).unwrap();
    for index in 0..16 {
        let late = index % 4;
        touch(folder.path(), &format!("2025-10-02T00:10:{late:02}_sb{index:02}.hdf5"), 10);
        touch(
            &folder.path().join("night"),
            &format!("2025-10-02T00:15:{:02}_sb{index:02}.hdf5", 9 + late),
            10,
        );
    }
    folder
}

fn scan(folder: &TempDir) -> DirectoryScan {
    DirectoryScan::of(folder.path(), None).unwrap()
}

async fn a_directory_is_indexed(writer: Writer) {
    let folder = survey();
    let index = Index::new(&writer);
    let report = index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    assert_eq!((report.scanned, report.new, report.updated), (32, 32, 0));
    let again = index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    assert_eq!((again.new, again.updated, again.skipped, again.deleted), (0, 0, 32, 0));
    let forced = index.index(&scan(&folder), true, &no_headers, NOW).await.unwrap();
    assert_eq!((forced.new, forced.updated, forced.skipped), (0, 32, 0));

    let first = folder.path().join("2025-10-02T00:10:00_sb00.hdf5");
    let row = index.get(first.to_str().unwrap()).await.unwrap();
    assert_eq!((row.group_id.as_str(), row.subband_code.as_str()), ("2025-10-02T00:10:00", "sb00"));
    assert!((row.timestamp_mjd - (DAY + 600.0 * SECOND)).abs() < 1e-9);
    assert_eq!(
        (row.obs_date.as_deref(), row.obs_time.as_deref()),
        (Some("2025-10-02"), Some("00:10:00"))
    );
    assert_eq!((row.file_size_bytes, row.stored, row.subband_num), (Some(10), Some(true), Some(0)));
    let second = index.list_by_group("2025-10-02T00:10:01").await.unwrap();
    assert_eq!(
        second.iter().map(|row| row.subband_num).collect::<Vec<_>>(),
        [1, 5, 9, 13].map(Some)
    );
    assert!(second.iter().all(|row| row.obs_date.is_none()));

    touch(folder.path(), "2025-10-02T00:10:01_sb01.hdf5", 20);
    fs::remove_file(&first).unwrap();
    touch(folder.path(), "2025-10-02T00:20:18_sb00.hdf5", 5);
    touch(folder.path(), "tomorrow_sb00.hdf5", 5);
    let report = index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    assert_eq!((report.new, report.updated, report.skipped, report.deleted), (1, 1, 30, 1));
    assert!(report.errors[0].path.ends_with("tomorrow_sb00.hdf5"), "{:?}", report.errors);
    assert_eq!(report.error_count, 1);
    assert_eq!(index.get(first.to_str().unwrap()).await.unwrap().stored, Some(false));
    // What is back is stored again, though nothing else of it changed.
    touch(folder.path(), "2025-10-02T00:10:00_sb00.hdf5", 10);
    let report = index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    assert_eq!((report.updated, report.deleted), (1, 0));
    assert_eq!(index.get(first.to_str().unwrap()).await.unwrap().stored, Some(true));
}

async fn what_was_not_seen_is_not_gone(writer: Writer) {
    let folder = survey();
    let index = Index::new(&writer);
    index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    let few = DirectoryScan::of(folder.path(), Some(5)).unwrap();
    assert!(few.truncated && few.files.len() == 5);
    assert_eq!(index.index(&few, false, &no_headers, NOW).await.unwrap().deleted, 0);
    // A directory beside it, whose name begins alike, is none of its business.
    let night = DirectoryScan::of(&folder.path().join("night"), None).unwrap();
    let report = index.index(&night, false, &no_headers, NOW).await.unwrap();
    assert_eq!((report.skipped, report.deleted), (16, 0));
    fs::create_dir(folder.path().join("nigh")).unwrap();
    let other = DirectoryScan::of(&folder.path().join("nigh"), None).unwrap();
    assert_eq!(index.index(&other, false, &no_headers, NOW).await.unwrap().deleted, 0);
}

async fn headers_are_read_from_subband_0(writer: Writer) {
    let folder = survey();
    let index = Index::new(&writer);
    let headers = |path: &Path| match path.to_str() {
        Some(path) if path.contains("_sb00") && path.contains("/night/") => {
            Err("truncated".to_owned())
        }
        Some(path) if path.contains("_sb00") => Ok(Some(Header { ra_deg: 12.5, dec_deg: 16.27 })),
        other => unreachable!("{other:?} is no subband 0"),
    };
    let report = index.index(&scan(&folder), false, &headers, NOW).await.unwrap();
    assert_eq!((report.new, report.error_count), (32, 1));
    assert_eq!(report.errors[0].message, "truncated");
    let row = &index.list_by_group("2025-10-02T00:10:00").await.unwrap()[0];
    assert_eq!((row.ra_deg, row.dec_deg), (Some(12.5), Some(16.27)));
    let pointings = Repository::<_, pointing::Entity>::new(&writer);
    let noted = pointings.slice(&Filter::default(), &[], 10, 0).await.unwrap();
    assert_eq!(noted.len(), 1);
    assert_eq!((noted[0].ra_deg, noted[0].timestamp), (Some(12.5), UnixTime(1_759_363_800.0)));
    // Without a reader, what was read stays.
    index.index(&scan(&folder), true, &no_headers, NOW).await.unwrap();
    let row = &index.list_by_group("2025-10-02T00:10:00").await.unwrap()[0];
    assert_eq!(row.dec_deg, Some(16.27));
    let stats = index.stats().await.unwrap();
    let expected =
        [(Some(16), 1), (None, 1)].map(|(dec_deg, files)| DeclinationCount { dec_deg, files });
    assert_eq!(stats.by_declination, expected);
}

async fn subbands_that_are_seconds_apart_are_one_observation(writer: Writer) {
    let folder = survey();
    let index = Index::new(&writer);
    index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    let whole = index.find_complete_groups(DAY, DAY + 1.0, 16, false).await.unwrap();
    assert_eq!(whole.len(), 2);
    assert_eq!((whole[0].group_id.as_str(), whole[0].subbands), ("2025-10-02T00:10:00", 16));
    let CompleteGroup { group_id, first_mjd, .. } = &whole[1];
    assert_eq!(group_id, "2025-10-02T00:15:09");
    assert!((first_mjd - (DAY + 909.0 * SECOND)).abs() < 1e-9);
    // Files of one timestamp are hardly ever all of them.
    assert!(index.find_complete_groups(DAY, DAY + 1.0, 12, true).await.unwrap().is_empty());
    let exact = index.find_complete_groups(DAY, DAY + 1.0, 4, true).await.unwrap();
    assert_eq!(exact.len(), 8);
    assert!(index.find_complete_groups(DAY, DAY + 1.0, 17, false).await.is_err());

    // A fragment is left out, and with it what is not on disk any more.
    for subband in 0..4 {
        fs::remove_file(
            folder.path().join(format!("2025-10-02T00:10:{subband:02}_sb{subband:02}.hdf5")),
        )
        .unwrap();
    }
    index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    let query = ObservationQuery::new(DAY, DAY + 1.0);
    let groups = index.query_subband_groups(&query).await.unwrap();
    assert_eq!(
        groups.iter().map(almanac_service::hdf5::SubbandCluster::filled).collect::<Vec<_>>(),
        [12, 16]
    );
    assert!(groups[0].slots[0].is_none() && groups[0].slots[4].is_some());
    assert_eq!(groups[0].group_id, "2025-10-02T00:10:00", "its first file");
    let all = ObservationQuery { only_stored: false, ..query };
    assert_eq!(index.query_subband_groups(&all).await.unwrap()[0].filled(), 16);
    let strict = ObservationQuery { min_subbands: 13, ..query };
    assert_eq!(index.query_subband_groups(&strict).await.unwrap().len(), 1);
    let bad = ObservationQuery { cluster_tolerance_sec: -1.0, ..query };
    assert!(matches!(index.query_subband_groups(&bad).await, Err(Error::Invalid { .. })));
    assert!(index.query_subband_groups(&ObservationQuery::new(2.0, 1.0)).await.is_err());
}

async fn observations_at_the_edge_are_whole(writer: Writer) {
    let folder = survey();
    let index = Index::new(&writer);
    index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    let start = DAY + 600.0 * SECOND;
    let only = |from: f64, to: f64| ObservationQuery::new(from, to);
    let first = index.query_subband_groups(&only(start - SECOND, start + SECOND)).await.unwrap();
    assert_eq!(
        first.iter().map(almanac_service::hdf5::SubbandCluster::filled).collect::<Vec<_>>(),
        [16]
    );
    // Its files go on, but it began before.
    let late = index.query_subband_groups(&only(start + SECOND, start + 100.0 * SECOND)).await;
    assert!(late.unwrap().is_empty());
    let rows =
        index.list_by_time_range(start - SECOND, start + 1.5 * SECOND, true, 100).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.subband_num.unwrap()).collect::<Vec<_>>(),
        [0, 4, 8, 12, 1, 5, 9, 13]
    );
}

async fn storage_is_validated_and_reconciled(writer: Writer) {
    let folder = survey();
    let index = Index::new(&writer);
    index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    fs::remove_file(folder.path().join("2025-10-02T00:10:00_sb00.hdf5")).unwrap();
    touch(folder.path(), "2025-10-02T00:20:18_sb00.hdf5", 5);
    let report = index.validate_storage(&scan(&folder)).await.unwrap();
    assert_eq!((report.indexed, report.orphan_count, report.gone_count), (31, 1, 1));
    assert!(report.orphans[0].ends_with("00:20:18_sb00.hdf5"), "{report:?}");
    assert!(report.gone[0].ends_with("00:10:00_sb00.hdf5"), "{report:?}");
    assert_eq!(index.validate_storage(&scan(&folder)).await.unwrap(), report, "nothing changed");

    let marked = index.reconcile(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    assert_eq!((marked.marked, marked.added), (1, 0));
    let added = index.reconcile(&scan(&folder), true, &no_headers, NOW).await.unwrap();
    assert_eq!((added.marked, added.added, added.gone_count), (0, 1, 0));
    let report = index.validate_storage(&scan(&folder)).await.unwrap();
    assert_eq!((report.indexed, report.orphan_count, report.gone_count), (32, 0, 0));
    assert_eq!(index.count(&Filter::default()).await.unwrap(), 33, "no row is removed");
}

async fn the_index_is_counted(writer: Writer) {
    let folder = survey();
    let index = Index::new(&writer);
    assert_eq!(index.stats().await.unwrap().files, 0);
    index.index(&scan(&folder), false, &no_headers, NOW).await.unwrap();
    let old = hdf5_file::ActiveModel {
        path: Set("/old/2025-10-01T00:00:00_sb05.hdf5".to_owned()),
        filename: Set("2025-10-01T00:00:00_sb05.hdf5".to_owned()),
        group_id: Set("2025-10-01T00:00:00".to_owned()),
        subband_code: Set("sb05".to_owned()),
        timestamp_iso: Set("2025-10-01T00:00:00".to_owned()),
        timestamp_mjd: Set(DAY - 1.0),
        stored: Set(Some(false)),
        ..Default::default()
    };
    index.add(old.clone()).await.unwrap();
    assert!(matches!(index.add(old.clone()).await, Err(Error::Conflict(_))));
    let sized = hdf5_file::ActiveModel { file_size_bytes: Set(Some(7)), ..old };
    assert_eq!(index.upsert_by_path(sized).await.unwrap().file_size_bytes, Some(7));
    let stats = index.stats().await.unwrap();
    assert_eq!((stats.files, stats.stored), (33, 32));
    let dates = [("2025-10-01", 1), ("2025-10-02", 32)];
    let dates = dates.map(|(date, files)| DateCount { date: date.to_owned(), files });
    assert_eq!(stats.by_date, dates);
    // A row that bears only the code of its subband has its place too.
    let all = ObservationQuery {
        only_stored: false,
        min_subbands: 1,
        ..ObservationQuery::new(DAY - 2.0, DAY - 0.5)
    };
    let groups = index.query_subband_groups(&all).await.unwrap();
    assert!(groups[0].slots[5].is_some());
}
