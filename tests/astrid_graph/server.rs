//! `almanac serve` with AstrID's database, clients of it, and how long it takes to answer them.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use almanac_service::access::Role;
use futures::future::join_all;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    season::{Kind, Question, Season, long},
    support::TestDatabase,
};

/// Clients who ask at the same time.
pub(crate) const CLIENTS: usize = 8;
/// What an answer may take, of 95 in a hundred.
pub(crate) const P95: Duration = Duration::from_millis(200);

/// The command, serving; it goes when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
    token: String,
    _state: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Serves a database to whoever has its one token, of this role.
    pub(crate) fn start(test: &TestDatabase, role: Role) -> Self {
        let state = TempDir::new().unwrap();
        let almanac = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
            command.env_clear().env("PIPELINE_STATE_DIR", state.path());
            command.env("ASTRID_DATABASE_URL", test.url()).args(arguments);
            command
        };
        let made =
            almanac(&["token", "create", "--role", role.as_str(), "--name", "vera"]).output();
        let made = made.unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        // How long they wait is measured; that nobody waits too long on a slow machine is not.
        let settings = state.path().join("settings.toml");
        let patient = "[databases]\nconnection_s = 30\nlock_s = 30\nstatement_s = 30\n\
                       [server]\noperation_time_s = 60\n";
        fs::write(&settings, patient).unwrap();
        let mut serve = almanac(&["serve", "--listen", "127.0.0.1:0", "--no-rate-limits"]);
        serve.arg("--settings").arg(settings);
        let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("it says {line:?}")).to_owned();
        Self { child, address, token, _state: state }
    }

    /// The token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The data of an answer that has no errors.
    pub(crate) async fn ask(&self, document: &str) -> Json {
        let mut answer = self.respond(document, Some(&self.token)).await;
        assert_eq!(answer.get("errors"), None, "{document}");
        answer["data"].take()
    }

    /// The whole answer, to somebody with a token or without.
    pub(crate) async fn respond(&self, document: &str, token: Option<&str>) -> Json {
        let body = json!({ "query": document }).to_string();
        let known = token.map(|token| format!("authorization: Bearer {token}\r\n"));
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n{}\r\n{body}",
            self.address,
            body.len(),
            known.unwrap_or_default()
        );
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
    }

    /// Lets clients ask about a season at the same time, each so many rounds of a question of each kind, and checks
    /// what they hear. With `until`, they begin again until that is true, and others write meanwhile.
    pub(crate) async fn asked(
        &self,
        season: &Season,
        rounds: usize,
        until: Option<&AtomicBool>,
    ) -> Times {
        // What is right is worked out before the clocks run.
        let questions_of = |client: usize| -> Vec<Question> {
            let round = |round: usize| {
                Kind::ALL.map(|kind| season.question(kind, round * CLIENTS + client))
            };
            (0..rounds).flat_map(round).collect()
        };
        let questions: Vec<Vec<Question>> = (0..CLIENTS).map(questions_of).collect();
        let client = async |questions: &[Question]| {
            let mut times = Times::default();
            loop {
                for question in questions {
                    let begun = Instant::now();
                    let data = self.ask(&question.document).await;
                    times.0.entry(question.kind).or_default().push(begun.elapsed());
                    question.check(&data, until.is_some());
                }
                if until.is_none_or(|over| over.load(Ordering::Relaxed)) {
                    return times;
                }
            }
        };
        let mut all = Times::default();
        for times in join_all(questions.iter().map(|questions| client(questions))).await {
            for (kind, times) in times.0 {
                all.0.entry(kind).or_default().extend(times);
            }
        }
        all
    }
}

/// How long answers took.
#[derive(Default)]
pub(crate) struct Times(BTreeMap<Kind, Vec<Duration>>);

impl Times {
    /// Prints them. A build with optimisations has to be quick where tests run at their full sizes.
    pub(crate) fn tell(mut self, of: &str) {
        let mut slow = Vec::new();
        for (kind, times) in &mut self.0 {
            times.sort_unstable();
            // The nearest rank.
            let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
            let (p50, p95) = (at(50), at(95));
            eprintln!(
                "{of}: {kind:?}: {} answers, p50 {:.1} ms, p95 {:.1} ms",
                times.len(),
                p50.as_secs_f64() * 1e3,
                p95.as_secs_f64() * 1e3
            );
            if p95 >= P95 {
                slow.push(*kind);
            }
        }
        assert_eq!(self.0.len(), Kind::ALL.len(), "every kind was asked");
        let is_measured = long() && !cfg!(debug_assertions);
        assert!(!is_measured || slow.is_empty(), "{of}: {slow:?} take {P95:?} or more");
    }
}
