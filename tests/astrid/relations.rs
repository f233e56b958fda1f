//! Rows are found from each other, both ways.

use almanac_entity::astrid::{
    alert, candidate, detection, difference_run, ml_model, model_run, observation, preprocess_run,
    survey, validation_event,
};
use sea_orm::{EntityTrait, JoinType, LoaderTrait, PaginatorTrait, QuerySelect, RelationTrait};

use crate::{
    night::{UNIT, filled},
    support::{Engine, engines},
};

engines!(ast_m_11_relations_load_both_ways);

/// Loads the children of all parents, and the parents of all children; so many are to be found each way.
macro_rules! both_ways {
    ($connection:ident: $($parent:ident has $count:expr, $child:ident;)+) => {$(
        let parents = $parent::Entity::find().all(&$connection).await.unwrap();
        let of_parents = parents.load_many($child::Entity, &$connection).await.unwrap();
        let found: usize = of_parents.iter().map(Vec::len).sum();
        let what = concat!(stringify!($parent), " has ", stringify!($child));
        assert_eq!(found, $count as usize, "{what}");
        let children = $child::Entity::find().all(&$connection).await.unwrap();
        let of_children = children.load_one($parent::Entity, &$connection).await.unwrap();
        assert_eq!(of_children.iter().flatten().count(), $count as usize, "{what}, the other way");
    )+};
}

async fn ast_m_11_relations_load_both_ways(engine: Engine) {
    let test = filled(engine, UNIT).await;
    let connection = test.connection().await;
    let (images, candidates) = (UNIT.images, UNIT.images * UNIT.candidates_per_image);
    let detections = images * UNIT.detections_per_image;
    both_ways! { connection:
        survey has UNIT.observations, observation;
        observation has UNIT.observations, preprocess_run;
        difference_run has candidates, candidate;
        observation has candidates, candidate;
        ml_model has images, model_run;
        observation has images, model_run;
        model_run has detections, detection;
        observation has detections, detection;
        // The first two of each image were candidates.
        candidate has images * 2, detection;
        detection has images * 2, validation_event;
        detection has images, alert;
    }

    // A difference run has two observations.
    let runs = [
        (difference_run::Relation::Observation, images),
        (difference_run::Relation::ReferenceObservation, images / 2),
    ];
    for (relation, expected) in runs {
        let joined = difference_run::Entity::find().join(JoinType::InnerJoin, relation.def());
        assert_eq!(joined.count(&connection).await.unwrap(), u64::from(expected));
    }
    let observations = [
        (observation::Relation::DifferenceRuns, images),
        (observation::Relation::ReferenceForRuns, images / 2),
    ];
    for (relation, expected) in observations {
        let joined = observation::Entity::find().join(JoinType::InnerJoin, relation.def());
        assert_eq!(joined.count(&connection).await.unwrap(), u64::from(expected));
    }
}
