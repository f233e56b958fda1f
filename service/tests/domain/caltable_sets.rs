//! How sets of calibration tables are registered, make room for each other and are used together.

use std::fs;

use almanac_entity::{
    UnixTime,
    cal_registry::{CaltableStatus, CaltableType, calibration_applied, caltable},
};
use almanac_service::{
    Error, Repository, Writer,
    cal_registry::{
        InterpolationMethod, InterpolationRequest, NewSet, OverlapStrategy, Provenance,
        SetDescription, find_tables,
    },
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

engines! { CalRegistry:
    tables_are_found_by_their_names,
    a_set_that_cannot_be_used_is_retired,
    one_table_is_added_once,
    overlaps_are_listed,
    old_sets_make_room,
    two_sets_are_interpolated,
    provenance_and_impact_are_known,
    a_timeline_has_every_status,
}

type Tables<'w> = Repository<'w, Writer, caltable::Entity>;

const NOW: UnixTime = UnixTime(1_700_000_000.0);

fn row(path: &str, start: Option<f64>, end: Option<f64>) -> caltable::ActiveModel {
    caltable::ActiveModel {
        path: Set(path.to_owned()),
        table_type: Set(CaltableType::Bp),
        order_index: Set(30),
        valid_start_mjd: Set(start),
        valid_end_mjd: Set(end),
        refant: Set(Some("103".to_owned())),
        ..Default::default()
    }
}

async fn register(writer: &Writer, set: &str, at: f64, rows: Vec<caltable::ActiveModel>) {
    Tables::new(writer).register_set(set, rows, true, UnixTime(at)).await.unwrap();
}

fn description(set_name: &str) -> SetDescription {
    SetDescription {
        set_name: set_name.to_owned(),
        cal_field: Some("3C286".to_owned()),
        refant: Some("103".to_owned()),
        valid_start_mjd: Some(60_000.0),
        valid_end_mjd: Some(60_001.0),
        status: CaltableStatus::Active,
        quality_metrics: None,
    }
}

async fn tables_are_found_by_their_names(writer: Writer) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["2025_3C286_gpcal", "2025_3C286_bpcal", "2025_3C286_0.ms", "2024_kcal"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("2025_3C286_kcal"), "a plain file").unwrap();
    let found = find_tables(&folder.path().join("2025")).unwrap();
    let types: Vec<_> =
        found.iter().map(|table| (table.table_type.as_str(), table.order_index)).collect();
    assert_eq!(types, [("BP", 30), ("GP", 50)]);
    let tables = Tables::new(&writer);
    let registered = tables.register_found(&description("S"), &found, NOW).await.unwrap();
    assert_eq!(registered.len(), 2);
    assert_eq!(registered[0].cal_field.as_deref(), Some("3C286"));
    assert!(find_tables(&folder.path().join("2026")).unwrap().is_empty());
    assert!(tables.register_found(&description("T"), &[], NOW).await.unwrap().is_empty());
    assert!(find_tables(std::path::Path::new("relative")).is_err());
    assert!(find_tables(std::path::Path::new("/no/such/place/x")).is_err());
}

async fn a_set_that_cannot_be_used_is_retired(writer: Writer) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a_bpcal")).unwrap();
    let found = find_tables(&folder.path().join("a")).unwrap();
    let tables = Tables::new(&writer);
    let good =
        tables.register_and_verify(&description("good"), &found, |_| true, NOW).await.unwrap();
    assert_eq!((good.fault, &good.tables[0].status), (None, &CaltableStatus::Active));

    let gone =
        tables.register_and_verify(&description("good"), &found, |_| false, NOW).await.unwrap();
    assert!(gone.fault.unwrap().contains("is not on disk"));
    assert_eq!(gone.tables[0].status, CaltableStatus::Retired);
    assert!(gone.tables[0].notes.as_deref().unwrap().starts_with("Retired: "));
    let none = tables.register_and_verify(&description("none"), &[], |_| true, NOW).await;
    assert!(matches!(none, Err(Error::NotFound { .. })));
    let failed = SetDescription { status: CaltableStatus::Failed, ..description("failed") };
    let kept = tables.register_and_verify(&failed, &found, |_| true, NOW).await.unwrap();
    assert_eq!(kept.fault, None, "what may not be applied need not be found");
}

async fn one_table_is_added_once(writer: Writer) {
    let tables = Tables::new(&writer);
    let named = caltable::ActiveModel { set_name: Set("S".to_owned()), ..row("/1", None, None) };
    let added = tables.add(named.clone(), NOW).await.unwrap();
    assert_eq!((added.active, added.created_at), (Some(true), NOW));
    assert!(matches!(tables.add(named, NOW).await, Err(Error::Conflict(_))));
    assert!(matches!(tables.add(row("/2", None, None), NOW).await, Err(Error::Invalid { .. })));
}

async fn overlaps_are_listed(writer: Writer) {
    register(&writer, "open", 1.0, vec![row("/open", None, Some(60_000.0))]).await;
    register(&writer, "meets", 1.0, vec![row("/meets", Some(60_001.0), Some(60_002.0))]).await;
    register(&writer, "later", 1.0, vec![row("/later", Some(60_001.1), None)]).await;
    let two =
        vec![row("/two", Some(59_999.0), Some(60_000.5)), row("/three", Some(60_000.2), None)];
    register(&writer, "two", 1.0, two).await;
    register(&writer, "new", 1.0, vec![row("/new", Some(60_000.0), Some(60_001.0))]).await;
    let new = NewSet {
        set_name: "new".to_owned(),
        valid_start_mjd: Some(60_000.0),
        valid_end_mjd: Some(60_001.0),
        refant: Some("24".to_owned()),
        ..NewSet::default()
    };
    let tables = Tables::new(&writer);
    let overlaps = tables.check_overlap(&new).await.unwrap();
    let windows: Vec<_> = overlaps
        .iter()
        .map(|set| (set.set_name.as_str(), set.valid_start_mjd, set.valid_end_mjd))
        .collect();
    let expected = [
        ("meets", Some(60_001.0), Some(60_002.0)),
        ("open", None, Some(60_000.0)),
        ("two", Some(59_999.0), None),
    ];
    assert_eq!(windows, expected);
    assert_eq!(overlaps[0].issues, ["its reference antenna is 103, not 24"]);
    let always = NewSet { set_name: "new".to_owned(), ..NewSet::default() };
    assert_eq!(tables.check_overlap(&always).await.unwrap().len(), 4);
    let inverted = NewSet { valid_end_mjd: Some(1.0), ..new };
    assert!(tables.check_overlap(&inverted).await.is_err());
}

async fn old_sets_make_room(writer: Writer) {
    let tables = Tables::new(&writer);
    let new = |start: Option<f64>| NewSet {
        set_name: "new".to_owned(),
        valid_start_mjd: start,
        ..NewSet::default()
    };
    let bandpass = row("/bandpass", Some(59_999.0), Some(60_001.0));
    let gain = row("/gain", Some(60_000.5), Some(60_000.6));
    register(&writer, "before", 1.0, vec![bandpass, gain]).await;
    register(&writer, "behind", 1.0, vec![row("/behind", Some(60_000.2), None)]).await;
    let refused = tables.resolve_overlap(&new(Some(60_000.0)), OverlapStrategy::Error).await;
    assert!(matches!(refused, Err(Error::Conflict(text)) if text.contains("before, behind")));

    let trimmed =
        tables.resolve_overlap(&new(Some(60_000.0)), OverlapStrategy::Trim).await.unwrap();
    assert_eq!(
        (trimmed.trimmed, trimmed.retired),
        (vec!["before".to_owned()], vec!["behind".to_owned()])
    );
    assert_eq!(trimmed.overlapping.len(), 2);
    let before = tables.list_by_set("before").await.unwrap();
    let ends: Vec<_> = before.iter().map(|t| (t.valid_end_mjd, t.status.as_str())).collect();
    // The gain would have ended before it began.
    assert_eq!(ends, [(Some(60_000.0), "active"), (Some(60_000.6), "retired")]);
    let behind = &tables.list_by_set("behind").await.unwrap()[0];
    assert_eq!(behind.notes.as_deref(), Some("Retired: Superseded by new"));

    // Before a set that is open at its start there is no room.
    let open = tables.resolve_overlap(&new(None), OverlapStrategy::Trim).await.unwrap();
    assert_eq!((open.retired, open.trimmed.len()), (vec!["before".to_owned()], 0));
    let nothing = tables.resolve_overlap(&new(None), OverlapStrategy::Retire).await.unwrap();
    assert!(nothing.overlapping.is_empty());
}

async fn two_sets_are_interpolated(writer: Writer) {
    let tables = Tables::new(&writer);
    let request = InterpolationRequest::new(60_000.5);
    let none = tables.interpolated_selection(&request).await;
    assert!(matches!(none, Err(Error::NotFound { .. })), "{none:?}");
    register(&writer, "a", 1.0, vec![row("/a", Some(60_000.0), Some(60_000.5))]).await;
    let alone = tables.interpolated_selection(&request).await.unwrap();
    assert_eq!(alone.method, InterpolationMethod::Extrapolated);
    assert_eq!(alone.warnings.len(), 0, "six hours are half of twelve");

    let gain = caltable::ActiveModel {
        order_index: Set(50),
        ..row("/b2", Some(60_000.5), Some(60_001.0))
    };
    register(&writer, "b", 1.0, vec![gain, row("/b1", Some(60_000.6), Some(60_001.1))]).await;
    let both = tables.interpolated_selection(&request).await.unwrap();
    assert_eq!(both.method, InterpolationMethod::Interpolated);
    let (a, b) = (both.before.unwrap(), both.after.unwrap());
    assert_eq!((a.set_name.as_str(), a.weight, a.midpoint_mjd), ("a", 0.5, 60_000.25));
    assert_eq!((b.set_name.as_str(), b.weight, b.midpoint_mjd), ("b", 0.5, 60_000.75));
    assert_eq!(b.tables.iter().map(|t| t.path.as_str()).collect::<Vec<_>>(), ["/b1", "/b2"]);
    tables.retire_set("b", None).await.unwrap();
    let again = tables.interpolated_selection(&request).await.unwrap();
    assert_eq!(again.method, InterpolationMethod::Extrapolated);
    let bad = InterpolationRequest { validity_hours: 0.0, ..request };
    assert!(matches!(tables.interpolated_selection(&bad).await, Err(Error::Invalid { .. })));
}

async fn provenance_and_impact_are_known(writer: Writer) {
    let tables = Tables::new(&writer);
    register(&writer, "S", 1.0, vec![row("/1", None, None), row("/2", None, None)]).await;
    let provenance = Provenance {
        source_ms_path: Some("/b.ms".to_owned()),
        solver_command: Some("gaincal".to_owned()),
        solver_version: Some("6.6".to_owned()),
        solver_params: Some(json!({"solint": "inf"}).into()),
        quality_metrics: Some(json!({"snr_median": 40.0}).into()),
    };
    let table = tables.track_provenance("/1", provenance.clone()).await.unwrap();
    assert_eq!(table.solver_version.as_deref(), Some("6.6"));
    assert_eq!(tables.get_provenance("/1").await.unwrap(), Some(provenance.clone()));
    assert_eq!(tables.get_provenance("/3").await.unwrap(), None);
    let unknown = tables.track_provenance("/3", provenance).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    assert_eq!(tables.query_by_source("/b.ms").await.unwrap(), [table]);

    let applied = calibration_applied::ActiveModel {
        ms_path: Set("/a.ms".to_owned()),
        caltable_path: Set("/2".to_owned()),
        applied_at: Set(NOW),
        ..Default::default()
    };
    Repository::<_, calibration_applied::Entity>::new(&writer).insert(applied).await.unwrap();
    let all = ["/1", "/2", "/3"].map(str::to_owned);
    assert_eq!(tables.impact_analysis(&all).await.unwrap(), ["/a.ms", "/b.ms"]);
    assert_eq!(tables.impact_analysis(&all[2..]).await.unwrap(), Vec::<String>::new());
}

async fn a_timeline_has_every_status(writer: Writer) {
    let tables = Tables::new(&writer);
    register(&writer, "open", 1.0, vec![row("/open", None, Some(60_000.0))]).await;
    register(&writer, "late", 1.0, vec![row("/late", Some(60_000.5), None)]).await;
    register(&writer, "early", 1.0, vec![row("/early", Some(59_999.5), Some(60_000.1))]).await;
    tables.retire_set("late", None).await.unwrap();
    let shown = tables.timeline(60_000.0, 60_001.0, 10).await.unwrap();
    let shown: Vec<_> = shown.iter().map(|table| table.path.as_str()).collect();
    assert_eq!(shown, ["/early", "/late", "/open"]);
    assert!(tables.timeline(60_001.0, 60_000.0, 10).await.is_err());
}
