//! Other processes, gone with the test.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A process that is killed when this is dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits until it says that it is ready.
    pub(crate) fn ready(&mut self) {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a Python program.
pub(crate) fn python(program: &str, arguments: &[&str]) -> Process {
    let mut command = Command::new("python3");
    command.args(["-c", program]).args(arguments);
    Process(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
}

/// How often something is killed: `ALMANAC_TEST_CASES` times, else a few, or 100 where `ALMANAC_LONG` asks for all.
pub(crate) fn cases() -> u32 {
    let usual = if env::var_os("ALMANAC_LONG").is_some() { 100 } else { 4 };
    env::var("ALMANAC_TEST_CASES").map_or(usual, |cases| cases.parse().unwrap())
}

/// Starts a program and kills it when so much time has passed.
pub(crate) fn start_and_kill(command: &mut Command, after: Duration) {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while started.elapsed() < after && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap();
}

/// Runs the test `name` of this binary, which does nothing otherwise, with `variables`.
fn child(name: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", name]).envs(variables.iter().copied());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs the test `name` in a process of its own to its end. A program that a killed one had started may take a
/// moment to notice, and be in the way until then.
pub(crate) fn run(name: &str, variables: &[(&str, &str)]) -> Duration {
    let mut told = String::new();
    for _ in 0..5 {
        let started = Instant::now();
        let output = child(name, variables).stdout(Stdio::piped()).output().unwrap();
        if output.status.success() {
            return started.elapsed();
        }
        told = String::from_utf8_lossy(&output.stdout).into_owned();
    }
    panic!("{name} does not succeed: {told}")
}

/// Runs the test `name` in a process of its own and kills it when so much time has passed.
pub(crate) fn run_killed(name: &str, variables: &[(&str, &str)], after: Duration) {
    start_and_kill(&mut child(name, variables), after);
}
