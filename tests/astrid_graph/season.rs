//! A season of observations, made up by chance that repeats itself, and questions about it whose answers are known.

use almanac_entity::{
    Database,
    astrid::{ObservationStatus, observation, survey},
};
use almanac_service::{Repository, Sessions, sky::separation};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng};
use sea_orm::{
    ConnectionTrait, DbBackend, Set,
    prelude::{Decimal, Uuid},
};
use serde_json::Value as Json;

/// Surveys that take turns.
const SURVEYS: u128 = 3;
/// Exposures of a night.
const NIGHTLY: usize = 1_000;
/// Exposures of each field, one after the other in time.
const VISITS: usize = 50;
/// Rows of a page.
const PAGE: usize = 100;
/// Of a cone, degrees.
const RADIUS_DEG: f64 = 0.1;

/// Whether tests are to run at their full sizes.
pub(crate) fn long() -> bool {
    std::env::var("ALMANAC_LONG").is_ok_and(|value| value == "1")
}

/// A number of things: all of them where tests are to run at their full sizes, else a tenth.
pub(crate) fn sized(all: usize) -> usize {
    if long() { all } else { all / 10 }
}

struct Exposure {
    id: Uuid,
    survey: u128,
    status: ObservationStatus,
    time: DateTime<Utc>,
    ra: f64,
    dec: f64,
}

/// The rows, as a brute-force search looks at them.
pub(crate) struct Season(Vec<Exposure>);

/// What is asked, as the statements name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    ById,
    ByStatus,
    BySurveyAndTime,
    CountByStatus,
    Cone,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::ById, Self::ByStatus, Self::BySurveyAndTime, Self::CountByStatus, Self::Cone];
}

/// A question, and its answer.
pub(crate) struct Question {
    pub(crate) kind: Kind,
    pub(crate) document: String,
    answer: Answer,
}

enum Answer {
    /// These rows in this order.
    Rows(Vec<Uuid>),
    /// So many rows.
    Count(usize),
}

const STATES: [(ObservationStatus, &str); 7] = [
    (ObservationStatus::Ingested, "INGESTED"),
    (ObservationStatus::Preprocessing, "PREPROCESSING"),
    (ObservationStatus::Preprocessed, "PREPROCESSED"),
    (ObservationStatus::Differencing, "DIFFERENCING"),
    (ObservationStatus::Differenced, "DIFFERENCED"),
    (ObservationStatus::Failed, "FAILED"),
    (ObservationStatus::Archived, "ARCHIVED"),
];

fn survey_id(number: u128) -> Uuid {
    Uuid::from_u128(0x7000_8000_0000_0000_0000 + number)
}

impl Season {
    /// Fills a database with so many observations: one night for a thousand of them, and fields all over the sky.
    pub(crate) async fn fill(sessions: &Sessions, count: usize) -> Self {
        let mut chance = ChaCha12Rng::seed_from_u64(1_054);
        let mut field = (0.0_f64, 0.0_f64);
        let begin: DateTime<Utc> = "2025-10-02T02:00:00Z".parse().unwrap();
        let mut exposures = Vec::with_capacity(count);
        for number in 0..count {
            if number.is_multiple_of(VISITS) {
                let height = chance.random_range(-1.0_f64..1.0);
                field = (chance.random_range(0.0..360.0), height.asin().to_degrees());
            }
            let (nights, exposure) = (number / NIGHTLY, number % NIGHTLY);
            let seconds = i64::try_from(nights * 86_400 + exposure * 30).unwrap();
            let time = begin + TimeDelta::seconds(seconds);
            exposures.push(Exposure {
                id: key(time, &mut chance),
                survey: number as u128 % SURVEYS,
                status: state(exposure),
                time,
                ra: rounded((field.0 + chance.random_range(-0.1_f64..0.1)).rem_euclid(360.0))
                    % 360.0,
                dec: rounded((field.1 + chance.random_range(-0.1_f64..0.1)).clamp(-90.0, 90.0)),
            });
        }
        let season = Self(exposures);
        season.insert(sessions).await;
        season
    }

    async fn insert(&self, sessions: &Sessions) {
        let transaction = sessions.begin(Database::Astrid).await.unwrap();
        if transaction.get_database_backend() == DbBackend::Postgres {
            // What is not on disk yet is not visible to all, and an index alone does not do then.
            let flushed = "SET LOCAL synchronous_commit = on";
            transaction.execute_unprepared(flushed).await.unwrap();
        }
        let made: DateTime<Utc> = "2026-10-01T12:00:00Z".parse().unwrap();
        let surveys = (0..SURVEYS).map(|number| survey::ActiveModel {
            id: Set(survey_id(number)),
            name: Set(format!("Season {number}")),
            is_active: Set(true),
            created_at: Set(made),
            updated_at: Set(made),
            ..Default::default()
        });
        let table = Repository::<_, survey::Entity>::new(&transaction);
        table.insert_many(surveys).await.unwrap();
        let rows = self.0.iter().map(|exposure| observation::ActiveModel {
            id: Set(exposure.id),
            survey_id: Set(survey_id(exposure.survey)),
            observation_id: Set(exposure.id.to_string()),
            ra: Set(decimal(exposure.ra)),
            dec: Set(decimal(exposure.dec)),
            observation_time: Set(exposure.time),
            filter_band: Set("g".to_owned()),
            exposure_time: Set(Decimal::from(30)),
            fits_url: Set(format!("s3://raw/{}.fits", exposure.id)),
            status: Set(exposure.status),
            created_at: Set(made),
            updated_at: Set(made),
            ..Default::default()
        });
        let table = Repository::<_, observation::Entity>::new(&transaction);
        assert_eq!(table.insert_many(rows).await.unwrap(), self.0.len());
        transaction.commit().await.unwrap();
    }

    /// A question of a kind; another number asks for other rows.
    pub(crate) fn question(&self, kind: Kind, number: usize) -> Question {
        let exposure = &self.0[number.wrapping_mul(7_919) % self.0.len()];
        let (document, answer) = match kind {
            Kind::ById => by_id(exposure),
            Kind::ByStatus => self.by_status(STATES[number % STATES.len()]),
            Kind::BySurveyAndTime => self.by_survey_and_time(exposure),
            Kind::CountByStatus => self.count_by_status(STATES[number % STATES.len()]),
            Kind::Cone => self.cone(exposure),
        };
        Question { kind, document, answer }
    }

    fn by_status(&self, (status, word): (ObservationStatus, &str)) -> (String, Answer) {
        let mut found: Vec<&Exposure> =
            self.0.iter().filter(|exposure| exposure.status == status).collect();
        found.reverse();
        let document = list(
            &format!("status: {{eq: {word}}}"),
            ", orderBy: [{field: OBSERVATION_TIME, direction: DESC}]",
        );
        (document, page(&found))
    }

    fn by_survey_and_time(&self, exposure: &Exposure) -> (String, Answer) {
        let (from, to) = (exposure.time - TimeDelta::hours(1), exposure.time + TimeDelta::hours(1));
        let is_in =
            |other: &&Exposure| other.survey == exposure.survey && (from..to).contains(&other.time);
        let found: Vec<&Exposure> = self.0.iter().filter(is_in).collect();
        let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let document = list(
            &format!(
                "surveyId: {{eq: \"{}\"}}, observationTime: {{gte: \"{}\", lt: \"{}\"}}",
                survey_id(exposure.survey),
                instant(from),
                instant(to)
            ),
            ", orderBy: [{field: OBSERVATION_TIME}]",
        );
        (document, page(&found))
    }

    fn count_by_status(&self, (status, word): (ObservationStatus, &str)) -> (String, Answer) {
        let count = self.0.iter().filter(|exposure| exposure.status == status).count();
        let document =
            format!("{{ astridObservations(where: {{status: {{eq: {word}}}}}) {{ totalCount }} }}");
        (document, Answer::Count(count))
    }

    fn cone(&self, centre: &Exposure) -> (String, Answer) {
        let (ra, dec) = (centre.ra, centre.dec);
        let near = |other: &'_ Exposure| {
            let is_near = (other.dec - dec).abs() <= RADIUS_DEG;
            is_near.then(|| separation(ra, dec, other.ra, other.dec))
        };
        let mut found: Vec<(f64, &Exposure)> =
            self.0.iter().filter_map(|other| Some((near(other)?, other))).collect();
        found.retain(|(distance, _)| *distance <= RADIUS_DEG);
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
        let found: Vec<&Exposure> = found.into_iter().map(|(_, exposure)| exposure).collect();
        let cone = format!(
            "position: {{cone: {{raDeg: {ra:.7}, decDeg: {dec:.7}, radiusDeg: {RADIUS_DEG}}}}}"
        );
        (list(&cone, ""), page(&found))
    }
}

impl Question {
    /// Fails unless the data are the answer. Where others write at the same time, there may be more rows of a state.
    pub(crate) fn check(&self, data: &Json, others_write: bool) {
        match &self.answer {
            Answer::Rows(expected) => {
                let rows = match self.kind {
                    Kind::ById => vec![data["node"].clone()],
                    _ => data["astridObservations"]["nodes"].as_array().unwrap().clone(),
                };
                let found = rows.iter().map(|row| row["rowId"].as_str().unwrap().to_owned());
                let expected = expected.iter().map(Uuid::to_string);
                assert!(found.eq(expected.clone()), "{}: {rows:?}", self.document);
            }
            Answer::Count(count) => {
                let found = data["astridObservations"]["totalCount"].as_u64().unwrap();
                let found = usize::try_from(found).unwrap();
                let is_right = found == *count || (others_write && found > *count);
                assert!(is_right, "{}: {found}, not {count}", self.document);
            }
        }
    }
}

fn by_id(exposure: &Exposure) -> (String, Answer) {
    let id = exposure.id;
    let global = global_id("AstridObservation", id);
    let document = format!(
        "{{ node(id: \"{global}\") {{ ... on AstridObservation {{ rowId observationId status ra dec }} }} }}"
    );
    (document, Answer::Rows(vec![id]))
}

fn list(conditions: &str, order: &str) -> String {
    format!(
        "{{ astridObservations(first: {PAGE}, where: {{{conditions}}}{order}) {{ \
           nodes {{ rowId observationId status ra dec observationTime }} pageInfo {{ hasNextPage }} }} }}"
    )
}

fn page(found: &[&Exposure]) -> Answer {
    Answer::Rows(found.iter().take(PAGE).map(|exposure| exposure.id).collect())
}

/// How far the exposures of a night have come, in the shares of the specification's §9.1.
fn state(exposure: usize) -> ObservationStatus {
    STATES[match exposure {
        0..20 => 0,
        20..30 => 1,
        30..40 => 2,
        40..50 => 3,
        50..105 => 5,
        105..125 => 6,
        _ => 4,
    }]
    .0
}

/// A key whose order is that of time.
fn key(time: DateTime<Utc>, chance: &mut ChaCha12Rng) -> Uuid {
    let milliseconds = time.timestamp_millis().unsigned_abs();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &chance.random()).into_uuid()
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

fn decimal(degrees: f64) -> Decimal {
    Decimal::from_f64_retain(degrees).unwrap().round_dp(7)
}

/// A row's name in the whole graph: base64 of a JSON list.
fn global_id(type_name: &str, id: Uuid) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let text = format!("[\"{type_name}\",\"{id}\"]");
    let mut encoded = String::new();
    for bytes in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| {
            bits << 8 | usize::from(bytes.get(at).copied().unwrap_or_default())
        });
        for place in 0..=bytes.len() {
            encoded.push(char::from(ALPHABET[bits >> (18 - 6 * place) & 63]));
        }
    }
    encoded
}
