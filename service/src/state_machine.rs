//! State machines: which moves a state may make.

use std::fmt::Display;

use crate::{Error, Result};

/// The moves that the states of something may make: the one table that everything which changes its
/// state looks at.
#[derive(Debug)]
pub struct StateMachine<S: 'static> {
    /// What moves, as an error names it, such as `observation group`.
    pub what: &'static str,
    /// Every state with those it may become. A state that is not listed, or becomes nothing, is final.
    pub moves: &'static [(S, &'static [S])],
}

impl<S: PartialEq + Display> StateMachine<S> {
    /// The states of the table, in its order.
    pub fn states(&self) -> impl Iterator<Item = &'static S> + use<S> {
        self.moves.iter().map(|(state, _)| state)
    }

    /// What `from` may become; nothing where it is final or a word from outside the table.
    pub fn targets(&self, from: &S) -> &'static [S] {
        let known = self.moves.iter().find(|(state, _)| state == from);
        known.map(|(_, targets)| *targets).unwrap_or_default()
    }

    /// Whether `from` may become `to`.
    pub fn allows(&self, from: &S, to: &S) -> bool {
        self.targets(from).contains(to)
    }

    /// Checks that what is called `name` and is in the state `from` may become `to`.
    ///
    /// # Errors
    /// [`Error::Conflict`], which names what it may become.
    pub fn check(&self, name: &str, from: &S, to: &S) -> Result<()> {
        self.refusal(name, from, to).map_or(Ok(()), |refusal| Err(Error::Conflict(refusal)))
    }

    /// As [`check`](Self::check), for AstrID, which has a word for it.
    ///
    /// # Errors
    /// [`Error::InvalidTransition`], which names what it may become.
    pub(crate) fn step(&self, name: impl Display, from: &S, to: &S) -> Result<()> {
        let refusal = self.refusal(&name.to_string(), from, to);
        refusal.map_or(Ok(()), |refusal| Err(Error::InvalidTransition(refusal)))
    }

    fn refusal(&self, name: &str, from: &S, to: &S) -> Option<String> {
        if self.allows(from, to) {
            return None;
        }
        let what = self.what;
        let targets: Vec<String> = self.targets(from).iter().map(S::to_string).collect();
        Some(match targets.as_slice() {
            [] => format!("{what} {name} is {from} and stays so; it cannot become {to}"),
            targets => {
                let targets = targets.join(" or ");
                format!("{what} {name} is {from}; it can become {targets}, not {to}")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static LIGHT: StateMachine<&str> = StateMachine {
        what: "light",
        moves: &[("red", &["green", "off"]), ("green", &["red"]), ("off", &[])],
    };

    #[test]
    fn a_move_outside_the_table_names_those_inside() {
        LIGHT.check("1", &"red", &"green").unwrap();
        let refused = LIGHT.check("1", &"red", &"amber").unwrap_err().to_string();
        assert_eq!(refused, "light 1 is red; it can become green or off, not amber");
        for state in ["off", "broken"] {
            let refused = LIGHT.check("1", &state, &"red").unwrap_err();
            assert!(matches!(&refused, Error::Conflict(text) if text.contains("stays so")));
        }
        assert_eq!(LIGHT.states().count(), 3);
    }
}
