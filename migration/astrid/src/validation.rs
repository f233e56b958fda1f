//! What makes a row of `example_model` an observation: the rules of a new observation, in their order.
//! The first that fails is the reason that is kept, such as `missing:ra` or `range:dec`.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use sea_orm_migration::sea_query::value::prelude::rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};

const REQUIRED: [&str; 7] =
    ["observation_id", "ra", "dec", "observation_time", "filter_band", "exposure_time", "fits_url"];

const SCHEMES: [&str; 5] = ["http", "https", "s3", "file", "mast"];

/// Filters that every installation knows, in lower case; HST's and primed ones aside.
const FILTERS: [&str; 30] = [
    "u", "b", "v", "r", "i", "g", "z", "y", "j", "h", "k", "w1", "w2", "w3", "w4", "clear",
    "white", "tess", "kepler", "zg", "zr", "zi", "uvw1", "uvw2", "uvm2", "uuu", "ubb", "uvv",
    "nuv", "fuv",
];

/// An observation as `data` describes it; the fields bear the columns' names.
#[derive(Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "they are the columns' names")]
pub(crate) struct Observation {
    pub(crate) observation_id: String,
    pub(crate) ra: Decimal,
    pub(crate) dec: Decimal,
    pub(crate) observation_time: DateTime<Utc>,
    pub(crate) filter_band: String,
    pub(crate) exposure_time: Decimal,
    pub(crate) fits_url: String,
    pub(crate) pixel_scale: Option<Decimal>,
    pub(crate) image_width: Option<i32>,
    pub(crate) image_height: Option<i32>,
    pub(crate) airmass: Option<Decimal>,
    pub(crate) seeing: Option<Decimal>,
}

/// The observation that `data` describes, or the first rule it breaks. `filters` are those of the
/// survey configurations, in lower case.
pub(crate) fn observation(
    data: &Map<String, Value>,
    filters: &HashSet<String>,
    now: DateTime<Utc>,
) -> Result<Observation, String> {
    for name in REQUIRED {
        let blank = match data.get(name) {
            None | Some(Value::Null) => true,
            Some(value) => value.as_str().is_some_and(|text| text.trim().is_empty()),
        };
        rule(!blank, "missing", name)?;
    }
    let observation_id = text(data, "observation_id")?;
    let ra = number(data, "ra")?;
    let dec = number(data, "dec")?;
    let observation_time = DateTime::parse_from_rfc3339(text(data, "observation_time")?)
        .map_err(|_| broken("type", "observation_time"))?
        .to_utc()
        .trunc_subsecs(6);
    let filter_band = text(data, "filter_band")?;
    let exposure_time = number(data, "exposure_time")?;
    let fits_url = text(data, "fits_url")?;

    rule(observation_id.chars().count() <= 255, "length", "observation_id")?;
    rule((Decimal::ZERO..=Decimal::from(360)).contains(&ra), "range", "ra")?;
    rule((Decimal::from(-90)..=Decimal::from(90)).contains(&dec), "range", "dec")?;
    rule(observation_time.year() >= 1990 && observation_time <= now, "range", "observation_time")?;
    rule(is_filter(filter_band, filters), "unknown", "filter_band")?;
    rule(filter_band.chars().count() <= 50, "length", "filter_band")?;
    rule(
        (Decimal::new(1, 3)..=Decimal::from(86_400)).contains(&exposure_time),
        "range",
        "exposure_time",
    )?;
    rule(fits_url.chars().count() <= 1000, "length", "fits_url")?;
    let scheme = fits_url.split_once(':').map_or("", |(scheme, _)| scheme);
    rule(SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)), "scheme", "fits_url")?;

    let ra = rounded(ra, 7);
    Ok(Observation {
        observation_id: observation_id.to_owned(),
        ra: if ra == Decimal::from(360) { Decimal::ZERO } else { ra },
        dec: rounded(dec, 7),
        observation_time,
        filter_band: filter_band.to_owned(),
        exposure_time: rounded(exposure_time, 3),
        fits_url: fits_url.to_owned(),
        airmass: positive(data, "airmass", 5, 2)?,
        seeing: positive(data, "seeing", 6, 3)?,
        pixel_scale: positive(data, "pixel_scale", 8, 4)?,
        image_width: pixels(data, "image_width")?,
        image_height: pixels(data, "image_height")?,
    })
}

fn broken(rule: &str, field: &str) -> String {
    format!("{rule}:{field}")
}

fn rule(holds: bool, rule: &str, field: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken(rule, field)) }
}

fn text<'a>(data: &'a Map<String, Value>, field: &str) -> Result<&'a str, String> {
    data.get(field).and_then(Value::as_str).ok_or_else(|| broken("type", field))
}

/// A number as it was written; one that no decimal holds is out of every range all the same.
fn number(data: &Map<String, Value>, field: &str) -> Result<Decimal, String> {
    let Some(Value::Number(number)) = data.get(field) else { return Err(broken("type", field)) };
    let written = number.to_string();
    let decimal = written.parse().or_else(|_| Decimal::from_scientific(&written));
    Ok(decimal.unwrap_or_else(|_| match number.as_f64() {
        Some(number) if number.abs() < 1.0 => Decimal::ZERO,
        Some(number) if number < 0.0 => Decimal::MIN,
        _ => Decimal::MAX,
    }))
}

fn rounded(number: Decimal, scale: u32) -> Decimal {
    number.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero)
}

fn is_present(data: &Map<String, Value>, field: &str) -> bool {
    data.get(field).is_some_and(|value| !value.is_null())
}

/// A number above 0, where there is one, that `precision` digits hold, `scale` of them behind the point.
fn positive(
    data: &Map<String, Value>,
    field: &str,
    precision: u32,
    scale: u32,
) -> Result<Option<Decimal>, String> {
    if !is_present(data, field) {
        return Ok(None);
    }
    let number = rounded(number(data, field)?, scale);
    let limit = Decimal::from(10_u64.pow(precision - scale));
    rule(number > Decimal::ZERO && number < limit, "range", field)?;
    Ok(Some(number))
}

/// A whole number above 0, where there is one.
fn pixels(data: &Map<String, Value>, field: &str) -> Result<Option<i32>, String> {
    if !is_present(data, field) {
        return Ok(None);
    }
    let number = number(data, field)?;
    rule(number.is_integer(), "type", field)?;
    match i32::try_from(number) {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(broken("range", field)),
    }
}

fn is_filter(band: &str, configured: &HashSet<String>) -> bool {
    let band = band.to_lowercase();
    let primed = band
        .strip_suffix(['\'', '′'])
        .is_some_and(|band| matches!(band, "u" | "g" | "r" | "i" | "z" | "y"));
    FILTERS.contains(&&*band) || primed || is_hst_filter(&band) || configured.contains(&band)
}

/// `f`, three digits, and how wide the filter is.
fn is_hst_filter(band: &str) -> bool {
    band.strip_prefix('f').and_then(|band| band.split_at_checked(3)).is_some_and(
        |(digits, width)| {
            digits.bytes().all(|digit| digit.is_ascii_digit())
                && matches!(width, "w" | "m" | "n" | "lp")
        },
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{DateTime, Utc};
    use serde_json::{Value, json};

    use super::{Observation, observation};

    fn now() -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn judge(field: &str, value: Value) -> Result<Observation, String> {
        let mut data = json!({
            "observation_id": "ztf-1",
            "ra": 10.5,
            "dec": -5.25,
            "observation_time": "2025-05-01T10:00:00+02:00",
            "filter_band": "zg",
            "exposure_time": 30,
            "fits_url": "https://example.org/1.fits",
        });
        data[field] = value;
        observation(data.as_object().unwrap(), &HashSet::from(["f1000w".to_owned()]), now())
    }

    #[test]
    fn every_rule_has_its_reason() {
        for (field, value, reason) in [
            ("observation_id", json!(null), "missing:observation_id"),
            ("observation_id", json!(7), "type:observation_id"),
            ("observation_id", json!("x".repeat(256)), "length:observation_id"),
            ("ra", json!(null), "missing:ra"),
            ("ra", json!("10"), "type:ra"),
            ("ra", json!(360.000_000_1), "range:ra"),
            ("ra", json!(-1e-9), "range:ra"),
            ("ra", json!(1e300), "range:ra"),
            ("dec", json!(90.000_000_1), "range:dec"),
            ("dec", json!(-1e300), "range:dec"),
            ("observation_time", json!("yesterday"), "type:observation_time"),
            ("observation_time", json!("1989-12-31T23:59:59Z"), "range:observation_time"),
            ("observation_time", json!("2026-01-01T00:00:01Z"), "range:observation_time"),
            ("filter_band", json!("  "), "missing:filter_band"),
            ("filter_band", json!("q"), "unknown:filter_band"),
            ("filter_band", json!("b'"), "unknown:filter_band"),
            ("filter_band", json!("F81W"), "unknown:filter_band"),
            ("exposure_time", json!(0.0009), "range:exposure_time"),
            ("exposure_time", json!(86_400.001), "range:exposure_time"),
            ("fits_url", json!("ftp://example.org/1.fits"), "scheme:fits_url"),
            ("fits_url", json!(format!("file:{}", "x".repeat(996))), "length:fits_url"),
            ("airmass", json!(0.004), "range:airmass"),
            ("seeing", json!(1000), "range:seeing"),
            ("pixel_scale", json!(-1), "range:pixel_scale"),
            ("image_width", json!(1.5), "type:image_width"),
            ("image_height", json!(3_000_000_000_u64), "range:image_height"),
        ] {
            assert_eq!(judge(field, value.clone()), Err(reason.to_owned()), "{field}: {value}");
        }
    }

    #[test]
    fn bounds_are_kept_and_rounded() {
        let ra = |value: f64| judge("ra", json!(value)).unwrap().ra.to_string();
        assert_eq!([ra(360.0), ra(359.999_999_99), ra(0.000_000_05)], ["0", "0", "0.0000001"]);
        assert_eq!(judge("dec", json!(-90)).unwrap().dec.to_string(), "-90");
        assert_eq!(
            judge("exposure_time", json!(0.001)).unwrap().exposure_time.to_string(),
            "0.001"
        );
        assert_eq!(judge("image_width", json!(512.0)).unwrap().image_width, Some(512));
        assert_eq!(
            judge("ra", json!(10.5)).unwrap().observation_time.to_rfc3339(),
            "2025-05-01T08:00:00+00:00"
        );
        for band in ["u'", "R", "F814W", "f850lp", "F1000W", "fuv", "White"] {
            assert_eq!(judge("filter_band", json!(band)).unwrap().filter_band, band);
        }
        for url in ["mast:HST/product/1.fits", "FILE:///data/1.fits", "s3://bucket/1.fits"] {
            assert!(judge("fits_url", json!(url)).is_ok(), "{url}");
        }
    }
}
