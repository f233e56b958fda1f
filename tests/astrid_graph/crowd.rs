//! Eight who ask and four who change things, in four processes: this test binary, told by its environment to be one.

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    process::Child,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use almanac_api::{Graph, graph};
use almanac_database::{Address, Database, Location, Origin, Patience};
use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use almanac_service::{Repository, Sessions, access::Role};
use async_graphql::Request;
use sea_orm::{Set, prelude::Uuid};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::{
    night::{Size, UNIT, filled, observation_id},
    season::long,
    support::{Engine, TestDatabase, engines},
    world::{World, access, first_error, named},
};

const PROCESSES: usize = 4;
const READERS_OF_A_PROCESS: usize = 2;
/// How long all of them are at it, where tests run at their full sizes.
const TIME: Duration = Duration::from_mins(1);
/// What each changes otherwise.
const CHANGES: usize = 40;
/// How long a lock is waited for, as the specification has it.
const WAIT: Duration = Duration::from_secs(5);

/// What a process is told.
const DATABASE: &str = "CROWD_TEST_DATABASE";
const OUTPUT: &str = "CROWD_TEST_OUTPUT";
const NUMBER: &str = "CROWD_TEST_NUMBER";

/// Refusals that say what is wrong with what was asked.
const TYPED: [&str; 5] =
    ["ALREADY_EXISTS", "INVALID_TRANSITION", "NOT_FOUND", "REFERENCED_BY", "BAD_USER_INPUT"];

/// What is asked for: by rows, by conditions, counted, over several tables, the newest first.
const QUERIES: [&str; 6] = [
    "{ astridObservations(where: {status: {eq: INGESTED}}, orderBy: [{field: OBSERVATION_TIME, direction: DESC}]) { totalCount nodes { rowId survey { name } } } }",
    "{ astridDetections(first: 20) { nodes { status validationEvents { nodes { validatorId } } alerts { totalCount } } } }",
    "{ astridProcessingJobs(where: {status: {eq: PENDING}}) { totalCount nodes { jobType entity { __typename } } } }",
    "{ astridAuditRecords(last: 20) { nodes { action userId } } }",
    "{ astridSystemConfig(where: {key: {startsWith: \"crowd.\"}}) { nodes { key value } } }",
    "{ astridObservations(where: {position: {cone: {raDeg: 10, decDeg: 10, radiusDeg: 5}}}) { totalCount } }",
];

engines! { ast_x_05_eight_ask_and_four_change }

/// What came of a process: how often something was answered or accepted, by the name of the mutation, refused, by
/// the code, or went wrong.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Outcome {
    answers: usize,
    accepted: BTreeMap<String, usize>,
    refused: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.answers += other.answers;
        for (name, count) in other.accepted {
            *self.accepted.entry(name).or_default() += count;
        }
        for (code, count) in other.refused {
            *self.refused.entry(code).or_default() += count;
        }
        self.wrong.extend(other.wrong);
    }
}

async fn ast_x_05_eight_ask_and_four_change(engine: Engine) {
    let size = Size { images: 40, candidates_per_image: 4, ..UNIT };
    let world = World::of(filled(engine, size).await);
    failed_jobs(&world.sessions).await;
    let folder = TempDir::new().unwrap();
    let output = |number: usize| folder.path().join(number.to_string());
    let begun = Instant::now();
    let processes: Vec<Child> =
        (0..PROCESSES).map(|number| process(&world.test, number, &output(number))).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success(), "a process failed");
    }
    let took = begun.elapsed().as_secs_f64();
    let mut all = Outcome::default();
    for number in 0..PROCESSES {
        all.add(serde_json::from_slice(&fs::read(output(number)).unwrap()).unwrap());
    }
    eprintln!(
        "{engine:?}: in {took:.0} s {} answers, accepted {:?}, refused {:?}",
        all.answers, all.accepted, all.refused
    );
    assert_eq!(all.wrong, Vec::<String>::new());
    assert!(all.answers > 0 && all.accepted.len() == CHANGES_BY_NAME.len(), "{all:?}");

    // What was accepted has happened, and is written down, and nothing else is.
    let root = || access(Some(Role::Admin));
    for (mutation, actions) in CHANGES_BY_NAME {
        let query = format!(
            "{{ astridAuditRecords(where: {{action: {{in: {actions:?}}}, userId: {{startsWith: \"crowd \"}}}}) {{ totalCount }} }}"
        );
        let records = world.ask(&query, root()).await;
        let records = &records["astridAuditRecords"]["totalCount"];
        assert_eq!(*records, all.accepted[*mutation], "{mutation}");
    }
    let observations = world.ask("{ astridObservations { totalCount } }", root()).await;
    let ingested = all.accepted["ingestAstridObservation"];
    assert_eq!(observations["astridObservations"]["totalCount"], 100 + ingested);
    let votes =
        "{ astridValidationEvents(where: {validatorId: {startsWith: \"crowd \"}}) { totalCount } }";
    let votes = world.ask(votes, root()).await;
    let voted = all.accepted["recordAstridValidation"] - all.accepted["withdrawAstridValidation"];
    assert_eq!(votes["astridValidationEvents"]["totalCount"], voted);
}

/// Jobs that can be put back into the queue: one of each observation.
async fn failed_jobs(sessions: &Sessions) {
    let made = "2025-10-02T12:00:00Z".parse().unwrap();
    let rows = (0..UNIT.observations).map(|number| processing_job::ActiveModel {
        id: Set(Uuid::now_v7()),
        job_type: Set("preprocess".to_owned()),
        entity_id: Set(observation_id(number)),
        entity_type: Set("observation".to_owned()),
        status: Set(ProcessingJobStatus::Failed),
        retry_count: Set(0),
        max_retries: Set(3),
        priority: Set(1),
        scheduled_at: Set(made),
        completed_at: Set(Some(made)),
        created_at: Set(made),
        updated_at: Set(made),
        ..Default::default()
    });
    let writer = sessions.writer(Database::Astrid).await.unwrap();
    let table = Repository::<_, processing_job::Entity>::new(&writer);
    table.insert_many(rows).await.unwrap();
}

/// The mutations, and what the audit log calls what each does.
const CHANGES_BY_NAME: &[(&str, &[&str])] = &[
    ("ingestAstridObservation", &["observation.ingest"]),
    ("recordAstridValidation", &["validation.record"]),
    ("withdrawAstridValidation", &["validation.withdraw"]),
    ("cancelAstridJob", &["job.cancel"]),
    ("requeueAstridJob", &["job.requeue"]),
    ("setAstridSystemConfig", &["config.create", "config.update"]),
];

fn process(database: &TestDatabase, number: usize, output: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "crowd::a_process_asks_and_changes", "--quiet"])
        .env(DATABASE, database.url())
        .env(OUTPUT, output)
        .env(NUMBER, number.to_string())
        .spawn()
        .unwrap()
}

/// What a process does that was told so; as a test on its own it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_asks_and_changes() {
    let Ok(url) = env::var(DATABASE) else { return };
    let number: usize = env::var(NUMBER).unwrap().parse().unwrap();
    let address =
        Address::new(Database::Astrid, Location::parse(&url).unwrap(), Origin::Argument("test"));
    let patience = Patience { connection: WAIT, lock: WAIT, statement: Some(WAIT) };
    let member = Member {
        graph: graph(Sessions::with_patience(vec![address], None, patience)),
        number,
        end: long().then(|| Instant::now() + TIME),
    };
    let over = AtomicBool::new(false);
    let readers = (0..READERS_OF_A_PROCESS).map(|reader| member.asks(reader, &over));
    let (mut outcome, answers) =
        tokio::join!(member.changes(&over), futures::future::join_all(readers));
    for answers in answers {
        outcome.add(answers);
    }
    fs::write(env::var(OUTPUT).unwrap(), serde_json::to_vec(&outcome).unwrap()).unwrap();
}

/// Those of one process.
struct Member {
    graph: Graph,
    number: usize,
    /// When they stop, where that is a matter of time.
    end: Option<Instant>,
}

impl Member {
    async fn execute(&self, document: &str) -> Json {
        let somebody = named(&format!("crowd {}", self.number), Role::Admin);
        let response = self.graph.execute(Request::new(document).data(somebody)).await;
        serde_json::to_value(response).unwrap()
    }

    /// Asks as long as somebody changes something.
    async fn asks(&self, reader: usize, over: &AtomicBool) -> Outcome {
        let mut outcome = Outcome::default();
        for query in QUERIES.into_iter().cycle().skip(reader) {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let response = self.execute(query).await;
            match first_error(&response) {
                None => outcome.answers += 1,
                Some(error) => outcome.wrong.push(format!("{query}: {error:?}")),
            }
            tokio::task::yield_now().await;
        }
        outcome
    }

    async fn changes(&self, over: &AtomicBool) -> Outcome {
        let mut outcome = Outcome::default();
        for turn in 0.. {
            let is_over = match self.end {
                Some(end) => Instant::now() >= end,
                None => turn == CHANGES,
            };
            if is_over {
                break;
            }
            let Some(call) = self.change(turn).await else { continue };
            let response =
                self.execute(&format!("mutation {{ {call} {{ auditRecordIds }} }}")).await;
            let name = call.split('(').next().unwrap().to_owned();
            match first_error(&response) {
                None => *outcome.accepted.entry(name).or_default() += 1,
                Some(error) if TYPED.contains(&error.code.as_str()) => {
                    *outcome.refused.entry(error.code).or_default() += 1;
                }
                Some(error) => outcome.wrong.push(format!("{call}: {error:?}")),
            }
        }
        over.store(true, Ordering::Relaxed);
        outcome
    }

    /// What is changed next; none where there is nothing to change.
    async fn change(&self, turn: usize) -> Option<String> {
        let number = self.number;
        Some(match turn % CHANGES_BY_NAME.len() {
            0 => {
                let survey = self.first("astridSurveys", "name: {eq: \"The night's\"}").await?;
                format!(
                    "ingestAstridObservation(input: {{observation: {{surveyId: {survey}, observationId: \"{number} {turn}\", \
                     ra: {ra}, dec: 10, observationTime: \"2025-10-02T03:04:05Z\", filterBand: \"r\", exposureTime: 30, \
                     fitsUrl: \"s3://raw/a\"}}}})",
                    ra = turn % 360
                )
            }
            1 => {
                // All vote on the same detections.
                let undecided = "status: {in: [PENDING, VALIDATING]}";
                let detection = self.first("astridDetections", undecided).await?;
                format!(
                    "recordAstridValidation(input: {{detectionId: {detection}, vote: {{isValid: true}}}})"
                )
            }
            2 => {
                let own = format!("validatorId: {{eq: \"crowd {number}\"}}");
                // One vote of two stays.
                let vote = if turn.is_multiple_of(4) {
                    self.first("astridValidationEvents", &own).await?
                } else {
                    "\"00000000-0000-7000-8000-000000000000\"".to_owned()
                };
                format!("withdrawAstridValidation(input: {{validationEventId: {vote}}})")
            }
            3 => {
                let job = self.first("astridProcessingJobs", "status: {eq: PENDING}").await?;
                format!("cancelAstridJob(input: {{jobId: {job}}})")
            }
            4 => {
                let job = self.first("astridProcessingJobs", "status: {eq: FAILED}").await?;
                format!("requeueAstridJob(input: {{jobId: {job}}})")
            }
            _ => {
                let key = turn % 4;
                format!(
                    "setAstridSystemConfig(input: {{key: \"crowd.{key}\", value: {{by: {number}, turn: {turn}}}}})"
                )
            }
        })
    }

    /// The key of the first row that fits.
    async fn first(&self, list: &str, conditions: &str) -> Option<String> {
        let query =
            format!("{{ {list}(first: 1, where: {{{conditions}}}) {{ nodes {{ rowId }} }} }}");
        let response = self.execute(&query).await;
        let row = &response["data"][list]["nodes"][0]["rowId"];
        row.is_string().then(|| row.to_string())
    }
}
