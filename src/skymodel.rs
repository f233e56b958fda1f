//! `almanac skymodel`: models of the sky in a field.

use std::{
    fs::File,
    io::{self, BufRead, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
};

use almanac_database::Database;
use almanac_entity::calibrators::sky_model;
use almanac_service::{
    Repository, Sessions,
    access::Operation,
    calibrators::{ModelSource, NewSkyModel, read_sky_model},
    catalogues::read_survey,
};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::{
    calibrators::work,
    output::{complain, say, say_json, say_table},
};

/// Models that one call lists.
const LISTED: u64 = 1_000;

#[derive(Args)]
pub(crate) struct SkyModels {
    #[command(subcommand)]
    verb: Verb,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// List sky models, by field, the newest first
    List {
        /// Only those of this field
        field: Option<String>,
    },
    /// Make the sky model of a field from a table of sources
    Create {
        /// The field
        field: String,
        /// The sources, CSV with a header: name, `ra_deg`, `dec_deg`, and a flux density
        sources: PathBuf,
        /// The file, in the folder of the sky models; named after the field unless said
        #[arg(long)]
        output: Option<String>,
        /// Remarks
        #[arg(long)]
        notes: Option<String>,
    },
    /// Show the sources of a sky model's file
    Read {
        /// The file, in the folder of the sky models
        path: String,
    },
    /// Compare a sky model with its file; exit code 1 when they differ
    Verify {
        /// The field
        field: String,
        /// The file; that of the newest model unless said
        #[arg(long)]
        path: Option<String>,
    },
    /// Delete the sky models of a field, and the gain calibrators that belong to them
    Delete {
        /// The field
        field: String,
        /// Only the model at this path, with its file
        #[arg(long)]
        path: Option<String>,
        /// Delete the files as well
        #[arg(long)]
        delete_files: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl SkyModels {
    pub(crate) async fn run(self, sessions: Sessions) -> anyhow::Result<ExitCode> {
        let folder = sessions.places()?.sky_models();
        match self.verb {
            Verb::List { field } => list(&sessions, field.as_deref(), self.json).await,
            Verb::Create { field, sources, output, notes } => {
                let new = NewSkyModel {
                    field_id: field,
                    sources: read_sources(&sources)?,
                    output_path: output,
                    created_by: None,
                    notes,
                };
                create(&sessions, &folder, new, self.json).await
            }
            Verb::Read { path } => read(&folder, &path, self.json),
            Verb::Verify { field, path } => {
                verify(&sessions, &folder, &field, path.as_deref(), self.json).await
            }
            Verb::Delete { field, path, delete_files, yes } => {
                let path = path.as_deref();
                if !yes && !confirmed(&sessions, &field, path).await? {
                    bail!("nothing was deleted; --yes deletes without asking");
                }
                delete(&sessions, &folder, &field, path, delete_files, self.json).await
            }
        }
    }
}

fn model_json(model: &sky_model::Model) -> Json {
    json!({
        "id": model.id,
        "field_id": model.field_id,
        "skymodel_path": model.skymodel_path,
        "n_sources": model.n_sources,
        "total_flux_jy": model.total_flux_jy,
        "created_at": model.created_at.0,
        "created_by": model.created_by,
        "notes": model.notes,
    })
}

fn print(models: &[sky_model::Model]) {
    let rows: Vec<_> = models
        .iter()
        .map(|model| {
            [
                model.field_id.clone(),
                model.n_sources.to_string(),
                model.total_flux_jy.map_or_else(|| "-".to_owned(), |flux| format!("{flux:.6}")),
                model.skymodel_path.clone(),
            ]
        })
        .collect();
    say_table(["FIELD", "SOURCES", "FLUX_JY", "FILE"], &rows);
}

async fn list(sessions: &Sessions, field: Option<&str>, as_json: bool) -> anyhow::Result<ExitCode> {
    let reader = sessions.reader(Database::Calibrators).await?;
    let models = Repository::<_, sky_model::Entity>::new(&reader);
    let models = models.sky_models(field, LISTED, 0).await?;
    if as_json {
        say_json(&models.iter().map(model_json).collect::<Vec<_>>())?;
    } else {
        print(&models);
    }
    Ok(ExitCode::SUCCESS)
}

fn read_sources(path: &Path) -> anyhow::Result<Vec<ModelSource>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut sources = Vec::new();
    let faults = read_survey(file, None, |row| {
        sources.push(ModelSource {
            name: row.name,
            ra_deg: row.ra_deg,
            dec_deg: row.dec_deg,
            flux_jy: row.flux_mjy.map(|flux| flux / 1000.0),
            ..ModelSource::default()
        });
    })
    .with_context(|| path.display().to_string())?;
    if faults.count > 0 {
        bail!("{}: {}", path.display(), faults.named.join("; "));
    }
    Ok(sources)
}

async fn create(
    sessions: &Sessions,
    folder: &Path,
    new: NewSkyModel,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let work = work(sessions, Operation::CreateSkyModel)?;
    let new = NewSkyModel { created_by: Some(work.principal().name.clone()), ..new };
    let models = work.table::<sky_model::Entity>().await?;
    let (model, file) = models.create_sky_model(folder, new, work.now()).await?;
    work.with_file(file);
    work.commit().await?;
    if as_json {
        say_json(&model_json(&model))?;
    } else {
        print(&[model]);
    }
    Ok(ExitCode::SUCCESS)
}

fn read(folder: &Path, path: &str, as_json: bool) -> anyhow::Result<ExitCode> {
    let file = read_sky_model(folder, path)?;
    if as_json {
        let sources: Vec<_> = file
            .sources
            .iter()
            .map(|source| {
                json!({
                    "name": source.name,
                    "ra_deg": source.ra_deg,
                    "dec_deg": source.dec_deg,
                    "flux_jy": source.flux_jy,
                })
            })
            .collect();
        say_json(&json!({
            "sources": sources,
            "total_flux_jy": file.total_flux_jy(),
            "fault_count": file.fault_count,
            "faults": file.faults,
        }))?;
    } else {
        let rows: Vec<_> = file
            .sources
            .iter()
            .map(|source| {
                let number = |number: f64| format!("{number:.6}");
                let (ra, dec) = (number(source.ra_deg), number(source.dec_deg));
                [source.name.clone(), ra, dec, number(source.flux_jy)]
            })
            .collect();
        say_table(["NAME", "RA_DEG", "DEC_DEG", "FLUX_JY"], &rows);
        file.faults.iter().for_each(complain);
    }
    Ok(if file.fault_count > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn verify(
    sessions: &Sessions,
    folder: &Path,
    field: &str,
    path: Option<&str>,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let reader = sessions.reader(Database::Calibrators).await?;
    let models = Repository::<_, sky_model::Entity>::new(&reader);
    let check = models.verify_sky_model(folder, field, path).await?;
    let agrees = check.faults.is_empty();
    if as_json {
        say_json(&json!({
            "model": model_json(&check.model),
            "exists": check.exists,
            "n_sources": check.n_sources,
            "total_flux_jy": check.total_flux_jy,
            "faults": check.faults,
        }))?;
    } else if agrees {
        say(format_args!("{} agrees with its file", check.model.skymodel_path));
    } else {
        check.faults.iter().for_each(complain);
    }
    Ok(if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Shows what would be deleted, and asks whether it shall be.
async fn confirmed(sessions: &Sessions, field: &str, path: Option<&str>) -> anyhow::Result<bool> {
    let reader = sessions.reader(Database::Calibrators).await?;
    let models = Repository::<_, sky_model::Entity>::new(&reader);
    let mut models = models.sky_models(Some(field), LISTED, 0).await?;
    models.retain(|model| path.is_none_or(|path| model.skymodel_path.ends_with(path)));
    print(&models);
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    complain("Delete these sky models? [y/N]");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "yes"))
}

async fn delete(
    sessions: &Sessions,
    folder: &Path,
    field: &str,
    path: Option<&str>,
    delete_files: bool,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let work = work(sessions, Operation::DeleteSkyModel)?;
    let models = work.table::<sky_model::Entity>().await?;
    let deleted = models.delete_sky_model(folder, field, path, delete_files).await?;
    let files = deleted.files.len();
    deleted.files.into_iter().for_each(|file| work.with_file(file));
    work.commit().await?;
    if as_json {
        say_json(&json!({
            "models": deleted.models,
            "gain_calibrators": deleted.gain_calibrators,
            "files": files,
            "files_left": deleted.files_left,
        }))?;
    } else {
        say(format_args!(
            "{} sky models, {} gain calibrators and {files} files are gone",
            deleted.models, deleted.gain_calibrators
        ));
        for file in deleted.files_left {
            complain(format_args!("{file} stays: it lies outside {}", folder.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}
