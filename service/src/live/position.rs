//! Where a subscriber is in a topic, as the server and as the client knows it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

use super::ranges::Ranges;
use crate::{Error, Result};

/// Longer lists in a position are none of this server's.
const MOST: usize = 4_000;

/// Transactions that a position names.
const SENT: usize = 1_000;

/// What a subscriber has seen of a topic. Which kind it is depends on the topic and the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A value of this digest.
    Value(i64),
    /// The changes of a log up to a number.
    Log { log: String, seq: i64 },
    /// The rows up to a number, but for those in gaps, which other transactions may be about to write.
    Numbers { upto: i64, gaps: Ranges },
    /// The versions of rows that PostgreSQL's transactions before `low` wrote, those that `seen`
    /// transactions wrote, and of one more transaction those up to a key.
    Transactions { low: i64, seen: Vec<i64>, partial: Option<(i64, String)> },
}

impl Mark {
    /// The position in `topic` as a client gets it.
    pub(crate) fn position(&self, topic: &str) -> String {
        let parts = match self {
            Self::Value(digest) => json!([topic, "v", digest.to_string()]),
            Self::Log { log, seq } => json!([topic, "l", log, seq]),
            Self::Numbers { upto, gaps } => {
                json!([topic, "n", upto, gaps.iter().collect::<Vec<_>>()])
            }
            Self::Transactions { low, seen, partial } => {
                // As distances, which are short, and not all: a transaction that is left out is read
                // again, never lost.
                let first = seen.len().saturating_sub(SENT);
                let seen: Vec<i64> = seen[first..].iter().map(|xid| xid - low).collect();
                json!([topic, "x", low, seen, partial])
            }
        };
        BASE64_URL_SAFE_NO_PAD.encode(parts.to_string())
    }

    /// The mark in `topic` that a client's position stands for.
    pub(crate) fn read(topic: &str, position: &str) -> Result<Self> {
        let refused = |message| Error::invalid("since", message);
        let parts: Vec<Json> = BASE64_URL_SAFE_NO_PAD
            .decode(position)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| refused("it is no position that this server gave"))?;
        if parts.first().and_then(Json::as_str) != Some(topic) {
            return Err(refused("it is a position of another subscription"));
        }
        Self::of_parts(&parts).ok_or_else(|| refused("it is no position that this server gave"))
    }

    fn of_parts(parts: &[Json]) -> Option<Self> {
        match (parts.get(1)?.as_str()?, &parts[2..]) {
            ("v", [digest]) => Some(Self::Value(digest.as_str()?.parse().ok()?)),
            ("l", [log, seq]) => {
                Some(Self::Log { log: log.as_str()?.to_owned(), seq: seq.as_i64()? })
            }
            ("n", [upto, gaps]) => {
                let pairs: Vec<(i64, i64)> = serde_json::from_value(gaps.clone()).ok()?;
                (pairs.len() <= MOST).then_some(())?;
                Some(Self::Numbers { upto: upto.as_i64()?, gaps: Ranges::from_pairs(pairs) })
            }
            ("x", [low, seen, partial]) => {
                let low = low.as_i64()?;
                let seen: Vec<i64> = serde_json::from_value(seen.clone()).ok()?;
                (seen.len() <= MOST).then_some(())?;
                Some(Self::Transactions {
                    low,
                    seen: seen
                        .into_iter()
                        .map(|distance| low.checked_add(distance))
                        .collect::<Option<_>>()?,
                    partial: serde_json::from_value(partial.clone()).ok()?,
                })
            }
            _ => None,
        }
    }
}

/// A position that is of another engine or another life of the database.
pub(crate) fn foreign() -> Error {
    Error::invalid(
        "since",
        "nothing is known of that position any more; subscribe without it, and read the list anew",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_comes_back_as_it_went() {
        let marks = [
            Mark::Value(-7),
            Mark::Log { log: "abc".to_owned(), seq: 12 },
            Mark::Numbers { upto: 9, gaps: Ranges::from_pairs([(3, 4), (7, 7)]) },
            Mark::Transactions { low: 100, seen: vec![102, 105], partial: None },
            Mark::Transactions {
                low: 1 << 40,
                seen: vec![],
                partial: Some((7, "2025".to_owned())),
            },
        ];
        for mark in marks {
            assert_eq!(Mark::read("images", &mark.position("images")).unwrap(), mark);
            assert!(Mark::read("queue", &mark.position("images")).is_err());
        }
        for bad in ["", "?", "bnVsbA", "WyJpbWFnZXMiXQ", "WyJpbWFnZXMiLCJ4IiwxXQ"] {
            assert!(Mark::read("images", bad).is_err(), "{bad}");
        }
    }
}
