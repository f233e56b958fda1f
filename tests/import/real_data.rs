//! The walk through real files in `docs/real-data.md`: every command is run as it stands there, and must
//! print what stands there. Without the files there is nothing to do.

use std::{
    collections::{BTreeMap, HashMap},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use almanac_database::{Database, Environment};
use almanac_entity::{
    Table,
    astrid::observation,
    cal_registry::caltable,
    master_sources::source,
    products::{image, ms_index, photometry},
};
use almanac_service::{Filter, Repository, Sessions};

use crate::support::{Engine, TestDatabase, engines};

engines!(the_walk_prints_what_it_says);

/// Where the files are, if they are there.
fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = env::var_os("ALMANAC_DATA").map_or(beside, PathBuf::from);
    let folder = folder.canonicalize().ok().filter(|folder| folder.join("catalogues").is_dir());
    if folder.is_none() {
        eprintln!("there are no real files to import: ALMANAC_DATA names no folder of them");
    }
    folder
}

async fn the_walk_prints_what_it_says(engine: Engine) {
    let Some(data) = data() else { return };
    let state = tempfile::tempdir().unwrap();
    let server = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(TestDatabase::new(Database::Products, engine).await),
    };
    let mut variables = vec![("PIPELINE_STATE_DIR", state.path().to_str().unwrap().to_owned())];
    if let Some(server) = &server {
        variables.extend(Database::ALL.map(|database| (database.variables()[0], server.url())));
    }
    walk(&data, state.path(), &variables);

    let sessions = Sessions::from_environment(&Environment::of(variables)).unwrap();
    assert_eq!(count::<source::Entity>(&sessions).await, 3_475);
    assert_eq!(count::<ms_index::Entity>(&sessions).await, 5_505);
    assert_eq!(count::<image::Entity>(&sessions).await, 5_505);
    assert_eq!(count::<photometry::Entity>(&sessions).await, 35_693);
    assert_eq!(count::<caltable::Entity>(&sessions).await, 217);
    assert_eq!(count::<observation::Entity>(&sessions).await, 4_894);
    light_curves_are_those_of_the_file(&data, &sessions).await;
    the_graph_answers_the_light_curves_of_the_file(&data, &sessions).await;
}

/// Runs the commands of the page in turn.
fn walk(data: &Path, state: &Path, variables: &[(&str, String)]) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/real-data.md");
    let page = fs::read_to_string(page).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_almanac")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), env::var("PATH").unwrap_or_default());
    let steps = steps(&page);
    assert!(steps.len() > 6, "the page has its commands");
    for (command, printed) in steps {
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .env("PATH", &path)
            .env("DATA", data)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env_remove("RUST_LOG")
            .current_dir(state)
            .output()
            .unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let output = output.replace(data.to_str().unwrap(), "$DATA");
        assert!(
            is_like(&output, &printed),
            "$ {command}\n{output}\nis not what the page says:\n{printed}"
        );
    }
}

/// The commands of a page and what each prints: what stands behind `$` in its console blocks.
fn steps(page: &str) -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    let mut in_block = false;
    let mut in_command = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_block = line == "```console";
        } else if let (true, Some(command)) = (in_block, line.strip_prefix("$ ")) {
            steps.push((command.to_owned(), String::new()));
            in_command = command.ends_with('\\');
        } else if let (true, Some((command, printed))) = (in_block, steps.last_mut()) {
            let text = if in_command { command } else { printed };
            text.push('\n');
            text.push_str(line);
            in_command &= line.ends_with('\\');
        }
    }
    steps
}

/// Whether `output` is as printed: `...` stands for any lines, and the time taken may differ.
fn is_like(output: &str, printed: &str) -> bool {
    let timeless = |line: &str| line.split("; ").next().unwrap_or_default().trim_end().to_owned();
    let lines: Vec<_> = output.lines().map(timeless).filter(|line| !line.is_empty()).collect();
    let mut rest = lines.as_slice();
    let mut anything = false;
    for line in printed.lines().map(timeless).filter(|line| !line.is_empty()) {
        if line == "..." {
            anything = true;
            continue;
        }
        let found = rest.iter().position(|other| *other == line);
        match found {
            Some(index) if index == 0 || anything => rest = &rest[index + 1..],
            _ => return false,
        }
        anything = false;
    }
    anything || rest.is_empty()
}

async fn count<E: Table>(sessions: &Sessions) -> u64 {
    let reader = sessions.reader(E::DATABASE).await.unwrap();
    Repository::<_, E>::new(&reader).count(&Filter::default()).await.unwrap()
}

/// Every point of every light curve: when, how bright, on which image.
async fn light_curves_are_those_of_the_file(data: &Path, sessions: &Sessions) {
    let mut file: BTreeMap<String, Vec<[String; 3]>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(data.join("photometry/vast_lightcurves.csv")).unwrap();
    for row in reader.deserialize::<HashMap<String, String>>() {
        let row = row.unwrap();
        let flux_jy = format!("{}e-3", row["flux_mjy"]).parse::<f64>().unwrap();
        let image = format!("/vast/epoch{}/SB{}/{}.fits", row["epoch"], row["sbid"], row["field"]);
        let mjd = row["mjd"].parse::<f64>().unwrap().to_string();
        file.entry(row["source_id"].clone()).or_default().push([mjd, flux_jy.to_string(), image]);
    }
    assert_eq!(file.len(), 3_159);

    let mut table: BTreeMap<String, Vec<[String; 3]>> = BTreeMap::new();
    for point in crate::rows::<photometry::Entity>(sessions).await {
        let cells =
            [point.mjd.unwrap().to_string(), point.flux_jy.unwrap().to_string(), point.image_path];
        table.entry(point.source_id).or_default().push(cells);
    }
    for (source, points) in file {
        assert_eq!(table.remove(&source), Some(points), "{source}");
    }
    assert!(table.is_empty());
}

/// Light curves asked for by one query.
const ASKED: usize = 60;
/// How far a flux density in mJy may be from the file's, as a part of it: it was stored in Jy.
const TOLERANCE: f64 = 1e-12;

/// Every light curve as a client gets it: epochs to the last bit, flux densities to what the change of units
/// costs.
async fn the_graph_answers_the_light_curves_of_the_file(data: &Path, sessions: &Sessions) {
    let mut file: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(data.join("photometry/vast_lightcurves.csv")).unwrap();
    for row in reader.deserialize::<HashMap<String, String>>() {
        let row = row.unwrap();
        let number = |name: &str| row[name].parse::<f64>().unwrap();
        file.entry(row["source_id"].clone()).or_default().push((number("mjd"), number("flux_mjy")));
    }
    let graph = almanac_api::graph(sessions.clone());
    let sources: Vec<(String, Vec<(f64, f64)>)> = file.into_iter().collect();
    let mut compared = 0;
    for asked in sources.chunks(ASKED) {
        let fields = asked.iter().enumerate().map(|(index, (source, _))| {
            format!("c{index}: lightCurve(sourceId: {source:?}) {{ sourceId mjd fluxMjy }}")
        });
        let query = format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "));
        let response = serde_json::to_value(graph.execute(query).await).unwrap();
        assert_eq!(response.get("errors"), None, "{response}");
        for (index, (source, points)) in asked.iter().enumerate() {
            let curve = &response["data"][format!("c{index}")];
            assert_eq!(curve["sourceId"], source.as_str());
            let column = |name: &str| {
                let numbers = curve[name].as_array().unwrap().iter();
                numbers.map(|number| number.as_f64().unwrap()).collect::<Vec<_>>()
            };
            let (mjd, flux) = (column("mjd"), column("fluxMjy"));
            // The file has some epochs out of order; at one epoch its own order stands.
            let mut expected = points.clone();
            expected.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert_eq!((mjd.len(), flux.len()), (expected.len(), expected.len()), "{source}");
            for (index, (epoch, mjy)) in expected.into_iter().enumerate() {
                assert_eq!(mjd[index].to_bits(), epoch.to_bits(), "{source}: epoch {index}");
                let distance = (flux[index] - mjy).abs();
                assert!(distance <= TOLERANCE * mjy.abs(), "{source}: {} {mjy}", flux[index]);
                compared += 1;
            }
        }
    }
    assert_eq!((sources.len(), compared), (3_159, 35_693));
}
