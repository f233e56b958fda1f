//! `almanac catalog`: survey catalogues, asked and built.

mod build;

use std::{path::PathBuf, process::ExitCode};

use almanac_service::{
    Sessions,
    catalogues::{
        Catalogue, CatalogueQuery, CatalogueSource, UnifiedQuery, UnifiedSource, catalogue_files,
        query_sources, query_unified, source_info,
    },
};
use anyhow::bail;
use build::Build;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::output::{complain, say, say_json, say_table};

#[derive(Args)]
pub(crate) struct Catalog {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the sources in a cone, the brightest first
    Query(Query),
    /// Look a source up by its name; without one, list the catalogue files
    Info {
        /// The name
        name: Option<String>,
        /// Only this catalogue
        #[arg(long)]
        catalog: Option<Catalogue>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Build a catalogue file from a survey's table, or the master catalogue from three
    Build(Build),
}

#[derive(Args)]
struct Query {
    /// Right ascension of the centre, degrees
    ra_deg: f64,
    /// Declination of the centre, degrees
    #[arg(allow_negative_numbers = true)]
    dec_deg: f64,
    /// Radius, degrees, at most 10
    #[arg(long, default_value_t = 1.5)]
    radius: f64,
    /// The catalogues: vla, nvss, first, racs, vlass, sumss; or one of them, master or atnf alone
    #[arg(long, value_delimiter = ',', default_value = "nvss,vla")]
    catalog: Vec<Catalogue>,
    /// The least flux density, Jy
    #[arg(long, value_name = "JY")]
    min_flux: Option<f64>,
    /// Entries of different catalogues no further apart than this are one source
    #[arg(long, value_name = "ARCSEC")]
    merge: Option<f64>,
    /// How many sources at the most
    #[arg(long)]
    limit: Option<usize>,
    /// The catalogue file, where one catalogue is asked
    #[arg(long)]
    file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Catalog {
    pub(crate) async fn run(self, sessions: Sessions) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Query(query) => query.run(&sessions).await,
            Verb::Info { name: Some(name), catalog, json } => {
                look_up(&sessions, &name, catalog, json).await
            }
            Verb::Info { name: None, catalog, json } => files(&sessions, catalog, json).await,
            Verb::Build(build) => build.run(&sessions).await,
        }
    }
}

impl Query {
    async fn run(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        let is_single = |catalogue: &Catalogue| !Catalogue::UNITED.contains(catalogue);
        let (sources, warnings) = match self.catalog[..] {
            [catalogue] if self.file.is_some() || is_single(&catalogue) => {
                let query = CatalogueQuery {
                    min_flux_mjy: self.min_flux.map(|flux| flux * 1000.0),
                    limit: self.limit,
                    path: self.file,
                    ..CatalogueQuery::new(catalogue, self.ra_deg, self.dec_deg, self.radius)
                };
                let answer = query_sources(sessions, &query).await?;
                if self.json {
                    let sources: Vec<_> = answer.sources.iter().map(survey_json).collect();
                    say_json(&json!({"sources": sources, "warnings": answer.notices}))?;
                    return Ok(ExitCode::SUCCESS);
                }
                let row = |source: &CatalogueSource| {
                    let name = source.name.clone().unwrap_or_else(|| source.id.clone());
                    let flux = source.flux_mjy.map(|flux| flux / 1000.0);
                    row(name, catalogue, source.ra_deg, source.dec_deg, flux, source.separation_deg)
                };
                (answer.sources.iter().map(row).collect::<Vec<_>>(), answer.notices)
            }
            _ if self.file.is_some() => bail!("--file goes with one catalogue alone"),
            _ => {
                let query = UnifiedQuery {
                    catalogues: self.catalog,
                    min_flux_jy: self.min_flux,
                    limit: self.limit,
                    merge_radius_arcsec: self.merge,
                    ..UnifiedQuery::new(self.ra_deg, self.dec_deg, self.radius)
                };
                let answer = query_unified(sessions, &query).await?;
                if self.json {
                    let sources: Vec<_> = answer.sources.iter().map(unified_json).collect();
                    say_json(&json!({"sources": sources, "warnings": answer.warnings}))?;
                    return Ok(ExitCode::SUCCESS);
                }
                (answer.sources.iter().map(unified_row).collect(), answer.warnings)
            }
        };
        say_table(
            ["SOURCE", "CATALOG", "RA_DEG", "DEC_DEG", "FLUX_JY", "SEPARATION_DEG"],
            &sources,
        );
        for warning in warnings {
            complain(format_args!("warning: {warning}"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(
    name: String,
    catalogue: Catalogue,
    ra_deg: f64,
    dec_deg: f64,
    flux_jy: Option<f64>,
    separation_deg: f64,
) -> [String; 6] {
    [
        name,
        catalogue.to_string(),
        format!("{ra_deg:.6}"),
        format!("{dec_deg:.6}"),
        flux_jy.map_or_else(|| "-".to_owned(), |flux| format!("{flux:.6}")),
        format!("{separation_deg:.6}"),
    ]
}

fn unified_row(source: &UnifiedSource) -> [String; 6] {
    let name = source.source_name.clone();
    let (ra_deg, dec_deg) = (source.ra_deg, source.dec_deg);
    row(name, source.catalogue, ra_deg, dec_deg, source.flux_jy, source.separation_deg)
}

fn unified_json(source: &UnifiedSource) -> Json {
    let matches: Vec<_> = source.matches.iter().map(unified_json).collect();
    json!({
        "source_name": source.source_name,
        "ra_deg": source.ra_deg,
        "dec_deg": source.dec_deg,
        "flux_jy": source.flux_jy,
        "catalog": source.catalogue.label(),
        "catalog_id": source.catalogue_id,
        "flux_freq_ghz": source.flux_freq_ghz,
        "separation_deg": source.separation_deg,
        "matches": matches,
    })
}

fn survey_json(source: &CatalogueSource) -> Json {
    json!({
        "id": source.id,
        "name": source.name,
        "ra_deg": source.ra_deg,
        "dec_deg": source.dec_deg,
        "flux_mjy": source.flux_mjy,
        "flux_err_mjy": source.flux_err_mjy,
        "separation_deg": source.separation_deg,
        "major_axis_arcsec": source.major_axis_arcsec,
        "minor_axis_arcsec": source.minor_axis_arcsec,
        "position_angle_deg": source.position_angle_deg,
        "snr": source.snr,
        "period_s": source.period_s,
        "dispersion_measure": source.dispersion_measure,
    })
}

async fn look_up(
    sessions: &Sessions,
    name: &str,
    catalogue: Option<Catalogue>,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let Some(info) = source_info(sessions, name, catalogue).await? else {
        if as_json {
            say_json(&Json::Null)?;
        } else {
            complain(format_args!("no catalogue knows {name}"));
        }
        return Ok(ExitCode::FAILURE);
    };
    let status = info.status.as_ref().map(|status| status.as_str().to_owned());
    if as_json {
        let mut source = unified_json(&info.source);
        source["dec_range_min"] = json!(info.dec_range_min);
        source["dec_range_max"] = json!(info.dec_range_max);
        source["status"] = json!(status);
        source["notes"] = json!(info.notes);
        source["warnings"] = json!(info.warnings);
        say_json(&source)?;
        return Ok(ExitCode::SUCCESS);
    }
    let titles = ["SOURCE", "CATALOG", "RA_DEG", "DEC_DEG", "FLUX_JY", "SEPARATION_DEG"];
    say_table(titles, &[unified_row(&info.source)]);
    let bound =
        |bound: Option<f64>| bound.map_or_else(|| "open".to_owned(), |dec| format!("{dec}°"));
    if let Some(status) = status {
        let (min, max) = (bound(info.dec_range_min), bound(info.dec_range_max));
        say(format_args!("{status}, for declinations from {min} to {max}"));
    }
    info.notes.into_iter().for_each(say);
    for warning in info.warnings {
        complain(format_args!("warning: {warning}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn files(
    sessions: &Sessions,
    catalogue: Option<Catalogue>,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let mut files = catalogue_files(sessions).await?;
    files.retain(|file| catalogue.is_none_or(|catalogue| file.catalogue == catalogue));
    if as_json {
        let files: Vec<_> = files
            .iter()
            .map(|file| {
                let meta: serde_json::Map<_, _> =
                    file.meta.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
                json!({
                    "catalog": file.catalogue.key(),
                    "path": file.path,
                    "meta": meta,
                    "fault": file.fault,
                })
            })
            .collect();
        say_json(&files)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<_> = files
        .iter()
        .map(|file| {
            let fact = |key: &str| {
                let mut meta = file.meta.iter();
                meta.find(|(other, _)| other == key).map_or("-", |(_, value)| value).to_owned()
            };
            [
                file.catalogue.key().to_owned(),
                file.fault.clone().unwrap_or_else(|| fact("n_sources")),
                fact("dec_min"),
                fact("dec_max"),
                file.path.display().to_string(),
            ]
        })
        .collect();
    say_table(["CATALOG", "SOURCES", "DEC_MIN", "DEC_MAX", "FILE"], &rows);
    Ok(ExitCode::SUCCESS)
}
