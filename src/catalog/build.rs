//! `almanac catalog build`: catalogue files, and the master catalogue.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use almanac_database::Database;
use almanac_entity::{UnixTime, master_sources::source};
use almanac_service::{
    Repository, Sessions,
    catalogues::{BuildOptions, Catalogue, LineFaults, SurveyRow, build_catalogue, read_survey},
    master_sources::CatalogInputs,
};
use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use crate::output::{complain, say, say_json};

#[derive(Args)]
pub(super) struct Build {
    /// The catalogue: nvss, first, racs, vlass, sumss or master
    catalog: Catalogue,
    /// The survey's table, CSV with a header; of NVSS for the master catalogue
    table: PathBuf,
    /// The declination that a strip is made around; without one the file holds the whole sky
    #[arg(long, allow_negative_numbers = true, value_name = "DEGREES")]
    dec: Option<f64>,
    /// The column of the flux density, where it is none that is known
    #[arg(long, value_name = "COLUMN")]
    flux_column: Option<String>,
    /// The table of VLASS, for the master catalogue
    #[arg(long)]
    vlass: Option<PathBuf>,
    /// The table of FIRST, for the master catalogue
    #[arg(long)]
    first: Option<PathBuf>,
    /// Replace what there is
    #[arg(long)]
    replace: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Build {
    pub(super) async fn run(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        if self.catalog == Catalogue::Master {
            return self.master(sessions).await;
        }
        if self.vlass.is_some() || self.first.is_some() {
            bail!("--vlass and --first go with the master catalogue");
        }
        let source = self.table.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let options = BuildOptions {
            catalogue: self.catalog,
            dec_center: self.dec,
            source,
            flux_column: self.flux_column.clone(),
            replace: self.replace,
            now: UnixTime::from(chrono::Utc::now()),
        };
        let folder = sessions.places()?.catalogues();
        let report = build_catalogue(folder, open(&self.table)?, &options).await?;
        complain_of(&self.table, &report.faults);
        if self.json {
            say_json(&json!({
                "path": report.path,
                "sources": report.sources,
                "outside": report.outside,
                "fault_count": report.faults.count,
                "faults": report.faults.named,
            }))?;
        } else {
            say(format_args!(
                "{}: {} sources, {} outside its declinations, {} lines that could not be read",
                report.path.display(),
                report.sources,
                report.outside,
                report.faults.count
            ));
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn master(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        let mut files = Vec::new();
        let mut read = |survey: &str, path: &Path, flux: Option<&str>| {
            let mut rows: Vec<SurveyRow> = Vec::new();
            let faults = read_survey(open(path)?, flux, |row| rows.push(row))
                .with_context(|| path.display().to_string())?;
            complain_of(path, &faults);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((survey.to_owned(), name));
            anyhow::Ok(rows)
        };
        let nvss = read("nvss", &self.table, self.flux_column.as_deref())?;
        let vlass = self.vlass.map(|path| read("vlass", &path, None)).transpose()?;
        let first = self.first.map(|path| read("first", &path, None)).transpose()?;
        let inputs = CatalogInputs { nvss, vlass, first, files };
        let transaction = sessions.begin(Database::MasterSources).await?;
        let table = Repository::<_, source::Entity>::new(&transaction);
        let now = UnixTime::from(chrono::Utc::now());
        let build = table.build(inputs, self.replace, now).await?;
        transaction.commit().await?;
        if self.json {
            say_json(&json!({
                "sources": build.sources,
                "with_vlass": build.with_vlass,
                "with_first": build.with_first,
                "resolved": build.resolved,
                "confused": build.confused,
                "repeated": build.repeated,
                "undetected": build.undetected,
            }))?;
        } else {
            say(format_args!(
                "{} sources: {} in VLASS, {} in FIRST, {} resolved, {} confused; {} repeated names left out",
                build.sources,
                build.with_vlass,
                build.with_first,
                build.resolved,
                build.confused,
                build.repeated
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn open(path: &Path) -> anyhow::Result<impl Read + use<>> {
    File::open(path).with_context(|| path.display().to_string())
}

fn complain_of(path: &Path, faults: &LineFaults) {
    for fault in &faults.named {
        complain(format_args!("{}: {fault}", path.display()));
    }
    let more = faults.count.saturating_sub(faults.named.len() as u64);
    if more > 0 {
        complain(format_args!("and {more} more"));
    }
}
