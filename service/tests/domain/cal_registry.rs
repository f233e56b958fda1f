//! Calibration tables.

use almanac_entity::{
    UnixTime,
    cal_registry::{CaltableStatus, CaltableType, caltable},
};
use almanac_service::{
    Error, Repository, Writer,
    cal_registry::{ApplyList, ApplyListRequest, ApplyMethod},
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

engines! { CalRegistry:
    the_newest_set_that_is_valid_is_chosen,
    only_tables_valid_then_are_applied,
    the_nearest_set_is_taken_within_reach,
    a_named_set_is_judged_by_its_metrics,
    sets_that_differ_are_named,
    registration_keeps_ids,
    a_set_retires,
}

fn table(path: &str, order: i32, start: Option<f64>, end: Option<f64>) -> caltable::ActiveModel {
    caltable::ActiveModel {
        path: Set(path.to_owned()),
        table_type: Set(CaltableType::Bp),
        order_index: Set(order),
        valid_start_mjd: Set(start),
        valid_end_mjd: Set(end),
        ..Default::default()
    }
}

async fn register(writer: &Writer, set: &str, created: f64, rows: Vec<caltable::ActiveModel>) {
    let tables = Repository::<_, caltable::Entity>::new(writer);
    tables.register_set(set, rows, true, UnixTime(created)).await.unwrap();
}

/// The sets of the specification's validity examples.
async fn examples(writer: &Writer) {
    register(writer, "A", 100.0, vec![table("/A", 10, Some(60_000.0), Some(60_001.0))]).await;
    register(writer, "B", 200.0, vec![table("/B", 10, Some(60_000.4), Some(60_000.6))]).await;
    register(writer, "C", 150.0, vec![table("/C", 10, Some(60_000.5), None)]).await;
}

async fn apply(writer: &Writer, request: &ApplyListRequest) -> ApplyList {
    Repository::<_, caltable::Entity>::new(writer).apply_list(request).await.unwrap()
}

async fn set_at(writer: &Writer, mjd: f64) -> Option<String> {
    apply(writer, &ApplyListRequest::new(mjd)).await.set_name
}

fn paths(tables: &[caltable::Model]) -> Vec<&str> {
    tables.iter().map(|table| table.path.as_str()).collect()
}

async fn the_newest_set_that_is_valid_is_chosen(writer: Writer) {
    examples(&writer).await;
    let list = apply(&writer, &ApplyListRequest::new(60_000.5)).await;
    assert_eq!(list.set_name.as_deref(), Some("B"));
    assert_eq!((list.method, list.midpoint_mjd), (Some(ApplyMethod::Exact), Some(60_000.5)));
    assert_eq!((list.offset_hours, list.quality), (Some(0.0), Some(1.0)));
    assert_eq!(list.other_sets, ["C", "A"]);
    // Both ends belong to the window.
    let list = apply(&writer, &ApplyListRequest::new(60_000.6)).await;
    assert_eq!(list.set_name.as_deref(), Some("B"));
    assert!((list.quality.unwrap() - 0.9).abs() < 1e-9);
    assert_eq!(set_at(&writer, 60_002.0).await.as_deref(), Some("C"));

    let tables = Repository::<_, caltable::Entity>::new(&writer);
    tables.retire_set("C", None).await.unwrap();
    assert_eq!(apply(&writer, &ApplyListRequest::new(60_002.0)).await, ApplyList::default());
    assert_eq!(set_at(&writer, 60_000.9).await.as_deref(), Some("A"));

    let valid = tables.find_valid_for_mjd(60_000.5, Some(&CaltableType::Bp)).await.unwrap();
    assert_eq!(paths(&valid), ["/B", "/A"]);
    assert!(tables.find_valid_for_mjd(60_000.5, Some(&CaltableType::K)).await.unwrap().is_empty());
    assert_eq!(paths(&tables.valid_between(60_000.7, 60_005.0).await.unwrap()), ["/A"]);
    assert!(matches!(tables.find_valid_for_mjd(f64::NAN, None).await, Err(Error::Invalid { .. })));
}

async fn only_tables_valid_then_are_applied(writer: Writer) {
    let gain = table("/gain", 40, Some(60_000.0), Some(60_000.1));
    let delay = table("/delay", 10, None, Some(60_001.0));
    let bandpass = table("/bandpass", 20, Some(60_000.0), Some(60_001.0));
    register(&writer, "S", 1.0, vec![gain, bandpass, delay]).await;
    let request = ApplyListRequest::new(60_000.75);
    let list = apply(&writer, &request).await;
    assert_eq!(paths(&list.tables), ["/delay", "/bandpass"]);
    assert_eq!(paths(&list.excluded), ["/gain"]);
    let whole = apply(&writer, &ApplyListRequest { whole_set: true, ..request }).await;
    assert_eq!(paths(&whole.tables), ["/delay", "/bandpass", "/gain"]);
    assert!(whole.excluded.is_empty());
}

async fn the_nearest_set_is_taken_within_reach(writer: Writer) {
    register(&writer, "old", 1.0, vec![table("/old", 1, Some(60_000.0), Some(60_000.5))]).await;
    register(&writer, "new", 2.0, vec![table("/new", 1, Some(60_001.0), Some(60_001.5))]).await;
    let list = apply(&writer, &ApplyListRequest::new(60_000.625)).await;
    assert_eq!(
        (list.set_name.as_deref(), list.method),
        (Some("old"), Some(ApplyMethod::NearestBefore))
    );
    assert_eq!((list.offset_hours, list.quality), (Some(9.0), Some(0.25)));
    assert_eq!(list.warnings.len(), 1, "it is more than six hours away");
    assert_eq!(paths(&list.tables), ["/old"]);
    // At one distance the set registered last wins.
    let list = apply(
        &writer,
        &ApplyListRequest { validity_hours: 24.0, ..ApplyListRequest::new(60_000.75) },
    )
    .await;
    assert_eq!(
        (list.set_name.as_deref(), list.method),
        (Some("new"), Some(ApplyMethod::NearestAfter))
    );
    assert_eq!(list.other_sets, ["old"]);
    let strict = ApplyListRequest { nearest: false, ..ApplyListRequest::new(60_000.75) };
    assert_eq!(apply(&writer, &strict).await, ApplyList::default());
}

async fn a_named_set_is_judged_by_its_metrics(writer: Writer) {
    examples(&writer).await;
    let measured = caltable::ActiveModel {
        quality_metrics: Set(Some(json!({"snr_median": 25.0, "flagged_fraction": 0.1}).into())),
        ..table("/A", 10, Some(60_000.0), Some(60_001.0))
    };
    register(&writer, "A", 100.0, vec![measured]).await;
    let named =
        ApplyListRequest { set_name: Some("A".to_owned()), ..ApplyListRequest::new(60_000.75) };
    let list = apply(&writer, &named).await;
    assert_eq!((list.method, list.offset_hours), (Some(ApplyMethod::Named), Some(6.0)));
    // (1 - 6/24 + (0.5 + 0.9)/2) / 2
    assert!((list.quality.unwrap() - 0.725).abs() < 1e-12);
    let late = ApplyListRequest { mjd: 60_003.0, ..named };
    assert_eq!(paths(&apply(&writer, &late).await.excluded), ["/A"]);
    let nobody = ApplyListRequest { set_name: Some("none".to_owned()), ..late };
    assert_eq!(apply(&writer, &nobody).await, ApplyList::default());
}

async fn sets_that_differ_are_named(writer: Writer) {
    let solved = |path: &str, refant: Option<&str>, field: &str| caltable::ActiveModel {
        refant: Set(refant.map(str::to_owned)),
        cal_field: Set(Some(field.to_owned())),
        ..table(path, 10, None, None)
    };
    register(&writer, "one", 3.0, vec![solved("/1", Some("103"), "3C286")]).await;
    register(&writer, "two", 2.0, vec![solved("/2", Some("24"), "3C48")]).await;
    register(&writer, "three", 1.0, vec![solved("/3", None, "3C286")]).await;
    let warnings = apply(&writer, &ApplyListRequest::new(60_000.0)).await.warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("two") && warnings[0].contains("24"), "{warnings:?}");
    assert!(warnings[1].contains("3C48"), "{warnings:?}");
}

async fn registration_keeps_ids(writer: Writer) {
    let tables = Repository::<_, caltable::Entity>::new(&writer);
    let first = caltable::ActiveModel {
        notes: Set(Some("good".to_owned())),
        ..table("/1", 20, Some(1.0), Some(2.0))
    };
    let rows = vec![first, table("/2", 10, None, None)];
    let before = tables.register_set("S", rows, true, UnixTime(1.0)).await.unwrap();
    assert_eq!(paths(&before), ["/2", "/1"]);
    assert_eq!(before[0].active, Some(true));

    let failed = caltable::ActiveModel {
        status: Set(CaltableStatus::Failed),
        ..table("/1", 20, Some(1.0), None)
    };
    let rows = vec![failed.clone(), table("/3", 30, None, None)];
    let after = tables.register_set("S", rows, true, UnixTime(2.0)).await.unwrap();
    assert_eq!(
        (after[0].id, after[0].valid_end_mjd, after[0].active),
        (before[1].id, None, Some(false))
    );
    assert_eq!((after[0].notes.as_deref(), after[0].created_at), (Some("good"), UnixTime(2.0)));
    let kept =
        tables.register_set("S", vec![table("/1", 9, None, None)], false, UnixTime(3.0)).await;
    assert_eq!(kept.unwrap(), [after[0].clone()]);

    for (row, fault) in [
        (caltable::ActiveModel { set_name: Set("T".to_owned()), ..failed }, "set_name"),
        (table("/4", 1, Some(2.0), Some(1.0)), "valid_end_mjd"),
        (table(" ", 1, None, None), "path"),
    ] {
        let refused = tables.register_set("S", vec![row], true, UnixTime(4.0)).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Invalid { argument, .. } if argument == fault),
            "{refused}"
        );
    }
}

async fn a_set_retires(writer: Writer) {
    examples(&writer).await;
    let tables = Repository::<_, caltable::Entity>::new(&writer);
    assert_eq!(tables.retire_set("A", Some("bad antenna")).await.unwrap(), 1);
    assert_eq!(tables.retire_set("A", Some("again")).await.unwrap(), 0);
    let retired = &tables.list_by_set("A").await.unwrap()[0];
    assert_eq!((retired.active, &retired.status), (Some(false), &CaltableStatus::Retired));
    assert_eq!(retired.notes.as_deref(), Some("Retired: bad antenna"));
    let sets = tables.list_sets().await.unwrap();
    let sets: Vec<_> =
        sets.iter().map(|set| (set.set_name.as_str(), set.tables, set.active)).collect();
    assert_eq!(sets, [("B", 1, 1), ("C", 1, 1), ("A", 1, 0)]);
    assert!(tables.list_for_ms("/none.ms").await.unwrap().is_empty());
}
