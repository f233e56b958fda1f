//! The command itself, serving a small sample survey, and a client that speaks HTTP to it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// A server with a state of its own; both go when it is dropped.
pub(crate) struct Server {
    folder: TempDir,
    address: SocketAddr,
    child: Child,
}

/// `almanac` with nothing in its environment.
pub(crate) fn almanac(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
    command.env_clear().arg("--state-dir").arg(folder.join("state"));
    command
}

/// A small sample survey in a folder of its own.
pub(crate) fn survey() -> TempDir {
    let folder = TempDir::new().unwrap();
    let made = almanac(folder.path()).args(["demo", "--scale", "0.02", "--no-serve"]).output();
    let made = made.expect("the command runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

impl Server {
    /// A server without databases and without limits of rate.
    pub(crate) fn start() -> Self {
        Self::with(&["--no-rate-limits"])
    }

    /// A server without databases, with these arguments.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        Self::of(TempDir::new().unwrap(), arguments)
    }

    /// A server of what is in `folder`, with these arguments.
    pub(crate) fn of(folder: TempDir, arguments: &[&str]) -> Self {
        let mut child = almanac(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command runs");
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("its output is ours");
        BufReader::new(output).read_line(&mut line).expect("it says where it serves");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("it says {line:?}"));
        Self { folder, address, child }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A token of this role.
    pub(crate) fn token(&self, role: &str) -> String {
        let arguments = ["token", "create", "--role", role, "--name", role];
        let made = almanac(self.folder()).args(arguments).output().expect("the command runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).expect("a token is text").trim().to_owned()
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let process = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &process]).status().expect("it is asked");
        assert!(asked.success());
        self.child.wait().expect("it ends")
    }

    /// Sends a request and reads the answer: its status, its headers in lower case, its body.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        let (address, length) = (self.address, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the answer is read");
        Answer::read(&String::from_utf8_lossy(&answer))
    }

    /// Sends a document by POST, as JSON.
    pub(crate) fn post(&self, query: &str) -> Answer {
        let body = json!({ "query": query }).to_string();
        self.send("POST", "/graphql", "content-type: application/json\r\n", &body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
        let (line, headers) = head.split_once("\r\n").expect("a head has a status line");
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let headers = headers.to_ascii_lowercase();
        let body = if headers.contains("transfer-encoding: chunked") {
            unchunked(body)
        } else {
            body.into()
        };
        Self { status: status.expect("a status"), headers, body }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?} is no JSON"))
    }

    /// The code of the first error.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        let code = &self.json()["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_else(|| panic!("{self:?} has no code")).to_owned()
    }
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size, 16) else { break };
        body.push_str(after.get(..size).unwrap_or(after));
        rest = after.get(size + 2..).unwrap_or_default();
    }
    body
}
