//! Who asks: the token of a request, and what becomes of a request without one.

use almanac_entity::UnixTime;
use almanac_service::access::{Access, Secret, Tokens};
use axum::http::{HeaderMap, header};

use super::failure::Failure;

/// What a stranger, who shows no token, may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// Only this machine reaches the server: they read everything as long as nobody has a token, and what is for
    /// everybody from then on.
    AtThisMachine,
    /// They read what is for everybody.
    Read,
    /// They are turned away.
    TurnedAway,
}

/// Lets people in.
#[derive(Clone, Debug)]
pub struct Gate {
    tokens: Option<Tokens>,
    strangers: Strangers,
    clock: fn() -> UnixTime,
}

impl Gate {
    /// A gate that knows these tokens. They are looked up for each request, so that what was revoked is at once.
    pub fn new(tokens: Tokens, strangers: Strangers) -> Self {
        Self { tokens: Some(tokens), strangers, clock }
    }

    /// A gate of a server that only this machine reaches and that knows no tokens.
    pub fn of_this_machine() -> Self {
        Self { tokens: None, strangers: Strangers::AtThisMachine, clock }
    }

    /// For whom a request reads: it is asked for each request, by its `Authorization`.
    ///
    /// # Errors
    /// [`Failure`] 401 `UNAUTHENTICATED` if the token is unknown, expired or revoked, or there is none and one is
    /// asked for.
    pub(crate) async fn authenticate(&self, headers: &HeaderMap) -> Result<Access, Failure> {
        match bearer(headers)? {
            Some(secret) => self.admit(&secret).await,
            None => self.admit_stranger().await,
        }
    }

    /// For whom a request with this token reads.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub(crate) async fn admit(&self, secret: &Secret) -> Result<Access, Failure> {
        let Some(tokens) = &self.tokens else { return Err(unknown()) };
        match tokens.principal(secret, (self.clock)()).await {
            Ok(Some(principal)) => Ok(Access::Known(principal)),
            Ok(None) => Err(unknown()),
            Err(error) => Err(unreadable(&error)),
        }
    }

    /// For whom a request without a token reads.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub(crate) async fn admit_stranger(&self) -> Result<Access, Failure> {
        match self.strangers {
            Strangers::TurnedAway => Err(Failure::unauthenticated(
                "this server asks for a token: send `Authorization: Bearer TOKEN`",
            )),
            Strangers::Read => Ok(Access::Anonymous),
            Strangers::AtThisMachine => match &self.tokens {
                None => Ok(Access::Local),
                Some(tokens) => match tokens.any((self.clock)()).await {
                    Ok(true) => Ok(Access::Anonymous),
                    Ok(false) => Ok(Access::Local),
                    Err(error) => Err(unreadable(&error)),
                },
            },
        }
    }
}

fn clock() -> UnixTime {
    chrono::Utc::now().into()
}

fn bearer(headers: &HeaderMap) -> Result<Option<Secret>, Failure> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let given = value.to_str().ok().and_then(|value| value.split_once(' '));
    match given {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() =>
        {
            Ok(Some(Secret::from_client(token.trim())))
        }
        _ => Err(Failure::unauthenticated("`Authorization` has to be `Bearer TOKEN`")),
    }
}

fn unknown() -> Failure {
    Failure::unauthenticated("the token is unknown, expired or revoked")
}

fn unreadable(error: &almanac_service::Error) -> Failure {
    tracing::error!(%error, "the tokens cannot be read");
    Failure::unavailable("the server cannot look tokens up now")
}
