//! Rows that another process writes are seen by all who follow, each once.

use almanac_database::Database;
use almanac_entity::{
    ingest::ingest_group,
    products::{ese_candidate, image, job},
};
use almanac_service::{
    Row,
    live::{Followed, Follower, JobProgress, Live, QueueCounts},
};

use crate::{
    elsewhere::{group, group_id, image, live, measurement_set, soon, state, write},
    support::{Engine, TestDatabase, engines},
};

/// Rows that are written.
const ROWS: usize = 1_000;

engines!(
    five_hundred_see_a_thousand_images_over_a_reconnect,
    many_see_a_thousand_groups_over_a_reconnect,
    who_comes_back_gets_the_last_state_of_what_changed,
    servers_stand_beside_each_other,
    what_changed_while_no_server_ran_is_found,
    who_is_slow_catches_up,
    a_row_that_went_and_came_again_is_new,
    counts_are_told_at_once_and_when_they_change,
    a_job_is_followed_by_its_id,
    a_position_of_something_else_is_refused,
    whoever_waits_is_told_when_the_server_stops,
);

/// The keys of what a follower gets, the next `count`.
async fn take<E: Followed>(
    follower: &mut Follower<E>,
    count: usize,
    key: impl Fn(&Row<E>) -> String,
) -> (Vec<String>, String) {
    let mut taken = Vec::with_capacity(count);
    let mut position = String::new();
    while taken.len() < count {
        let change = soon(follower.next()).await.unwrap().unwrap();
        taken.push(key(change.row()));
        position = change.position();
    }
    (taken, position)
}

fn path(row: &Row<image::Entity>) -> String {
    row.text(image::Column::Path).unwrap().to_owned()
}

fn group_state(row: &Row<ingest_group::Entity>) -> String {
    let text = |column| row.text(column).unwrap();
    format!("{} {}", text(ingest_group::Column::GroupId), text(ingest_group::Column::State))
}

/// All followers see all rows, each once, though each goes away somewhere in the middle and comes back.
async fn all_see<E: Followed>(
    live: &Live,
    followers: usize,
    key: fn(&Row<E>) -> String,
    writing: impl Future<Output = ()>,
) -> Vec<String> {
    let mut tasks = Vec::new();
    for number in 0..followers {
        let mut follower = live.follow::<E>(None).await.unwrap();
        let live = live.clone();
        tasks.push(tokio::spawn(async move {
            let before = 1 + number * 7 % (ROWS - 1);
            let (mut seen, position) = take(&mut follower, before, key).await;
            drop(follower);
            let mut follower = live.follow::<E>(Some(&position)).await.unwrap();
            seen.extend(take(&mut follower, ROWS - before, key).await.0);
            (seen, follower)
        }));
    }
    writing.await;
    let mut last = None;
    for task in tasks {
        let (mut seen, follower) = task.await.unwrap();
        assert_eq!(seen.len(), ROWS);
        seen.sort_unstable();
        assert!(last.as_ref().is_none_or(|last| *last == seen), "all see the same");
        last = Some(seen);
        drop(follower);
    }
    last.unwrap()
}

async fn five_hundred_see_a_thousand_images_over_a_reconnect(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    write(&test, [measurement_set(), image(0)]).await;
    let live = live(&test);
    let one_by_one = (1..=200).map(image);
    let together = (201..=ROWS).map(image);
    let statements: Vec<String> = one_by_one
        .chain(["BEGIN".to_owned()])
        .chain(together)
        .chain(["COMMIT".to_owned()])
        .collect();
    let seen = all_see(&live, 500, path, write(&test, statements)).await;
    let written: Vec<String> = (1..=ROWS).map(|number| format!("/{number:06}.fits")).collect();
    assert_eq!(seen, written);
}

async fn many_see_a_thousand_groups_over_a_reconnect(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    write(&test, [group(0)]).await;
    let live = live(&test);
    let one_by_one = (1..=200).map(group);
    let together = (201..=ROWS).map(group);
    let statements: Vec<String> = one_by_one
        .chain(["BEGIN".to_owned()])
        .chain(together)
        .chain(["COMMIT".to_owned()])
        .collect();
    let seen = all_see(&live, 60, group_state, write(&test, statements)).await;
    let written: Vec<String> =
        (1..=ROWS).map(|number| format!("{} collecting", group_id(number))).collect();
    assert_eq!(seen, written);
}

async fn who_comes_back_gets_the_last_state_of_what_changed(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    write(&test, (0..10).map(group)).await;
    let live = live(&test);
    let mut follower = live.follow::<ingest_group::Entity>(None).await.unwrap();
    write(&test, [state(3, "pending")]).await;
    let (seen, position) = take(&mut follower, 1, group_state).await;
    assert_eq!(seen, [format!("{} pending", group_id(3))]);
    drop(follower);

    write(
        &test,
        [
            state(5, "pending"),
            group(10),
            state(5, "in_progress"),
            state(3, "failed"),
            state(5, "completed"),
        ],
    )
    .await;
    let mut follower = live.follow::<ingest_group::Entity>(Some(&position)).await.unwrap();
    let (mut seen, position) = take(&mut follower, 3, group_state).await;
    seen.sort_unstable();
    let expected = [(3, "failed"), (5, "completed"), (10, "collecting")];
    assert_eq!(seen, expected.map(|(number, state)| format!("{} {state}", group_id(number))));

    // Nothing else: what comes next is what is written next, here and for whoever comes back again.
    write(&test, [state(7, "pending")]).await;
    let next = [format!("{} pending", group_id(7))];
    assert_eq!(take(&mut follower, 1, group_state).await.0, next);
    let mut again = live.follow::<ingest_group::Entity>(Some(&position)).await.unwrap();
    assert_eq!(take(&mut again, 1, group_state).await.0, next);
}

async fn servers_stand_beside_each_other(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    write(&test, [measurement_set()]).await;
    let (one, other) = (live(&test), live(&test));
    let candidate = |number: usize| {
        format!(
            "INSERT INTO ese_candidates (source_id, flagged_at, significance, flag_type) \
             VALUES ('source {number}', 1, 5, 'user')"
        )
    };
    let source = |row: &Row<ese_candidate::Entity>| {
        let text = |column| row.text(column).unwrap_or_default();
        let (source, notes) = (ese_candidate::Column::SourceId, ese_candidate::Column::Notes);
        format!("{}{}", text(source), text(notes))
    };
    let statistics = |number: usize| {
        format!(
            "INSERT INTO variability_stats (source_id, ra_deg, dec_deg, updated_at) VALUES ('source {number}', 1, 1, 1)"
        )
    };
    write(&test, (0..6).map(statistics).chain((0..3).map(candidate))).await;

    let mut images = one.follow::<image::Entity>(None).await.unwrap();
    let mut here = one.follow::<ese_candidate::Entity>(None).await.unwrap();
    let mut there = other.follow::<ese_candidate::Entity>(None).await.unwrap();
    write(&test, [candidate(3), candidate(4), image(1), image(2)]).await;
    let both = ["source 3".to_owned(), "source 4".to_owned()];
    assert_eq!(take(&mut there, 2, source).await.0, both);
    let (seen, position) = take(&mut here, 1, source).await;
    assert_eq!(seen, both[..1]);
    let (_, of_images) = take(&mut images, 1, path).await;

    // Notes leave no time behind; another server has to find them all the same.
    let noted = "UPDATE ese_candidates SET notes = '!' WHERE source_id = 'source 1'".to_owned();
    write(&test, [noted]).await;
    let mut moved = other.follow::<ese_candidate::Entity>(Some(&position)).await.unwrap();
    let (mut seen, position) = take(&mut moved, 2, source).await;
    seen.sort_unstable();
    assert_eq!(seen, ["source 1!", "source 4"]);
    let mut images = other.follow::<image::Entity>(Some(&of_images)).await.unwrap();
    assert_eq!(take(&mut images, 1, path).await.0, ["/000002.fits"]);

    write(&test, [candidate(5)]).await;
    let mut back = one.follow::<ese_candidate::Entity>(Some(&position)).await.unwrap();
    assert_eq!(take(&mut back, 1, source).await.0, ["source 5"]);
}

async fn what_changed_while_no_server_ran_is_found(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    write(&test, (0..5).map(group)).await;
    let position = {
        let live = live(&test);
        let mut follower = live.follow::<ingest_group::Entity>(None).await.unwrap();
        write(&test, [state(0, "pending")]).await;
        take(&mut follower, 1, group_state).await.1
    };
    write(&test, [state(4, "failed"), group(5)]).await;
    let live = live(&test);
    let mut follower = live.follow::<ingest_group::Entity>(Some(&position)).await.unwrap();
    let (mut seen, _) = take(&mut follower, 2, group_state).await;
    seen.sort_unstable();
    assert_eq!(seen, [format!("{} failed", group_id(4)), format!("{} collecting", group_id(5))]);
}

async fn who_is_slow_catches_up(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    let live = live(&test);
    let mut slow = live.follow::<ingest_group::Entity>(None).await.unwrap();
    let mut quick = live.follow::<ingest_group::Entity>(None).await.unwrap();
    let writer = test.writer().await;
    // Each is found alone, so that more is found than is kept.
    for number in 0..70 {
        sea_orm::ConnectionTrait::execute_unprepared(&writer, &group(number)).await.unwrap();
        take(&mut quick, 1, group_state).await;
    }
    let (seen, _) = take(&mut slow, 70, group_state).await;
    let written: Vec<String> =
        (0..70).map(|number| format!("{} collecting", group_id(number))).collect();
    assert_eq!(seen, written);
    assert_eq!(live.counters().lags.load(std::sync::atomic::Ordering::Relaxed), 1);
    write(&test, [state(1, "pending")]).await;
    assert_eq!(take(&mut slow, 1, group_state).await.0, [format!("{} pending", group_id(1))]);
}

async fn a_row_that_went_and_came_again_is_new(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    write(&test, (0..3).map(group)).await;
    let live = live(&test);
    let mut follower = live.follow::<ingest_group::Entity>(None).await.unwrap();
    let gone = format!("DELETE FROM ingest_queue WHERE group_id = '{}'", group_id(1));
    write(&test, [gone, state(0, "pending")]).await;
    assert_eq!(take(&mut follower, 1, group_state).await.0, [format!("{} pending", group_id(0))]);
    write(&test, [group(1)]).await;
    let again = [format!("{} collecting", group_id(1))];
    assert_eq!(take(&mut follower, 1, group_state).await.0, again);
}

async fn counts_are_told_at_once_and_when_they_change(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    write(&test, (0..2).map(group)).await;
    let live = live(&test);
    let mut observer = live.observe(QueueCounts, None).await.unwrap();
    let told = |counts: &[(almanac_entity::ingest::IngestState, u64)]| {
        counts.iter().map(|(_, count)| *count).collect::<Vec<_>>()
    };
    let (_, counts) = soon(observer.next()).await.unwrap();
    assert_eq!(told(&counts), [2, 0, 0, 0, 0]);
    write(&test, [state(0, "pending")]).await;
    let (position, counts) = soon(observer.next()).await.unwrap();
    assert_eq!(told(&counts), [1, 1, 0, 0, 0]);

    let mut again = live.observe(QueueCounts, Some(&position)).await.unwrap();
    write(&test, [state(0, "failed")]).await;
    let (_, counts) = soon(again.next()).await.unwrap();
    assert_eq!(told(&counts), [1, 0, 0, 0, 1], "those that are known are not told again");
}

async fn a_job_is_followed_by_its_id(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let job =
        "INSERT INTO jobs (type, status, ms_path, created_at) VALUES ('image', 'pending', '', 1)";
    write(&test, [job.to_owned(), job.to_owned()]).await;
    let live = live(&test);
    assert!(!live.observe(JobProgress(3), None).await.unwrap().exists());
    let mut observer = live.observe(JobProgress(2), None).await.unwrap();
    let status = |row: &Row<job::Entity>| row.text(job::Column::Status).unwrap().to_owned();
    let (position, row) = soon(observer.next()).await.unwrap();
    assert_eq!(status(&row), "pending");
    let set =
        |id: i32, status: &str| format!("UPDATE jobs SET status = '{status}' WHERE id = {id}");
    write(&test, [set(1, "failed"), set(2, "running")]).await;
    let (_, row) = soon(observer.next()).await.unwrap();
    assert_eq!(status(&row), "running");
    drop(observer);
    write(&test, [set(2, "completed")]).await;
    let mut observer = live.observe(JobProgress(2), Some(&position)).await.unwrap();
    assert_eq!(status(&soon(observer.next()).await.unwrap().1), "completed");
}

async fn a_position_of_something_else_is_refused(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    let live = live(&test);
    let mut follower = live.follow::<ingest_group::Entity>(None).await.unwrap();
    write(&test, [group(1)]).await;
    let (_, position) = take(&mut follower, 1, group_state).await;
    assert!(live.observe(QueueCounts, Some(&position)).await.is_err());
    for bad in ["", "nonsense", "WyJncm91cHMiLCJ2IiwiMSJd"] {
        assert!(live.follow::<ingest_group::Entity>(Some(bad)).await.is_err(), "{bad}");
    }
}

async fn whoever_waits_is_told_when_the_server_stops(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    let live = live(&test);
    let mut follower = live.follow::<ingest_group::Entity>(None).await.unwrap();
    let mut observer = live.observe(QueueCounts, None).await.unwrap();
    soon(observer.next()).await.unwrap();
    let waiting =
        tokio::spawn(
            async move { (follower.next().await.is_none(), observer.next().await.is_none()) },
        );
    live.close();
    assert_eq!(soon(waiting).await.unwrap(), (true, true));
}
