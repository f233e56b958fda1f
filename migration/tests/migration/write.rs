//! A revision's file and its line in the list: both or neither.

use std::{fs, path::Path};

use almanac_database::Database;
use almanac_migration::{Revision, WriteError, write};
use tempfile::TempDir;

const LIST: &str = include_str!("../../hdf5/src/lib.rs");
const FOLDER: &str = "migration/hdf5/src";

fn workspace(list: &str) -> TempDir {
    let root = TempDir::new().unwrap();
    fs::create_dir_all(root.path().join(FOLDER)).unwrap();
    fs::write(root.path().join(FOLDER).join("lib.rs"), list).unwrap();
    root
}

fn revision() -> Revision {
    Revision {
        database: Database::Hdf5,
        name: "m20261122_000006_owners".to_owned(),
        source: "//! Owners.\n".to_owned(),
        reasons: Vec::new(),
    }
}

fn files(root: &Path) -> Vec<String> {
    let folder = fs::read_dir(root.join(FOLDER)).unwrap();
    let mut names: Vec<String> =
        folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn both_files_are_written() {
    let root = workspace(LIST);
    let [file, list] = write(root.path(), &revision()).unwrap();
    assert_eq!(fs::read_to_string(file).unwrap(), revision().source);
    let list = fs::read_to_string(list).unwrap();
    let added: Vec<&str> = list.lines().filter(|line| !LIST.contains(line)).collect();
    let expected = [
        "mod m20261122_000006_owners;",
        "            Box::new(m20261122_000006_owners::Migration),",
    ];
    assert_eq!(added, expected);
    let kept: Vec<&str> = list.lines().filter(|line| !line.contains("owners")).collect();
    assert_eq!(kept, LIST.lines().collect::<Vec<_>>());
    assert_eq!(files(root.path()), ["lib.rs", "m20261122_000006_owners.rs"]);
}

#[test]
fn every_database_has_a_list_that_takes_one_more() {
    for database in Database::ALL {
        let folder = format!("migration/{database}/src");
        let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&folder).join("lib.rs");
        let before = fs::read_to_string(list).unwrap();
        let root = TempDir::new().unwrap();
        fs::create_dir_all(root.path().join(&folder)).unwrap();
        fs::write(root.path().join(&folder).join("lib.rs"), &before).unwrap();
        let [_, list] = write(root.path(), &Revision { database, ..revision() }).unwrap();
        let after = fs::read_to_string(list).unwrap();
        let others: Vec<&str> = after.lines().filter(|line| !line.contains("owners")).collect();
        assert_eq!(others, before.lines().collect::<Vec<_>>(), "{database}");
        let entries: Vec<&str> = after.lines().filter(|line| line.contains("Box::new(m")).collect();
        assert!(entries.last().unwrap().contains("_owners::Migration"), "{database}: {after}");
        assert_eq!(after.matches("mod m20261122_000006_owners;").count(), 1, "{database}");
    }
}

#[test]
fn nothing_is_overwritten() {
    let root = workspace(LIST);
    write(root.path(), &revision()).unwrap();
    let list = root.path().join(FOLDER).join("lib.rs");
    let after = fs::read_to_string(&list).unwrap();
    let other = Revision { source: "//! Others.\n".to_owned(), ..revision() };
    assert!(matches!(write(root.path(), &other), Err(WriteError::List(_))));
    fs::write(&list, LIST).unwrap();
    assert!(matches!(write(root.path(), &other), Err(WriteError::Exists(_))));
    assert_eq!(fs::read_to_string(&list).unwrap(), LIST);
    let file = root.path().join(FOLDER).join("m20261122_000006_owners.rs");
    assert_eq!(fs::read_to_string(file).unwrap(), revision().source);
    assert_ne!(after, LIST);
}

#[test]
fn neither_is_written_where_one_cannot_be() {
    let root = workspace("// no list\n");
    assert!(matches!(write(root.path(), &revision()), Err(WriteError::List(_))));
    assert_eq!(files(root.path()), ["lib.rs"]);

    let root = workspace(LIST);
    // A folder where the new list is made first.
    fs::create_dir(root.path().join(FOLDER).join("lib.rs.new")).unwrap();
    assert!(matches!(write(root.path(), &revision()), Err(WriteError::File(..))));
    assert_eq!(files(root.path()), ["lib.rs", "lib.rs.new"]);
    assert_eq!(fs::read_to_string(root.path().join(FOLDER).join("lib.rs")).unwrap(), LIST);
}
