//! The VLA calibrator list, and the flux densities that come from it.

use std::{collections::HashMap, env, fs, path::Path};

use almanac_entity::{
    UnixTime,
    calibrators::{VlaQualityCode, bandpass_calibrator, vla_calibrator, vla_flux},
};
use almanac_service::{
    Filter, Repository, Writer,
    calibrators::{FluxMethod, NewBandpassCalibrator},
};

engines! { Calibrators:
    the_vla_list_can_be_taken_over_again,
    the_real_vla_list_is_taken_over_whole,
    flux_densities_come_from_the_list,
}

/// A row of a table of NRAO's list.
type Row = HashMap<String, String>;

const LIST: &str = "\
0354+801   J2000  B 03h54m46.1258s    80d09'28.816\"     Mar02  JVAS
0346+800   B1950  B 03h46m49.4319s    80d00'33.501\"
0.7cm    Q  W W W W       0.17

0354+801   J2000  B 03h54m46.125943s  80d09'28.847710\"  Aug01  CJ2
0346+800   B1950  B 03h46m49.431700s  80d00'33.532000\"
 20cm L  X X S X       0.60                       visplot
 6cm C  X X X S       0.45                       30   visplot

0632+159   J2000  B 06h32m33.5153s    15d54'22.575\"     Nov01  JVAS
0629+159   B1950  B 06h29m40.8864s    15d56'38.210\"
0.7cm    Q  ? ? W W       0.15

0632+159   J2000  A 06h32m43.135530s  15d59'57.619770\"  Aug01
0629+160   B1950  A 06h29m50.392000s  16d02'13.946000\"
  2cm    U  W W W W       ?
  1.3cm  K  W W W W       0.00
nonsense
";

async fn the_vla_list_can_be_taken_over_again(writer: Writer) {
    let table = Repository::<_, vla_calibrator::Entity>::new(&writer);
    let import = table.import_vla(LIST, UnixTime(1.0)).await.unwrap();
    assert_eq!((import.entries, import.inserted, import.fluxes_inserted), (4, 3, 4));
    assert_eq!((import.fluxes_unknown, import.notices.len()), (2, 2));
    let faults: Vec<_> = import.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(faults, [18]);

    let all = table.slice(&Filter::default(), &[], 10, 0).await.unwrap();
    let by_name: HashMap<_, _> = all.iter().map(|row| (row.name.as_str(), row)).collect();
    let first = by_name["0354+801"];
    assert_eq!((first.flux_jy, first.flux_freq_ghz), (Some(0.60), Some(1.4)));
    assert_eq!(first.code_20_cm, Some(VlaQualityCode::S), "that of configuration C");
    assert!(by_name.contains_key("0632+159") && by_name.contains_key("0632+159 (0629+160)"));
    assert_eq!(by_name["0632+159 (0629+160)"].flux_jy, None);

    let again = table.import_vla(LIST, UnixTime(2.0)).await.unwrap();
    assert_eq!((again.inserted, again.updated, again.unchanged), (0, 0, 3));
    assert_eq!((again.fluxes_inserted, again.fluxes_updated, again.fluxes_unchanged), (0, 0, 4));
    assert_eq!(table.slice(&Filter::default(), &[], 10, 0).await.unwrap(), all);

    let newer = LIST.replace("0.60", "0.75");
    let newer = table.import_vla(&newer, UnixTime(3.0)).await.unwrap();
    assert_eq!((newer.updated, newer.unchanged), (1, 2));
    assert_eq!((newer.fluxes_updated, newer.fluxes_unchanged), (1, 3));
    let changed = table.get(first.id).await.unwrap();
    assert_eq!((changed.flux_jy, changed.registered_at), (Some(0.75), UnixTime(1.0)));
}

async fn the_real_vla_list_is_taken_over_whole(writer: Writer) {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = env::var_os("ALMANAC_DATA").map_or(beside, Into::into).join("calibrators");
    let Ok(text) = fs::read_to_string(folder.join("vla_calibrators_nrao_format.txt")) else {
        eprintln!("there is no real list to take over: ALMANAC_DATA names no folder of it");
        return;
    };
    let table = Repository::<_, vla_calibrator::Entity>::new(&writer);
    let import = table.import_vla(&text, UnixTime(1.0)).await.unwrap();
    let entries = text.lines().filter(|line| line.contains(" J2000 ")).count();
    assert_eq!(import.entries, entries as u64);
    assert_eq!(import.faults, []);

    // The same list as somebody else has read it.
    let csv = |name: &str| csv::Reader::from_path(folder.join(name)).unwrap();
    let mut names: HashMap<String, Vec<Row>> = HashMap::new();
    for row in csv("vla_calibrators.csv").deserialize::<Row>() {
        let row = row.unwrap();
        names.entry(row["name"].clone()).or_default().push(row);
    }
    let apart = names.values().filter(|rows| {
        rows.windows(2).any(|pair| {
            let degrees = |row: &Row, column: &str| row[column].parse::<f64>().unwrap();
            (degrees(&pair[0], "dec_deg") - degrees(&pair[1], "dec_deg")).abs() > 0.002
                || (degrees(&pair[0], "ra_deg") - degrees(&pair[1], "ra_deg")).abs() > 0.01
        })
    });
    let repeated: usize = names.values().map(|rows| rows.len() - 1).sum();
    let calibrators = names.len() + apart.count();
    assert_eq!((import.inserted, import.notices.len()), (calibrators as u64, repeated));
    let bands: Vec<Row> =
        csv("vla_calibrator_bands.csv").deserialize().map(Result::unwrap).collect();
    let positive =
        bands.iter().filter(|band| band["flux_jy"].parse().is_ok_and(|flux: f64| flux > 0.0));
    let fluxes = positive.count() as u64;
    assert_eq!(import.fluxes_inserted, fluxes);
    assert_eq!(import.fluxes_unknown, bands.len() as u64 - fluxes);

    let stored = table.slice(&Filter::default(), &[], 10_000, 0).await.unwrap();
    let of_id: HashMap<i64, &str> = stored.iter().map(|row| (row.id, row.name.as_str())).collect();
    for row in &stored {
        let listed = &names[row.name.split(' ').next().unwrap()];
        let is_listed = listed.iter().any(|listed| {
            let near = |column: &str, degrees: f64| {
                (listed[column].parse::<f64>().unwrap() - degrees).abs() < 2e-8
            };
            near("ra_deg", row.ra_deg) && near("dec_deg", row.dec_deg)
        });
        assert!(is_listed, "{row:?}");
    }
    let fluxes = table.on::<vla_flux::Entity>().slice(&Filter::default(), &[], 10_000, 0).await;
    let mut stored: Vec<(String, String, String)> = Vec::new();
    for flux in fluxes.unwrap() {
        let name = of_id[&flux.vla_calibrator_id].split(' ').next().unwrap().to_owned();
        stored.push((name, flux.frequency_ghz.to_string(), flux.flux_jy.to_string()));
    }
    let freq = |band: &str| match band {
        "P" => 0.33,
        "L" => 1.4,
        "C" => 5.0,
        "X" => 8.4,
        "U" => 15.0,
        "K" => 22.0,
        _ => 43.0_f64,
    };
    let mut read: Vec<(String, String, String)> = bands
        .iter()
        .filter_map(|band| {
            let flux = band["flux_jy"].parse::<f64>().ok().filter(|flux| *flux > 0.0)?;
            Some((band["name"].clone(), freq(&band["band"]).to_string(), flux.to_string()))
        })
        .collect();
    stored.sort();
    read.sort();
    assert_eq!(stored, read);

    let again = table.import_vla(&text, UnixTime(2.0)).await.unwrap();
    assert_eq!((again.inserted, again.updated), (0, 0));
    assert_eq!((again.fluxes_inserted, again.fluxes_updated), (0, 0));
}

async fn flux_densities_come_from_the_list(writer: Writer) {
    let table = Repository::<_, vla_calibrator::Entity>::new(&writer);
    let list = "1331+305 J2000 A 13h31m08.287984s 30d30'32.958850\"\n90cm P S S S S 26\n\
                20cm L P P P P 15\n6cm C P P P P 7.5\n";
    table.import_vla(list, UnixTime(1.0)).await.unwrap();
    let flux = table.flux_at_frequency("1331+305", 1.405).await.unwrap().unwrap();
    assert!((flux.flux_jy - 14.970_910).abs() < 5e-7, "{flux:?}");
    assert_eq!(flux.method, FluxMethod::Interpolated);
    let refused = table.flux_at_frequency("1331+305", 43.0).await.unwrap_err();
    assert!(refused.to_string().starts_with("freq_ghz: "), "{refused}");
    assert_eq!(table.flux_at_frequency("nobody", 1.4).await.unwrap(), None);
    let bandpass = NewBandpassCalibrator {
        flux_jy: Some(2.5),
        ..NewBandpassCalibrator::new("0834+555", 129.2758, 55.2456)
    };
    let table_of_bandpass = table.on::<bandpass_calibrator::Entity>();
    table_of_bandpass.register_bandpass_calibrator(bandpass, UnixTime(1.0)).await.unwrap();
    let flux = table.flux_at_frequency("0834+555", 1.405).await.unwrap().unwrap();
    assert_eq!((flux.flux_jy, flux.method), (2.5, FluxMethod::Catalog));
}
