//! What holds of any schema, and of any two.

use std::sync::Arc;

use migration_schema::{Engine, reflect, statements};
use sea_orm::ConnectionTrait;
use tokio::sync::Mutex;

use crate::support::{
    property::holds,
    random::schema,
    server::{Server, shared},
    way::{made_again, run, there_and_back},
};

#[test]
fn what_is_read_can_be_made_again() {
    let _kept = shared();
    let servers = Servers::default();
    holds(12, &schema(Engine::Postgres, &["a", "b", "it's"]), async |schema| {
        let (server, again) = &*servers.next().await;
        let (one, other) = (server.make("one", "").await, again.make("other", "").await);
        let made =
            made_again((&server.connection, &one), (&again.connection, &other), &schema).await;
        drop_all(server, &[one, other]).await;
        made
    });
}

#[test]
fn a_plan_leads_there_and_back_and_keeps_rows() {
    let _kept = shared();
    let servers = Servers::default();
    let two = (
        schema(Engine::Postgres, &["a", "b"]),
        schema(Engine::Postgres, &["x", "a", "y", "b", "z"]),
    );
    holds(12, &two, async |(actual, desired)| {
        let (server, other) = &*servers.next().await;
        let (live, model) = (server.make("live", "").await, other.make("model", "").await);
        run(&server.connection, &statements(&actual)).await?;
        run(&other.connection, &statements(&desired)).await?;
        let read = reflect(&other.connection, &model).await.map_err(|error| error.to_string())?;
        let gone = there_and_back(&server.connection, &live, &read).await;
        drop_all(server, &[live, model]).await;
        gone
    });
}

/// Two connections, which know the catalogue already when the next schema comes. They are made anew after some hundred
/// schemas: the server's processes remember every table that they ever met, and look through all of them at each change.
#[derive(Default)]
struct Servers(Mutex<Option<(u32, Two)>>);

type Two = Arc<(Server, Server)>;

impl Servers {
    const SCHEMAS: u32 = 250;

    async fn next(&self) -> Two {
        let mut two = self.0.lock().await;
        let (number, servers) = match two.take() {
            Some((number, servers)) if number < Self::SCHEMAS => (number + 1, servers),
            _ => (1, Arc::new((Server::new().await, Server::new().await))),
        };
        *two = Some((number, servers.clone()));
        servers
    }
}

async fn drop_all(server: &Server, schemas: &[String]) {
    for name in schemas {
        let sql = format!("DROP SCHEMA \"{name}\" CASCADE");
        server.connection.execute_unprepared(&sql).await.expect("a schema goes");
    }
}
