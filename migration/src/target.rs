//! Which revision is meant.

use std::{convert::Infallible, str::FromStr};

use sea_orm_migration::prelude::DbErr;

/// Which revision to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The newest.
    Head,
    /// Before the oldest.
    Base,
    /// So many revisions from here.
    Steps(u32),
    /// The revision whose name is this, or the only one whose name begins or ends with it.
    Revision(String),
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let steps = text.strip_prefix(['+', '-']).and_then(|steps| steps.parse().ok());
        Ok(match (text, steps) {
            ("head", _) => Self::Head,
            ("base", _) => Self::Base,
            (_, Some(steps)) => Self::Steps(steps),
            (name, None) => Self::Revision(name.to_owned()),
        })
    }
}

impl Target {
    /// How many of the revisions `names` a database has that is at the target, where it is a place and no
    /// distance.
    ///
    /// # Errors
    /// It is a distance, or there is no such revision.
    pub fn place(&self, names: &[String]) -> Result<usize, DbErr> {
        match self {
            Self::Head => Ok(names.len()),
            Self::Base => Ok(0),
            Self::Revision(name) => find(names, name).map(|index| index + 1),
            Self::Steps(_) => {
                Err(refused("a revision is wanted here, `head` or `base`, no distance"))
            }
        }
    }
}

/// The revision that `name` means: its whole name, or a part at the start or end that no other has.
///
/// # Errors
/// There is none, or more than one.
pub fn find(names: &[String], name: &str) -> Result<usize, DbErr> {
    if let Some(index) = names.iter().position(|known| known == name) {
        return Ok(index);
    }
    let meant = |known: &String| known.starts_with(name) || known.ends_with(name);
    let found: Vec<usize> = (0..names.len()).filter(|index| meant(&names[*index])).collect();
    match found[..] {
        [index] => Ok(index),
        [] => Err(refused(&format!("there is no revision {name}"))),
        [first, second, ..] => {
            Err(refused(&format!("{name} may be {} or {}", names[first], names[second])))
        }
    }
}

pub(crate) fn refused(message: &str) -> DbErr {
    DbErr::Migration(message.to_owned())
}
