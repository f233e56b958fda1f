//! `almanac token`: who may write, and who may read from elsewhere.

use std::process::ExitCode;

use almanac_database::Environment;
use almanac_entity::UnixTime;
use almanac_service::access::{Role, Token, Tokens};
use anyhow::{Context, bail};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    output::{complain, say, say_json, say_table},
    time::now,
};

#[derive(Args)]
pub(crate) struct TokenCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make a token, which is shown this once
    Create {
        /// What its owner may do: viewer, analyst, operator or admin, each what the one before may
        #[arg(long)]
        role: Role,
        /// Whose it is: a person, or a program such as `pipeline`
        #[arg(long)]
        name: String,
        /// When it ends: a date or an instant such as 2027-01-31, or days from now such as 90d
        #[arg(long, value_name = "WHEN")]
        expires: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show who has tokens; never the tokens
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End a token, at once
    Revoke {
        /// Its name or number
        token: String,
    },
}

impl TokenCommand {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let tokens = Tokens::within(&environment.state_dir().0);
        let now = now();
        match self.verb {
            Verb::Create { role, name, expires, json } => {
                let expires = expires.map(|when| read_end(&when, now)).transpose()?;
                let (token, secret) =
                    tokens.create(role, &name, expires, rand::random(), now).await?;
                if json {
                    let mut shown = as_json(&token, now);
                    shown["token"] = secret.reveal().into();
                    say_json(&shown)?;
                } else {
                    complain(format_args!(
                        "{name} is {role} by this token. It is shown this once: keep it as you keep a password."
                    ));
                    say(secret.reveal());
                }
            }
            Verb::List { json } => {
                let tokens = tokens.list().await?;
                if json {
                    let shown: Vec<_> = tokens.iter().map(|token| as_json(token, now)).collect();
                    say_json(&shown)?;
                } else {
                    let rows: Vec<_> = tokens.iter().map(|token| as_row(token, now)).collect();
                    say_table(["ID", "NAME", "ROLE", "STATE", "CREATED", "EXPIRES"], &rows);
                }
            }
            Verb::Revoke { token } => {
                for token in tokens.revoke(&token, now).await? {
                    say(format_args!("revoked {} of {}", token.id, token.name));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn state(token: &Token, now: UnixTime) -> &'static str {
    match token {
        token if token.revoked_at.is_some() => "revoked",
        token if token.is_valid(now) => "valid",
        _ => "expired",
    }
}

fn as_row(token: &Token, now: UnixTime) -> [String; 6] {
    [
        token.id.to_string(),
        token.name.clone(),
        token.role.to_string(),
        state(token, now).to_owned(),
        shown(token.created_at),
        token.expires_at.map_or_else(|| "never".to_owned(), shown),
    ]
}

fn as_json(token: &Token, now: UnixTime) -> serde_json::Value {
    json!({
        "id": token.id,
        "name": token.name,
        "role": token.role.as_str(),
        "state": state(token, now),
        "created_at": shown(token.created_at),
        "expires_at": token.expires_at.map(shown),
        "revoked_at": token.revoked_at.map(shown),
    })
}

fn shown(time: UnixTime) -> String {
    let instant = time.date_time().map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
    instant.unwrap_or_default()
}

/// A date (its beginning, UTC), an instant, or a number of days.
fn read_end(text: &str, now: UnixTime) -> anyhow::Result<UnixTime> {
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse().ok()) {
        let end = now.date_time().and_then(|now| now.checked_add_days(Days::new(days)));
        return Ok(end.with_context(|| format!("--expires: {text} is too far away"))?.into());
    }
    if let Ok(instant) = text.parse::<DateTime<Utc>>() {
        return Ok(instant.into());
    }
    match text.parse::<NaiveDate>() {
        Ok(date) => Ok(date.and_time(chrono::NaiveTime::MIN).and_utc().into()),
        Err(_) => {
            bail!("--expires: {text:?} is neither a date such as 2027-01-31 nor days such as 90d")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_dates_instants_or_days() {
        let now = UnixTime(1_800_000_000.0);
        assert_eq!(read_end("10d", now).unwrap(), UnixTime(1_800_864_000.0));
        assert_eq!(read_end("2027-01-31", now).unwrap(), UnixTime(1_801_353_600.0));
        assert_eq!(read_end("2027-01-31T01:00:00Z", now).unwrap(), UnixTime(1_801_357_200.0));
        assert!(read_end("soon", now).is_err());
    }
}
