//! Every mutation: one example that is accepted and one that is refused, by everybody who may and may
//! not, with a comparison of whole databases before and after.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;

mod astrid_rows;
mod dump;
mod example;
mod world;

mod astrid_alerts;
mod astrid_jobs;
mod astrid_models;
mod astrid_observations;
mod astrid_reviews;
mod astrid_surveys;
mod calibration;
mod calibrators;
mod data_registry;
mod hdf5;
mod images;
mod ingest;
mod jobs;
mod measurement_sets;
mod operations;
mod processing_states;
mod suspicion;
mod transients;
mod variability;

use std::collections::BTreeSet;

use almanac_service::access::Operation;
use example::Area;

/// The areas: a line each.
const AREAS: &[Area] = &[
    astrid_alerts::AREA,
    astrid_jobs::AREA,
    astrid_models::AREA,
    astrid_observations::AREA,
    astrid_reviews::AREA,
    astrid_surveys::AREA,
    calibration::AREA,
    calibrators::AREA,
    data_registry::AREA,
    hdf5::AREA,
    images::AREA,
    ingest::AREA,
    jobs::AREA,
    measurement_sets::AREA,
    operations::AREA,
    processing_states::AREA,
    suspicion::AREA,
    transients::AREA,
    variability::AREA,
];

#[test]
fn every_operation_has_an_example_and_is_a_mutation() {
    let operations: BTreeSet<String> = Operation::ALL
        .iter()
        .filter(|operation| !Operation::OF_WORKERS.contains(operation))
        .map(|operation| operation.name())
        .collect();
    let examples = AREAS.iter().flat_map(|area| area.examples);
    let examples: BTreeSet<String> = examples.map(|example| example.operation.name()).collect();
    assert_eq!(examples, operations, "left: operations with examples, right: all operations");

    let sdl = almanac_api::sdl();
    let mutations = sdl.split("type Mutation {").nth(1).unwrap().split("\n}").next().unwrap();
    for operation in &operations {
        assert!(mutations.contains(&format!("\t{operation}(")), "{operation} is no mutation");
    }
    let count = mutations.lines().filter(|line| line.trim_end().ends_with('(')).count();
    assert_eq!(count, operations.len(), "a mutation belongs to no operation");
}
