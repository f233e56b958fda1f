//! What models and people make of the candidates.

use almanac_entity::astrid::{
    AlertPriority, AlertStatus, ConfidenceLevel, DetectionStatus, DetectionType, ModelRunStatus,
    ModelType, alert, audit_record, detection, ml_model, model_run, validation_event,
};
use rand::RngExt;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use serde_json::json;

use super::{Night, at, begin, count, decimal, id, observation_id};

impl<C: ConnectionTrait> Night<'_, C> {
    pub(super) async fn learning(&mut self) {
        let models = (0..2).map(|number| ml_model::ActiveModel {
            id: Set(id(8, number)),
            name: Set("transients".to_owned()),
            version: Set(format!("1.{number}")),
            model_type: Set(ModelType::Unet),
            architecture: Set(Some(json!({"layers": 4, "channels": [16, 32, 64, 128]}))),
            precision: Set(Some(decimal(0.87, 4))),
            recall: Set(Some(decimal(0.91, 4))),
            is_active: Set(number == 1),
            deployment_date: Set(Some(begin())),
            training_energy_wh: Set(Some(decimal(1_234.5, 4))),
            created_at: Set(begin()),
            updated_at: Set(begin()),
            ..Default::default()
        });
        self.insert::<ml_model::Entity>(models.collect()).await;
        let per_image = self.size.detections_per_image;
        let runs = (0..self.size.images).map(|image| model_run::ActiveModel {
            id: Set(id(9, image)),
            model_id: Set(id(8, 1)),
            observation_id: Set(Some(observation_id(image))),
            inference_time_ms: Set(Some(45_800)),
            total_predictions: Set(Some(count(per_image))),
            high_confidence_predictions: Set(Some(1)),
            status: Set(ModelRunStatus::Completed),
            started_at: Set(Some(at(image * 30 + 270))),
            completed_at: Set(Some(at(image * 30 + 316))),
            energy_consumed_wh: Set(Some(decimal(0.8125, 4))),
            created_at: Set(at(image * 30 + 266)),
            updated_at: Set(at(image * 30 + 316)),
            ..Default::default()
        });
        self.insert::<model_run::Entity>(runs.collect()).await;
        let pairs = (0..self.size.images).flat_map(|image| (0..per_image).map(move |n| (image, n)));
        let rows = pairs.map(|(image, number)| self.detection(image, number)).collect();
        self.insert::<detection::Entity>(rows).await;
    }

    fn detection(&mut self, image: u32, number: u32) -> detection::ActiveModel {
        let confidence = match number {
            0 => self.chance.random_range(0.8..1.0),
            _ => self.chance.random_range(0.5..0.8),
        };
        let (ra, dec) = self.near(image);
        let candidate = id(6, image * self.size.candidates_per_image + number);
        detection::ActiveModel {
            id: Set(id(10, image * self.size.detections_per_image + number)),
            model_run_id: Set(id(9, image)),
            observation_id: Set(observation_id(image)),
            candidate_id: Set((number < 2).then_some(candidate)),
            ra: Set(ra),
            dec: Set(dec),
            pixel_x: Set(count(number * 48)),
            pixel_y: Set(0),
            confidence_score: Set(decimal(confidence, 4)),
            detection_type: Set(
                [DetectionType::Supernova, DetectionType::Unknown][number as usize % 2]
            ),
            model_version: Set("1.1".to_owned()),
            prediction_metadata: Set(Some(
                json!({"window": [0, 0, 64, 64], "quality_score": 0.75}),
            )),
            status: Set(if number == 0 {
                DetectionStatus::Confirmed
            } else {
                DetectionStatus::Pending
            }),
            is_validated: Set(number == 0),
            created_at: Set(at(image * 30 + 316)),
            updated_at: Set(at(image * 30 + 900)),
            ..Default::default()
        }
    }

    pub(super) async fn curation(&mut self) {
        let images = 0..self.size.images;
        let first = |image: u32| id(10, image * self.size.detections_per_image);
        let votes = images.clone().flat_map(|image| (0..2).map(move |n| (image, n))).map(
            |(image, reviewer): (u32, u32)| validation_event::ActiveModel {
                id: Set(id(11, image * 2 + reviewer)),
                detection_id: Set(first(image)),
                validator_id: Set(format!("reviewer {reviewer}")),
                is_valid: Set(true),
                label: Set(Some("supernova".to_owned())),
                confidence_level: Set(Some(ConfidenceLevel::High)),
                tags: Set(Some(json!(["bright", "η Car"]))),
                created_at: Set(at(image * 30 + 600)),
                updated_at: Set(at(image * 30 + 600)),
                ..Default::default()
            },
        );
        self.insert::<validation_event::Entity>(votes.collect()).await;
        let alerts = images.clone().map(|image| alert::ActiveModel {
            id: Set(id(12, image)),
            detection_id: Set(first(image)),
            alert_type: Set("dashboard".to_owned()),
            priority: Set(AlertPriority::High),
            title: Set(format!("Something new on exposure {image}")),
            message: Set("Look at it".to_owned()),
            alert_metadata: Set(Some(json!({"rule": "confidence"}))),
            status: Set(AlertStatus::Delivered),
            sent_at: Set(Some(at(image * 30 + 700))),
            delivery_attempts: Set(1),
            created_at: Set(at(image * 30 + 650)),
            updated_at: Set(at(image * 30 + 700)),
            ..Default::default()
        });
        self.insert::<alert::Entity>(alerts.collect()).await;
        let steps = ["ingested", "preprocessing", "preprocessed", "differencing", "differenced"];
        let trail = images.flat_map(|image| (0..4).map(move |step| (image, step)));
        let trail = trail.map(|(image, step): (u32, u32)| audit_record::ActiveModel {
            id: Set(id(13, image * 4 + step)),
            entity_type: Set("observation".to_owned()),
            entity_id: Set(observation_id(image)),
            action: Set("observation.status".to_owned()),
            user_id: Set(Some("system:worker:night".to_owned())),
            old_values: Set(Some(json!({"status": steps[step as usize]}))),
            new_values: Set(Some(json!({"status": steps[step as usize + 1]}))),
            created_at: Set(at(image * 30 + 40 + step * 60)),
            ..Default::default()
        });
        self.insert::<audit_record::Entity>(trail.collect()).await;
    }
}
