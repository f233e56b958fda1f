//! The ways that alerts go.

use std::{fmt, str::FromStr};

use crate::Error;

/// A way that alerts go to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlertChannel {
    /// Mail.
    Email,
    /// A program that is called over HTTP.
    Webhook,
    /// A Slack channel.
    Slack,
    /// Text messages.
    Sms,
    /// The dashboard, where somebody acknowledges them.
    Dashboard,
}

impl AlertChannel {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Email, Self::Webhook, Self::Slack, Self::Sms, Self::Dashboard];

    /// Its word, such as `email`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Sms => "sms",
            Self::Dashboard => "dashboard",
        }
    }
}

impl fmt::Display for AlertChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AlertChannel {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        let mut channels = Self::ALL.into_iter();
        channels.find(|channel| channel.as_str() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            Error::breaks("unknown", "channel", format!("{word:?} is none of {words}"))
        })
    }
}
