//! `almanac schema`: the graph's schema.

use std::process::ExitCode;

use crate::output::say;

pub(crate) fn run() -> ExitCode {
    say(almanac_api::sdl().trim_end());
    ExitCode::SUCCESS
}
