//! Several migrators at once.

use std::process::{Child, Command, Stdio};

use almanac_database::Database;
use almanac_migration::{status, verify};

use crate::support::{Engine, TestDatabase, engines};

const RUNNERS: usize = 4;
const ROUNDS: usize = 20;

engines!(four_runners_upgrade_one_new_database);

/// Processes of their own, as on the night of a deployment. Each ends well, and what they leave is whole.
async fn four_runners_upgrade_one_new_database(engine: Engine) {
    for round in 0..ROUNDS {
        let test = TestDatabase::new(Database::Hdf5, engine).await;
        let url = test.url();
        let runners: Vec<Child> = (0..RUNNERS).map(|_| upgrade(&url)).collect();
        for runner in runners {
            let output = runner.wait_with_output().unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "round {round}: {complaint}");
        }
        let at = status(test.address()).await.unwrap();
        assert_eq!(at.pending().count(), 0, "round {round}");
        assert!(verify(test.address()).await.unwrap().is_clean(), "round {round}");
    }
}

fn upgrade(url: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_almanac"))
        .env_clear()
        .args(["migrate", "upgrade", "--database", "hdf5", "--database-url", url])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts")
}
