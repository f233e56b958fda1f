//! Programs as stages.

use std::{fs, path::Path, sync::Arc};

use almanac_entity::astrid::ProcessingJobStatus::{Completed, Failed, Pending};
use almanac_service::astrid::JobType;
use almanac_worker::{ProgramStage, Stage, StageFailure, Tally};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{
    support::{Engine, engines},
    world::{Keeps, World, never},
};

engines! { programs_do_the_work_of_jobs, a_program_goes_with_its_worker }

fn shell(script: &str) -> ProgramStage {
    ProgramStage::new("sh", ["-c", script])
}

/// What a program does depends on the row that its job works on.
const BY_KEY: &str = r#"
import json, os, signal, sys
asked = json.load(sys.stdin)
key = int(asked["alert"]["id"][-12:], 16)
if key == 0:
    print(json.dumps({"asked": asked, "id": os.environ["ALMANAC_JOB_ID"], "type": os.environ["ALMANAC_JOB_TYPE"]}))
elif key == 1:
    sys.stderr.write("a long story\n" * 1000 + "no answer\n")
    sys.exit(75)
elif key == 2:
    sys.exit("not an alert")
elif key == 3:
    os.kill(os.getpid(), signal.SIGKILL)
elif key == 4:
    print("done")
"#;

async fn programs_do_the_work_of_jobs(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Notify, 6).await;
    let keeps = Arc::new(Keeps::default());
    let program = Arc::new(ProgramStage::new("python3", ["-c", BY_KEY]));
    let runner = world.runner().with_stage(JobType::Notify, program);
    let tally = runner.with_effects(keeps.clone()).drain(never()).await.unwrap();
    assert_eq!(tally, Tally { completed: 2, retried: 2, failed: 2, ..Tally::default() });
    let jobs = world.jobs().await;
    let statuses: Vec<_> = jobs.values().map(|job| job.status).collect();
    assert_eq!(statuses, [Completed, Pending, Failed, Pending, Failed, Completed]);
    let message = |key| jobs[&key].error_message.clone().unwrap();
    assert!(message(1).starts_with("python3 exited with 75: "), "{}", message(1));
    assert!(message(1).ends_with("no answer") && message(1).lines().count() == 20);
    assert_eq!(message(2), "python3 exited with 1: not an alert");
    assert_eq!(message(3), "python3 was ended by signal 9");
    assert!(message(4).contains("no JSON"), "{}", message(4));
    let found = keeps.found.lock().unwrap().clone();
    let id = jobs[&0].id.to_string();
    let asked = json!({ "alert": { "id": "00000000-0000-0000-0000-000000000000" } });
    assert_eq!(found[&0], json!({ "asked": asked, "id": id, "type": "notify" }));
    assert_eq!(found[&5], json!({}), "nothing printed is nothing to say");
}

/// A program with a child in its group, which tells their numbers and never ends.
fn endless(folder: &Path) -> ProgramStage {
    let told = folder.join("told");
    let script = "sleep 1000 & echo $$ $! > \"$0.new\"; mv \"$0.new\" \"$0\"; wait";
    ProgramStage::new("sh", ["-c".as_ref(), script.as_ref(), told.as_os_str()])
}

/// Waits until a program has told its number and its child's.
async fn numbers(folder: &Path) -> Vec<String> {
    loop {
        if let Ok(told) = fs::read_to_string(folder.join("told")) {
            return told.split_whitespace().map(str::to_owned).collect();
        }
        tokio::task::yield_now().await;
    }
}

/// Whether a process runs; one that nobody has asked for its end does not.
fn runs(number: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    let state = state.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

async fn are_gone(numbers: &[String]) {
    assert_eq!(numbers.len(), 2);
    while numbers.iter().any(|number| runs(number)) {
        tokio::task::yield_now().await;
    }
}

async fn a_program_goes_with_its_worker(engine: Engine) {
    // Told to stop.
    let world = World::new(engine).await;
    world.enqueue(JobType::Preprocess, 1).await;
    let folder = TempDir::new().unwrap();
    let program = Arc::new(endless(folder.path()));
    let runner = world.runner().with_stage(JobType::Preprocess, program.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let stops = async {
        let numbers = numbers(folder.path()).await;
        assert!(numbers.iter().all(|number| runs(number)));
        stop.send(()).unwrap();
        numbers
    };
    let (tally, told) = tokio::join!(runner.run(async { drop(stopped.await) }), stops);
    assert_eq!(tally.unwrap(), Tally { released: 1, ..Tally::default() });
    are_gone(&told).await;
    fs::remove_file(folder.path().join("told")).unwrap();

    // Its lease lost.
    let runner = world.runner().with_stage(JobType::Preprocess, program);
    let cancels = async {
        let numbers = numbers(folder.path()).await;
        let id = world.job().await.id;
        let work = world.work();
        let jobs: crate::world::Jobs<'_> = work.table().await.unwrap();
        jobs.cancel(&almanac_service::astrid::Detached, id, world.now()).await.unwrap();
        work.commit().await.unwrap();
        numbers
    };
    let (tally, told) = tokio::join!(runner.drain(never()), cancels);
    assert_eq!(tally.unwrap(), Tally { lost: 1, ..Tally::default() });
    are_gone(&told).await;
}

#[tokio::test]
async fn what_a_program_says_is_bounded() {
    let much = shell("yes 0123456789").with_most_output(1_000);
    let refused = much.run(&json!({})).await.unwrap_err();
    assert_eq!(refused, StageFailure::lasting("sh prints more than 1000 bytes"));
    let loud = shell("yes complaint | head -c 5000000 >&2; exit 1");
    let refused = loud.run(&json!({})).await.unwrap_err();
    assert!(!refused.is_retryable && refused.message.len() < 1_000, "{}", refused.message);
    let exact = shell("printf '\"%08d\"' 7").with_most_output(10);
    assert_eq!(exact.run(&json!({})).await, Ok(json!("00000007")));
}

#[tokio::test]
async fn a_program_need_not_listen() {
    let input = Value::String("x".repeat(1 << 20));
    assert_eq!(shell("exec <&-; echo 1").run(&input).await, Ok(json!(1)));
    assert_eq!(shell("cat").run(&input).await, Ok(input));
    let nobody = ProgramStage::new("/nonexistent/program", ["a"]).run(&json!({})).await;
    assert!(nobody.is_err_and(|failure| failure.is_retryable));
}
