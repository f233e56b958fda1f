//! PostgreSQL's own programs.

use std::{
    ffi::OsStr,
    io,
    path::PathBuf,
    process::{Output, Stdio},
};

use tokio::process::{Child, Command};
use url::{Url, form_urlencoded};

use crate::{Error, Result};

/// What libpq knows of the parameters that a URL may have; the others are of SeaORM's driver.
const PARAMETERS: [&str; 10] = [
    "host",
    "hostaddr",
    "port",
    "user",
    "dbname",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "connect_timeout",
];

/// Where PostgreSQL's programs are.
#[derive(Clone, Debug, Default)]
pub struct Tools {
    folder: Option<PathBuf>,
}

impl Tools {
    /// Those in `folder`; [`Tools::default`] takes those on the `PATH`.
    pub fn within(folder: PathBuf) -> Self {
        Self { folder: Some(folder) }
    }

    /// A program, to work on no server.
    pub(super) fn command(&self, tool: &'static str) -> Command {
        let mut command = match &self.folder {
            Some(folder) => Command::new(folder.join(tool)),
            None => Command::new(tool),
        };
        command.stdin(Stdio::null()).kill_on_drop(true).env("LC_ALL", "C").env("PGTZ", "UTC");
        command
    }

    /// A program that connects to the server at `url`. A password goes by the environment: everybody on this
    /// machine can read arguments.
    pub(super) fn connected(&self, tool: &'static str, url: &Url) -> Command {
        let mut command = self.command(tool);
        let (url, password) = without_password(url);
        command.arg("--no-password").arg(format!("--dbname={url}"));
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        command
    }

    /// Refuses a program that is older than the server, which it could not understand.
    pub(super) async fn check(&self, tool: &'static str, server: i32) -> Result<()> {
        let output = run(tool, self.command(tool).arg("--version")).await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        // `pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`
        let mut words = said.split_whitespace();
        let version: Option<i32> =
            words.find_map(|word| word.split(['.', 'd', 'b', 'r']).next()?.parse().ok());
        let server = server / 10_000;
        match version {
            Some(version) if version >= server => Ok(()),
            _ => Err(Error::Tool {
                tool,
                reason: format!(
                    "it is of version `{}`, but the server is PostgreSQL {server}; install the programs of that \
                     version (Debian: `apt install postgresql-client-{server}`) and put them first on the PATH",
                    said.trim()
                ),
            }),
        }
    }
}

/// Runs a program to its end.
pub(super) async fn run(tool: &'static str, command: &mut Command) -> Result<Output> {
    let output = start(tool, command)?.wait_with_output().await;
    checked(tool, output)
}

/// Starts a program; what it says can be read.
pub(super) fn start(tool: &'static str, command: &mut Command) -> Result<Child> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => {
                "it is not installed; install PostgreSQL's client programs (Debian: `apt install \
                 postgresql-client`) and put them on the PATH"
                    .to_owned()
            }
            _ => error.to_string(),
        };
        Error::Tool { tool, reason }
    })
}

/// Waits for a program's end.
pub(super) async fn ended(tool: &'static str, child: Child) -> Result<()> {
    checked(tool, child.wait_with_output().await).map(|_| ())
}

fn checked(tool: &'static str, output: io::Result<Output>) -> Result<Output> {
    let failed = |reason: String| Error::Tool { tool, reason };
    let output = output.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.trim().lines().take(5).collect();
    Err(failed(format!("{}: {}", output.status, lines.join("; "))))
}

/// The URL as libpq takes it, and its password apart.
pub(super) fn without_password(url: &Url) -> (Url, Option<String>) {
    let mut bare = url.clone();
    let mut password = url.password().map(|encoded| {
        // Only in forms does a plus sign stand for a space.
        let pair = format!("password={}", encoded.replace('+', "%2B"));
        form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).collect()
    });
    // A URL that holds a password can be without.
    let _ = bare.set_password(None);
    bare.set_query(None);
    for (name, value) in url.query_pairs() {
        if name == "password" {
            password = Some(value.into_owned());
        } else if PARAMETERS.contains(&&*name) {
            bare.query_pairs_mut().append_pair(&name, &value);
        }
    }
    (bare, password)
}

/// A name as a pattern of `pg_dump`, to be taken as it is.
pub(super) fn pattern(name: &str) -> impl AsRef<OsStr> + use<> {
    crate::names::quoted(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_leaves_the_url() {
        let url = Url::parse("postgres://me:p%40+s@host:5433/db?sslmode=require&x=y").unwrap();
        let (bare, password) = without_password(&url);
        assert_eq!(bare.as_str(), "postgres://me@host:5433/db?sslmode=require");
        assert_eq!(password.as_deref(), Some("p@+s"));
        let url = Url::parse("postgres://host/db?password=secret").unwrap();
        let (bare, password) = without_password(&url);
        assert_eq!((bare.as_str(), password.as_deref()), ("postgres://host/db", Some("secret")));
    }
}
