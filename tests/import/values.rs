//! What becomes of good files.

use almanac_entity::{
    Database,
    astrid::{observation, survey, system_config},
    cal_registry::caltable,
    master_sources::source,
    products::{ImageFormat, image, ms_index, photometry},
};
use almanac_service::import::{ImportOptions, Progress, import};

use crate::{
    file, map, owned, problems, rows, run, set,
    support::{Engine, TestDatabase, engines},
};

engines!(
    a_file_becomes_rows,
    cells_are_read_by_their_column,
    a_byte_order_mark_and_carriage_returns_do_not_matter,
    columns_are_filled_from_other_headers,
    a_header_may_fill_two_columns,
    values_are_made_of_cells,
    empty_cells_are_null_and_missing_columns_keep_their_default,
    astrid_rows_get_a_key_and_their_instants,
    numbers_given_by_a_file_are_not_given_again,
    progress_is_heard_of_every_batch,
    an_import_can_run_on_another_task,
);

const SOURCES: &str = "\
source_id,ra_deg,dec_deg,s_nvss,resolved_flag
NVSS J033921.3-020717,54.83879,-2.1215,0.0127,0
NVSS J033940.0+025106,54.91683,2.85169,,yes
";

async fn a_file_becomes_rows(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let report =
        run::<source::Entity>(&sessions, SOURCES, &ImportOptions::default()).await.unwrap();
    assert_eq!((report.rows_read, report.written, report.problem_count), (2, 2, 0));

    let sources = rows::<source::Entity>(&sessions).await;
    assert_eq!(sources[0].source_id, "NVSS J033921.3-020717");
    assert_eq!((sources[0].ra_deg, sources[0].dec_deg), (54.83879, -2.1215));
    assert_eq!((sources[0].s_nvss, sources[1].s_nvss), (Some(0.0127), None));
    assert_eq!((sources[0].resolved_flag, sources[1].resolved_flag), (Some(false), Some(true)));
    assert_eq!(
        sources[0].confusion_flag,
        Some(false),
        "a column that the file lacks has its default"
    );
}

async fn cells_are_read_by_their_column(engine: Engine) {
    let test = TestDatabase::migrated(Database::CalRegistry, engine).await;
    let sessions = test.sessions();
    let text = "\
set_name,path,table_type,order_index,created_at,valid_start_mjd,active,status,quality_metrics,notes
one,/a,BP, 3 ,1735689600.5,60676,T,active,\"{\"\"snr_median\"\": 12.5}\",\"two
lines, and a comma\"
two,/b,XY,4.0,2025-01-01,,no,retired,,
three,/c,G,5,2025-01-01T01:00:00+01:00,,0,failed,[],x
four,/d,G,6,2025-01-01 00:00:00.25,,0,failed,null,
";
    let report = run::<caltable::Entity>(&sessions, text, &ImportOptions::default()).await.unwrap();
    assert_eq!(problems(&report), [""; 0]);

    let tables = rows::<caltable::Entity>(&sessions).await;
    let created: Vec<f64> = tables.iter().map(|table| table.created_at.0).collect();
    assert_eq!(created, [1_735_689_600.5, 1_735_689_600.0, 1_735_689_600.0, 1_735_689_600.25]);
    let places: Vec<i32> = tables.iter().map(|table| table.order_index).collect();
    assert_eq!(places, [3, 4, 5, 6]);
    assert_eq!(tables[0].notes.as_deref(), Some("two\nlines, and a comma"));
    assert_eq!(tables[0].quality_metrics.as_ref().unwrap().0["snr_median"], 12.5);
    assert_eq!(tables[1].table_type.as_str(), "XY", "an open vocabulary takes any word");
    assert_eq!(tables[1].quality_metrics, None);
    assert_eq!((tables[0].active, tables[1].active), (Some(true), Some(false)));
}

async fn a_byte_order_mark_and_carriage_returns_do_not_matter(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text = format!("\u{feff}{}", SOURCES.replace('\n', "\r\n"));
    let report = run::<source::Entity>(&sessions, text, &ImportOptions::default()).await.unwrap();
    assert_eq!((report.written, report.problem_count), (2, 0));
    assert_eq!(rows::<source::Entity>(&sessions).await[1].resolved_flag, Some(true));
}

async fn columns_are_filled_from_other_headers(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text = "name,ra_deg,dec_deg,flux_mjy,epochs,s_vlass\nA,1,2,26.014,7,3\nB,1,2,,7,3\n";
    let options = ImportOptions {
        ignore: vec!["epochs".to_owned(), "s_vlass".to_owned()],
        ..map([
            ("source_id", "name"),
            ("s_nvss", "flux_mjy*0.001"),
            ("alpha", "ra_deg*2 + dec_deg + -0.5"),
        ])
    };
    // The right ascension is used by the sum, so it has to be asked for by name.
    let error = run::<source::Entity>(&sessions, text, &options).await.unwrap_err();
    assert!(error.to_string().contains("needs `ra_deg`, `dec_deg`"), "{error}");

    let mut options = options;
    options.map.extend(owned([("ra_deg", "ra_deg"), ("dec_deg", "dec_deg")]));
    let report = run::<source::Entity>(&sessions, text, &options).await.unwrap();
    assert_eq!(problems(&report), [""; 0]);
    let sources = rows::<source::Entity>(&sessions).await;
    assert_eq!(sources[0].s_nvss, Some(0.026_014));
    assert_eq!(sources[0].alpha, Some(3.5));
    assert_eq!(sources[1].s_nvss, None, "an empty cell is not zero in another unit");
    assert_eq!(sources[0].s_vlass, None, "an ignored header fills no column");
}

async fn a_header_may_fill_two_columns(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    let options = map([("start_mjd", "mjd"), ("end_mjd", "mjd+length_s*1.1574074074074074e-5")]);
    let text = "path,mjd,length_s\n/a.ms,60000.25,864\n";
    run::<ms_index::Entity>(&sessions, text, &options).await.unwrap();
    let sets = rows::<ms_index::Entity>(&sessions).await;
    assert_eq!(sets[0].start_mjd, Some(60_000.25));
    assert!((sets[0].end_mjd.unwrap() - 60_000.26).abs() < 1e-9);
}

async fn values_are_made_of_cells(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    let text = "field,sbid,name\nVAST_0355+00,9667,one\nVAST_0355+00,,two\n";
    let sets = ImportOptions {
        ignore: vec!["name".to_owned()],
        ..set([
            ("path", "/vast/SB{sbid}/{field}.ms"),
            ("group_id", "{{{name}}}"),
            ("field_name", "constant"),
        ])
    };
    let report = run::<ms_index::Entity>(&sessions, text, &sets).await.unwrap();
    assert_eq!(problems(&report), ["3: path: it is empty, and must not be"]);

    let text = text.replace(",,", ",9668,");
    run::<ms_index::Entity>(&sessions, text, &sets).await.unwrap();
    let sets = rows::<ms_index::Entity>(&sessions).await;
    assert_eq!(sets[0].path, "/vast/SB9667/VAST_0355+00.ms");
    assert_eq!(sets[1].group_id.as_deref(), Some("{two}"));
    assert_eq!(sets[1].field_name.as_deref(), Some("constant"));
}

async fn empty_cells_are_null_and_missing_columns_keep_their_default(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    run::<ms_index::Entity>(&sessions, "path\n/a.ms\n", &ImportOptions::default()).await.unwrap();
    let given = "path,ms_path,type,created_at,format,pbcor\n/a.fits,/a.ms,image,0,,\n";
    run::<image::Entity>(&sessions, given, &ImportOptions::default()).await.unwrap();
    let lacking = "path,ms_path,type,created_at\n/b.fits,/a.ms,image,0\n";
    run::<image::Entity>(&sessions, lacking, &ImportOptions::default()).await.unwrap();
    let images = rows::<image::Entity>(&sessions).await;
    assert_eq!((images[0].format.clone(), images[0].pbcor), (None, None));
    assert_eq!(images[1].format.as_ref().map(ImageFormat::as_str), Some("fits"));
    assert_eq!(images[1].pbcor, Some(false));
}

async fn astrid_rows_get_a_key_and_their_instants(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let sessions = test.sessions();
    let before = rows::<survey::Entity>(&sessions).await;
    let survey = before.iter().find(|survey| survey.name == "ZTF").unwrap();
    let text = "\
observation_id,ra,dec,observation_time,filter_band,exposure_time,fits_url,status
one,10.123456750,-90,2018-06-19T03:04:05.123456Z,zg,30.0005,https://example.org/1.fits,archived
two,359.99999999,1e1,2018-06-19,zr,30,https://example.org/2.fits,ingested
";
    let options = set([("survey_id", &survey.id.to_string())]);
    let report = run::<observation::Entity>(&sessions, text, &options).await.unwrap();
    assert_eq!(problems(&report), [""; 0]);

    let observations = rows::<observation::Entity>(&sessions).await;
    let [one, two] = observations.as_slice() else { panic!("two rows") };
    assert_eq!(one.ra.to_string(), "10.1234568", "rounded half away from zero");
    assert_eq!(one.exposure_time.normalize().to_string(), "30.001");
    assert!(two.ra.is_zero(), "a full circle is no angle");
    assert_eq!(one.observation_time.to_rfc3339(), "2018-06-19T03:04:05.123456+00:00");
    assert_eq!(one.status.as_str(), "archived");
    assert_eq!(one.survey_id, survey.id);
    assert!(one.id.get_version_num() == 7 && one.id < two.id, "keys are in the order of the file");
    assert_eq!(one.created_at.date_naive(), chrono::Utc::now().date_naive());

    let text = "key,value\nimport.test,\"{\"\"a\"\": [1, null]}\"\n";
    run::<system_config::Entity>(&sessions, text, &ImportOptions::default()).await.unwrap();
    let settings = rows::<system_config::Entity>(&sessions).await;
    let setting = settings.iter().find(|setting| setting.key == "import.test").unwrap();
    assert_eq!(setting.value, serde_json::json!({"a": [1, null]}));
}

async fn numbers_given_by_a_file_are_not_given_again(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    let default = ImportOptions::default();
    run::<ms_index::Entity>(&sessions, "path\n/a.ms\n", &default).await.unwrap();
    let numbered = "id,path,ms_path,type,created_at\n1,/1,/a.ms,image,0\n7,/7,/a.ms,image,0\n";
    run::<image::Entity>(&sessions, numbered, &default).await.unwrap();
    let report = run::<image::Entity>(
        &sessions,
        "path,ms_path,type,created_at\n/8,/a.ms,image,0\n",
        &default,
    )
    .await
    .unwrap();
    assert_eq!(problems(&report), [""; 0]);
    let images = rows::<image::Entity>(&sessions).await;
    assert!(images[2].id > 7, "{}", images[2].id);
}

async fn progress_is_heard_of_every_batch(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let text = file("source_id,ra_deg,dec_deg", (0..25).map(|number| format!("S{number:02},1,2")));
    let mut heard = Vec::new();
    let options = ImportOptions { batch: 10, ..ImportOptions::default() };
    let sessions = test.sessions();
    let progress = |progress: Progress| heard.push(progress);
    let report =
        import(&sessions, Database::MasterSources, "sources", text.as_bytes(), &options, progress)
            .await
            .unwrap();
    assert_eq!(report.written, 25);
    assert_eq!(heard.iter().map(|progress| progress.rows).collect::<Vec<_>>(), [10, 20, 25]);
    assert!(
        heard.is_sorted_by_key(|progress| progress.bytes) && heard[2].bytes >= text.len() as u64
    );
    assert_eq!(rows::<source::Entity>(&sessions).await.len(), 25);
}

async fn an_import_can_run_on_another_task(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    let task = async move {
        let options = ImportOptions::default();
        let file = std::io::Cursor::new(b"path\n/a.ms\n".to_vec());
        let report =
            import(&sessions, Database::Products, "ms_index", file, &options, |_| ()).await;
        (report.unwrap().written, rows::<photometry::Entity>(&sessions).await.len())
    };
    assert_eq!(tokio::spawn(task).await.unwrap(), (1, 0));
}
