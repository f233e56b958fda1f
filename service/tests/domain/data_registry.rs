//! Data products, and their files on the way to publication.

use std::{
    fs,
    path::{Path, PathBuf},
};

use almanac_entity::{
    UnixTime,
    data_registry::{
        DataFinalizationStatus, DataPhotometryStatus, DataQaStatus, DataStatus, DataType,
        DataValidationStatus, PublishMode, data_product, data_relationship, data_tag,
    },
};
use almanac_service::{
    Error, Filter, Repository, Sessions, Work,
    access::{Operation, Principal, Role},
    data_registry::{Obstacle, PublicationRoots, PublishOutcome, Publisher, Registration},
};
use serde_json::json;
use tempfile::TempDir;

several! { [DataRegistry]:
    a_registration_again_keeps_what_was_published,
    words_and_paths_are_checked,
    a_final_product_is_published_where_its_criteria_hold,
    what_is_there_is_not_written_over,
    attempts_are_counted,
    nothing_outside_the_roots_is_moved,
    an_interrupted_publication_is_finished_or_taken_back,
    one_of_many_publishes,
    products_have_relatives_and_tags,
}

/// The instant of each piece of work.
const NOW: UnixTime = UnixTime(1_763_712_000.0);

struct World {
    sessions: Sessions,
    folder: TempDir,
    roots: PublicationRoots,
}

impl World {
    fn new(sessions: Sessions) -> Self {
        let folder = TempDir::new().unwrap();
        let roots = PublicationRoots {
            staging: vec![folder.path().join("stage")],
            products: folder.path().join("products"),
        };
        fs::create_dir(&roots.staging[0]).unwrap();
        Self { sessions, folder, roots }
    }

    fn work(&self, operation: Operation) -> Work {
        let operator = Principal::new("ada", Role::Operator);
        self.sessions.work(Some(&operator), operation, None, NOW).unwrap()
    }

    fn staged(&self, name: &str) -> PathBuf {
        self.roots.staging[0].join(name)
    }

    /// Stages a file that holds its own name, and registers it.
    async fn stage(&self, data_type: &str, name: &str) -> data_product::Model {
        fs::write(self.staged(name), name).unwrap();
        self.register(data_type, name, &self.staged(name)).await.unwrap()
    }

    async fn register(
        &self,
        data_type: &str,
        name: &str,
        path: &Path,
    ) -> almanac_service::Result<data_product::Model> {
        let work = self.work(Operation::RegisterDataProduct);
        let registration = Registration {
            data_type: data_type.into(),
            data_id: name.to_owned(),
            stage_path: path.display().to_string(),
            metadata: Some(json!({"field": "3C286"}).into()),
            auto_publish: true,
        };
        let products = work.table::<data_product::Entity>().await?;
        let product = products.register(registration, work.now()).await?;
        work.commit().await?;
        Ok(product)
    }

    async fn finalize(&self, name: &str) -> PublishOutcome {
        let work = self.work(Operation::FinalizeDataProduct);
        let publisher = Publisher::new(self.roots.clone(), &work);
        let (qa, validation) = (DataQaStatus::Passed, DataValidationStatus::Validated);
        publisher.finalize(name, Some(qa), Some(validation)).await.unwrap()
    }

    async fn auto(&self, name: &str) -> almanac_service::Result<PublishOutcome> {
        let work = self.work(Operation::TriggerAutoPublish);
        Publisher::new(self.roots.clone(), &work).auto(name).await
    }

    async fn manual(
        &self,
        name: &str,
        target: Option<&str>,
    ) -> almanac_service::Result<PublishOutcome> {
        let work = self.work(Operation::PublishDataProduct);
        Publisher::new(self.roots.clone(), &work).manual(name, target).await
    }

    async fn recover(&self, name: &str) -> PublishOutcome {
        let work = self.work(Operation::RecoverDataPublications);
        Publisher::new(self.roots.clone(), &work).recover(name).await.unwrap()
    }

    async fn product(&self, name: &str) -> data_product::Model {
        let reader = self.sessions.reader(almanac_database::Database::DataRegistry).await.unwrap();
        Repository::<_, data_product::Entity>::new(&reader).get_by_data_id(name).await.unwrap()
    }

    /// Leaves a product as a process does that died while it moved `name` to `target`.
    async fn interrupt(&self, name: &str, target: Option<&Path>) {
        let work = self.work(Operation::UpdateDataProductStatus);
        let products = work.table::<data_product::Entity>().await.unwrap();
        let product =
            products.update_status(name, DataStatus::Publishing, None, NOW).await.unwrap();
        work.commit().await.unwrap();
        let Some(target) = target else { return };
        let journals = self.roots.products.join(".publishing");
        fs::create_dir_all(&journals).unwrap();
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let journal = json!({
            "data_id": name,
            "source": self.staged(name).canonicalize().unwrap_or_else(|_| self.staged(name)),
            "target": target,
            "mode": "auto",
        });
        fs::write(journals.join(format!("{}.json", product.id)), journal.to_string()).unwrap();
    }
}

fn held(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

async fn a_registration_again_keeps_what_was_published(sessions: Sessions) {
    let world = World::new(sessions);
    let first = world.stage("image", "a.fits").await;
    assert_eq!((&first.status, first.created_at), (&DataStatus::Staging, NOW));
    assert_eq!(first.base_path, world.roots.staging[0].display().to_string());
    let published = world.manual("a.fits", None).await.unwrap().product;
    let work = world.work(Operation::TagDataProduct);
    work.table::<data_tag::Entity>().await.unwrap().tag("a.fits", "press").await.unwrap();
    work.commit().await.unwrap();

    let again = world.stage("image", "a.fits").await;
    assert_eq!((again.id, &again.status), (first.id, &DataStatus::Staging));
    assert_eq!(again.finalization_status, Some(DataFinalizationStatus::Pending));
    assert_eq!(again.published_path, published.published_path);
    assert_eq!(again.published_at, published.published_at);
    let reader = world.sessions.reader(almanac_database::Database::DataRegistry).await.unwrap();
    let tags = Repository::<_, data_tag::Entity>::new(&reader);
    assert_eq!(tags.by_tag("press", 10, 0).await.unwrap().len(), 1);
    let products = tags.on::<data_product::Entity>();
    world.stage("ms", "b.ms").await;
    let image = DataType::Image;
    let (listed, total) =
        products.list_products(Some(&image), Some(&DataStatus::Staging), 10, 0).await.unwrap();
    assert_eq!((listed.len(), total), (1, 1));
    assert_eq!(products.list_by_status(&DataStatus::Staging, None, 1).await.unwrap().len(), 1);
}

async fn words_and_paths_are_checked(sessions: Sessions) {
    let world = World::new(sessions);
    for (data_type, name, path) in
        [("image", " ", "/stage/a"), ("image", "a", "stage/a"), ("", "a", "/stage/a")]
    {
        let refused = world.register(data_type, name, Path::new(path)).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{data_type} {name} {path}");
    }
    world.stage("image", "a").await;
    let work = world.work(Operation::UpdateDataProductStatus);
    let products = work.table::<data_product::Entity>().await.unwrap();
    for (status, path) in [
        ("published", None),
        ("elsewhere", None),
        ("staging", Some("/p")),
        ("published", Some("p")),
    ] {
        let refused = products.update_status("a", status.into(), path, NOW).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{status} {path:?}");
    }
    let done = products.update_status("a", DataStatus::Published, Some("/p/a"), NOW).await.unwrap();
    assert_eq!(done.published_path.as_deref(), Some("/p/a"));
    assert_eq!((done.published_at, done.publish_mode), (Some(NOW), Some(PublishMode::Manual)));
    let linked = products.link_photometry("a", "7").await.unwrap();
    assert_eq!(linked.photometry_status, Some(DataPhotometryStatus::Pending));
    let measured = products.set_photometry("a", DataPhotometryStatus::Completed, None).await;
    assert_eq!(measured.unwrap().photometry_job_id.as_deref(), Some("7"));
    assert!(matches!(products.get_by_data_id("none").await, Err(Error::NotFound { .. })));
}

async fn a_final_product_is_published_where_its_criteria_hold(sessions: Sessions) {
    let world = World::new(sessions);
    world.stage("mosaic", "m.fits").await;
    let waits = world.finalize("m.fits").await;
    assert!(!waits.published);
    assert_eq!(waits.criteria.unwrap().obstacles, [Obstacle::PhotometryIncomplete]);
    assert!(matches!(world.auto("m.fits").await, Err(Error::Conflict(_))));
    assert!(world.staged("m.fits").exists());

    // A measurement set is a directory.
    let set = world.staged("a.ms");
    fs::create_dir_all(set.join("ANTENNA")).unwrap();
    fs::write(set.join("ANTENNA/table.dat"), "antennas").unwrap();
    world.register("calib_ms", "a", &set).await.unwrap();
    let outcome = world.finalize("a").await;
    assert!(outcome.published, "{outcome:?}");
    let product = outcome.product;
    let target = world.roots.products.canonicalize().unwrap().join("ms/a.ms");
    assert_eq!(product.published_path.as_deref(), target.to_str());
    assert_eq!(
        (product.status, product.publish_mode),
        (DataStatus::Published, Some(PublishMode::Auto))
    );
    assert_eq!((product.published_at, product.publish_attempts), (Some(NOW), Some(0)));
    assert_eq!(held(target.join("ANTENNA/table.dat")), "antennas");
    assert!(!set.exists());
    assert!(matches!(world.auto("a").await, Err(Error::Conflict(_))));

    let folder = |word: &str, name: &str| format!("{word} {name}");
    for (word, directory) in [
        ("raw_ms", "ms"),
        ("calibration_table", "caltables"),
        ("image", "images"),
        ("catalog", "catalogs"),
        ("qa", "qa"),
        ("metadata", "metadata"),
        ("something", "misc"),
    ] {
        let name = folder(word, "x");
        world.stage(word, &name).await;
        assert!(world.finalize(&name).await.published, "{word}");
        assert_eq!(held(world.roots.products.join(directory).join(&name)), name);
    }
}

async fn what_is_there_is_not_written_over(sessions: Sessions) {
    let world = World::new(sessions);
    for expected in ["a.fits", "a_20251121T080000Z.fits", "a_20251121T080000Z-2.fits"] {
        world.stage("image", "a.fits").await;
        let outcome = world.manual("a.fits", None).await.unwrap();
        assert!(outcome.published, "{outcome:?}");
        let path = outcome.product.published_path.unwrap();
        assert!(path.ends_with(&format!("/images/{expected}")), "{path}");
        assert_eq!(held(path), "a.fits");
    }
    world.stage("image", "b.fits").await;
    let outcome = world.manual("b.fits", Some("press/2025/b.fits")).await.unwrap();
    assert!(outcome.product.published_path.unwrap().ends_with("/products/press/2025/b.fits"));
}

async fn attempts_are_counted(sessions: Sessions) {
    let world = World::new(sessions);
    world.stage("image", "a.fits").await;
    fs::remove_file(world.staged("a.fits")).unwrap();
    let outcome = world.finalize("a.fits").await;
    assert!(!outcome.published);
    for attempt in 2..=3 {
        let product = world.auto("a.fits").await.unwrap().product;
        assert_eq!(
            (product.publish_attempts, product.status),
            (Some(attempt), DataStatus::Staging)
        );
        assert!(product.publish_error.is_some());
    }
    let reader = world.sessions.reader(almanac_database::Database::DataRegistry).await.unwrap();
    let products = Repository::<_, data_product::Entity>::new(&reader);
    assert!(products.list_pending_publish(10).await.unwrap().is_empty());
    let refused = world.auto("a.fits").await;
    assert!(matches!(refused, Err(Error::Conflict(message)) if message.contains("by hand")));
    let by_hand = world.manual("a.fits", None).await.unwrap().product;
    assert_eq!(by_hand.publish_attempts, Some(1), "a person starts anew");
    assert_eq!(products.list_pending_publish(10).await.unwrap().len(), 1);
    fs::write(world.staged("a.fits"), "back").unwrap();
    let product = world.manual("a.fits", None).await.unwrap().product;
    assert_eq!((product.publish_attempts, product.publish_error), (Some(0), None));

    // An error of any length fits.
    let name = "é".repeat(120);
    let path = world.staged(&name).join(&name).join(&name).join(&name).join(&name);
    world.register("metadata", "deep", &path).await.unwrap();
    let product = world.manual("deep", None).await.unwrap().product;
    assert!(product.publish_error.unwrap().chars().count() <= 500);
}

async fn nothing_outside_the_roots_is_moved(sessions: Sessions) {
    let world = World::new(sessions);
    let secret = world.folder.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    let link = world.staged("link");
    std::os::unix::fs::symlink(&secret, &link).unwrap();
    let inner = world.staged("folder");
    std::os::unix::fs::symlink(world.folder.path(), &inner).unwrap();
    let paths = [
        secret.clone(),
        link.clone(),
        inner.join("secret"),
        world.staged("../secret"),
        world.roots.staging[0].clone(),
    ];
    for (number, path) in paths.iter().enumerate() {
        let name = format!("p{number}");
        world.register("metadata", &name, path).await.unwrap();
        let outcome = world.manual(&name, None).await.unwrap();
        assert!(!outcome.published, "{}", path.display());
        assert_eq!(outcome.product.status, DataStatus::Staging);
    }
    assert_eq!(held(&secret), "secret");
    world.stage("metadata", "a").await;
    for target in ["../a", "/etc/a", "x/../../a", "", ".publishing/a", "."] {
        let refused = world.manual("a", Some(target)).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{target:?}: {refused:?}");
    }
    // A link that leads out of the products.
    std::os::unix::fs::symlink("/", world.roots.products.join("out")).unwrap();
    let outcome = world.manual("a", Some("out/tmp/almanac-a")).await.unwrap();
    assert!(!outcome.published && world.staged("a").exists());
}

async fn an_interrupted_publication_is_finished_or_taken_back(sessions: Sessions) {
    let world = World::new(sessions);
    let root = world.roots.products.clone();
    fs::create_dir_all(&root).unwrap();
    let target = |name: &str| root.canonicalize().unwrap().join("metadata").join(name);

    // Before anything was moved, with half a copy.
    world.stage("metadata", "before").await;
    world.interrupt("before", Some(&target("before"))).await;
    fs::write(target(".before.partial"), "bef").unwrap();
    let outcome = world.recover("before").await;
    assert_eq!((outcome.published, outcome.product.publish_attempts), (false, Some(1)));
    assert!(world.staged("before").exists() && !target(".before.partial").exists());

    // After the move.
    world.stage("metadata", "after").await;
    world.interrupt("after", Some(&target("after"))).await;
    fs::rename(world.staged("after"), target("after")).unwrap();
    let product = world.recover("after").await.product;
    assert_eq!(
        (product.status, product.publish_mode),
        (DataStatus::Published, Some(PublishMode::Auto))
    );
    assert_eq!(product.published_path.as_deref(), target("after").to_str());

    // Between the copy and the removal of the original.
    world.stage("metadata", "both").await;
    world.interrupt("both", Some(&target("both"))).await;
    fs::copy(world.staged("both"), target("both")).unwrap();
    assert!(world.recover("both").await.published && !world.staged("both").exists());

    // Somebody else took the name: the next attempt takes another.
    world.stage("metadata", "taken").await;
    world.interrupt("taken", Some(&target("taken"))).await;
    fs::write(target("taken"), "another's").unwrap();
    let refused = world.auto("taken").await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "it is not final");
    let outcome = world.manual("taken", None).await.unwrap();
    assert_eq!(held(outcome.product.published_path.unwrap()), "taken");
    assert_eq!(held(target("taken")), "another's");

    // Neither is there.
    world.stage("metadata", "lost").await;
    world.interrupt("lost", Some(&target("lost"))).await;
    fs::remove_file(world.staged("lost")).unwrap();
    let error = world.recover("lost").await.product.publish_error.unwrap();
    assert!(error.contains("neither"), "{error}");

    // Another program's, which may still run.
    world.stage("metadata", "other").await;
    world.interrupt("other", None).await;
    assert!(matches!(world.manual("other", None).await, Err(Error::Conflict(_))));
    assert_eq!(world.recover("other").await.product.status, DataStatus::Staging);
    assert!(world.manual("other", None).await.unwrap().published);
}

async fn one_of_many_publishes(sessions: Sessions) {
    let world = World::new(sessions);
    world.stage("metadata", "a").await;
    let attempts = tokio::join!(
        world.manual("a", None),
        world.manual("a", None),
        world.manual("a", None),
        world.manual("a", None),
    );
    let attempts = [attempts.0, attempts.1, attempts.2, attempts.3];
    let published =
        attempts.iter().filter(|attempt| attempt.as_ref().is_ok_and(|one| one.published));
    assert_eq!(published.count(), 1, "{attempts:?}");
    let refused = attempts.iter().filter(|attempt| matches!(attempt, Err(Error::Conflict(_))));
    assert_eq!(refused.count(), 3, "{attempts:?}");
    let files = fs::read_dir(world.roots.products.join("metadata")).unwrap().count();
    assert_eq!(files, 1);
    assert_eq!(world.product("a").await.status, DataStatus::Published);
}

async fn products_have_relatives_and_tags(sessions: Sessions) {
    let world = World::new(sessions);
    for name in ["a", "b", "c"] {
        world.stage("metadata", name).await;
    }
    let work = world.work(Operation::LinkDataProducts);
    let relationships = work.table::<data_relationship::Entity>().await.unwrap();
    assert!(relationships.link("a", "b", "produced".into()).await.unwrap());
    assert!(!relationships.link("a", "b", "produced".into()).await.unwrap());
    assert!(relationships.link("a", "c", "produced".into()).await.unwrap());
    assert!(relationships.link("a", "b", "of its own".into()).await.unwrap());
    let missing = relationships.link("a", "none", "produced".into()).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    assert!(matches!(relationships.link("a", "a", "x".into()).await, Err(Error::Invalid { .. })));
    let lineage = relationships.lineage("a").await.unwrap();
    assert!(lineage.parents.is_empty());
    let children: Vec<_> =
        lineage.children.iter().map(|(kind, names)| (kind.as_str(), names.join(" "))).collect();
    assert_eq!(children, [("of its own", "b".to_owned()), ("produced", "b c".to_owned())]);
    assert_eq!(relationships.lineage("c").await.unwrap().parents[0].1, ["a"]);

    let tags = work.table::<data_tag::Entity>().await.unwrap();
    assert!(tags.tag("a", " press ").await.unwrap() && !tags.tag("a", "press").await.unwrap());
    assert!(matches!(tags.tag("none", "press").await, Err(Error::NotFound { .. })));
    assert!(tags.untag("a", "press").await.unwrap() && !tags.untag("a", "press").await.unwrap());
    assert_eq!(tags.count(&Filter::default()).await.unwrap(), 0);
}
