//! A small survey, and a client of its graph.

use almanac_api::{Graph, graph};
use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    cal_registry::caltable,
    master_sources::source,
    products::{ImageType, image, ms_index, photometry},
};
use almanac_service::{Repository, Sessions, access::Access};
use async_graphql::Request;
use sea_orm::Set;
use serde_json::Value as Json;

use crate::support::{Engine, TestDatabase};

/// The databases that the graph of these tests reads, and the graph.
pub(crate) struct World {
    _databases: Vec<TestDatabase>,
    pub(crate) sessions: Sessions,
    graph: Graph,
}

impl World {
    /// Empty databases: those of the images.
    pub(crate) async fn new(engine: Engine) -> Self {
        let databases = [Database::Products, Database::CalRegistry, Database::MasterSources];
        Self::of(engine, &databases).await
    }

    /// These databases, empty.
    pub(crate) async fn of(engine: Engine, wanted: &[Database]) -> Self {
        let mut databases = Vec::new();
        for database in wanted.iter().copied() {
            databases.push(TestDatabase::migrated(database, engine).await);
        }
        let addresses = databases.iter().map(|test| test.address().clone()).collect();
        let sessions = Sessions::new(addresses);
        Self { _databases: databases, graph: graph(sessions.clone()), sessions }
    }

    /// Images of an observation each, one after the other, with `measurements` each of as many sources;
    /// every observation has two calibration tables, and one that is retired.
    pub(crate) async fn with_images(engine: Engine, images: i32, measurements: i32) -> Self {
        let world = Self::new(engine).await;
        let products = world.sessions.begin(Database::Products).await.unwrap();
        let sets = (0..images).map(measurement_set);
        Repository::<_, ms_index::Entity>::new(&products).insert_many(sets).await.unwrap();
        Repository::<_, image::Entity>::new(&products)
            .insert_many((0..images).map(image))
            .await
            .unwrap();
        let rows = (0..images).flat_map(|i| (0..measurements).map(move |s| measurement(i, s)));
        Repository::<_, photometry::Entity>::new(&products).insert_many(rows).await.unwrap();
        products.commit().await.unwrap();

        let registry = world.sessions.begin(Database::CalRegistry).await.unwrap();
        let tables = (0..images).flat_map(|i| {
            [("BP", "active"), ("GP", "active"), ("K", "retired")]
                .map(|(kind, status)| table(i, kind, status))
        });
        Repository::<_, caltable::Entity>::new(&registry).insert_many(tables).await.unwrap();
        registry.commit().await.unwrap();

        let catalogue = world.sessions.begin(Database::MasterSources).await.unwrap();
        let sources = (0..measurements).map(|index| source::ActiveModel {
            source_id: Set(source_id(index)),
            ra_deg: Set(f64::from(index % 360)),
            dec_deg: Set(16.27),
            ..Default::default()
        });
        Repository::<_, source::Entity>::new(&catalogue).insert_many(sources).await.unwrap();
        catalogue.commit().await.unwrap();
        world
    }

    /// The whole response to a query.
    pub(crate) async fn respond(&self, query: &str) -> Json {
        let response = self.graph.execute(Request::new(query)).await;
        serde_json::to_value(response).unwrap()
    }

    /// The same, for somebody.
    pub(crate) async fn respond_to(&self, query: &str, access: Access) -> Json {
        let response = self.graph.execute(Request::new(query).data(access)).await;
        serde_json::to_value(response).unwrap()
    }

    /// The data of a response that has no errors.
    pub(crate) async fn ask(&self, query: &str) -> Json {
        let response = self.respond(query).await;
        assert_eq!(response.get("errors"), None, "{query}");
        response["data"].clone()
    }

    /// The code and the message of the only error of a response.
    pub(crate) async fn refusal(&self, query: &str) -> (String, String) {
        let response = self.respond(query).await;
        let errors =
            response["errors"].as_array().unwrap_or_else(|| panic!("{query} was answered"));
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        (text(&errors[0]["extensions"]["code"]), text(&errors[0]["message"]))
    }

    /// The data, and how many statements it took.
    pub(crate) async fn count_statements(&self, query: &str) -> (Json, u64) {
        let before = self.sessions.statements();
        let data = self.ask(query).await;
        (data, self.sessions.statements() - before)
    }
}

pub(crate) fn source_id(index: i32) -> String {
    format!("NVSS J{index:06}+161600")
}

/// The middle of an observation, MJD: one every 7.2 minutes.
pub(crate) fn mid_mjd(image: i32) -> f64 {
    60_000.0 + f64::from(image) / 200.0
}

pub(crate) fn measurement_set(index: i32) -> ms_index::ActiveModel {
    ms_index::ActiveModel {
        path: Set(format!("/ms/{index:05}.ms")),
        mid_mjd: Set(Some(mid_mjd(index))),
        field_name: Set(Some(format!("field {index}"))),
        ..Default::default()
    }
}

pub(crate) fn image(index: i32) -> image::ActiveModel {
    image::ActiveModel {
        path: Set(format!("/images/{index:05}.fits")),
        ms_path: Set(format!("/ms/{index:05}.ms")),
        created_at: Set(UnixTime(1.7e9 + f64::from(index))),
        kind: Set(ImageType::Image),
        // A third has no noise, and noises repeat: orders with nulls and ties.
        noise_jy: Set((index % 3 != 0).then(|| f64::from(index % 7) * 1e-4)),
        field_name: Set(Some(format!("field {index}"))),
        ..Default::default()
    }
}

pub(crate) fn measurement(image: i32, source: i32) -> photometry::ActiveModel {
    photometry::ActiveModel {
        image_path: Set(format!("/images/{image:05}.fits")),
        source_id: Set(source_id(source)),
        ra_deg: Set(f64::from(source % 360)),
        dec_deg: Set(16.27),
        peak_jyb: Set(0.01 + f64::from(image) * 1e-5),
        peak_err_jyb: Set(Some(1e-3)),
        measured_at: Set(UnixTime(1.8e9)),
        mjd: Set(Some(mid_mjd(image))),
        ..Default::default()
    }
}

fn table(image: i32, kind: &str, status: &str) -> caltable::ActiveModel {
    caltable::ActiveModel {
        set_name: Set(format!("set {image}")),
        path: Set(format!("/cal/{image:05}.{kind}")),
        table_type: Set(kind.into()),
        order_index: Set(if kind == "BP" { 30 } else { 50 }),
        valid_start_mjd: Set(Some(mid_mjd(image) - 0.001)),
        valid_end_mjd: Set(Some(mid_mjd(image) + 0.001)),
        created_at: Set(UnixTime(1.7e9)),
        status: Set(status.into()),
        ..Default::default()
    }
}
