//! Who reads what: the matrix of the specification's §5.4.

use almanac_service::access::Role;
use serde_json::{Value as Json, json};

use crate::{
    support::{Engine, engines},
    world::{AUDITED, ROLES, World, access, first_error, refusal_of},
};

engines! {
    ast_x_02_each_table_is_read_by_its_roles,
    ast_x_02_each_row_is_found_by_its_roles,
    ast_x_02_edges_stop_at_forbidden_tables,
    ast_x_02_the_audit_log_tells_of_what_one_reads,
    ast_x_02_each_query_is_answered_to_its_roles,
}

/// A table: its list, its type, and whether it is read by admins, researchers, analysts, viewers and guests.
struct Table {
    list: &'static str,
    name: &'static str,
    read: [bool; 5],
}

const fn table(list: &'static str, name: &'static str, read: [bool; 5]) -> Table {
    Table { list, name, read }
}

const Y: bool = true;
const N: bool = false;

/// What a row of a table was.
macro_rules! row_at {
    ($table:literal) => {
        concat!(
            "astridRowAt(entityType: \"",
            $table,
            "\", entityId: @101, at: \"2025-01-01T00:00:00Z\") { presence }"
        )
    };
}

const TABLES: [Table; 13] = [
    table("astridSurveys", "AstridSurvey", [Y, Y, Y, Y, N]),
    table("astridObservations", "AstridObservation", [Y, Y, Y, Y, N]),
    table("astridPreprocessRuns", "AstridPreprocessRun", [Y, Y, N, N, N]),
    table("astridDifferenceRuns", "AstridDifferenceRun", [Y, Y, N, N, N]),
    table("astridProcessingJobs", "AstridProcessingJob", [Y, Y, N, N, N]),
    table("astridModels", "AstridModel", [Y, Y, N, N, N]),
    table("astridModelRuns", "AstridModelRun", [Y, Y, N, N, N]),
    table("astridCandidates", "AstridCandidate", [Y, Y, Y, N, N]),
    table("astridDetections", "AstridDetection", [Y, Y, Y, N, N]),
    table("astridAlerts", "AstridAlert", [Y, Y, Y, N, N]),
    table("astridValidationEvents", "AstridValidationEvent", [Y, Y, Y, N, N]),
    table("astridSystemConfig", "AstridSystemConfig", [Y, N, N, N, N]),
    table("astridAuditRecords", "AstridAuditRecord", [Y, Y, Y, N, N]),
];

/// Of which rows the audit log tells.
const AUDIT_LOG: [(&str, [bool; 5]); AUDITED.len()] = [
    ("survey", [Y, Y, Y, N, N]),
    ("observation", [Y, Y, Y, N, N]),
    ("system_config", [Y, N, N, N, N]),
    ("preprocess_run", [Y, Y, N, N, N]),
    ("difference_run", [Y, Y, N, N, N]),
    ("candidate", [Y, Y, Y, N, N]),
    ("processing_job", [Y, Y, N, N, N]),
    ("model", [Y, Y, N, N, N]),
    ("model_run", [Y, Y, N, N, N]),
    ("detection", [Y, Y, Y, N, N]),
    ("validation_event", [Y, Y, Y, N, N]),
    ("alert", [Y, Y, Y, N, N]),
    // The database as a whole is no row of a table.
    ("schema", [Y, N, N, N, N]),
];

/// The queries that are no lists: counts for everybody who is known, rows for those who read their tables, and what a
/// row was for those who read its table and the log.
const QUERIES: &[(&str, [bool; 5])] = &[
    (
        "astridObservationVerdict(observation: {surveyId: @101, observationId: \"new\"}) { isValid }",
        [Y, Y, Y, Y, N],
    ),
    ("astridObservationStats { total }", [Y, Y, Y, Y, N]),
    ("astridDetectionStats { total }", [Y, Y, Y, Y, N]),
    ("astridPipelineStats { stages { started } }", [Y, Y, Y, Y, N]),
    ("astridJobStats { types { depth } }", [Y, Y, Y, Y, N]),
    ("astridWorkerHealth { health }", [Y, Y, Y, Y, N]),
    ("migrationStatus { database }", [Y, Y, Y, Y, N]),
    ("astridReviewQueue { rowId }", [Y, Y, Y, N, N]),
    ("astridActiveModel(name: \"hunter\") { rowId }", [Y, Y, N, N, N]),
    ("astridSystemConfigByKey(key: \"jobs.policy\") { value }", [Y, N, N, N, N]),
    ("astridSystemConfigsByPrefix(prefix: \"jobs.\") { value }", [Y, N, N, N, N]),
    (row_at!("survey"), [Y, Y, Y, N, N]),
    (row_at!("observation"), [Y, Y, Y, N, N]),
    (row_at!("candidate"), [Y, Y, Y, N, N]),
    (row_at!("detection"), [Y, Y, Y, N, N]),
    (row_at!("validation_event"), [Y, Y, Y, N, N]),
    (row_at!("alert"), [Y, Y, Y, N, N]),
    (row_at!("preprocess_run"), [Y, Y, N, N, N]),
    (row_at!("difference_run"), [Y, Y, N, N, N]),
    (row_at!("processing_job"), [Y, Y, N, N, N]),
    (row_at!("model"), [Y, Y, N, N, N]),
    (row_at!("model_run"), [Y, Y, N, N, N]),
    (row_at!("system_config"), [Y, N, N, N, N]),
];

fn table_of(name: &str) -> &'static Table {
    TABLES.iter().find(|table| table.name == name).unwrap()
}

async fn ast_x_02_each_table_is_read_by_its_roles(engine: Engine) {
    let world = World::filled(engine).await;
    for Table { list, read, .. } in TABLES {
        let query = format!("{{ {list}(first: 1000) {{ totalCount nodes {{ id rowId }} }} }}");
        for (role, read) in ROLES.into_iter().zip(read) {
            if read {
                let data = world.ask(&query, access(role)).await;
                let nodes = data[list]["nodes"].as_array().unwrap();
                assert!(!nodes.is_empty(), "{list} by {role:?}");
                assert_eq!(data[list]["totalCount"], nodes.len(), "{list} by {role:?}");
            } else {
                let response = world.respond(&query, access(role)).await;
                let refusal = first_error(&response).unwrap();
                assert_eq!(refusal.code, refusal_of(role), "{list} by {role:?}");
                assert_eq!(response["data"][list], Json::Null, "{list} by {role:?}");
            }
        }
    }
}

async fn ast_x_02_each_row_is_found_by_its_roles(engine: Engine) {
    let world = World::filled(engine).await;
    for Table { list, name, read } in TABLES {
        // Everybody who reads the audit log reads of surveys.
        let filter = if name == "AstridAuditRecord" {
            "(where: {entityType: {eq: \"survey\"}})"
        } else {
            "(first: 1)"
        };
        let rows = format!("{{ {list}{filter} {{ nodes {{ id }} }} }}");
        let rows = world.ask(&rows, access(Some(Role::Admin))).await;
        let query = format!("{{ node(id: {}) {{ __typename }} }}", rows[list]["nodes"][0]["id"]);
        for (role, read) in ROLES.into_iter().zip(read) {
            if read {
                let data = world.ask(&query, access(role)).await;
                assert_eq!(data["node"]["__typename"], name, "{name} by {role:?}");
            } else {
                let response = world.respond(&query, access(role)).await;
                let refusal = first_error(&response).unwrap();
                assert_eq!(refusal.code, refusal_of(role), "{name} by {role:?}");
                assert_eq!(response["data"]["node"], Json::Null, "{name} by {role:?}");
            }
        }
    }
}

/// An edge from a table to another.
struct Edge {
    from: &'static Table,
    field: String,
    to: &'static Table,
    is_list: bool,
}

/// All edges between AstrID's tables, as the schema has them.
fn edges() -> Vec<Edge> {
    let sdl = almanac_api::sdl();
    let mut edges = Vec::new();
    for from in &TABLES {
        let head = format!("\ntype {} implements Node {{\n", from.name);
        let body = sdl.split(&head).nth(1).unwrap().split("\n}").next().unwrap();
        let (mut field, mut is_description) = ("", false);
        for line in body.lines().filter_map(|line| line.strip_prefix('\t')) {
            if line.starts_with("\"\"\"") {
                is_description = !is_description;
            }
            if is_description || line.starts_with(['\t', '"']) {
                continue;
            }
            if !line.starts_with(')') {
                field = line.split(['(', ':']).next().unwrap();
            }
            let Some((_, answer)) = line.split_once("): ").or_else(|| line.split_once(": ")) else {
                continue;
            };
            let answer = answer.trim_end_matches('!');
            let name = answer.trim_end_matches("Connection");
            if let Some(to) = TABLES.iter().find(|table| table.name == name) {
                edges.push(Edge { from, field: field.to_owned(), to, is_list: name != answer });
            }
        }
    }
    edges
}

async fn ast_x_02_edges_stop_at_forbidden_tables(engine: Engine) {
    let world = World::filled(engine).await;
    let edges = edges();
    let of_observations = edges.iter().filter(|edge| edge.from.name == "AstridObservation");
    assert_eq!(of_observations.count(), 9, "the edges are found in the schema");
    let mut refused = 0;
    for Edge { from, field, to, is_list } in &edges {
        let wanted = if *is_list { "{ totalCount nodes { rowId } }" } else { "{ rowId }" };
        let query = format!("{{ {} {{ nodes {{ rowId {field} {wanted} }} }} }}", from.list);
        let reads = from.read.into_iter().zip(to.read);
        for (role, (_, reads_other)) in ROLES.into_iter().zip(reads).filter(|(_, reads)| reads.0) {
            if reads_other {
                world.ask(&query, access(role)).await;
                continue;
            }
            let response = world.respond(&query, access(role)).await;
            let refusal = first_error(&response).unwrap_or_else(|| panic!("{query} by {role:?}"));
            assert_eq!(refusal.code, "FORBIDDEN", "{query} by {role:?}");
            let nodes = response["data"][from.list]["nodes"].as_array().unwrap();
            assert!(!nodes.is_empty(), "what may be read is answered");
            assert!(nodes.iter().all(|node| node[field] == Json::Null), "{query} by {role:?}");
            let path = &response["errors"][0]["path"];
            assert_eq!(*path, json!([from.list, "nodes", path[2], field]), "{query} by {role:?}");
            refused += 1;
        }
    }
    // Viewers, as an example: nothing follows from an observation but its survey.
    assert!(table_of("AstridObservation").read[3] && refused >= 20, "{refused}");
}

async fn ast_x_02_the_audit_log_tells_of_what_one_reads(engine: Engine) {
    let world = World::filled(engine).await;
    assert_eq!(AUDIT_LOG.map(|(entity_type, _)| entity_type), AUDITED);
    let one = |entity_type: &str| {
        format!(
            "{{ astridAuditRecords(where: {{entityType: {{eq: \"{entity_type}\"}}}}) {{ totalCount nodes {{ id entityType }} }} }}"
        )
    };
    for (entity_type, read) in AUDIT_LOG {
        let all = world.ask(&one(entity_type), access(Some(Role::Admin))).await;
        let record = all["astridAuditRecords"]["nodes"][0]["id"].clone();
        let node = format!("{{ node(id: {record}) {{ id }} }}");
        for (role, read) in ROLES.into_iter().zip(read).take(3) {
            let found = world.ask(&one(entity_type), access(role)).await;
            let found = &found["astridAuditRecords"];
            assert_eq!(found["totalCount"], i32::from(read), "{entity_type} by {role:?}");
            let nodes = found["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), usize::from(read), "{entity_type} by {role:?}");
            let node = world.ask(&node, access(role)).await;
            let id = if read { record.clone() } else { Json::Null };
            assert_eq!(node["node"]["id"], id, "{entity_type} by {role:?}");
        }
    }
    for (column, role) in ROLES.into_iter().enumerate().take(3) {
        let all = "{ astridAuditRecords { totalCount nodes { entityType } } }";
        let all = world.ask(all, access(role)).await;
        let expected = AUDIT_LOG.iter().filter(|(_, read)| read[column]).count();
        assert_eq!(all["astridAuditRecords"]["totalCount"], expected, "{role:?}");
        // Conditions of one's own take nothing of it away.
        let other =
            "{ astridAuditRecords(where: {or: [{entityType: {ne: \"x\"}}, {}]}) { totalCount } }";
        let other = world.ask(other, access(role)).await;
        assert_eq!(other["astridAuditRecords"]["totalCount"], expected, "{role:?}");
    }
}

async fn ast_x_02_each_query_is_answered_to_its_roles(engine: Engine) {
    let world = World::filled(engine).await;
    for (query, read) in QUERIES {
        let query = format!("{{ {query} }}");
        for (role, read) in ROLES.into_iter().zip(*read) {
            if read {
                world.ask(&query, access(role)).await;
            } else {
                let refusal = world.refusal(&query, access(role)).await;
                assert_eq!(refusal.code, refusal_of(role), "{query} by {role:?}");
            }
        }
    }
}
