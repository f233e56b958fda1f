//! Data products on their way to publication: a measurement set, an image or a mosaic each.

use almanac_entity::{
    Database,
    data_registry::{
        DataFinalizationStatus, DataPhotometryStatus, DataQaStatus, DataRelationshipType,
        DataStatus, DataType, DataValidationStatus, PublishMode, data_product, data_relationship,
        data_tag,
    },
};
use anyhow::Result;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    UnixTime, World, Writer,
    random::{Draw, Random, Topic, stream},
    schedule::Observation,
};

/// Observations whose products are written in one transaction.
const CHUNK: usize = 200;
/// Products of the last observations are not published yet.
const UNPUBLISHED: usize = 6;

pub(super) async fn fill(writer: &mut Writer<'_>, world: &World) -> Result<()> {
    let total = world.schedule.imaged.len();
    let mut random = stream(world.survey.seed, Topic::Publication, 0);
    for chunk in world.schedule.imaged.chunks(CHUNK) {
        let transaction = writer.begin(Database::DataRegistry).await?;
        let products: Vec<_> = chunk
            .iter()
            .flat_map(|observation| {
                let late = total - observation.index <= UNPUBLISHED;
                let set = product(&mut random, DataType::Ms, "ms", observation, late);
                [set, product(&mut random, DataType::Image, "image", observation, late)]
            })
            .collect();
        writer.insert(&transaction, data_product::Entity, products).await?;
        let produced = chunk.iter().map(|observation| {
            related(id("ms", observation), id("image", observation), DataRelationshipType::Produced)
        });
        writer.insert(&transaction, data_relationship::Entity, produced).await?;
        let tags = chunk.iter().filter_map(|observation| {
            let word = match observation.index % 25 {
                _ if observation.bad => "bad-night",
                0 => "reference",
                7 => "press",
                _ => return None,
            };
            Some(data_tag::ActiveModel {
                data_id: Set(id("image", observation)),
                tag: Set(word.to_owned()),
                ..Default::default()
            })
        });
        writer.insert(&transaction, data_tag::Entity, tags).await?;
        transaction.commit().await?;
        writer.report("data products", chunk[chunk.len() - 1].index + 1, total);
    }
    let hours: Vec<_> = world.schedule.hours().collect();
    let transaction = writer.begin(Database::DataRegistry).await?;
    let count = hours.len();
    let mosaics: Vec<_> = hours
        .iter()
        .enumerate()
        .map(|(number, hour)| {
            product(&mut random, DataType::Mosaic, "mosaic", &hour[0], count - number <= 3)
        })
        .collect();
    writer.insert(&transaction, data_product::Entity, mosaics).await?;
    let contained = hours.iter().flat_map(|hour| {
        let mosaic = id("mosaic", &hour[0]);
        hour.iter().map(move |observation| {
            related(mosaic.clone(), id("image", observation), DataRelationshipType::Contains)
        })
    });
    writer.insert(&transaction, data_relationship::Entity, contained).await?;
    Ok(transaction.commit().await?)
}

/// Name of a product of an observation.
fn id(kind: &str, observation: &Observation) -> String {
    format!("{kind}_{}", observation.group_id())
}

fn related(
    parent: String,
    child: String,
    kind: DataRelationshipType,
) -> data_relationship::ActiveModel {
    data_relationship::ActiveModel {
        parent_data_id: Set(parent),
        child_data_id: Set(child),
        relationship_type: Set(kind),
        ..Default::default()
    }
}

fn product(
    random: &mut Random,
    kind: DataType,
    word: &str,
    observation: &Observation,
    late: bool,
) -> data_product::ActiveModel {
    let status = match (late, observation.index % 3, observation.index % 100) {
        (true, 0, _) => DataStatus::Publishing,
        (true, 1, _) => DataStatus::Validated,
        (true, ..) | (_, _, 31 | 32) => DataStatus::Staging,
        (_, _, 12) => DataStatus::Failed,
        (_, _, 24) => DataStatus::Retracted,
        _ => DataStatus::Published,
    };
    let published = matches!(status, DataStatus::Published | DataStatus::Retracted);
    let failed = status == DataStatus::Failed;
    let folder = if word == "ms" { "ms".to_owned() } else { format!("{word}s") };
    let name = id(word, observation);
    let made = observation.after(if word == "ms" { 460.0 } else { 1_950.0 });
    let staged = UnixTime(made.0 + 10.0);
    let pictured = word != "ms";
    let qa = match (observation.bad, &status) {
        _ if late => DataQaStatus::Running,
        (true, _) => DataQaStatus::Warning,
        (_, DataStatus::Failed | DataStatus::Retracted) => DataQaStatus::Failed,
        _ => DataQaStatus::Passed,
    };
    let validation = match status {
        DataStatus::Staging | DataStatus::Publishing if late => DataValidationStatus::Pending,
        DataStatus::Retracted => DataValidationStatus::Invalid,
        _ => DataValidationStatus::Validated,
    };
    let finalization = match status {
        DataStatus::Staging => DataFinalizationStatus::Pending,
        DataStatus::Failed => DataFinalizationStatus::Failed,
        _ => DataFinalizationStatus::Finalized,
    };
    let photometry =
        if late { DataPhotometryStatus::Running } else { DataPhotometryStatus::Completed };
    data_product::ActiveModel {
        data_type: Set(kind),
        base_path: Set(format!("/stage/dsa110-contimg/{folder}")),
        stage_path: Set(format!("/stage/dsa110-contimg/{folder}/{name}")),
        published_path: Set(
            published.then(|| format!("/data/dsa110-contimg/products/{folder}/{name}"))
        ),
        created_at: Set(made),
        staged_at: Set(staged),
        published_at: Set(published.then(|| UnixTime(staged.0 + random.between(60.0, 900.0)))),
        publish_mode: Set(published
            .then(|| random.one_of(&[PublishMode::Auto, PublishMode::Auto, PublishMode::Manual]))),
        metadata_json: Set(Some(
            json!({"group_id": observation.group_id(), "field": observation.field_name()}).into(),
        )),
        qa_status: Set(Some(qa)),
        validation_status: Set(Some(validation)),
        finalization_status: Set(Some(finalization)),
        auto_publish_enabled: Set(Some(!failed)),
        publish_attempts: Set(Some(if failed { 3 } else { i32::from(published) })),
        publish_error: Set(failed.then(|| "no space left on device".to_owned())),
        photometry_status: Set(pictured.then_some(photometry)),
        photometry_job_id: Set(None),
        status: Set(status),
        data_id: Set(name),
        ..Default::default()
    }
}
