//! The graph's schema as it is published.

use std::{fs, path::Path};

use almanac_entity::{Table, Visitor, visit_all};

#[test]
fn the_published_schema_is_the_code_s() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema.graphql");
    let published = fs::read_to_string(path).expect("docs/schema.graphql");
    assert!(
        published.trim_end() == almanac_api::sdl().trim_end(),
        "docs/schema.graphql is not what the code says; `make schema` writes it anew"
    );
}

/// The lines of the schema that name its roots, which the roots describe themselves.
const ROOTS: [&str; 3] = ["query: Query", "mutation: Mutation", "subscription: Subscription"];

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
                || (line.starts_with('\t') && text.contains(':') && !ROOTS.contains(&text));
            assert!(described || !is_definition, "{text} has no description");
            described = false;
        }
    }
}

#[test]
fn every_table_is_shown() {
    struct Unshown(String, Vec<&'static str>);
    impl Visitor for Unshown {
        fn visit<T: Table>(&mut self) {
            if !self.0.contains(&format!("type {} implements Node", T::NAME)) {
                self.1.push(T::NAME);
            }
        }
    }
    let mut unshown = Unshown(almanac_api::sdl(), Vec::new());
    visit_all(&mut unshown);
    assert_eq!(unshown.1, [""; 0]);
}
