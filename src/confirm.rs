//! Asking before something is destroyed.

use std::io::{self, BufRead, IsTerminal};

use anyhow::bail;

use crate::output::complain;

/// Whether to go on with what was shown: `yes` says so, else whoever sits at the terminal.
///
/// # Errors
/// Nobody sits there.
pub(crate) fn confirmed(yes: bool, question: &str) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        bail!("nobody is there to say yes; nothing was done. Run it again with --yes");
    }
    complain(format_args!("{question} [y/N]"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
