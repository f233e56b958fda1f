//! Exposures that lie in files: a manifest of JSON Lines, an exposure a line.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    fs::{self, File},
    io::{AsyncBufReadExt, BufReader},
};

use crate::{Stage, StageFailure};

/// More characters of a line than this are not an exposure, bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// Answers jobs of the kind `ingest` by a manifest: with the exposures of the survey that started when the latest
/// known one did, or later, in the order of their start, and of those that started later at most as many as the
/// survey's configuration has for one run. Which of them are known already the service finds out.
///
/// The manifest of a folder is its file `<survey>.jsonl`. A manifest that is a file of its own may be of several
/// surveys: a line with a `survey` is of that one, whatever its case, a line without is of any.
#[derive(Clone, Debug)]
pub struct Manifest {
    path: PathBuf,
}

/// What a job has to say.
#[derive(Deserialize)]
struct Input {
    survey: Survey,
    #[serde(default)]
    configuration: Option<Configuration>,
    #[serde(default)]
    since: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Survey {
    name: String,
}

#[derive(Deserialize)]
struct Configuration {
    max_observations_per_run: Option<usize>,
}

/// What has to be known of a line to choose it; the rest is for the service to judge.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    survey: Option<String>,
    observation_time: DateTime<Utc>,
}

impl Manifest {
    /// The manifest at `path`: a folder, or a file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file with the exposures of a survey.
    async fn file_of(&self, survey: &str) -> Result<PathBuf, StageFailure> {
        let metadata =
            fs::metadata(&self.path).await.map_err(|error| unread(&self.path, &error))?;
        if !metadata.is_dir() {
            return Ok(self.path.clone());
        }
        let name = format!("{survey}.jsonl");
        let mut components = Path::new(&name).components();
        let is_plain = matches!(
            (components.next(), components.next()),
            (Some(Component::Normal(only)), None) if only == name.as_str()
        );
        if !is_plain || name.starts_with('.') || name.contains(['\\', '\0']) {
            let message =
                format!("the survey {survey:?} can have no manifest: it is no file's name");
            return Err(StageFailure::lasting(message));
        }
        let file = self.path.join(&name);
        let real = fs::canonicalize(&file).await.map_err(|error| unread(&file, &error))?;
        let folder = fs::canonicalize(&self.path).await;
        let folder = folder.map_err(|error| unread(&self.path, &error))?;
        if !real.starts_with(&folder) {
            let message =
                format!("{}: a link leads out of the folder of manifests", file.display());
            return Err(StageFailure::lasting(message));
        }
        Ok(real)
    }

    /// The exposures to be ingested.
    async fn exposures(&self, input: &Input) -> Result<Vec<Value>, StageFailure> {
        let path = self.file_of(&input.survey.name).await?;
        let file = File::open(&path).await.map_err(|error| unread(&path, &error))?;
        let mut reader = BufReader::new(file);
        let mut found: Vec<(DateTime<Utc>, Value)> = Vec::new();
        let mut line = Vec::new();
        for number in 1_u64.. {
            let at_fault = |message: String| {
                StageFailure::lasting(format!("{}:{number}: {message}", path.display()))
            };
            line.clear();
            let mut limited = tokio::io::AsyncReadExt::take(&mut reader, LONGEST_LINE);
            let read = limited.read_until(b'\n', &mut line).await;
            if read.map_err(|error| unread(&path, &error))? == 0 {
                break;
            }
            if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
                return Err(at_fault(format!("the line is longer than {LONGEST_LINE} bytes")));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let exposure: Value =
                serde_json::from_slice(&line).map_err(|error| at_fault(error.to_string()))?;
            if !exposure.is_object() {
                return Err(at_fault("it is no JSON object".to_owned()));
            }
            let chosen =
                Line::deserialize(&exposure).map_err(|error| at_fault(error.to_string()))?;
            let is_of_it = chosen
                .survey
                .is_none_or(|survey| survey.to_lowercase() == input.survey.name.to_lowercase());
            let is_new = input.since.is_none_or(|since| chosen.observation_time >= since);
            if is_of_it && is_new {
                found.push((chosen.observation_time, exposure));
            }
        }
        found.sort_by_key(|(time, _)| *time);
        Ok(first_of(found, input))
    }
}

/// Of exposures in the order of their start those of one run. Those that started at the very instant of the latest
/// known one do not count: all but a few of them are known, and they must not keep later ones from their turn.
fn first_of(found: Vec<(DateTime<Utc>, Value)>, input: &Input) -> Vec<Value> {
    let most = input.configuration.as_ref().and_then(|own| own.max_observations_per_run);
    let known = found.iter().filter(|(time, _)| Some(*time) == input.since).count();
    let taken = known.saturating_add(most.unwrap_or(usize::MAX));
    found.into_iter().take(taken).map(|(_, exposure)| exposure).collect()
}

#[async_trait::async_trait]
impl Stage for Manifest {
    async fn run(&self, input: &Value) -> Result<Value, StageFailure> {
        let input = Input::deserialize(input)
            .map_err(|error| StageFailure::lasting(format!("the job's document: {error}")))?;
        Ok(json!({ "observations": self.exposures(&input).await? }))
    }
}

/// A file that cannot be read now may be readable later.
fn unread(path: &Path, error: &io::Error) -> StageFailure {
    StageFailure::retryable(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, minute: u32) -> String {
        let time = format!("2025-10-01T00:{minute:02}:00Z");
        json!({ "observation_id": name, "observation_time": time, "ra": 1.25 }).to_string()
    }

    fn input(survey: &str, since: Option<&str>, most: Option<u32>) -> Value {
        let configuration = most.map(|most| json!({ "max_observations_per_run": most }));
        json!({ "survey": { "name": survey }, "since": since, "configuration": configuration })
    }

    async fn names(manifest: &Manifest, input: &Value) -> Vec<String> {
        let output = manifest.run(input).await.unwrap();
        let observations = output["observations"].as_array().unwrap().iter();
        observations.map(|row| row["observation_id"].as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn exposures_come_in_their_order_and_in_turns() {
        let folder = tempfile::tempdir().unwrap();
        let lines = [line("c", 3), String::new(), line("a", 1), line("b", 2), line("b2", 2)];
        std::fs::write(folder.path().join("ZTF.jsonl"), lines.join("\n")).unwrap();
        let manifest = Manifest::new(folder.path());
        assert_eq!(names(&manifest, &input("ZTF", None, None)).await, ["a", "b", "b2", "c"]);
        assert_eq!(names(&manifest, &input("ZTF", None, Some(2))).await, ["a", "b"]);
        let since = Some("2025-10-01T00:02:00Z");
        assert_eq!(names(&manifest, &input("ZTF", since, Some(1))).await, ["b", "b2", "c"]);
        let output = manifest.run(&input("ZTF", None, Some(1))).await.unwrap();
        assert_eq!(output["observations"][0]["ra"], json!(1.25), "a line is handed on whole");
    }

    #[tokio::test]
    async fn one_file_may_be_of_several_surveys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.jsonl");
        let of = |survey: &str, name: &str| {
            let mut line: Value = serde_json::from_str(&line(name, 1)).unwrap();
            line["survey"] = json!(survey);
            line.to_string()
        };
        std::fs::write(&path, [of("ZTF", "z"), of("hst", "h"), line("any", 2)].join("\n")).unwrap();
        let manifest = Manifest::new(path);
        assert_eq!(names(&manifest, &input("ztf", None, None)).await, ["z", "any"]);
        assert_eq!(names(&manifest, &input("HST", None, None)).await, ["h", "any"]);
    }

    #[tokio::test]
    async fn a_line_at_fault_is_told_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ZTF.jsonl");
        for (fault, message) in [
            ("{", "EOF"),
            ("[1]", "no JSON object"),
            ("{\"observation_id\": \"a\"}", "missing field `observation_time`"),
            ("{\"observation_time\": \"soon\"}", "input contains invalid characters"),
        ] {
            std::fs::write(&path, format!("{}\n\n{fault}\n", line("a", 1))).unwrap();
            let failure =
                Manifest::new(folder.path()).run(&input("ZTF", None, None)).await.unwrap_err();
            assert!(failure.message.contains("ZTF.jsonl:3: "), "{failure}");
            assert!(failure.message.contains(message) && !failure.is_retryable, "{failure}");
        }
        std::fs::write(&path, "x".repeat(usize::try_from(LONGEST_LINE).unwrap() + 1)).unwrap();
        let long = Manifest::new(folder.path()).run(&input("ZTF", None, None)).await.unwrap_err();
        assert!(long.message.contains(":1: the line is longer"), "{long}");
    }

    #[tokio::test]
    async fn nothing_outside_the_folder_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("manifests");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(folder.path().join("secret.jsonl"), line("a", 1)).unwrap();
        let manifest = Manifest::new(&inside);
        for survey in ["../secret", "/etc/passwd", "a/b", ".hidden", "..", "a\\b"] {
            let refused = manifest.run(&input(survey, None, None)).await.unwrap_err();
            assert!(refused.message.contains("no file's name"), "{refused}");
            assert!(!refused.is_retryable);
        }
        let absent = manifest.run(&input("ZTF", None, None)).await.unwrap_err();
        assert!(absent.message.contains("ZTF.jsonl") && absent.is_retryable, "{absent}");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../secret.jsonl", inside.join("ZTF.jsonl")).unwrap();
            let refused = manifest.run(&input("ZTF", None, None)).await.unwrap_err();
            assert!(refused.message.contains("a link leads out"), "{refused}");
        }
        assert!(manifest.run(&json!({})).await.is_err());
    }
}
