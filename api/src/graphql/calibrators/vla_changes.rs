//! The VLA calibrator list taken over.

use almanac_entity::calibrators::vla_calibrator;
use almanac_service::{
    Error,
    calibrators::{VlaFault as Fault, read_vla_list},
};
use async_graphql::{InputObject, SimpleObject};

/// The VLA calibrator list to be taken over, in NRAO's own layout: its text or its file.
#[derive(Debug, InputObject)]
pub struct ImportVlaCalibratorsInput {
    /// The text.
    text: Option<String>,
    /// The file, in the server's folder of imports (`ALMANAC_IMPORT_DIR`, or `import` in the state
    /// directory).
    path: Option<String>,
}

/// A line of a list, and what is to be said of it.
#[derive(Debug, SimpleObject)]
pub struct VlaListLine {
    /// Its number, from 1.
    line: u64,
    /// What is to be said.
    message: String,
}

/// What became of the VLA calibrator list.
#[derive(Debug, SimpleObject)]
pub struct ImportVlaCalibratorsPayload {
    /// Entries that were read.
    entries: u64,
    /// Calibrators that are new.
    inserted: u64,
    /// Calibrators that were known and have changed.
    updated: u64,
    /// Calibrators that were known as they are.
    unchanged: u64,
    /// Flux densities that are new.
    fluxes_inserted: u64,
    /// Flux densities that were known and have changed.
    fluxes_updated: u64,
    /// Flux densities that were known as they are.
    fluxes_unchanged: u64,
    /// Bands for which the list has a question mark, nothing or zero.
    fluxes_unknown: u64,
    /// Lines that could not be read.
    faults: Vec<VlaListLine>,
    /// Entries whose name had occurred before.
    notices: Vec<VlaListLine>,
}

fn lines(faults: Vec<Fault>) -> Vec<VlaListLine> {
    let line = |fault: Fault| VlaListLine { line: fault.line as u64, message: fault.message };
    faults.into_iter().map(line).collect()
}

mutations! {
    /// Changes to the VLA's calibrators.
    VlaCalibratorMutations {
        /// Takes over the VLA calibrator list. What is known keeps its number, and a list can be taken over
        /// again; lines that cannot be read are reported and passed over.
        ImportVlaCalibrators: import_vla_calibrators(input: ImportVlaCalibratorsInput, work)
            -> ImportVlaCalibratorsPayload
        {
            let text = match (input.text, input.path) {
                (Some(text), None) => text,
                (None, Some(path)) => read_vla_list(work.sessions().places()?, &path)?,
                _ => return Err(Error::invalid("text", "give either the text or its path")),
            };
            let calibrators = work.table::<vla_calibrator::Entity>().await?;
            let import = calibrators.import_vla(&text, work.now()).await?;
            if import.entries == 0 {
                return Err(Error::invalid("text", "there is no entry of the VLA calibrator list in it"));
            }
            Ok(ImportVlaCalibratorsPayload {
                entries: import.entries,
                inserted: import.inserted,
                updated: import.updated,
                unchanged: import.unchanged,
                fluxes_inserted: import.fluxes_inserted,
                fluxes_updated: import.fluxes_updated,
                fluxes_unchanged: import.fluxes_unchanged,
                fluxes_unknown: import.fluxes_unknown,
                faults: lines(import.faults),
                notices: lines(import.notices),
            })
        }
    }
}
