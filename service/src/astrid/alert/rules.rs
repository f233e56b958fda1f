//! Which detections are worth an alert: the setting `alerts.rules`.

use almanac_entity::astrid::{AlertPriority, detection, system_config};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Decimal};
use serde_json::Value as Json;

use super::AlertChannel;
use crate::{Repository, Result, Writable, decimal};

/// The name of the setting.
pub(super) const KEY: &str = "alerts.rules";

/// The longest time of cooling down: a year.
const MOST_MINUTES: i64 = 365 * 24 * 60;

/// Which detections are worth an alert, how urgent they are and who hears of them (the specification's §4.10).
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRules {
    /// The least confidence, from 0 to 1.
    pub min_confidence: Decimal,
    /// The least quality of a prediction that tells its quality, from 0 to 1.
    pub min_quality: f64,
    /// The least size of a prediction that tells its size, pixels.
    pub min_size_px: f64,
    /// The least brightness of a prediction that tells its brightness.
    pub min_brightness: f64,
    /// How many alerts go by one channel in 60 minutes; critical ones go in any case.
    pub max_per_hour: usize,
    /// How long an observation gives no other alert by the same channel, but a critical one.
    pub cooldown: TimeDelta,
    /// The confidence at which an alert is critical, high and medium; below it is low.
    pub bands: [(AlertPriority, Decimal); 3],
    /// The channels, none twice.
    pub channels: Vec<AlertChannel>,
    /// Who hears of it, by channel: an object of lists.
    pub recipients: Json,
}

impl Default for AlertRules {
    /// The rules where the settings say nothing else.
    fn default() -> Self {
        Self {
            min_confidence: Decimal::new(8, 1),
            min_quality: 0.7,
            min_size_px: 100.0,
            min_brightness: 0.5,
            max_per_hour: 10,
            cooldown: TimeDelta::minutes(30),
            bands: [
                (AlertPriority::Critical, Decimal::new(95, 2)),
                (AlertPriority::High, Decimal::new(85, 2)),
                (AlertPriority::Medium, Decimal::new(75, 2)),
            ],
            channels: vec![AlertChannel::Dashboard],
            recipients: Json::Null,
        }
    }
}

impl AlertRules {
    /// The rules as a value of the setting has them; what it does not say is as in [`default`](Self::default).
    ///
    /// # Errors
    /// It names a channel that there is not.
    pub fn of(value: &Json) -> Result<Self> {
        let rules = Self::default();
        let number = |of: &Json, name: &str| of.get(name).and_then(decimal::of_json);
        let float =
            |name: &str, otherwise| value.get(name).and_then(Json::as_f64).unwrap_or(otherwise);
        let bands = value.get("priority_bands").unwrap_or(&Json::Null);
        let mut channels = Vec::new();
        for word in value.get("channels").and_then(Json::as_array).into_iter().flatten() {
            let channel = word.as_str().unwrap_or_default().parse()?;
            if !channels.contains(&channel) {
                channels.push(channel);
            }
        }
        let names_channels = value.get("channels").is_some_and(Json::is_array);
        Ok(Self {
            min_confidence: number(value, "min_confidence").unwrap_or(rules.min_confidence),
            min_quality: float("min_quality", rules.min_quality),
            min_size_px: float("min_size_px", rules.min_size_px),
            min_brightness: float("min_brightness", rules.min_brightness),
            max_per_hour: value
                .get("max_per_hour")
                .and_then(Json::as_u64)
                .and_then(|most| usize::try_from(most).ok())
                .unwrap_or(rules.max_per_hour),
            cooldown: value
                .get("cooldown_minutes")
                .and_then(Json::as_i64)
                .filter(|minutes| (0..=MOST_MINUTES).contains(minutes))
                .and_then(TimeDelta::try_minutes)
                .unwrap_or(rules.cooldown),
            bands: rules.bands.map(|(priority, otherwise)| {
                (priority, number(bands, priority.as_str()).unwrap_or(otherwise))
            }),
            channels: if names_channels { channels } else { rules.channels },
            recipients: value.get("recipients").cloned().unwrap_or(rules.recipients),
        })
    }

    /// How urgent a detection of this confidence is: the highest band that it reaches.
    pub fn priority(&self, confidence: Decimal) -> AlertPriority {
        let mut bands = self.bands.iter();
        let reached = bands.find(|(_, least)| confidence >= *least);
        reached.map_or(AlertPriority::Low, |(priority, _)| *priority)
    }

    /// Whether a detection is worth an alert. Of its prediction only what that tells is looked at.
    pub fn lets_through(&self, detection: &detection::Model) -> bool {
        let told = |name: &str| detection.prediction_metadata.as_ref()?.get(name)?.as_f64();
        let reaches = |name, least| told(name).is_none_or(|value| value >= least);
        detection.confidence_score >= self.min_confidence
            && reaches("quality_score", self.min_quality)
            && reaches("size_px", self.min_size_px)
            && reaches("brightness", self.min_brightness)
    }

    /// Who hears of it by a channel: a list, which may be empty.
    pub(super) fn recipients_of(&self, channel: AlertChannel) -> Vec<Json> {
        let listed = self.recipients.get(channel.as_str()).and_then(Json::as_array);
        listed.cloned().unwrap_or_default()
    }

    /// The rules, their setting being locked until the transaction ends, so that what was counted stays true.
    pub(super) async fn locked<C: Writable>(connection: &C) -> Result<Self> {
        let setting = system_config::Entity::find()
            .filter(system_config::Column::Key.eq(KEY))
            .one(connection)
            .await?;
        let Some(setting) = setting else { return Ok(Self::default()) };
        let settings = Repository::<_, system_config::Entity>::new(connection);
        match settings.lock(setting.id).await? {
            Some(setting) if setting.is_active => Self::of(&setting.value),
            _ => Ok(Self::default()),
        }
    }
}
