//! What a file is, told without a trace.

use almanac_adopt::{Class, Inspection, TableReport, Verdict};

use crate::file::{INGEST, Legacy, PRODUCTS};

fn table<'i>(inspection: &'i Inspection, name: &str) -> &'i TableReport {
    inspection.tables.iter().find(|table| table.table == name).unwrap()
}

#[tokio::test]
async fn tables_are_told_apart() {
    let legacy = Legacy::new(PRODUCTS);
    let before = legacy.bytes();
    let found = legacy.inspect().await;
    assert_eq!((found.database.as_deref(), found.verdict), (Some("products"), Verdict::Adoptable));
    assert_eq!(found.alembic_version.as_deref(), Some("0003_add_cascade_delete"));
    let images = table(&found, "images");
    assert_eq!((images.class, images.rows), (Class::Additive, 3));
    assert!(images.missing_columns.contains(&"imsize_x".to_owned()), "{images:?}");
    assert_eq!(table(&found, "observers").class, Class::Foreign);
    assert!(legacy.bytes() == before);

    let ingest = Legacy::new(INGEST).inspect().await;
    assert_eq!(ingest.verdict, Verdict::NeedsReshape);
    assert_eq!(table(&ingest, "subband_files").class, Class::Reshape);
    assert_eq!(table(&ingest, "ingest_queue").class, Class::Additive);
}

#[tokio::test]
async fn what_is_strange_is_told() {
    let found = Legacy::new(PRODUCTS).inspect().await.reports;
    let orphans: Vec<_> =
        found.orphans.iter().map(|one| (&*one.table, &*one.parent, one.rows)).collect();
    assert_eq!(orphans, [("images", "ms_index", 1), ("photometry", "images", 1)]);
    let duplicate = &found.duplicates[0];
    assert_eq!(
        (&*duplicate.table, &*duplicate.values, duplicate.rows),
        ("images", &["/a.fits".to_owned()][..], 2)
    );
    let words: Vec<_> =
        found.outside_vocabulary.iter().map(|one| (&*one.table, &*one.column)).collect();
    assert_eq!(words, [("ms_index", "status"), ("images", "type")]);
    let odd = |table: &str, column: &str, what: &str| {
        found
            .suspicious
            .iter()
            .any(|one| one.table == table && one.column == column && one.what.contains(what))
    };
    assert!(odd("images", "created_at", "text where"), "{:?}", found.suspicious);
    assert!(odd("images", "type", "number"), "{:?}", found.suspicious);
    assert!(odd("ms_index", "path", "no value"), "{:?}", found.suspicious);
    assert!(odd("photometry", "ra_deg", "right ascension"), "{:?}", found.suspicious);
}

/// Neither a log nor its index is left, whether another program has the file open or not.
#[tokio::test]
async fn a_file_with_a_log_is_read_without_a_trace() {
    let legacy = Legacy::new(PRODUCTS);
    let writer = legacy.open();
    writer
        .execute_batch("PRAGMA journal_mode = WAL; INSERT INTO observers VALUES ('log', 1)")
        .unwrap();
    assert_eq!(table(&legacy.inspect().await, "observers").rows, 3);
    drop(writer);
    let before = legacy.bytes();
    assert_eq!(before.len(), 1);
    assert_eq!(table(&legacy.inspect().await, "observers").rows, 3);
    assert!(legacy.bytes() == before);
}

#[tokio::test]
async fn a_file_of_ours_is_as_it_should_be() {
    let legacy = Legacy::new("");
    let address = legacy.address(almanac_database::Database::Products);
    almanac_migration::upgrade(&address, &almanac_migration::Target::Head, |_| {}).await.unwrap();
    let found = legacy.inspect().await;
    assert_eq!(found.verdict, Verdict::Canonical);
    assert!(found.tables.iter().all(|table| table.class == Class::Canonical), "{:?}", found.tables);
}
