//! Which file answers, and what is said where none does.

use std::{fmt::Write as _, fs};

use almanac_database::Places;
use almanac_service::{
    Error,
    catalogues::{
        Catalogue, CatalogueQuery, UnifiedQuery, build_catalogue, catalogue_files, query_sources,
        query_unified,
    },
};
use tempfile::TempDir;

use crate::{World, options, support::Engine};

const HEADER: &str = "name,ra_deg,dec_deg,flux_mjy\n";

async fn names(world: &World, query: &CatalogueQuery) -> Vec<String> {
    let answer = query_sources(&world.sessions, query).await.unwrap();
    answer.sources.into_iter().map(|row| row.name.unwrap()).collect()
}

fn at(dec: f64, radius: f64) -> CatalogueQuery {
    CatalogueQuery::new(Catalogue::Nvss, 10.0, dec, radius)
}

#[tokio::test]
async fn the_nearest_strip_that_holds_the_whole_cone_answers() {
    let world = World::new(Engine::Sqlite).await;
    world.build(Catalogue::Nvss, Some(54.57), &format!("{HEADER}strip,10,54.6,1\n")).await;
    let file = world.folder.path().join("catalogs/nvss_dec+54.6.sqlite3");
    assert!(file.is_file());
    assert_eq!(names(&world, &at(54.6, 1.0)).await, ["strip"]);
    // The strip's edge cuts this cone, and there is nothing else.
    let refused = query_sources(&world.sessions, &at(59.0, 2.0)).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound { .. }));
    assert!(refused.to_string().contains("almanac catalog build nvss"), "{refused}");
    // A strip that says of itself that it holds less gives way to one further away.
    world.build(Catalogue::Nvss, Some(57.0), &format!("{HEADER}north,10,54.6,1\n")).await;
    assert_eq!(names(&world, &at(54.6, 1.0)).await, ["strip"]);
    let cut = rusqlite::Connection::open(&file).unwrap();
    cut.execute("UPDATE meta SET value = '55' WHERE key = 'dec_max'", []).unwrap();
    drop(cut);
    world.sessions.reset().await;
    assert_eq!(names(&world, &at(54.6, 1.0)).await, ["north"]);
    // The whole sky serves where no strip does.
    world.build(Catalogue::Nvss, None, &format!("{HEADER}sky,10,0,1\n")).await;
    assert_eq!(names(&world, &at(0.0, 1.0)).await, ["sky"]);
    let wide = CatalogueQuery { dec_strip: Some(54.6), ..at(54.6, 7.0) };
    assert_eq!(names(&world, &wide).await, Vec::<String>::new(), "it is the whole sky's file");
    // A path that is named wins over all.
    let named = CatalogueQuery { path: Some(file), ..at(54.6, 7.0) };
    assert_eq!(names(&world, &named).await, ["strip"]);
    let missing = world.folder.path().join("none.sqlite3");
    let named = CatalogueQuery { path: Some(missing), ..at(54.6, 1.0) };
    assert!(matches!(query_sources(&world.sessions, &named).await, Err(Error::NotFound { .. })));
    assert_eq!(catalogue_files(&world.sessions).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_variable_names_the_file_of_a_survey() {
    let folder = TempDir::new().unwrap();
    let input = format!("{HEADER}of the variable,10,0,1\n");
    let options = options(Catalogue::Nvss, None);
    let built = build_catalogue(folder.path(), input.as_bytes(), &options).await;
    let path = built.unwrap().path;
    let places = Places::within(folder.path()).with_catalogue_file("nvss", path);
    let world = World::with_places(Engine::Sqlite, folder, places).await;
    world.build(Catalogue::Nvss, Some(0.0), &format!("{HEADER}strip,10,0,1\n")).await;
    assert_eq!(names(&world, &at(0.0, 1.0)).await, ["of the variable"]);
}

#[tokio::test]
async fn a_file_that_was_replaced_is_read_anew() {
    let world = World::new(Engine::Sqlite).await;
    world.build(Catalogue::Nvss, Some(0.0), &format!("{HEADER}old,10,0,1\n")).await;
    assert_eq!(names(&world, &at(0.0, 1.0)).await, ["old"]);
    let mut longer = HEADER.to_owned();
    for index in 0..500 {
        writeln!(longer, "{index},200,3,1").unwrap();
    }
    longer.push_str("new,10,0,1\n");
    world.build(Catalogue::Nvss, Some(0.0), &longer).await;
    assert_eq!(names(&world, &at(0.0, 1.0)).await, ["new"]);
    // No log, no unfinished file.
    let folder = fs::read_dir(world.folder.path().join("catalogs")).unwrap();
    let files: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["nvss_dec+0.0.sqlite3"]);
}

#[tokio::test]
async fn many_files_are_asked_one_after_the_other() {
    let world = World::new(Engine::Sqlite).await;
    for dec in (-36..=84).step_by(4) {
        let csv = format!("{HEADER}S{dec},10,{dec},1\n");
        world.build(Catalogue::Nvss, Some(f64::from(dec)), &csv).await;
    }
    for dec in (-36..=84).step_by(4).chain([0, 40]) {
        assert_eq!(names(&world, &at(f64::from(dec), 0.5)).await, [format!("S{dec}")]);
    }
}

#[tokio::test]
async fn what_cannot_answer_gives_a_warning_and_the_others_answer() {
    use Catalogue::{First, Nvss, Racs, Vla};
    let world = World::new(Engine::Sqlite).await;
    world.build(Nvss, Some(50.0), &format!("{HEADER}here,10,50,1\n")).await;
    let catalogs = world.folder.path().join("catalogs");
    fs::write(catalogs.join("first_dec+50.0.sqlite3"), "this is no database").unwrap();
    let query = UnifiedQuery {
        catalogues: vec![Racs, First, Vla, Nvss],
        ..UnifiedQuery::new(10.0, 50.0, 1.0)
    };
    let answer = query_unified(&world.sessions, &query).await.unwrap();
    assert_eq!(answer.sources.len(), 1);
    let warnings = &answer.warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("FIRST: "), "{warnings:?}");
    assert!(warnings[1].contains("RACS covers the declinations"), "{warnings:?}");
    let path = world.folder.path().to_str().unwrap();
    assert!(!warnings.concat().contains(path), "no path of the server: {warnings:?}");

    for (query, fault) in [
        (UnifiedQuery { radius_deg: 10.1, ..query.clone() }, "radius_deg"),
        (UnifiedQuery { radius_deg: 0.0, ..query.clone() }, "radius_deg"),
        (UnifiedQuery { dec_deg: 91.0, ..query.clone() }, "dec"),
        (UnifiedQuery { catalogues: vec![Catalogue::Master], ..query.clone() }, "catalogues"),
        (UnifiedQuery { catalogues: vec![], ..query.clone() }, "catalogues"),
        (UnifiedQuery { merge_radius_arcsec: Some(601.0), ..query }, "merge_radius_arcsec"),
    ] {
        let refused = query_unified(&world.sessions, &query).await.unwrap_err();
        assert!(refused.to_string().starts_with(fault), "{refused}");
    }
}

#[tokio::test]
async fn a_file_is_built_whole_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let build = async |catalogue, dec, csv: &str, replace| {
        let options =
            almanac_service::catalogues::BuildOptions { replace, ..options(catalogue, dec) };
        build_catalogue(folder.path(), csv.as_bytes(), &options).await
    };
    let csv = format!("{HEADER}in,10,0,1\nout,10,7,1\nbad,x,0,1\nbad,10,95,1\n");
    let report = build(Catalogue::First, Some(0.0), &csv, false).await.unwrap();
    assert_eq!((report.sources, report.outside, report.faults.count), (1, 1, 2));
    assert!(report.faults.named[0].starts_with("line 4: "), "{:?}", report.faults);
    let again = build(Catalogue::First, Some(0.0), &csv, false).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    for (catalogue, dec, csv) in [
        (Catalogue::First, Some(70.0), HEADER),
        (Catalogue::First, Some(-91.0), HEADER),
        (Catalogue::Vla, None, HEADER),
        (Catalogue::Nvss, None, "name,ra_deg\n"),
    ] {
        let refused = build(catalogue, dec, csv, true).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1, "nothing unfinished stays");
}
