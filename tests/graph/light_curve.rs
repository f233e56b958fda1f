//! Light curves as the graph shows them.

use almanac_entity::{Database, UnixTime, products::photometry};
use almanac_service::Repository;
use sea_orm::Set;
use serde_json::json;

use crate::{
    support::{Engine, engines},
    world::{World, measurement, mid_mjd, source_id},
};

engines!(columns_and_points_say_the_same, epochs_are_the_observations, the_window_is_inclusive);

async fn columns_and_points_say_the_same(engine: Engine) {
    let world = World::with_images(engine, 4, 2).await;
    let source = source_id(1);
    let (data, statements) = world
        .count_statements(&format!(
            "{{ lightCurve(sourceId: \"{source}\") {{ count mjd fluxMjy errorMjy snr imageNoiseMjy fieldName approximateEpoch
                 points {{ mjd fluxMjy errorMjy snr imageNoiseMjy fieldName approximateEpoch }} }} }}"
        ))
        .await;
    assert_eq!(statements, 1);
    let curve = &data["lightCurve"];
    assert_eq!(curve["count"], 4);
    assert_eq!(curve["fieldName"], json!(["field 0", "field 1", "field 2", "field 3"]));
    assert_eq!(curve["approximateEpoch"], json!([false, false, false, false]));
    for (index, point) in curve["points"].as_array().unwrap().iter().enumerate() {
        for (column, value) in point.as_object().unwrap() {
            assert_eq!(*value, curve[column][index], "{column}");
        }
        let image = i32::try_from(index).unwrap();
        assert!((point["mjd"].as_f64().unwrap() - mid_mjd(image)).abs() < 1e-9);
        let flux = 10.0 + f64::from(image) * 1e-2;
        assert!((point["fluxMjy"].as_f64().unwrap() - flux).abs() < 1e-9);
    }
}

async fn epochs_are_the_observations(engine: Engine) {
    let world = World::with_images(engine, 2, 1).await;
    let products = world.sessions.begin(Database::Products).await.unwrap();
    let late = photometry::ActiveModel {
        mjd: Set(None),
        measured_at: Set(UnixTime::from_mjd(61_000.0)),
        source_id: Set("late".to_owned()),
        ..measurement(1, 0)
    };
    Repository::<_, photometry::Entity>::new(&products).insert(late).await.unwrap();
    products.commit().await.unwrap();
    let data = world.ask("{ lightCurve(sourceId: \"late\") { mjd approximateEpoch } }").await;
    assert_eq!(data["lightCurve"], json!({"mjd": [mid_mjd(1)], "approximateEpoch": [false]}));
}

async fn the_window_is_inclusive(engine: Engine) {
    let world = World::with_images(engine, 5, 1).await;
    let query = format!(
        "{{ lightCurve(sourceId: \"{}\", fromMjd: {}, toMjd: {}) {{ mjd }} }}",
        source_id(0),
        mid_mjd(1),
        mid_mjd(3)
    );
    let data = world.ask(&query).await;
    assert_eq!(data["lightCurve"]["mjd"], json!([mid_mjd(1), mid_mjd(2), mid_mjd(3)]));
    let none = world.ask("{ lightCurve(sourceId: \"nobody\") { count mjd } }").await;
    assert_eq!(none["lightCurve"], json!({"count": 0, "mjd": []}));
}
