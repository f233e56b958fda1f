//! Programs that do the work of jobs.

use std::{
    ffi::OsString,
    io,
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
};

use almanac_entity::astrid::processing_job;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
};

use crate::{Stage, StageFailure};

/// What a program exits with that may succeed another time: `EX_TEMPFAIL` of `sysexits.h`.
const TEMPORARY: i32 = 75;
/// The most that a program may print, bytes.
const MOST_OUTPUT: usize = 64 << 20;
/// What is kept of the end of its complaints, bytes.
const COMPLAINT: usize = 4_000;
/// The lines of those that become the failure's message.
const LINES: usize = 20;

/// A program that is run for each job.
///
/// It gets the job's input as JSON on its standard input, and prints what it found as JSON on its standard output;
/// nothing at all stands for `{}`. Its environment is the worker's, with `ALMANAC_JOB_ID` and `ALMANAC_JOB_TYPE`.
///
/// | it exits | the job |
/// | --- | --- |
/// | with 0, its output being JSON of at most 64 MiB | is done |
/// | with 75 (`EX_TEMPFAIL`), or by a signal | failed, and may be tried again |
/// | with anything else, or with other output | failed for good |
///
/// A program that cannot be started may be tried again. The last lines of its standard error are the failure's
/// message. It runs in a process group of its own, all of which is killed when the program is not waited for any
/// more; it is over when nobody holds its output any more.
#[derive(Clone, Debug)]
pub struct ProgramStage {
    program: OsString,
    arguments: Vec<OsString>,
    most_output: usize,
}

impl ProgramStage {
    /// A program, which is looked for as a shell does, and its arguments.
    pub fn new(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.into(), arguments, most_output: MOST_OUTPUT }
    }

    /// Lets the program print so many bytes at most.
    #[must_use]
    pub fn with_most_output(self, bytes: usize) -> Self {
        Self { most_output: bytes, ..self }
    }

    async fn execute(
        &self,
        variables: &[(&str, &str)],
        input: &Value,
    ) -> Result<Value, StageFailure> {
        let started = Command::new(&self.program)
            .args(&self.arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn();
        let program = self.program.to_string_lossy();
        let trouble = |what: &str, error: io::Error| {
            StageFailure::retryable(format!("{program} {what}: {error}"))
        };
        let mut child = started.map_err(|error| trouble("cannot be started", error))?;
        let mut group = Group::of(&child);
        let input = input.to_string();
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let tell = async {
            if let Some(mut stdin) = stdin {
                // A program need not read what it is told.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
            Ok(())
        };
        let hear = async {
            let output = first(stdout, self.most_output).await;
            output.map_err(|error| trouble("cannot be read", error))?.ok_or_else(|| {
                let most = self.most_output;
                StageFailure::lasting(format!("{program} prints more than {most} bytes"))
            })
        };
        let ((), output, complaint) =
            tokio::try_join!(tell, hear, async { Ok(last(stderr, COMPLAINT).await) })?;
        let status = child.wait().await.map_err(|error| trouble("cannot be waited for", error))?;
        group.0 = None;
        judge(&program, status, &complaint)?;
        if output.trim_ascii().is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(&output).map_err(|error| {
            StageFailure::lasting(format!("{program} prints what is no JSON: {error}"))
        })
    }
}

#[async_trait::async_trait]
impl Stage for ProgramStage {
    async fn run(&self, input: &Value) -> Result<Value, StageFailure> {
        self.execute(&[], input).await
    }

    async fn run_job(
        &self,
        job: &processing_job::Model,
        input: &Value,
    ) -> Result<Value, StageFailure> {
        let id = job.id.to_string();
        let variables = [("ALMANAC_JOB_ID", &*id), ("ALMANAC_JOB_TYPE", &*job.job_type)];
        self.execute(&variables, input).await
    }
}

/// The processes of a program that is not over yet, killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody waited for its leader yet, so the number is no other group's.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// What the program's end means.
fn judge(program: &str, status: ExitStatus, complaint: &[u8]) -> Result<(), StageFailure> {
    let (end, is_retryable) = match (status.code(), status.signal()) {
        (Some(0), _) => return Ok(()),
        (Some(code), _) => (format!("exited with {code}"), code == TEMPORARY),
        (None, Some(signal)) => (format!("was ended by signal {signal}"), true),
        (None, None) => ("ended in an unknown way".to_owned(), true),
    };
    let complaint = String::from_utf8_lossy(complaint);
    let lines: Vec<&str> = complaint.trim_end().lines().collect();
    let lines = lines[lines.len().saturating_sub(LINES)..].join("\n");
    let message = match lines.trim() {
        "" => format!("{program} {end}"),
        lines => format!("{program} {end}: {lines}"),
    };
    Err(StageFailure { message, is_retryable })
}

/// All that comes; none where it is more than `most` bytes.
async fn first(from: Option<impl AsyncRead + Unpin>, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    if let Some(from) = from {
        from.take(most as u64 + 1).read_to_end(&mut all).await?;
    }
    Ok((all.len() <= most).then_some(all))
}

/// The last `most` bytes of what comes.
async fn last(from: Option<impl AsyncRead + Unpin>, most: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = [0; 8_192];
    let Some(mut from) = from else { return kept };
    // What cannot be read is no worse than what was not said.
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        kept.extend_from_slice(&buffer[..count]);
        let old = kept.len().saturating_sub(most);
        kept.drain(..old);
    }
    kept
}
