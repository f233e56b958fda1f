//! Which crates and modules may know which.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use almanac_database::Database;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Rust files below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// A pipeline that embeds the entities brings no web server and no driver along.
#[test]
fn entities_come_without_the_web() {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "-p",
            "almanac-entity",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--locked",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(tree.starts_with("almanac-entity ") && tree.contains("\nsea-orm "), "{tree}");
    let unwanted = ["async-graphql", "axum", "hyper", "sqlx", "tower"];
    for name in tree.lines().filter_map(|line| line.split(' ').next()) {
        let found = unwanted.iter().find(|crate_of| {
            name.strip_prefix(**crate_of)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        assert!(found.is_none(), "almanac-entity depends on {name}");
    }
}

/// A row knows rows of its own database only: the others are other files, on other machines perhaps.
#[test]
fn entities_of_a_database_know_no_other() {
    for database in Database::ALL {
        for path in sources(&root().join("entity/src").join(database.as_str())) {
            let text = read(&path);
            // What stands after `crate::` or `super::super::`, alone or in braces.
            let paths = text.split("crate::").skip(1).chain(text.split("super::super::").skip(1));
            for path_in in paths {
                let named = match path_in.strip_prefix('{').and_then(|rest| rest.split_once(';')) {
                    Some((group, _)) => group,
                    None => path_in.split(|c: char| !is_word(c)).next().unwrap_or_default(),
                };
                let knows = |other: &Database| {
                    named.split(|c| !is_word(c)).any(|word| word == other.as_str())
                };
                let other =
                    Database::ALL.into_iter().filter(|other| *other != database).find(knows);
                assert!(other.is_none(), "{} knows {other:?}", path.display());
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A revision is a fact about the past: it does not change when an entity does, nor with another
/// database.
#[test]
fn revisions_know_neither_entities_nor_each_other() {
    let crates = Database::ALL.map(|database| format!("migration-{database}").replace('_', "-"));
    for folder in Database::ALL.iter().map(|database| database.as_str()).chain(["support"]) {
        let path = root().join("migration").join(folder).join("Cargo.toml");
        let manifest = read(&path);
        let (head, dependencies) =
            manifest.split_once("dependencies]").expect("it depends on something");
        assert!(head.contains(&format!("name = \"migration-{}\"", folder.replace('_', "-"))));
        let ours = ["almanac-entity", "almanac-service", "almanac-api", "almanac-migration"];
        for name in ours.into_iter().chain(crates.iter().map(String::as_str)) {
            let depends = dependencies.lines().any(|line| {
                line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            });
            assert!(!depends, "{} depends on {name}", path.display());
        }
    }
}

/// The entities stand below everything but the names of databases.
#[test]
fn entities_know_nothing_of_revisions_and_service() {
    let manifest = read(&root().join("entity/Cargo.toml"));
    for name in ["migration", "almanac-service", "almanac-api"] {
        assert!(!manifest.contains(name), "almanac-entity knows {name}");
    }
}
