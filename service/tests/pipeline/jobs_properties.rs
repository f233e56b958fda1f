//! What holds of back-offs and of the order of the queue, whatever the numbers.

use almanac_entity::astrid::processing_job;
use almanac_service::astrid::{JobPolicy, JobType, NewJob};
use proptest::{
    collection::vec,
    prelude::{Strategy, TestCaseError, any, prop_assert, prop_assert_eq, proptest},
    sample::select,
};
use sea_orm::prelude::Uuid;

use crate::{
    jobs::{claim, with_jobs},
    support::Engine,
    world::{World, after, now},
};

proptest! {
    /// The formulas of the specification's §4.6, by another way than the policy takes.
    #[test]
    fn back_offs_are_the_formulas(job_type in select(JobType::ALL.to_vec()), retry in 1..=10_i32) {
        let power = |base: i64| base.pow(u32::try_from(retry - 1).unwrap());
        let expected = match job_type {
            JobType::Ingest | JobType::Notify => (30 * power(2)).min(300),
            JobType::Preprocess | JobType::Difference => (30 * power(2)).min(600),
            JobType::Inference => (30 * power(3)).min(900),
            JobType::Validate => (60 * i64::from(retry)).min(600),
        };
        let policy = JobPolicy::of(job_type);
        prop_assert_eq!(policy.backoff(retry).num_seconds(), expected);
        prop_assert!(policy.backoff(retry + 1) >= policy.backoff(retry), "it never shrinks");
        prop_assert_eq!(policy.backoff(i32::MAX).num_seconds(), match job_type {
            JobType::Ingest | JobType::Notify => 300,
            JobType::Inference => 900,
            _ => 600,
        });
    }
}

/// A job's priority, the seconds until it may be claimed, and those before now when it was made.
fn entry() -> impl Strategy<Value = (i32, i64, i64)> {
    (-2..3_i32, -3..3_i64, 0..3_i64)
}

#[test]
fn claims_follow_the_order_of_the_queue() {
    let config = proptest::test_runner::Config::with_cases(12);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cases = (vec(entry(), 0..40), vec(1..=32_u64, 1..6), any::<u64>());
    let tried = runner.run(&cases, |(entries, claims, seed)| {
        runtime.block_on(check_order(&entries, &claims, seed))
    });
    tried.unwrap();
}

async fn check_order(
    entries: &[(i32, i64, i64)],
    claims: &[u64],
    seed: u64,
) -> Result<(), TestCaseError> {
    let world = World::new(Engine::Sqlite).await;
    for (number, (priority, waits, age)) in entries.iter().enumerate() {
        let entity = Uuid::from_u64_pair(seed, number as u64);
        let new = NewJob {
            priority: Some(*priority),
            scheduled_at: Some(after(*waits)),
            ..NewJob::new(JobType::Ingest, entity)
        };
        let made = after(-*age);
        with_jobs!(world, made, |jobs| jobs.enqueue(&new, made)).unwrap();
    }
    let mut expected = world.rows::<processing_job::Entity>().await;
    expected.retain(|job| job.scheduled_at <= now());
    expected.sort_by_key(|job| (-job.priority, job.scheduled_at, job.created_at, job.id));
    let mut expected = expected.into_iter().map(|job| job.id);
    for most in claims {
        let claimed = claim(&world, JobType::Ingest, *most, now()).await;
        let next: Vec<Uuid> = expected.by_ref().take(usize::try_from(*most).unwrap()).collect();
        prop_assert_eq!(claimed.iter().map(|job| job.id).collect::<Vec<_>>(), next);
    }
    Ok(())
}
