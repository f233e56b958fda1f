//! How many statements a list takes.

use almanac_service::access::Role;

use crate::{
    night::{Size, UNIT, filled},
    support::{Engine, engines},
    world::{World, access},
};

engines! { ast_x_03_detections_with_all_about_them_take_four_statements }

async fn ast_x_03_detections_with_all_about_them_take_four_statements(engine: Engine) {
    let size = Size { images: 40, candidates_per_image: 8, ..UNIT };
    let world = World::of(filled(engine, size).await);
    let count = async |first: usize| {
        let query = format!(
            "{{ astridDetections(first: {first}, orderBy: [{{field: CREATED_AT, direction: DESC}}]) {{ nodes {{
                 rowId confidenceScore observation {{ observationId ra dec }}
                 candidate {{ significance }} validationEvents {{ nodes {{ validatorId isValid }} }}
               }} }} }}"
        );
        let before = world.sessions.statements();
        let data = world.ask(&query, access(Some(Role::Analyst))).await;
        let statements = world.sessions.statements() - before;
        (data["astridDetections"]["nodes"].as_array().unwrap().clone(), statements)
    };
    let (few, statements) = count(2).await;
    assert_eq!((few.len(), statements), (2, 4));
    let (nodes, statements) = count(100).await;
    assert_eq!((nodes.len(), statements), (100, 4));
    for node in &nodes {
        assert!(node["observation"]["ra"].is_number(), "{node}");
    }
    // Of three detections of an image, two came of candidates, and people voted on one.
    let with_candidate = nodes.iter().filter(|node| node["candidate"].is_object()).count();
    let votes =
        |node: &serde_json::Value| node["validationEvents"]["nodes"].as_array().unwrap().len();
    let voted: Vec<usize> = nodes.iter().map(votes).filter(|votes| *votes > 0).collect();
    assert!((66..=67).contains(&with_candidate), "{with_candidate}");
    assert!((33..=34).contains(&voted.len()) && voted.iter().all(|votes| *votes == 2), "{voted:?}");
}
