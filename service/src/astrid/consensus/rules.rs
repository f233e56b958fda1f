//! When reviewers agree: the setting `curation.consensus`.

use almanac_entity::astrid::{ConfidenceLevel, system_config};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, prelude::Decimal};
use serde_json::Value as Json;

use crate::{Result, decimal};

const KEY: &str = "curation.consensus";

/// When reviewers agree (the specification's §4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsensusRules {
    /// How many have to vote.
    pub min_validators: usize,
    /// The share of weight that decides, above 0.5 and at most 1.
    pub accept_share: Decimal,
    /// What votes weigh.
    pub weights: VoteWeights,
}

/// What a vote weighs, by how sure the reviewer is; from 0 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteWeights {
    /// Where the reviewer does not say.
    pub none: Decimal,
    /// Unsure.
    pub low: Decimal,
    /// Fairly sure.
    pub medium: Decimal,
    /// Sure.
    pub high: Decimal,
    /// Sure as an expert.
    pub expert: Decimal,
}

impl VoteWeights {
    /// The weight of a vote.
    pub fn of(&self, level: Option<ConfidenceLevel>) -> Decimal {
        match level {
            None => self.none,
            Some(ConfidenceLevel::Low) => self.low,
            Some(ConfidenceLevel::Medium) => self.medium,
            Some(ConfidenceLevel::High) => self.high,
            Some(ConfidenceLevel::Expert) => self.expert,
        }
    }
}

impl Default for ConsensusRules {
    /// The rules where the settings say nothing else.
    fn default() -> Self {
        let tenths = |tenths| Decimal::new(tenths, 1);
        Self {
            min_validators: 2,
            accept_share: Decimal::new(75, 2),
            weights: VoteWeights {
                none: tenths(10),
                low: tenths(5),
                medium: tenths(10),
                high: tenths(15),
                expert: tenths(20),
            },
        }
    }
}

impl ConsensusRules {
    /// The rules as a value of the setting has them; what it does not say, or says out of range, is as in
    /// [`default`](Self::default).
    pub fn of(value: &Json) -> Self {
        let rules = Self::default();
        let weights = value.get("weights").unwrap_or(&Json::Null);
        let number = |of: &Json, name: &str| of.get(name).and_then(decimal::of_json);
        let weight = |name, otherwise| {
            let range = Decimal::ZERO..=Decimal::ONE_THOUSAND;
            number(weights, name).filter(|weight| range.contains(weight)).unwrap_or(otherwise)
        };
        let decides = |share: &Decimal| *share > Decimal::new(5, 1) && *share <= Decimal::ONE;
        Self {
            min_validators: value
                .get("min_validators")
                .and_then(Json::as_u64)
                .and_then(|count| usize::try_from(count).ok())
                .filter(|count| *count > 0)
                .unwrap_or(rules.min_validators),
            accept_share: number(value, "accept_share")
                .filter(decides)
                .unwrap_or(rules.accept_share),
            weights: VoteWeights {
                none: weight("none", rules.weights.none),
                low: weight("low", rules.weights.low),
                medium: weight("medium", rules.weights.medium),
                high: weight("high", rules.weights.high),
                expert: weight("expert", rules.weights.expert),
            },
        }
    }

    /// The rules as the active setting has them.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn read<C: ConnectionTrait>(connection: &C) -> Result<Self> {
        let setting = system_config::Entity::find()
            .filter(system_config::Column::Key.eq(KEY))
            .filter(system_config::Column::IsActive.eq(true))
            .one(connection)
            .await?;
        Ok(setting.map_or_else(Self::default, |setting| Self::of(&setting.value)))
    }
}
