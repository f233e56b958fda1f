//! What PostgreSQL commits in another order than it was written.

mod postgres {
    use almanac_database::Database;
    use almanac_entity::{ingest::ingest_group, products::image};
    use almanac_service::live::{Followed, Live};
    use sea_orm::{ConnectionTrait, DatabaseConnection, IdenStatic, TransactionTrait};

    use crate::{
        elsewhere::{group, group_id, image, live, measurement_set, soon, state, write},
        support::{Engine, TestDatabase},
    };

    async fn connections(test: &TestDatabase) -> DatabaseConnection {
        test.writer().await.connection().clone()
    }

    /// The next row's column, and its position.
    async fn next<E: Followed>(
        follower: &mut almanac_service::live::Follower<E>,
        column: E::Column,
    ) -> (String, String) {
        let change = soon(follower.next()).await.unwrap().unwrap();
        let text =
            change.row().text(column).unwrap_or_else(|| panic!("{} is text", column.as_str()));
        (text.to_owned(), change.position())
    }

    #[tokio::test]
    async fn a_row_that_is_committed_late_is_seen() {
        let test = TestDatabase::migrated(Database::Products, Engine::Postgres).await;
        write(&test, [measurement_set(), image(0)]).await;
        let live = live(&test);
        let mut follower = live.follow::<image::Entity>(None).await.unwrap();
        let connection = connections(&test).await;
        let early = connection.begin().await.unwrap();
        early.execute_unprepared(&image(1)).await.unwrap();
        connection.execute_unprepared(&image(2)).await.unwrap();
        let path = image::Column::Path;
        let (seen, position) = next(&mut follower, path).await;
        assert_eq!(seen, "/000002.fits");
        // It comes to who comes back, and to who stayed; another server knows the gap, too.
        early.commit().await.unwrap();
        assert_eq!(next(&mut follower, path).await.0, "/000001.fits");
        for live in [&live, &crate::elsewhere::live(&test)] {
            let mut again = live.follow::<image::Entity>(Some(&position)).await.unwrap();
            assert_eq!(next(&mut again, path).await.0, "/000001.fits");
        }
    }

    #[tokio::test]
    async fn what_transactions_and_savepoints_write_late_is_seen_once() {
        let test = TestDatabase::migrated(Database::Ingest, Engine::Postgres).await;
        write(&test, (0..4).map(group)).await;
        let live = live(&test);
        let mut follower = live.follow::<ingest_group::Entity>(None).await.unwrap();
        let connection = connections(&test).await;
        let long = connection.begin().await.unwrap();
        long.execute_unprepared(&state(0, "pending")).await.unwrap();
        let savepoint = long.begin().await.unwrap();
        savepoint.execute_unprepared(&state(1, "pending")).await.unwrap();
        savepoint.commit().await.unwrap();
        let id = ingest_group::Column::GroupId;
        for number in [2, 3] {
            connection.execute_unprepared(&state(number, "pending")).await.unwrap();
            assert_eq!(next(&mut follower, id).await.0, group_id(number));
        }
        connection.execute_unprepared(&state(2, "failed")).await.unwrap();
        let (seen, position) = next(&mut follower, id).await;
        assert_eq!(seen, group_id(2));
        // The long one is still open: nothing of before comes again to who comes back now.
        let mut back = live.follow::<ingest_group::Entity>(Some(&position)).await.unwrap();
        long.commit().await.unwrap();
        for follower in [&mut follower, &mut back] {
            let mut late = [next(follower, id).await.0, next(follower, id).await.0];
            late.sort_unstable();
            assert_eq!(late, [group_id(0), group_id(1)]);
        }
        connection.execute_unprepared(&state(3, "completed")).await.unwrap();
        for follower in [&mut follower, &mut back] {
            assert_eq!(next(follower, id).await.0, group_id(3));
        }
    }

    #[tokio::test]
    async fn a_transaction_is_continued_in_its_middle() {
        let test = TestDatabase::migrated(Database::Ingest, Engine::Postgres).await;
        let live = live(&test);
        let mut follower = live.follow::<ingest_group::Entity>(None).await.unwrap();
        let connection = connections(&test).await;
        let long = connection.begin().await.unwrap();
        long.execute_unprepared(&group(9)).await.unwrap();
        let several = connection.begin().await.unwrap();
        for number in 0..5 {
            several.execute_unprepared(&group(number)).await.unwrap();
        }
        several.commit().await.unwrap();
        let id = ingest_group::Column::GroupId;
        next(&mut follower, id).await;
        let (seen, position) = next(&mut follower, id).await;
        assert_eq!(seen, group_id(1));
        long.commit().await.unwrap();
        let mut back = live.follow::<ingest_group::Entity>(Some(&position)).await.unwrap();
        let mut rest = Vec::new();
        let mut positions = Vec::new();
        for _ in 0..4 {
            let (seen, position) = next(&mut back, id).await;
            rest.push(seen);
            positions.push(position);
        }
        let mut sorted = rest.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [2, 3, 4, 9].map(group_id));
        // Whichever of them was the last one seen, the others follow, and none again.
        for (count, position) in positions.iter().enumerate() {
            let mut back = live.follow::<ingest_group::Entity>(Some(position)).await.unwrap();
            for expected in &rest[count + 1..] {
                assert_eq!(next(&mut back, id).await.0, *expected);
            }
            connection.execute_unprepared(&group(20 + count)).await.unwrap();
            for earlier in 0..=count {
                assert_eq!(next(&mut back, id).await.0, group_id(20 + earlier));
            }
        }
    }

    #[tokio::test]
    async fn our_own_writers_notify() {
        let test = TestDatabase::migrated(Database::Ingest, Engine::Postgres).await;
        let settings =
            almanac_service::live::Settings { interval: std::time::Duration::from_hours(1) };
        let live = Live::new(test.sessions(), settings);
        let mut follower = live.follow::<ingest_group::Entity>(None).await.unwrap();
        let sessions = test.sessions();
        let mut seen = false;
        // The first may be written before the listener listens; whichever is heard brings all.
        for number in 0.. {
            let transaction = sessions.begin(Database::Ingest).await.unwrap();
            transaction.execute_unprepared(&group(number)).await.unwrap();
            transaction.commit().await.unwrap();
            let heard =
                tokio::time::timeout(std::time::Duration::from_millis(500), follower.next()).await;
            if heard.is_ok() {
                seen = true;
                break;
            }
        }
        assert!(seen);
    }
}
