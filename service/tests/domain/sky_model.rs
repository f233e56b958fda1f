//! Sky models: files and their rows.

use std::{env, fs};

use almanac_entity::{
    UnixTime,
    calibrators::{gain_calibrator, sky_model},
};
use almanac_service::{
    Error, Repository, Writer,
    calibrators::{ModelSource, NewSkyModel, read_sky_model},
};
use sea_orm::IntoActiveModel;
use uuid::Uuid;

engines! { Calibrators:
    a_sky_model_is_a_file_and_its_rows,
    a_sky_model_that_fails_leaves_no_file,
    a_sky_model_is_deleted_with_what_belongs_to_it,
}

/// A folder that is gone with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        Self(env::temp_dir().join(format!("almanac-{}", Uuid::now_v7().simple())))
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn model(field: &str, sources: &[(&str, f64)]) -> NewSkyModel {
    let source = |(name, flux): &(&str, f64)| ModelSource {
        name: Some((*name).to_owned()),
        ra_deg: 10.0,
        dec_deg: 30.0,
        flux_jy: Some(*flux),
        ..ModelSource::default()
    };
    NewSkyModel {
        field_id: field.to_owned(),
        sources: sources.iter().map(source).collect(),
        ..NewSkyModel::default()
    }
}

async fn create(writer: &Writer, folder: &Folder, new: NewSkyModel, at: f64) -> sky_model::Model {
    let transaction = writer.begin().await.unwrap();
    let models = Repository::<_, sky_model::Entity>::new(&transaction);
    let (model, file) = models.create_sky_model(&folder.0, new, UnixTime(at)).await.unwrap();
    transaction.commit().await.unwrap();
    file.keep();
    model
}

async fn a_sky_model_is_a_file_and_its_rows(writer: Writer) {
    let folder = Folder::new();
    let models = Repository::<_, sky_model::Entity>::new(&writer);
    let new = model("f1", &[("NVSS J1", 1.5), ("NVSS J2", 0.25)]);
    let first = create(&writer, &folder, new, 100.0).await;
    assert_eq!(folder.files(), ["f1.skymodel"]);
    assert_eq!((first.n_sources, first.total_flux_jy), (2, Some(1.75)));
    let file = read_sky_model(&folder.0, "f1.skymodel").unwrap();
    assert_eq!(file.sources[0].name, "NVSS_J1");
    let sources = models.sky_model_sources("f1").await.unwrap();
    assert_eq!(sources[0].source_name, "NVSS J1", "the database keeps the real name");
    let check = models.verify_sky_model(&folder.0, "f1", None).await.unwrap();
    assert_eq!((check.exists, check.faults), (true, vec![]));

    // At the same place again: its id stays, and what it has no more belongs to it no more.
    let again = create(&writer, &folder, model("f1", &[("NVSS J2", 0.5)]), 200.0).await;
    assert_eq!((again.id, again.n_sources), (first.id, 1));
    assert_eq!(models.sky_model_sources("f1").await.unwrap().len(), 1);
    assert_eq!(folder.files(), ["f1.skymodel"]);
    let other = NewSkyModel { output_path: Some("deep/f1.txt".to_owned()), ..model("f1", &[]) };
    let empty = create(&writer, &folder, other, 300.0).await;
    assert_eq!((empty.n_sources, empty.total_flux_jy), (0, Some(0.0)));
    assert_eq!(models.sky_model_of("f1").await.unwrap(), Some(empty));
    assert_eq!(models.sky_models(Some("f1"), 10, 0).await.unwrap().len(), 2);

    fs::write(folder.0.join("f1.skymodel"), "A 1 2 3\nB 1 2\n").unwrap();
    let check = models.verify_sky_model(&folder.0, "f1", Some("f1.skymodel")).await.unwrap();
    assert_eq!(check.faults.len(), 2, "{:?}", check.faults);
    fs::remove_file(folder.0.join("f1.skymodel")).unwrap();
    let check = models.verify_sky_model(&folder.0, "f1", Some("f1.skymodel")).await.unwrap();
    assert!(!check.exists);
}

async fn a_sky_model_that_fails_leaves_no_file(writer: Writer) {
    let folder = Folder::new();
    let refused = async |new: NewSkyModel| {
        let transaction = writer.begin().await.unwrap();
        let models = Repository::<_, sky_model::Entity>::new(&transaction);
        models.create_sky_model(&folder.0, new, UnixTime(1.0)).await.map(drop).unwrap_err()
    };
    let twice = refused(model("f1", &[("A", 1.0), ("A", 2.0)])).await;
    assert!(twice.to_string().starts_with("sources[1]: "), "{twice}");
    for field in ["", "a/b", ".."] {
        assert!(matches!(refused(model(field, &[])).await, Error::Invalid { .. }));
    }
    let outside = NewSkyModel { output_path: Some("../f1".to_owned()), ..model("f1", &[]) };
    assert!(matches!(refused(outside).await, Error::Invalid { .. }));
    assert!(folder.files().is_empty());

    // Not committed: neither rows nor file.
    let uncommitted = async |new: NewSkyModel| {
        let transaction = writer.begin().await.unwrap();
        let models = Repository::<_, sky_model::Entity>::new(&transaction);
        drop(models.create_sky_model(&folder.0, new, UnixTime(1.0)).await.unwrap());
        transaction.rollback().await.unwrap();
    };
    uncommitted(model("f1", &[("A", 1.0)])).await;
    assert!(folder.files().is_empty());
    create(&writer, &folder, model("f1", &[("A", 1.0)]), 1.0).await;
    let before = fs::read_to_string(folder.0.join("f1.skymodel")).unwrap();
    uncommitted(model("f1", &[("B", 9.0)])).await;
    assert_eq!(fs::read_to_string(folder.0.join("f1.skymodel")).unwrap(), before);
    assert_eq!(folder.files(), ["f1.skymodel"]);
    // The file of another field's model is not taken.
    let taken = NewSkyModel { output_path: Some("f1.skymodel".to_owned()), ..model("f2", &[]) };
    assert!(matches!(refused(taken).await, Error::Conflict(_)));
}

async fn a_sky_model_is_deleted_with_what_belongs_to_it(writer: Writer) {
    let folder = Folder::new();
    let models = Repository::<_, sky_model::Entity>::new(&writer);
    let gains = models.on::<gain_calibrator::Entity>();
    create(&writer, &folder, model("f1", &[("A", 1.0)]), 1.0).await;
    let second =
        NewSkyModel { output_path: Some("second".to_owned()), ..model("f1", &[("B", 1.0)]) };
    create(&writer, &folder, second, 2.0).await;
    let registered = gain_calibrator::Model {
        id: 0,
        field_id: "f1".to_owned(),
        source_name: "C".to_owned(),
        ra_deg: 1.0,
        dec_deg: 1.0,
        flux_jy: None,
        catalog_source: None,
        catalog_id: None,
        created_at: UnixTime(1.0),
        skymodel_path: None,
        notes: None,
        healpix: None,
    };
    let registered =
        gain_calibrator::ActiveModel { id: sea_orm::NotSet, ..registered.into_active_model() };
    gains.insert(sea_orm::ActiveModelTrait::reset_all(registered)).await.unwrap();
    let left = async || {
        let left = gains.gain_calibrators(Some("f1"), 10, 0).await.unwrap();
        left.into_iter().map(|row| row.source_name).collect::<Vec<_>>()
    };

    let deleted = models.delete_sky_model(&folder.0, "f1", Some("second"), false).await.unwrap();
    assert_eq!((deleted.models, deleted.gain_calibrators), (1, 1));
    // Dropped without a commit, the file is back.
    drop(deleted);
    assert_eq!(folder.files(), ["f1.skymodel", "second"]);
    assert_eq!(left().await, ["A", "C"]);
    let deleted = models.delete_sky_model(&folder.0, "f1", None, false).await.unwrap();
    assert_eq!((deleted.models, deleted.files.len()), (1, 0));
    assert_eq!(left().await, ["C"]);
    assert_eq!(folder.files(), ["f1.skymodel", "second"], "files stay unless it is said");
    let none = models.delete_sky_model(&folder.0, "f1", None, true).await;
    assert!(matches!(none, Err(Error::NotFound { .. })));

    create(&writer, &folder, model("f3", &[("A", 1.0)]), 1.0).await;
    let deleted = models.delete_sky_model(&folder.0, "f3", None, true).await.unwrap();
    for file in deleted.files {
        file.keep();
    }
    assert_eq!(folder.files(), ["f1.skymodel", "second"]);
}
