//! What is not taken over is said clearly, and is as it was.

use std::{fs, process::Output};

use almanac_database::Database;

use crate::file::{File, text};

/// Fails unless the file is refused with these words, and not a byte of it or beside it changes.
#[track_caller]
fn refused(file: &File, arguments: &[&str], words: &[&str]) {
    let bytes = file.bytes();
    let output = file.almanac(arguments);
    let said = error(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
    assert!(file.bytes() == bytes, "{arguments:?}: the file changed");
}

/// What it says is wrong, without what it tells on the way.
fn error(output: &Output) -> String {
    let said = text(&output.stderr);
    said.split_once("error: ").map_or_else(String::new, |(_, error)| error.to_owned())
}

const PRODUCTS: [&str; 5] = ["adopt", "--database", "products", "--reshape", "--yes"];

#[test]
fn the_merged_file() {
    let file = File::of(Database::Products, ["refused/pipeline".to_owned()]);
    assert_eq!(file.inspect()["verdict"], "refused");
    refused(
        &file,
        &["adopt", file.path().to_str().unwrap(), "--reshape", "--yes"],
        &["merged", "pipeline.sqlite3"],
    );
    refused(&file, &PRODUCTS, &["merged"]);
}

#[test]
fn a_table_of_the_same_name_and_another_content() {
    let file = File::of(Database::Products, ["refused/clash".to_owned()]);
    let said = file.inspect();
    assert_eq!(said["verdict"], "refused");
    let mut tables = said["tables"].as_array().unwrap().iter();
    assert!(tables.any(|table| table["table"] == "images" && table["class"] == "clash"), "{said}");
    refused(&file, &PRODUCTS, &["images"]);
}

#[test]
fn a_file_that_somebody_is_writing() {
    let file = File::new(Database::Products, &["ms_index_a", "images_a"]);
    let bytes = file.bytes();
    // Reading the file here would give the writer's lock back, since it is of the whole process.
    let writer = file.open();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let output = file.almanac(&PRODUCTS);
    assert_eq!(output.status.code(), Some(1));
    let said = error(&output);
    assert!(
        said.contains("open for writing") && said.contains(file.path().to_str().unwrap()),
        "{said}"
    );
    writer.execute_batch("ROLLBACK").unwrap();
    drop(writer);
    assert!(file.bytes() == bytes, "the file changed");
    assert_eq!(file.adopt()["outcome"], "adopted", "as soon as the writer is gone");
}

#[test]
fn a_damaged_file() {
    let file = File::new(Database::Products, &["ms_index_a", "images_a"]);
    let pages = file.value::<u32>("SELECT rootpage FROM sqlite_schema WHERE name = 'images'");
    let size = file.value::<u32>("PRAGMA page_size");
    let mut bytes = fs::read(file.path()).unwrap();
    let start = ((pages - 1) * size) as usize;
    bytes[start..start + 64].fill(0xA5);
    fs::write(file.path(), bytes).unwrap();
    refused(&file, &PRODUCTS, &["damaged"]);
}

#[test]
fn a_file_that_is_no_database() {
    let file = File::new(Database::Products, &["ms_index_a", "images_a"]);
    fs::write(file.path(), "not a database, but long enough to have a header of one\n".repeat(100))
        .unwrap();
    refused(&file, &PRODUCTS, &[file.path().to_str().unwrap()]);
}

#[test]
fn a_database_of_a_server() {
    let file = File::new(Database::Products, &["ms_index_a", "images_a"]);
    let server = "postgres://nobody@127.0.0.1:1/none";
    refused(
        &file,
        &["adopt", "--database", "products", server, "--yes"],
        &["SQLite", "almanac backup copy"],
    );
}
