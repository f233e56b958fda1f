//! What is looked for in a survey, as the settings `survey_config:…` hold it.

use sea_orm::prelude::Json;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{cron, observation_fields as fields};
use crate::{Error, Result};

/// What the keys of survey configurations begin with.
pub(super) const PREFIX: &str = "survey_config:";
/// How long the key of a setting may be, characters.
pub(super) const KEY_LENGTH: usize = 100;
const REGIONS: usize = 50;
const MISSIONS: usize = 20;

/// How a survey is watched (the specification's §3.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurveyConfiguration {
    /// Its name; two names that differ in case alone, or in spaces and underscores, are the same.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Where to look, at most 50.
    #[serde(default)]
    pub sky_regions: Vec<SkyRegion>,
    /// Whose exposures to take, at most 20.
    #[serde(default)]
    pub missions: Vec<Mission>,
    /// Radius of a query, degrees, above 0 and at most 10.
    #[serde(default = "defaults::query_radius")]
    pub query_radius: f64,
    /// How far back to look, days, from 1 to 365.
    #[serde(default = "defaults::time_window_days")]
    pub time_window_days: i64,
    /// Exposures that one run takes over, from 1 to 1000.
    #[serde(default = "defaults::max_observations_per_run")]
    pub max_observations_per_run: i64,
    /// Whether images are fetched.
    #[serde(default = "defaults::yes")]
    pub auto_download: bool,
    /// Whether an exposure is preprocessed as soon as it is ingested.
    #[serde(default = "defaults::yes")]
    pub auto_preprocess: bool,
    /// The least quality, from 0 to 1.
    #[serde(default = "defaults::quality_threshold")]
    pub quality_threshold: f64,
    /// When it runs: minute, hour, day of the month, month, day of the week.
    #[serde(default = "defaults::schedule_cron")]
    pub schedule_cron: String,
    /// Whether it is heeded.
    #[serde(default = "defaults::yes")]
    pub is_active: bool,
}

/// A part of the sky to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkyRegion {
    /// Its name.
    pub name: String,
    /// Right ascension of its centre, degrees, from 0 to 360.
    pub ra_center: f64,
    /// Declination of its centre, degrees, from -90 to 90.
    pub dec_center: f64,
    /// Its radius, degrees, above 0 and at most 180.
    pub radius: f64,
    /// From 1, which comes first, to 10.
    pub priority: i64,
    /// Whether it is looked at.
    #[serde(default = "defaults::yes")]
    pub is_active: bool,
}

/// Whose exposures to take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mission {
    /// The mission.
    pub name: String,
    /// Its instruments; all where none is named.
    #[serde(default)]
    pub instruments: Vec<String>,
    /// Its filters, which observations may come through from then on.
    #[serde(default)]
    pub filters: Vec<String>,
    /// The shortest exposure, seconds.
    pub min_exposure_time: f64,
    /// The longest exposure, seconds.
    pub max_exposure_time: f64,
    /// Who may see the data.
    #[serde(default = "defaults::data_rights")]
    pub data_rights: String,
    /// Whether its exposures are taken.
    #[serde(default = "defaults::yes")]
    pub is_active: bool,
}

/// What holds where a configuration says nothing.
mod defaults {
    pub(super) fn query_radius() -> f64 {
        0.1
    }

    pub(super) fn time_window_days() -> i64 {
        30
    }

    pub(super) fn max_observations_per_run() -> i64 {
        100
    }

    pub(super) fn quality_threshold() -> f64 {
        0.8
    }

    pub(super) fn schedule_cron() -> String {
        "0 2 * * *".to_owned()
    }

    pub(super) fn data_rights() -> String {
        "PUBLIC".to_owned()
    }

    pub(super) fn yes() -> bool {
        true
    }
}

impl SurveyConfiguration {
    /// A configuration as somebody gives it, checked; what it does not say is as usual.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the field at fault, such as `sky_regions[2].radius`, and the rule it breaks.
    pub fn read(value: &Json) -> Result<Self> {
        if !value.is_object() {
            return Err(Error::breaks("object", "value", "it is no JSON object"));
        }
        let configuration: Self =
            serde_json::from_value(value.clone()).map_err(|error| of_serde(&error))?;
        if let Some(field) = unknown_field(value, &json!(configuration)) {
            let message = "a survey configuration has no such field";
            return Err(Error::breaks("unknown", field, message));
        }
        configuration.check()?;
        Ok(configuration)
    }

    /// Checks it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn check(&self) -> Result<()> {
        fields::text("name", &self.name)?;
        fields::at_most("name", &self.name, KEY_LENGTH - PREFIX.len())?;
        at_most_so_many("sky_regions", self.sky_regions.len(), REGIONS)?;
        for (index, region) in self.sky_regions.iter().enumerate() {
            region.check(|field| format!("sky_regions[{index}].{field}"))?;
        }
        at_most_so_many("missions", self.missions.len(), MISSIONS)?;
        for (index, mission) in self.missions.iter().enumerate() {
            mission.check(|field| format!("missions[{index}].{field}"))?;
        }
        let number = self.query_radius;
        within("query_radius", number, number > 0.0 && number <= 10.0, "above 0 and at most 10")?;
        let days = self.time_window_days;
        within("time_window_days", days, (1..=365).contains(&days), "from 1 to 365")?;
        let most = self.max_observations_per_run;
        within("max_observations_per_run", most, (1..=1000).contains(&most), "from 1 to 1000")?;
        let quality = self.quality_threshold;
        within("quality_threshold", quality, (0.0..=1.0).contains(&quality), "from 0 to 1")?;
        if !cron::is_schedule(&self.schedule_cron) {
            let message = "it is no schedule of five parts, such as `0 2 * * *`";
            return Err(Error::breaks("format", "schedule_cron", message));
        }
        Ok(())
    }

    /// The key of the setting that holds it.
    pub fn key(&self) -> String {
        key_of(&self.name)
    }

    /// Whether it is about a survey: it, or an active mission of it, has the survey's name, whatever the case.
    pub(super) fn is_about(&self, survey: &str) -> bool {
        let names = self.missions.iter().filter(|mission| mission.is_active);
        let mut names = names.map(|mission| &mission.name).chain([&self.name]);
        names.any(|name| name.to_lowercase() == survey.to_lowercase())
    }

    /// The priority of the active region that comes first.
    pub(super) fn first_priority(&self) -> Option<i64> {
        let active = self.sky_regions.iter().filter(|region| region.is_active);
        active.map(|region| region.priority).min()
    }
}

/// The key of the setting that holds the configuration of a name.
pub(super) fn key_of(name: &str) -> String {
    format!("{PREFIX}{}", name.to_lowercase().replace(' ', "_"))
}

impl SkyRegion {
    fn check(&self, field: impl Fn(&str) -> String) -> Result<()> {
        fields::text(&field("name"), &self.name)?;
        let (ra, dec, radius) = (self.ra_center, self.dec_center, self.radius);
        within(&field("ra_center"), ra, (0.0..=360.0).contains(&ra), "from 0 to 360")?;
        within(&field("dec_center"), dec, (-90.0..=90.0).contains(&dec), "from -90 to 90")?;
        let is_radius = radius > 0.0 && radius <= 180.0;
        within(&field("radius"), radius, is_radius, "above 0 and at most 180")?;
        let priority = self.priority;
        within(&field("priority"), priority, (1..=10).contains(&priority), "from 1 to 10")
    }
}

impl Mission {
    fn check(&self, field: impl Fn(&str) -> String) -> Result<()> {
        fields::text(&field("name"), &self.name)?;
        for (list, texts) in [("instruments", &self.instruments), ("filters", &self.filters)] {
            for (index, text) in texts.iter().enumerate() {
                fields::text(&field(&format!("{list}[{index}]")), text)?;
            }
        }
        let (least, most) = (self.min_exposure_time, self.max_exposure_time);
        within(&field("min_exposure_time"), least, least >= 0.0, "0 or above")?;
        within(&field("max_exposure_time"), most, most >= 0.0, "0 or above")?;
        within(&field("min_exposure_time"), least, least <= most, "at most max_exposure_time")
    }
}

fn within(field: &str, number: impl std::fmt::Display, is_within: bool, range: &str) -> Result<()> {
    if is_within {
        return Ok(());
    }
    Err(Error::breaks("range", field, format!("{number} is not {range}")))
}

fn at_most_so_many(field: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(Error::breaks("too_many", field, format!("{count} are more than {most}")))
}

/// What a document lacks, or has in another form.
fn of_serde(error: &serde_json::Error) -> Error {
    let message = error.to_string();
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    match missing {
        Some((field, _)) => fields::missing(field),
        None => Error::breaks("format", "value", message),
    }
}

/// The first field of a document that what was read of it does not have.
fn unknown_field(given: &Json, read: &Json) -> Option<String> {
    let within = |name: &str, given: &Json, read: &Json| {
        let inner = unknown_field(given, read)?;
        Some(if inner.starts_with('[') {
            format!("{name}{inner}")
        } else {
            format!("{name}.{inner}")
        })
    };
    match (given, read) {
        (Json::Object(given), Json::Object(read)) => {
            given.iter().find_map(|(name, value)| match read.get(name) {
                None => Some(name.clone()),
                Some(read) => within(name, value, read),
            })
        }
        (Json::Array(given), Json::Array(read)) => given
            .iter()
            .zip(read)
            .enumerate()
            .find_map(|(index, (given, read))| within(&format!("[{index}]"), given, read)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Json)) -> (String, &'static str) {
        let mut value = json!({
            "name": "A B",
            "sky_regions": [{
                "name": "r", "ra_center": 1, "dec_center": 2, "radius": 3, "priority": 1
            }],
            "missions": [{ "name": "m", "min_exposure_time": 0, "max_exposure_time": 9 }],
        });
        SurveyConfiguration::read(&value).unwrap();
        change(&mut value);
        match SurveyConfiguration::read(&value) {
            Err(Error::Invalid { argument, rule: Some(rule), .. }) => (argument, rule),
            other => panic!("{value}: {other:?}"),
        }
    }

    #[test]
    fn every_field_has_its_rule() {
        let at = |path: &'static str, value: Json, field: &str, rule: &str| {
            let told = refused(|document| *document.pointer_mut(path).unwrap() = value);
            assert_eq!(told, (field.to_owned(), rule), "{path}");
        };
        at("/name", json!(" "), "name", "required");
        at("/name", json!("x".repeat(87)), "name", "too_long");
        at("/name", json!(7), "value", "format");
        let region = "sky_regions[0].";
        at("/sky_regions/0/ra_center", json!(360.1), &format!("{region}ra_center"), "range");
        at("/sky_regions/0/dec_center", json!(-91), &format!("{region}dec_center"), "range");
        at("/sky_regions/0/radius", json!(0), &format!("{region}radius"), "range");
        at("/sky_regions/0/priority", json!(11), &format!("{region}priority"), "range");
        at("/missions/0/min_exposure_time", json!(10), "missions[0].min_exposure_time", "range");
        at("/missions/0/max_exposure_time", json!(-1), "missions[0].max_exposure_time", "range");
        for (field, value, rule) in [
            ("query_radius", json!(10.5), "range"),
            ("time_window_days", json!(0), "range"),
            ("max_observations_per_run", json!(1001), "range"),
            ("quality_threshold", json!(1.01), "range"),
            ("schedule_cron", json!("0 25 * * *"), "format"),
            ("auto_preproces", json!(true), "unknown"),
        ] {
            assert_eq!(refused(|document| document[field] = value), (field.to_owned(), rule));
        }
        let unknown = refused(|document| document["missions"][0]["filter"] = json!("g"));
        assert_eq!(unknown, ("missions[0].filter".to_owned(), "unknown"));
        let many = refused(|document| {
            let region = document["sky_regions"][0].clone();
            document["sky_regions"] = vec![region; 51].into();
        });
        assert_eq!(many, ("sky_regions".to_owned(), "too_many"));
        let missing = refused(|document| {
            document["sky_regions"][0].as_object_mut().unwrap().remove("radius");
        });
        assert_eq!(missing, ("radius".to_owned(), "required"));
    }

    #[test]
    fn what_is_not_said_is_as_usual() {
        let read = SurveyConfiguration::read(&json!({ "name": "HST Galaxy Survey" })).unwrap();
        assert_eq!(read.key(), "survey_config:hst_galaxy_survey");
        assert_eq!((read.time_window_days, read.max_observations_per_run), (30, 100));
        assert!(read.auto_download && read.auto_preprocess && read.is_active);
        assert_eq!(read.schedule_cron, "0 2 * * *");
        assert_eq!(SurveyConfiguration::read(&json!(read)).unwrap(), read);
    }
}
