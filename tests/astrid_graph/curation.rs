//! What people make of a detection, from the first vote until it is put away.

use std::{future::pending, sync::Arc};

use almanac_service::{
    access::Role::{self, Analyst, Operator, Viewer},
    astrid::{AlertChannel, JobType},
};
use almanac_worker::{
    Runner,
    channels::{Channels, Target},
    client,
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    support::{Engine, engines},
    world::{ROLES, World, access, named, refusal_of},
};

engines! { ast_p4_12_from_detection_to_confirmed }

const VOTE: &str = "mutation { recordAstridValidation(input: {
    detectionId: @801, vote: {isValid: true, label: \"supernova\", confidenceLevel: HIGH}
}) { auditRecordIds } }";
const CONFIRM: &str = "mutation { confirmAstridDetection(input: {
    detectionId: @801, reason: \"a spectrum\"
}) { auditRecordIds } }";
const ALERT: &str = "mutation { createAstridAlert(input: {
    detectionId: @801, channel: SLACK, priority: HIGH, title: \"A supernova\", message: \"It is bright.\"
}) { alert { rowId status } } }";
const ARCHIVE: &str = "mutation { archiveAstridDetection(input: {
    detectionId: @801
}) { auditRecordIds } }";

async fn ast_p4_12_from_detection_to_confirmed(engine: Engine) {
    let world = World::filled(engine).await;
    is(&world, ("PENDING", false, None)).await;

    refused_below(&world, VOTE, Analyst).await;
    world.ask(VOTE, named("ada", Analyst)).await;
    is(&world, ("VALIDATING", false, None)).await;
    let early = world.refusal(CONFIRM, named("olga", Operator)).await;
    assert_eq!(early.code, "INVALID_TRANSITION");
    let again = world.refusal(VOTE, named("ada", Analyst)).await;
    assert_eq!(again.code, "ALREADY_EXISTS");
    world.ask(VOTE, named("ben", Analyst)).await;
    is(&world, ("VALIDATED", true, Some("supernova"))).await;

    refused_below(&world, CONFIRM, Operator).await;
    world.ask(CONFIRM, named("olga", Operator)).await;
    is(&world, ("CONFIRMED", true, Some("supernova"))).await;

    refused_below(&world, ALERT, Analyst).await;
    let made = world.ask(ALERT, named("ada", Analyst)).await;
    let alert = &made["createAstridAlert"]["alert"];
    assert_eq!(alert["status"], "PENDING");
    let alert = alert["rowId"].as_str().unwrap();
    let acknowledge = format!(
        "mutation {{ acknowledgeAstridAlert(input: {{alertId: \"{alert}\"}}) {{ alert {{ status }} }} }}"
    );
    let early = world.refusal(&acknowledge, named("ada", Analyst)).await;
    assert_eq!(early.code, "INVALID_TRANSITION", "nobody has got it yet");
    let folder = TempDir::new().unwrap();
    notify(&world, &folder).await;
    assert!(folder.path().join(format!("{alert}.json")).is_file(), "it is delivered");
    refused_below(&world, &acknowledge, Analyst).await;
    let done = world.ask(&acknowledge, named("ben", Analyst)).await;
    assert_eq!(done["acknowledgeAstridAlert"]["alert"]["status"], "DELIVERED");

    refused_below(&world, ARCHIVE, Operator).await;
    world.ask(ARCHIVE, named("olga", Operator)).await;
    is(&world, ("ARCHIVED", true, Some("supernova"))).await;
    let over = world.refusal(VOTE, named("cleo", Analyst)).await;
    assert_eq!(over.code, "INVALID_TRANSITION");

    let trail = "{ astridDetections(where: {rowId: {eq: @801}}) { nodes {
        validationEvents(orderBy: [{field: VALIDATOR_ID}]) { nodes { validatorId isValid } }
        alerts(where: {alertType: {eq: \"slack\"}}) { nodes { status sentAt deliveryAttempts } }
        auditRecords(orderBy: [{field: ID}]) { nodes { action userId } }
    } } }";
    let trail = world.ask(trail, named("ada", Analyst)).await;
    let detection = &trail["astridDetections"]["nodes"][0];
    let vote = |validator: &str| json!({ "validatorId": validator, "isValid": true });
    assert_eq!(detection["validationEvents"]["nodes"], json!([vote("ada"), vote("ben")]));
    let alert = &detection["alerts"]["nodes"][0];
    assert_eq!((&alert["status"], &alert["deliveryAttempts"]), (&json!("DELIVERED"), &json!(1)));
    assert!(alert["sentAt"].is_string());
    let record = |action: &str, user: &str| json!({ "action": action, "userId": user });
    assert_eq!(
        detection["auditRecords"]["nodes"],
        json!([
            record("detection.status", "ada"),
            record("detection.status", "ben"),
            record("detection.confirm", "olga"),
            record("detection.archive", "olga"),
        ])
    );
}

/// Fails unless the detection stands so: its state, whether it is validated, and what people call it.
async fn is(world: &World, (status, is_validated, label): (&str, bool, Option<&str>)) {
    let query = "{ astridDetections(where: {rowId: {eq: @801}}) { nodes { status isValidated humanLabel } } }";
    let data = world.ask(query, named("ada", Analyst)).await;
    let expected = json!({ "status": status, "isValidated": is_validated, "humanLabel": label });
    assert_eq!(data["astridDetections"]["nodes"][0], expected);
}

/// Fails unless a mutation is refused to everybody below a role, and changes nothing then.
async fn refused_below(world: &World, mutation: &str, least: Role) {
    assert!(least > Viewer);
    let before = world.digests().await;
    for role in ROLES.into_iter().filter(|role| role.is_none_or(|role| role < least)) {
        let refusal = world.refusal(mutation, access(role)).await;
        assert_eq!(refusal.code, refusal_of(role), "{mutation} by {role:?}");
    }
    assert_eq!(world.digests().await, before, "{mutation}: a refusal changed something");
}

/// Has a worker deliver what is to be delivered into a folder.
async fn notify(world: &World, folder: &TempDir) {
    let target = || Target::Folder(folder.path().to_owned());
    let targets = [(AlertChannel::Slack, target()), (AlertChannel::Webhook, target())];
    let channels = Channels::new(targets, &client().unwrap());
    let runner = Runner::new(world.test.sessions(), "herald")
        .with_stage(JobType::Notify, Arc::new(channels));
    let tally = runner.drain(pending()).await.unwrap();
    // One alert of the slack channel, and one that waited before.
    assert_eq!((tally.completed, tally.failed, tally.retried), (2, 0, 0), "{tally:?}");
}
