//! Mosaics and the groups they are made of.

use almanac_entity::{
    UnixTime,
    products::{
        ImageType, MosaicGroupStatus, MosaicStatus, image, mosaic, mosaic_group, mosaic_membership,
        ms_index,
    },
};
use almanac_service::{
    Error, Filter, Order, Repository, Writer,
    products::{GroupRules, ms_paths},
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

engines! { Products:
    mosaics_are_found_by_what_people_call_them,
    a_mosaic_of_a_known_path_keeps_its_id,
    tiles_that_are_missing_are_shown,
    groups_follow_each_other_and_share_two,
    a_group_keeps_to_one_declination,
    a_group_goes_its_way,
    groups_that_do_not_belong_together_are_refused,
}

const NOW: UnixTime = UnixTime(1_760_000_000.0);

fn new_mosaic(path: &str, name: &str, start_mjd: f64) -> mosaic::ActiveModel {
    mosaic::ActiveModel {
        path: Set(path.to_owned()),
        name: Set(name.to_owned()),
        start_mjd: Set(start_mjd),
        end_mjd: Set(start_mjd + 0.04),
        ..Default::default()
    }
}

async fn mosaics_are_found_by_what_people_call_them(writer: Writer) {
    let mosaics = Repository::<_, mosaic::Entity>::new(&writer);
    for (number, start) in [60_950.2, 60_950.1, 60_951.0].into_iter().enumerate() {
        let row = new_mosaic(&format!("/m{number}.fits"), "hourly", start);
        mosaics.add(row, UnixTime(NOW.0 + number as f64)).await.unwrap();
    }
    let recent = mosaics.list_recent(2).await.unwrap();
    let paths =
        |rows: &[mosaic::Model]| rows.iter().map(|row| row.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&recent), ["/m2.fits", "/m1.fits"]);
    // Both ends belong to the time asked for.
    let at_noon = mosaics.list_by_time(60_950.14, 60_950.2, 100).await.unwrap();
    assert_eq!(paths(&at_noon), ["/m1.fits", "/m0.fits"]);
    assert_eq!(paths(&mosaics.list_by_time(60_950.5, 60_950.9, 100).await.unwrap()), [""; 0]);
    let refused = mosaics.list_by_time(2.0, 1.0, 9).await.unwrap_err();
    assert!(refused.to_string().starts_with("start_mjd: "), "{refused}");

    let found = async |text: &str| {
        mosaics.find_by_id_name_or_path(text).await.unwrap().map(|mosaic| mosaic.path)
    };
    assert_eq!(found("hourly").await.as_deref(), Some("/m2.fits"));
    assert_eq!(found("/m0.fits").await.as_deref(), Some("/m0.fits"));
    assert_eq!(found(&recent[1].id.to_string()).await.as_deref(), Some("/m1.fits"));
    assert_eq!(found("").await, None);

    let known = mosaics.add(new_mosaic("/m0.fits", "x", 1.0), NOW).await;
    assert!(matches!(known, Err(Error::Conflict(_))));
    let done = mosaics.set_status(recent[0].id, MosaicStatus::Completed).await.unwrap();
    assert_eq!(done.status, Some(MosaicStatus::Completed));
    assert!(matches!(
        mosaics.set_status(recent[0].id, "odd".into()).await,
        Err(Error::Invalid { .. })
    ));
    assert!(matches!(
        mosaics.set_status(99, MosaicStatus::Failed).await,
        Err(Error::NotFound { .. })
    ));
}

async fn a_mosaic_of_a_known_path_keeps_its_id(writer: Writer) {
    let mosaics = Repository::<_, mosaic::Entity>::new(&writer);
    let mut row = new_mosaic("/m.fits", "hourly", 60_950.0);
    row.n_images = Set(Some(10));
    let first = mosaics.upsert_by_path(row, NOW).await.unwrap();
    let change = mosaic::ActiveModel {
        path: Set("/m.fits".to_owned()),
        noise_jy: Set(Some(2e-4)),
        n_images: Set(None),
        ..Default::default()
    };
    let second = mosaics.upsert_by_path(change, UnixTime(5.0)).await.unwrap();
    assert_eq!((second.id, second.created_at), (first.id, NOW));
    assert_eq!((second.n_images, second.noise_jy), (Some(10), Some(2e-4)));
    let mut early = new_mosaic("/m.fits", "hourly", 60_950.0);
    early.end_mjd = Set(60_949.0);
    assert!(matches!(mosaics.upsert_by_path(early, NOW).await, Err(Error::Invalid { .. })));
}

async fn tiles_that_are_missing_are_shown(writer: Writer) {
    let sets = Repository::<_, ms_index::Entity>::new(&writer);
    let set = ms_index::ActiveModel { path: Set("/a.ms".to_owned()), ..Default::default() };
    sets.add(set, NOW).await.unwrap();
    let images = Repository::<_, image::Entity>::new(&writer);
    let image = image::ActiveModel {
        path: Set("/a.fits".to_owned()),
        ms_path: Set("/a.ms".to_owned()),
        created_at: Set(NOW),
        kind: Set(ImageType::Image),
        ..Default::default()
    };
    let image = images.add(image).await.unwrap();
    let mosaics = Repository::<_, mosaic::Entity>::new(&writer);
    let mut row = new_mosaic("/m.fits", "hourly", 60_950.0);
    row.tiles = Set(Some(json!(["/gone.fits", "/a.fits", image.id, 4_711]).into()));
    let mosaic = mosaics.add(row, NOW).await.unwrap();
    let tiles = mosaics.tiles(mosaic.id).await.unwrap();
    let found: Vec<_> =
        tiles.iter().map(|tile| tile.image.as_ref().map(|image| image.id)).collect();
    assert_eq!(found, [None, Some(image.id), Some(image.id), None]);
    assert_eq!(tiles[0].name, "/gone.fits");
    assert!(matches!(mosaics.tiles(99).await, Err(Error::NotFound { .. })));
}

/// `count` measurement sets of a declination, five minutes apart.
async fn observe(writer: &Writer, prefix: &str, count: usize, start_mjd: f64, dec_deg: f64) {
    let sets = Repository::<_, ms_index::Entity>::new(writer);
    for number in 0..count {
        let mjd = start_mjd + number as f64 * 5.0 / 1_440.0;
        let row = ms_index::ActiveModel {
            path: Set(format!("/{prefix}{number:02}.ms")),
            start_mjd: Set(Some(mjd)),
            mid_mjd: Set(Some(mjd)),
            pointing_dec_deg: Set(Some(dec_deg)),
            ..Default::default()
        };
        sets.add(row, NOW).await.unwrap();
    }
}

async fn groups_follow_each_other_and_share_two(writer: Writer) {
    let rules = GroupRules::default();
    observe(&writer, "a", 17, 60_950.0, 54.57).await;
    let transaction = writer.begin().await.unwrap();
    let groups = Repository::<_, mosaic_group::Entity>::new(&transaction);
    let first = groups.next_group(&rules, None).await.unwrap().unwrap();
    assert_eq!((first.shared, first.ms_paths.len()), (0, 10));
    assert_eq!((first.ms_paths[0].as_str(), first.ms_paths[9].as_str()), ("/a00.ms", "/a09.ms"));
    let calibrated_on = Some("/a03.ms".to_owned());
    let group = groups.create_group(&first.ms_paths, calibrated_on, &rules, NOW).await.unwrap();
    assert_eq!(group.group_id, "mosaic_2025-10-02T00:00:00");
    assert_eq!(ms_paths(&group), first.ms_paths);
    let members = Repository::<_, mosaic_membership::Entity>::new(&transaction);
    let order = [Order::asc(mosaic_membership::Column::PositionInGroup)];
    let members = members.slice(&Filter::default(), &order, 99, 0).await.unwrap();
    assert_eq!(
        members.iter().map(|row| &row.ms_path).collect::<Vec<_>>(),
        first.ms_paths.iter().collect::<Vec<_>>()
    );

    // Two shared ones and seven new ones are not enough.
    assert_eq!(groups.next_group(&rules, None).await.unwrap(), None);
    let sets = Repository::<_, ms_index::Entity>::new(&transaction);
    let last = ms_index::ActiveModel {
        path: Set("/a17.ms".to_owned()),
        mid_mjd: Set(Some(60_950.0 + 85.0 / 1_440.0)),
        dec_deg: Set(Some(54.6)),
        ..Default::default()
    };
    sets.add(last, NOW).await.unwrap();
    let second = groups.next_group(&rules, None).await.unwrap().unwrap();
    assert_eq!((second.shared, second.ms_paths.len()), (2, 10));
    assert_eq!((second.ms_paths[0].as_str(), second.ms_paths[9].as_str()), ("/a08.ms", "/a17.ms"));
    groups.create_group(&second.ms_paths, None, &rules, NOW).await.unwrap();
    let third = groups.create_group(&second.ms_paths, None, &rules, NOW).await;
    assert!(matches!(third, Err(Error::Conflict(_))), "{third:?}");
    assert_eq!(groups.groups(Some(&MosaicGroupStatus::Pending), 9).await.unwrap().len(), 2);
}

async fn a_group_keeps_to_one_declination(writer: Writer) {
    let rules = GroupRules { size: 4, overlap: 1, ..GroupRules::default() };
    // Two strips at the same time, and one that ends too early.
    observe(&writer, "south", 3, 60_950.0, 16.27).await;
    observe(&writer, "north", 4, 60_950.001, 54.57).await;
    let groups = Repository::<_, mosaic_group::Entity>::new(&writer);
    let next = groups.next_group(&rules, None).await.unwrap().unwrap();
    assert_eq!(next.ms_paths, ["/north00.ms", "/north01.ms", "/north02.ms", "/north03.ms"]);
    let short = GroupRules { max_span_minutes: 14.0, ..rules };
    assert_eq!(groups.next_group(&short, None).await.unwrap(), None);
    assert_eq!(groups.next_group(&rules, Some(60_951.0)).await.unwrap(), None);
    let all = GroupRules { overlap: 4, ..rules };
    assert!(matches!(groups.next_group(&all, None).await, Err(Error::Invalid { .. })));
}

async fn a_group_goes_its_way(writer: Writer) {
    use MosaicGroupStatus::{
        Calibrated, Calibrating, Completed, Failed, Imaged, Imaging, Mosaicking, Pending,
    };
    let rules = GroupRules { size: 2, overlap: 1, ..GroupRules::default() };
    observe(&writer, "a", 2, 60_950.0, 54.57).await;
    let groups = Repository::<_, mosaic_group::Entity>::new(&writer);
    let paths = ["/a00.ms".to_owned(), "/a01.ms".to_owned()];
    let id = groups.create_group(&paths, None, &rules, NOW).await.unwrap().group_id;
    let advance = async |status, at: f64| {
        groups.advance(&id, status, Some("lost".to_owned()), UnixTime(NOW.0 + at)).await
    };
    let refused = advance(Imaging, 1.0).await.unwrap_err().to_string();
    assert!(refused.contains("leads to calibrating, failed"), "{refused}");
    advance(Calibrating, 1.0).await.unwrap();
    let failed = advance(Failed, 2.0).await.unwrap();
    assert_eq!(failed.error.as_deref(), Some("lost"));
    assert_eq!(advance(Pending, 3.0).await.unwrap().error, None);
    for (at, status) in
        [Calibrating, Calibrated, Imaging, Imaged, Mosaicking, Completed].into_iter().enumerate()
    {
        advance(status, 10.0 + at as f64).await.unwrap();
    }
    let done = groups.get(id.as_str()).await.unwrap();
    let at = |time: Option<UnixTime>| time.map(|time| time.0 - NOW.0);
    assert_eq!((at(done.calibrated_at), at(done.imaged_at)), (Some(11.0), Some(13.0)));
    assert_eq!((at(done.mosaicked_at), at(done.completed_at)), (Some(15.0), Some(15.0)));
    let unknown = groups.advance("nobody", Failed, None, NOW).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
}

async fn groups_that_do_not_belong_together_are_refused(writer: Writer) {
    let rules = GroupRules { size: 2, overlap: 1, ..GroupRules::default() };
    observe(&writer, "a", 3, 60_950.0, 54.57).await;
    observe(&writer, "b", 1, 60_950.0, 16.27).await;
    observe(&writer, "c", 1, 60_951.0, 54.57).await;
    let groups = Repository::<_, mosaic_group::Entity>::new(&writer);
    for (paths, why) in [
        (vec!["/a00.ms"], "a group has 2, not 1"),
        (vec!["/a00.ms", "/a00.ms"], "given twice"),
        (vec!["/a00.ms", "/z.ms"], "there is no measurement set /z.ms"),
        (vec!["/a00.ms", "/b00.ms"], "declinations go from 16.270° to 54.570°"),
        (vec!["/a00.ms", "/c00.ms"], "span 1440.0 minutes"),
    ] {
        let paths: Vec<String> = paths.into_iter().map(str::to_owned).collect();
        let refused = groups.create_group(&paths, None, &rules, NOW).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}
