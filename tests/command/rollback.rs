//! Databases as they were before calibrators were taken over.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::{almanac, support::Engine, takeover::World, text};

#[tokio::test]
async fn sqlite_copies_are_made_and_put_back() {
    let world = World::filled(Engine::Sqlite).await;
    let first = world.report(0, &["migrate"]);
    let folder = PathBuf::from(first["backup"].as_str().unwrap());
    assert!(folder.starts_with(world.state.path().join("backups")));
    let stamp = folder.file_name().unwrap().to_str().unwrap();
    assert!(stamp.len() == 15 && stamp.as_bytes()[8] == b'_', "{stamp}");
    let copy = Connection::open(folder.join("products.sqlite3.backup")).unwrap();
    let rows: i64 =
        copy.query_row("SELECT COUNT(*) FROM bandpass_calibrators", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 7);
    drop(copy);
    assert!(!folder.join("calibrators.sqlite3.backup").exists(), "there was none");
    let listed = almanac(world.state.path(), &[], &["backup", "list", "--json"]);
    assert_eq!(text(&listed.stdout).trim(), "[]", "they are no backups of their own");

    let old = world.digests().await;
    world
        .products()
        .execute_batch("UPDATE bandpass_calibrators SET registered_at = 1e9 WHERE id = 5")
        .unwrap();
    let second = world.state.path().join("second");
    let second = second.to_str().unwrap();
    world.report(0, &["migrate", "--backup-dir", second]);
    assert_ne!(world.digests().await, old);
    let clash = world.run(&["migrate", "--backup-dir", second, "--dry-run"]);
    assert!(clash.status.success(), "a dry run makes no copy");

    // Back to before the second run; then nothing is left to do.
    let back = world.report(0, &["rollback", "--backup-dir", second]);
    assert_eq!(back["databases"][0]["outcome"], "is as it was before");
    assert!(Path::new(back["databases"][0]["kept"].as_str().unwrap()).exists());
    assert_eq!(world.digests().await, old);
    let again = world.report(0, &["rollback", "--backup-dir", second]);
    assert_eq!(again["databases"][0]["outcome"], "is as it was");

    // Who has written since is asked, and nobody is there.
    world.report(0, &["register", "mine", "1", "2"]);
    let folder = folder.to_str().unwrap();
    let asked = world.run(&["rollback", "--backup-dir", folder]);
    assert!(!asked.status.success() && text(&asked.stderr).contains("--yes"));
    assert_eq!(world.current().await.len(), 4);
    let back = world.report(0, &["rollback", "--backup-dir", folder, "--yes"]);
    assert!(!world.calibrators.file().exists(), "there was none: {back}");
    assert!(Path::new(back["databases"][0]["kept"].as_str().unwrap()).exists());

    let nothing = world.run(&["rollback", "--backup-dir", world.state.path().to_str().unwrap()]);
    assert!(text(&nothing.stderr).starts_with("error: backup_dir: "), "{}", text(&nothing.stderr));
}

#[tokio::test]
async fn postgres_copies_are_made_and_put_back() {
    let world = World::filled(Engine::Postgres).await;
    let first = world.report(0, &["migrate"]);
    let old = world.digests().await;
    world
        .products()
        .execute_batch("UPDATE bandpass_calibrators SET registered_at = 1e9 WHERE id = 5")
        .unwrap();
    let second = world.state.path().join("second");
    let second = second.to_str().unwrap();
    world.report(0, &["migrate", "--backup-dir", second]);
    world.report(0, &["rollback", "--backup-dir", second]);
    assert_eq!(world.digests().await, old);
    let first = first["backup"].as_str().unwrap();
    let back = world.report(0, &["rollback", "--backup-dir", first]);
    assert!(back["databases"][0]["kept"].as_str().unwrap().starts_with("calibrators_before_"));
    assert_eq!(world.digests().await, [], "there was none");
    let again = world.report(0, &["rollback", "--backup-dir", first]);
    assert_eq!(again["databases"][0]["outcome"], "is as it was");
}
