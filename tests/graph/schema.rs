//! The graph's schema as it is published.

use std::{fs, path::Path};

use almanac_entity::{Table, Visitor, visit_all};

/// Tables that the graph does not show yet: nothing in it is asked of them so far.
const NOT_SHOWN: &str = include_str!("not_shown.txt");

#[test]
fn the_published_schema_is_the_code_s() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema.graphql");
    let published = fs::read_to_string(path).expect("docs/schema.graphql");
    assert!(
        published.trim_end() == almanac_api::sdl().trim_end(),
        "docs/schema.graphql is not what the code says; `make schema` writes it anew"
    );
}

#[test]
fn everything_is_described() {
    let sdl = almanac_api::sdl();
    let mut described = false;
    let mut inside = false;
    for line in sdl.lines() {
        let text = line.trim();
        if text.starts_with("\"\"\"") {
            inside = !inside && text.len() == 3;
            described = true;
        } else if !inside && !text.is_empty() && !text.starts_with(['}', ')', '#', '"']) {
            let is_definition = line.starts_with("type ")
                || line.starts_with("enum ")
                || line.starts_with("input ")
                || line.starts_with("interface ")
                || (line.starts_with('\t') && text.contains(':') && text != "query: Query");
            assert!(described || !is_definition, "{text} has no description");
            described = false;
        }
    }
}

#[test]
fn a_table_is_shown_or_on_the_list() {
    struct Names(Vec<(String, bool)>);
    impl Visitor for Names {
        fn visit<T: Table>(&mut self) {
            let shown = almanac_api::sdl().contains(&format!("type {} ", T::NAME));
            self.0.push((T::NAME.to_owned(), shown));
        }
    }
    let mut names = Names(Vec::new());
    visit_all(&mut names);
    for (name, shown) in names.0 {
        let listed = NOT_SHOWN.lines().any(|line| line == name);
        assert!(
            shown != listed,
            "{name} is {}",
            if shown { "shown and listed" } else { "neither shown nor listed" }
        );
    }
}
