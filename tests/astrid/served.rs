//! What the server knows of whoever asks, and of its databases.

use almanac_database::Database;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    start::{Server, almanac, ask},
    support::{Engine, TestDatabase, engines, revisions},
};

engines!(the_audit_log_says_where_a_change_came_from, the_revisions_of_the_databases_are_told,);

/// The header that shows a new token of this role.
fn token(test: &TestDatabase, state: &TempDir, role: &str, name: &str) -> String {
    let made = almanac(test, state, &["token", "create", "--role", role, "--name", name]).output();
    let made = String::from_utf8(made.unwrap().stdout).unwrap();
    format!("authorization: Bearer {}", made.trim())
}

async fn the_audit_log_says_where_a_change_came_from(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let state = TempDir::new().unwrap();
    let (operator, admin) =
        (token(&test, &state, "operator", "ada"), token(&test, &state, "admin", "root"));
    let (_server, address) = Server::start(&test, &state, &[]);
    let program = "user-agent: TOPCAT/4.10";
    let made = ask(
        &address,
        &[&operator, program],
        r#"mutation { createAstridSurvey(input: {name: "Deep"}) { auditRecordIds } }"#,
    );
    let id = made["data"]["createAstridSurvey"]["auditRecordIds"][0].as_str();
    let id = id.unwrap_or_else(|| panic!("{made}"));
    let query = format!(
        r#"{{ astridAuditRecords(where: {{rowId: {{eq: "{id}"}}}}) {{ nodes {{
            action userId ipAddress userAgent
        }} }} }}"#
    );
    let expected = json!([{
        "action": "survey.create", "userId": "ada", "ipAddress": "127.0.0.1",
        "userAgent": "TOPCAT/4.10",
    }]);
    for reader in [&operator, &admin] {
        let answer = ask(&address, &[reader], &query);
        assert_eq!(answer["data"]["astridAuditRecords"]["nodes"], expected, "{answer}");
    }
}

async fn the_revisions_of_the_databases_are_told(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let state = TempDir::new().unwrap();
    let viewer = token(&test, &state, "viewer", "guest");
    let (_server, address) = Server::start(&test, &state, &[]);
    let query = "{ migrationStatus {
        database engine isReadable current applied pending unknown
    } }";
    let answer = ask(&address, &[&viewer], query);
    let all = answer["data"]["migrationStatus"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let of = |name: &str| all.iter().find(|of| of["database"] == name).unwrap();
    let names = revisions(Database::Astrid).all();
    let word = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    let astrid = json!({
        "database": "astrid", "engine": word, "isReadable": true, "current": names.last(),
        "applied": names, "pending": [], "unknown": [],
    });
    assert_eq!(of("astrid"), &astrid);
    let products = of("products");
    assert_eq!((&products["isReadable"], &products["current"]), (&json!(false), &json!(null)));
    let pending = products["pending"].as_array().unwrap();
    assert_eq!(pending.len(), revisions(Database::Products).all().len(), "nobody made it yet");
}
