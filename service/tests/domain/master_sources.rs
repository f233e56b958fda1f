//! The source catalogue.

use almanac_entity::master_sources::source;
use almanac_service::{
    Repository, Writer,
    master_sources::{CatalogCounts, CatalogView, ConeSearch},
};
use sea_orm::ActiveValue::Set;

engines! { MasterSources: a_cone_reaches_across_midnight_and_over_the_pole, views_hold_references }

fn row(name: &str, ra: f64, dec: f64, snr: f64) -> source::ActiveModel {
    source::ActiveModel {
        source_id: Set(name.to_owned()),
        ra_deg: Set(ra),
        dec_deg: Set(dec),
        s_nvss: Set(Some(snr / 1000.0)),
        snr_nvss: Set(Some(snr)),
        ..Default::default()
    }
}

async fn names(writer: &Writer, search: ConeSearch) -> Vec<String> {
    let near = Repository::<_, source::Entity>::new(writer).cone(&search).await.unwrap();
    near.into_iter().map(|near| near.source.source_id).collect()
}

const CONE: ConeSearch = ConeSearch {
    ra_deg: 0.0,
    dec_deg: 0.0,
    radius_deg: 1.0,
    view: CatalogView::Sources,
    min_flux_jy: None,
    limit: 100,
};

async fn a_cone_reaches_across_midnight_and_over_the_pole(writer: Writer) {
    let table = Repository::<_, source::Entity>::new(&writer);
    let rows = [
        row("west", 359.5, 0.0, 10.0),
        row("east", 0.5, 0.5, 20.0),
        row("corner", 0.9, 0.9, 30.0),
        row("pole", 10.0, 89.7, 5.0),
        row("beyond", 190.0, 89.8, 6.0),
    ];
    table.insert_many(rows).await.unwrap();
    assert_eq!(names(&writer, CONE).await, ["east", "west"]);
    assert_eq!(names(&writer, ConeSearch { min_flux_jy: Some(0.015), ..CONE }).await, ["east"]);
    assert_eq!(names(&writer, ConeSearch { limit: 1, ..CONE }).await, ["east"]);
    assert_eq!(names(&writer, ConeSearch { ra_deg: 360.0, ..CONE }).await, ["east", "west"]);
    let pole = ConeSearch { ra_deg: 10.0, dec_deg: 89.5, ..CONE };
    assert_eq!(names(&writer, pole).await, ["beyond", "pole"]);

    let nearest = table.nearest(359.5, 0.001, 5.0).await.unwrap().unwrap();
    assert_eq!(nearest.source.source_id, "west");
    assert!((nearest.separation_arcsec - 3.6).abs() < 1e-6);
    assert!(table.nearest(359.5, 0.01, 5.0).await.unwrap().is_none());
    let refused = table.cone(&ConeSearch { radius_deg: 0.0, ..CONE }).await.unwrap_err();
    assert!(refused.to_string().starts_with("radius_deg: "), "{refused}");
}

async fn views_hold_references(writer: Writer) {
    let table = Repository::<_, source::Entity>::new(&writer);
    let flags = |row| source::ActiveModel {
        resolved_flag: Set(Some(false)),
        confusion_flag: Set(Some(false)),
        ..row
    };
    let confused = source::ActiveModel {
        confusion_flag: Set(Some(true)),
        ..flags(row("confused", 0.3, 0.0, 50.0))
    };
    let rows = [flags(row("good", 0.1, 0.0, 8.0)), flags(row("final", 0.2, 0.0, 12.0)), confused];
    table.insert_many(rows).await.unwrap();
    let counts = CatalogCounts { sources: 3, good_references: 2, final_references: 1 };
    assert_eq!(table.counts().await.unwrap(), counts);
    let view = |view| names(&writer, ConeSearch { view, ..CONE });
    assert_eq!(view(CatalogView::GoodReferences).await, ["final", "good"]);
    assert_eq!(view(CatalogView::FinalReferences).await, ["final"]);
}
