//! Who changes what: the specification's §5.3 and §5.4.

use std::collections::BTreeSet;

use almanac_service::access::Role::{self, Admin, Analyst, Operator};

use crate::{
    support::{Engine, engines},
    world::{ROLES, World, access, named, refusal_of},
};

engines! {
    ast_x_02_each_mutation_is_done_by_its_roles,
    ast_x_02_votes_are_changed_by_their_reviewers,
}

/// The least role of each mutation, and a call of it that is accepted after those before it.
const MUTATIONS: &[(Role, &str)] = &[
    (Analyst, "recordAstridValidation(input: {detectionId: @801, vote: {isValid: true}})"),
    (Analyst, "recordAstridValidations(input: {detectionIds: [@802], vote: {isValid: false}})"),
    (Analyst, "reviseAstridValidation(input: {validationEventId: @901, vote: {isValid: false}})"),
    (Analyst, "withdrawAstridValidation(input: {validationEventId: @901})"),
    (
        Analyst,
        r#"createAstridAlert(input: {
            detectionId: @804, channel: SLACK, priority: HIGH, title: "New", message: "Look."
        })"#,
    ),
    (Analyst, "acknowledgeAstridAlert(input: {alertId: @a01})"),
    (Operator, "createAstridSurvey(input: {name: \"Gamma\"})"),
    (Operator, "updateAstridSurvey(input: {surveyId: @102, description: \"other\"})"),
    (Operator, "deactivateAstridSurvey(input: {surveyId: @102})"),
    (Operator, "activateAstridSurvey(input: {surveyId: @102})"),
    (
        Operator,
        r#"ingestAstridObservation(input: {observation: {
            surveyId: @101, observationId: "new", ra: 10.5, dec: 20.5, filterBand: "r",
            observationTime: "2025-10-02T03:04:05Z", exposureTime: 30, fitsUrl: "s3://raw/new"
        }})"#,
    ),
    (
        Operator,
        r#"ingestAstridObservations(input: {observations: [{
            surveyId: @101, observationId: "newer", ra: 10.5, dec: 20.5, filterBand: "r",
            observationTime: "2025-10-02T03:04:05Z", exposureTime: 30, fitsUrl: "s3://raw/newer"
        }]})"#,
    ),
    (Operator, "updateAstridObservation(input: {observationId: @201, patch: {airmass: 1.2}})"),
    (Operator, "startAstridPreprocessing(input: {observationId: @201})"),
    (Operator, "startAstridDifferencing(input: {observationId: @202})"),
    (Operator, "startAstridInference(input: {differenceRunId: @301})"),
    (Operator, "retryAstridObservation(input: {observationId: @204})"),
    (Operator, "archiveAstridObservation(input: {observationId: @203})"),
    (Operator, "cancelAstridJob(input: {jobId: @501})"),
    (Operator, "requeueAstridJob(input: {jobId: @504})"),
    (Operator, "setAstridCandidateStatus(input: {candidateId: @401, status: REJECTED})"),
    (Operator, "registerAstridModel(input: {name: \"hunter\", version: \"3\", modelType: UNET})"),
    (Operator, "updateAstridModel(input: {modelId: @602, facts: {precision: 0.9}})"),
    (Operator, "deployAstridModel(input: {modelId: @602})"),
    (Operator, "retireAstridModel(input: {modelId: @602})"),
    (Operator, "rejectAstridDetection(input: {detectionId: @804, reason: \"a satellite\"})"),
    (Operator, "confirmAstridDetection(input: {detectionId: @806, reason: \"a spectrum\"})"),
    (Operator, "archiveAstridDetection(input: {detectionId: @806})"),
    (Operator, "retryAstridAlert(input: {alertId: @a02})"),
    (Operator, "cancelAstridAlert(input: {alertId: @a03})"),
    (Admin, "deleteAstridSurvey(input: {surveyId: @102})"),
    (
        Admin,
        "purgeAstridCandidates(input: {before: \"2100-01-01T00:00:00Z\", statuses: [DUPLICATE]})",
    ),
    (Admin, "purgeAstridObservation(input: {observationId: @203})"),
    (Admin, "setAstridSystemConfig(input: {key: \"dashboard.theme\", value: {dark: true}})"),
    (Admin, "deleteAstridSystemConfig(input: {key: \"dashboard.theme\"})"),
    (Admin, "createAstridSurveyConfig(input: {configuration: {name: \"Nightly\"}})"),
    (
        Admin,
        "updateAstridSurveyConfig(input: {name: \"Nightly\", configuration: {name: \"Weekly\"}})",
    ),
    (Admin, "deleteAstridSurveyConfig(input: {name: \"Weekly\"})"),
];

#[test]
fn ast_x_02_the_matrix_has_every_mutation() {
    let sdl = almanac_api::sdl();
    let mutations = sdl.split("\ntype Mutation {").nth(1).unwrap().split("\n}").next().unwrap();
    let names = mutations.lines().filter_map(|line| line.strip_prefix('\t')?.strip_suffix('('));
    let known: BTreeSet<&str> = names.filter(|name| name.contains("Astrid")).collect();
    let listed = MUTATIONS.iter().map(|(_, call)| call.split('(').next().unwrap());
    assert_eq!(listed.collect::<BTreeSet<_>>(), known);
}

async fn ast_x_02_each_mutation_is_done_by_its_roles(engine: Engine) {
    for role in ROLES {
        let world = World::filled(engine).await;
        let document = |call: &str| format!("mutation {{ {call} {{ auditRecordIds }} }}");
        let may = |least: Role| role.is_some_and(|role| role >= least);
        let before = world.digests().await;
        for (least, call) in MUTATIONS.iter().filter(|(least, _)| !may(*least)) {
            let refusal = world.refusal(&document(call), access(role)).await;
            assert_eq!(refusal.code, refusal_of(role), "{call}, for {least} by {role:?}");
        }
        assert_eq!(world.digests().await, before, "nothing is changed by {role:?}");
        for (_, call) in MUTATIONS.iter().filter(|(least, _)| may(*least)) {
            world.ask(&document(call), access(role)).await;
        }
    }
}

async fn ast_x_02_votes_are_changed_by_their_reviewers(engine: Engine) {
    let world = World::filled(engine).await;
    let revise = "mutation { reviseAstridValidation(input: {
        validationEventId: @901, vote: {isValid: false}
    }) { validationEvent { isValid validatorId } } }";
    let withdraw = "mutation { withdrawAstridValidation(input: {
        validationEventId: @901
    }) { validationEvent { validatorId } } }";
    let before = world.digests().await;
    for (call, others) in
        [(revise, &[Analyst, Operator, Admin][..]), (withdraw, &[Analyst, Operator])]
    {
        for role in others {
            let refusal = world.refusal(call, named("ben", *role)).await;
            assert_eq!(refusal.code, "FORBIDDEN", "{call} by a {role}");
        }
    }
    assert_eq!(world.digests().await, before);

    let revised = world.ask(revise, named("ada", Analyst)).await;
    let vote = &revised["reviseAstridValidation"]["validationEvent"];
    assert_eq!((&vote["isValid"], &vote["validatorId"]), (&false.into(), &"ada".into()));
    // Whose votes are to go, an admin may decide.
    let withdrawn = world.ask(withdraw, named("root", Admin)).await;
    let vote = &withdrawn["withdrawAstridValidation"]["validationEvent"];
    assert_eq!(vote["validatorId"], "ada");
}
