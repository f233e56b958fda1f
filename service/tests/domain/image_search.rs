//! Looking for images, and removing them with what was measured on them.

use almanac_entity::{
    UnixTime,
    products::{ImageFormat, ImageType, QualityGrade, image, ms_index, photometry},
};
use almanac_service::{
    Direction, Error, Filter, Repository, Writer,
    products::{Between, ImageSearch, ImageSort, SkyCone},
};
use sea_orm::ActiveValue::Set;

use crate::products::{add_image, add_measurement_set, measurement};

engines! { Products:
    images_are_found_by_what_is_known_of_them,
    images_are_sorted_with_the_unknown_last,
    a_cone_is_round_and_pages,
    an_image_goes_with_its_photometry,
    photometry_without_an_image_is_for_adopted_files,
}

type Images<'w> = Repository<'w, Writer, image::Entity>;

/// Ten images of a measurement set each, 36° of right ascension apart; the first knows nothing.
async fn survey(writer: &Writer) {
    let sets = (0..10).map(|index| ms_index::ActiveModel {
        path: Set(format!("/{index}.ms")),
        mid_mjd: Set((index > 0).then(|| 60_000.0 + f64::from(index))),
        group_id: Set(Some(format!("2025-10-0{index}T00:00:00"))),
        ..Default::default()
    });
    Repository::<_, ms_index::Entity>::new(writer).insert_many(sets).await.unwrap();
    let images = (0..10).map(|index| {
        let known = |value: f64| (index > 0).then_some(value);
        let number = f64::from(index);
        image::ActiveModel {
            path: Set(format!("/images/{index}.fits")),
            ms_path: Set(format!("/{index}.ms")),
            created_at: Set(UnixTime(number)),
            kind: Set(if index % 2 == 0 { ImageType::Pbcor } else { ImageType::Dirty }),
            format: Set(Some(if index < 5 { ImageFormat::Fits } else { ImageFormat::Casa })),
            pbcor: Set((index != 1).then_some(index % 2 == 0)),
            noise_jy: Set(known(1e-4 * (10.0 - number))),
            dynamic_range: Set(known(4_f64.powi(index))),
            field_name: Set(known(number).map(|_| format!("Field_{index}"))),
            center_ra_deg: Set(known(36.0 * number)),
            center_dec_deg: Set(known(10.0 * number - 45.0)),
            ..Default::default()
        }
    });
    Images::new(writer).insert_many(images).await.unwrap();
}

async fn found(writer: &Writer, search: &ImageSearch) -> Vec<u32> {
    let images = Images::new(writer).search(search).await.unwrap();
    let whole = ImageSearch { limit: u64::from(u32::MAX), offset: 0, ..search.clone() };
    let all = Images::new(writer).search(&whole).await.unwrap().len();
    assert_eq!(Images::new(writer).count_found(search).await.unwrap(), all as u64);
    images.iter().map(|image| image.path[8..9].parse().unwrap()).collect()
}

async fn images_are_found_by_what_is_known_of_them(writer: Writer) {
    survey(&writer).await;
    let any = || ImageSearch { direction: Direction::Asc, ..ImageSearch::default() };
    let between = |from: f64, to: f64| Between { from: Some(from), to: Some(to) };
    for (search, expected) in [
        (any(), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][..]),
        (ImageSearch { kinds: vec![ImageType::Dirty], ..any() }, &[1, 3, 5, 7, 9]),
        (
            ImageSearch {
                kinds: vec![ImageType::Dirty, ImageType::Pbcor],
                limit: 2,
                offset: 3,
                ..any()
            },
            &[3, 4],
        ),
        (ImageSearch { format: Some(ImageFormat::Casa), ..any() }, &[5, 6, 7, 8, 9]),
        (ImageSearch { pbcor: Some(true), ..any() }, &[0, 2, 4, 6, 8]),
        (ImageSearch { pbcor: Some(false), ..any() }, &[1, 3, 5, 7, 9]),
        (ImageSearch { field_name: Some("Field_3".to_owned()), ..any() }, &[3]),
        (ImageSearch { created: between(2.0, 4.0), ..any() }, &[2, 3, 4]),
        (ImageSearch { mid_mjd: Between { from: Some(60_008.0), to: None }, ..any() }, &[8, 9]),
        (ImageSearch { noise_jy: Between { from: None, to: Some(2.5e-4) }, ..any() }, &[8, 9]),
        (ImageSearch { dynamic_range: between(4.0, 16.0), ..any() }, &[1, 2]),
        (ImageSearch { dec_deg: between(-30.0, 0.0), ..any() }, &[2, 3, 4]),
        (ImageSearch { text: Some("FIELD_7".to_owned()), ..any() }, &[7]),
        (ImageSearch { text: Some("images/2".to_owned()), ..any() }, &[2]),
        (ImageSearch { text: Some("%".to_owned()), ..any() }, &[]),
        (ImageSearch { grade: Some(QualityGrade::Excellent), ..any() }, &[5, 6, 7, 8, 9]),
        (ImageSearch { grade: Some(QualityGrade::Good), ..any() }, &[4]),
        (ImageSearch { grade: Some(QualityGrade::Marginal), ..any() }, &[2, 3]),
        (ImageSearch { grade: Some(QualityGrade::Poor), ..any() }, &[1]),
        (ImageSearch { group_ids: Some(vec!["2025-10-03T00:00:00".to_owned()]), ..any() }, &[3]),
        (ImageSearch { group_ids: Some(Vec::new()), ..any() }, &[]),
    ] {
        assert_eq!(found(&writer, &search).await, expected, "{search:?}");
    }
    for search in [
        ImageSearch { noise_jy: between(2.0, 1.0), ..any() },
        ImageSearch { mid_mjd: Between { from: Some(f64::NAN), to: None }, ..any() },
        ImageSearch { grade: Some("superb".into()), ..any() },
        ImageSearch {
            cone: Some(SkyCone { ra_deg: 0.0, dec_deg: 91.0, radius_deg: 1.0 }),
            ..any()
        },
    ] {
        let refused = Images::new(&writer).search(&search).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{search:?}");
    }
}

async fn images_are_sorted_with_the_unknown_last(writer: Writer) {
    survey(&writer).await;
    for (sort, ascending) in [
        (ImageSort::Noise, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (ImageSort::DynamicRange, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]),
        (ImageSort::Declination, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]),
        (ImageSort::MidMjd, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]),
    ] {
        let search = ImageSearch { sort, direction: Direction::Asc, ..ImageSearch::default() };
        assert_eq!(found(&writer, &search).await, ascending, "{sort:?}");
        let mut descending = ascending;
        descending[..9].reverse();
        let search = ImageSearch { sort, ..ImageSearch::default() };
        assert_eq!(found(&writer, &search).await, descending, "{sort:?}");
    }
}

async fn a_cone_is_round_and_pages(writer: Writer) {
    survey(&writer).await;
    let around = |ra_deg, dec_deg, radius_deg| ImageSearch {
        cone: Some(SkyCone { ra_deg, dec_deg, radius_deg }),
        direction: Direction::Asc,
        ..ImageSearch::default()
    };
    assert_eq!(found(&writer, &around(36.0, -35.0, 1.0)).await, [1]);
    // The fourth lies in the rectangle around the circle, 36.9 degrees away.
    assert_eq!(found(&writer, &around(108.0, -15.0, 36.0)).await, [2, 3]);
    assert_eq!(found(&writer, &around(108.0, -15.0, 37.0)).await, [2, 3, 4]);
    let second = ImageSearch { limit: 1, offset: 1, ..around(108.0, -15.0, 36.0) };
    assert_eq!(found(&writer, &second).await, [3]);
    assert_eq!(found(&writer, &around(0.0, 0.0, 180.0)).await.len(), 9);
}

async fn an_image_goes_with_its_photometry(writer: Writer) {
    add_measurement_set(&writer, "/a.ms", None).await;
    let image = add_image(&writer, "/a.fits", "/a.ms").await;
    add_image(&writer, "/b.fits", "/a.ms").await;
    let photometry = Repository::<_, photometry::Entity>::new(&writer);
    let rows = ["/a.fits", "/a.fits", "/b.fits"].map(|path| measurement("S", path, 0.001));
    photometry.add_many(rows.to_vec(), true).await.unwrap();
    let images = Images::new(&writer);
    let preview = images.remove(image.id, true, true).await.unwrap();
    assert_eq!((preview.photometry, preview.measurements.len(), preview.removed), (2, 2, false));
    assert!(matches!(images.remove(image.id, false, false).await, Err(Error::Conflict(_))));
    assert!(images.remove(image.id, true, false).await.unwrap().removed);
    assert_eq!(photometry.count(&Filter::default()).await.unwrap(), 1);
    assert_eq!(images.count(&Filter::default()).await.unwrap(), 1);
}

async fn photometry_without_an_image_is_for_adopted_files(writer: Writer) {
    let photometry = Repository::<_, photometry::Entity>::new(&writer);
    let row = || vec![measurement("S", "/none.fits", 0.001)];
    let refused = photometry.add_many(row(), true).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    // A file of ours asks for the image itself; an adopted one does not.
    assert!(matches!(photometry.add_many(row(), false).await, Err(Error::Conflict(_))));
}
