//! A state directory is moved as the path migration plan has it. Its databases are SQLite files.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::SystemTime,
};

use almanac_database::{Database, Environment};
use almanac_upkeep::{
    Error,
    relocate::{Content, Options, Report, inventory, migrate, prove, stored_paths},
};
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use crate::{
    backup::{now, sha256},
    process::{cases, python, run, run_killed},
    support::{Engine, TestDatabase},
};

/// A state directory of old, with a bit of everything, and a place for a new one.
pub(crate) struct State {
    _folder: TempDir,
    pub(crate) from: PathBuf,
    pub(crate) to: PathBuf,
}

impl State {
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (from, to) = (folder.path().join("stage/state"), folder.path().join("data/state"));
        for below in ["catalogs", "skymodels", "logs", "db", "empty"] {
            fs::create_dir_all(from.join(below)).unwrap();
        }
        fs::write(from.join("skymodels/3c286.skymodel"), "3C286 202.78 30.5 14.9\n").unwrap();
        fs::write(from.join("logs/big.log"), vec![b'x'; (1 << 20) + 5]).unwrap();
        fs::set_permissions(from.join("logs/big.log"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("skymodels/3c286.skymodel", from.join("latest")).unwrap();
        let environment = Environment::within(&from);
        for database in [Database::Products, Database::Hdf5, Database::MasterSources] {
            let address = environment.address(database).unwrap();
            put(database, address.location.file().unwrap()).await;
        }
        put(Database::CalRegistry, &from.join("db").join(Database::CalRegistry.file_name())).await;
        let state = Self { _folder: folder, from, to };
        let paths = [
            state.from.join("skymodels/3c286.skymodel"),
            // Data beside the state.
            state.from.with_file_name("raw/ms"),
            state.from.with_file_name("state2/x"),
        ];
        for path in paths {
            let path = path.display();
            state
                .run(&format!(
                    "INSERT INTO qa_artifacts (group_id, name, path, created_at) \
                     VALUES ('{path}', '{path}', '{path}', 1)"
                ))
                .await;
        }
        state
    }

    /// Runs a statement in the old products.
    async fn run(&self, sql: &str) {
        let address = Environment::within(&self.from).address(Database::Products).unwrap();
        let connection = almanac_migration::open(&address).await.unwrap();
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    pub(crate) async fn migrate(&self, options: &Options) -> Result<Report, Error> {
        migrate(&self.from, &self.to, options, |_| {}, now()).await
    }
}

/// Puts a migrated database somewhere.
async fn put(database: Database, file: &Path) {
    let test = TestDatabase::migrated(database, Engine::Sqlite).await;
    fs::copy(test.file(), file).unwrap();
}

/// Every file below a folder: its mode, its time and the SHA-256 of its content. A folder's time changes with what
/// a database has beside it for a moment.
pub(crate) type Tree = BTreeMap<PathBuf, (u32, Option<SystemTime>, String)>;

fn tree(folder: &Path) -> Tree {
    let mut tree = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries.flatten() {
            let (path, facts) = (entry.path(), entry.metadata().unwrap());
            let below = path.strip_prefix(folder).unwrap().to_owned();
            let content =
                if facts.is_file() { sha256(&fs::read(&path).unwrap()) } else { String::new() };
            let time = facts.is_file().then(|| facts.modified().unwrap());
            tree.insert(below, (facts.mode(), time, content));
            if facts.is_dir() {
                folders.push(path);
            }
        }
    }
    tree
}

/// The same without what a move notes.
pub(crate) fn moved(folder: &Path) -> Tree {
    let mut tree = tree(folder);
    tree.retain(|path, _| !path.to_string_lossy().contains("relocation"));
    tree
}

#[tokio::test]
async fn sqlite_state_is_looked_at_without_a_trace() {
    let state = State::new().await;
    let before = tree(&state.from);
    let found = inventory(&state.from).await.unwrap();
    let options =
        Options { dry_run: true, promote_db: true, rewrite_paths: true, ..Options::default() };
    let report = state.migrate(&options).await.unwrap();
    assert_eq!(tree(&state.from), before);
    assert!(!state.to.exists());
    assert_eq!(report.inventory, found);
    assert_eq!(report.copied.len(), found.entries.len());
    assert_eq!(found.databases().count(), 4);
    let products = found.entries.iter().find(|entry| entry.path == Path::new("products.sqlite3"));
    let Content::Database { database, revision, log, holders } = &products.unwrap().content else {
        panic!("{products:?}")
    };
    let address = Environment::within(&state.from).address(Database::Products).unwrap();
    let status = almanac_migration::status(&address).await.unwrap();
    assert_eq!((database.as_deref(), revision.as_deref()), (Some("products"), status.current()));
    assert_eq!((*log, holders.len()), (0, 0));
    assert!(!report.promotions[0].done);
}

#[tokio::test]
async fn sqlite_state_moves_whole_and_again_without_a_change() {
    let state = State::new().await;
    let before = moved(&state.from);
    let report = state.migrate(&Options::default()).await.unwrap();
    assert_eq!(moved(&state.from), before, "the old directory is as it was");
    assert_eq!(moved(&state.to), before);
    let proof = report.proof.unwrap();
    assert_eq!((proof.databases.len(), proof.files), (4, 6));
    let log = &proof.sums[Path::new("logs/big.log")];
    assert_eq!((&log.old, &log.new), (&before[Path::new("logs/big.log")].2, &log.old));
    assert!(report.environment[0].ends_with(state.to.to_str().unwrap()), "shown without a file");
    assert!(state.to.join("relocation-report.json").exists());
    assert_eq!(report.stored_paths.len(), 3);

    let again = state.migrate(&Options::default()).await.unwrap();
    assert!(again.copied.is_empty(), "{:?}", again.copied);
    assert_eq!(again.proof.unwrap().files, 6);

    // Whoever writes in the new place does not lose it.
    fs::write(state.to.join("logs/big.log"), "newer").unwrap();
    let message = state.migrate(&Options::default()).await.unwrap_err().to_string();
    assert!(message.starts_with("to: ") && message.contains("logs/big.log"), "{message}");
    assert_eq!(prove(&state.from, &state.to).await.unwrap().wrong.len(), 1);
    state.migrate(&Options { force: true, ..Options::default() }).await.unwrap();
    assert_eq!(moved(&state.to), before);
}

#[tokio::test]
async fn sqlite_log_of_a_killed_writer_is_not_lost() {
    let state = State::new().await;
    let file = state.from.join("products.sqlite3");
    let mut writer = python(
        "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n\
         c.execute(\"insert into qa_artifacts (group_id, name, path, created_at) values ('late', 'late', 'late', 1)\")\n\
         c.commit()\nprint('ready', flush=True)\nsys.stdin.read()",
        &[file.to_str().unwrap()],
    );
    writer.ready();
    let error = state.migrate(&Options::default()).await.unwrap_err();
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&writer.id().to_string()), "{error}");
    assert!(!state.to.exists());
    drop(writer);
    assert!(fs::metadata(state.from.join("products.sqlite3-wal")).unwrap().len() > 0);
    state.migrate(&Options::default()).await.unwrap();
    assert!(!state.to.join("products.sqlite3-wal").exists());
    let address = Environment::within(&state.to).address(Database::Products).unwrap();
    let digests = almanac_upkeep::digest::digests_at(&address).await.unwrap();
    let artifacts = digests.iter().find(|table| table.table == "qa_artifacts").unwrap();
    assert_eq!(artifacts.rows, 4);
}

#[tokio::test]
async fn sqlite_target_of_others_is_refused() {
    let state = State::new().await;
    fs::create_dir_all(&state.to).unwrap();
    fs::write(state.to.join("mine"), "mine").unwrap();
    let before = tree(&state.to);
    let message = state.migrate(&Options::default()).await.unwrap_err().to_string();
    assert!(message.starts_with("to: ") && message.contains("not empty"), "{message}");
    assert_eq!(tree(&state.to), before);
    let inside = state.from.join("inside");
    let outcome = migrate(&state.from, &inside, &Options::default(), |_| {}, now()).await;
    assert!(outcome.unwrap_err().to_string().contains("lie in each other"));
}

#[tokio::test]
async fn sqlite_environment_and_references_follow() {
    let state = State::new().await;
    let file = state.from.with_file_name("contimg.env");
    let old = format!("# ops\nPIPELINE_STATE_DIR={0}\nRAW=/stage/raw\n", state.from.display());
    fs::write(&file, &old).unwrap();
    let code = state.from.with_file_name("scripts");
    fs::create_dir(&code).unwrap();
    fs::write(
        code.join("milestone.py"),
        format!(
            "x = 1\nDB = Path('{0}/db/products.sqlite3')\nMS = '{0}2/ms'\n",
            state.from.display()
        ),
    )
    .unwrap();
    let options =
        Options { env_file: Some(file.clone()), look_in: vec![code], ..Options::default() };
    let shown = Options { dry_run: true, ..options.clone() };
    let report = state.migrate(&shown).await.unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), old);
    assert_eq!((report.references.len(), report.references[0].line), (1, 2));
    assert_eq!(report.environment.len(), 5);

    for _ in 0..2 {
        let report = state.migrate(&options).await.unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with(&format!("# ops\nPIPELINE_STATE_DIR={}\nRAW=", state.to.display()))
        );
        assert!(report.environment.iter().all(|line| text.lines().any(|other| other == line)));
        assert_eq!(fs::read_to_string(file.with_extension("env.bak")).unwrap(), old);
    }
}

#[tokio::test]
async fn sqlite_stored_paths_follow_only_when_asked() {
    let state = State::new().await;
    let report = state.migrate(&Options::default()).await.unwrap();
    let columns: Vec<_> =
        report.stored_paths.iter().map(|path| (&*path.column, path.rows)).collect();
    assert_eq!(columns, [("group_id", 1), ("name", 1), ("path", 1)]);
    let products = state.to.join("products.sqlite3");
    assert_eq!(stored_paths(&products, &state.from).await.unwrap().len(), 3);

    let options = Options { rewrite_paths: true, ..Options::default() };
    for copied in [0, 0] {
        let report = state.migrate(&options).await.unwrap();
        assert!(report.rewritten && report.copied.len() == copied);
        assert_eq!(stored_paths(&products, &state.from).await.unwrap(), []);
        assert_eq!(stored_paths(&products, &state.to).await.unwrap().len(), 3);
        let beside = state.from.with_file_name("raw");
        assert_eq!(stored_paths(&products, &beside).await.unwrap().len(), 3, "data stay");
    }
    // A plain run afterwards knows why the files differ.
    state.migrate(&Options::default()).await.unwrap();
}

#[tokio::test]
async fn sqlite_databases_in_db_are_promoted_when_asked() {
    let state = State::new().await;
    let report = state.migrate(&Options::default()).await.unwrap();
    let place = state.to.join("cal_registry.sqlite3");
    assert!(report.promotions.len() == 1 && !report.promotions[0].done && !place.exists());
    let options = Options { promote_db: true, ..Options::default() };
    assert!(state.migrate(&options).await.unwrap().promotions[0].done);
    assert_eq!(
        fs::read(&place).unwrap(),
        fs::read(state.to.join("db/cal_registry.sqlite3")).unwrap()
    );
    // Where both are, somebody has to choose: what each holds is shown, and nothing is done.
    let mut address = Environment::within(&state.to).address(Database::CalRegistry).unwrap();
    address.location = almanac_database::Location::File(place.clone());
    let connection = almanac_migration::open(&address).await.unwrap();
    connection
        .execute_unprepared(
            "INSERT INTO calibration_fence (calibrator_ms, started_at, status) VALUES ('/a', 1.7e9, 'in_progress')",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let newer = fs::read(&place).unwrap();
    let again = state.migrate(&options).await.unwrap();
    let promotion = &again.promotions[0];
    let other = promotion.other.as_ref().unwrap();
    assert!(!promotion.done && fs::read(&place).unwrap() == newer);
    assert_eq!(other.rows.unwrap(), promotion.found.rows.unwrap() + 1);
    assert_eq!(other.newest.unwrap().timestamp(), 1_700_000_000);
}

const WORK: &str = "relocate::work";

/// What the killed processes do, by variables that only they have.
#[tokio::test]
async fn work() {
    if std::env::var_os("KEEP_FROM").is_none() {
        return;
    }
    let variable = |name: &str| PathBuf::from(std::env::var_os(name).unwrap());
    let options =
        Options { rewrite_paths: true, env_file: Some(variable("KEEP_ENV")), ..Options::default() };
    migrate(&variable("KEEP_FROM"), &variable("KEEP_TO"), &options, |_| {}, now()).await.unwrap();
}

#[tokio::test]
async fn sqlite_killed_move_is_finished_by_the_next() {
    let state = State::new().await;
    let before = moved(&state.from);
    let file = state.from.with_file_name("contimg.env");
    let old = format!("PIPELINE_STATE_DIR={}\n", state.from.display());
    fs::write(&file, &old).unwrap();
    let variables = [
        ("KEEP_FROM", state.from.to_str().unwrap()),
        ("KEEP_TO", state.to.to_str().unwrap()),
        ("KEEP_ENV", file.to_str().unwrap()),
    ];
    let whole = run(WORK, &variables);
    let new = fs::read_to_string(&file).unwrap();
    for case in 0..cases() {
        fs::remove_dir_all(&state.to).unwrap();
        fs::write(&file, &old).unwrap();
        run_killed(WORK, &variables, whole * case / cases());
        fs::create_dir_all(&state.to).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text == old || text == new, "{text}");
        if text == new {
            assert_eq!(prove(&state.from, &state.to).await.unwrap().wrong, [""; 0]);
        }
        // What stands under its name is whole.
        for (path, (.., content)) in moved(&state.to) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with('.') && !name.contains("products") {
                assert_eq!(Some(&content), before.get(&path).map(|facts| &facts.2), "{name}");
            }
        }
        run(WORK, &variables);
        assert_eq!(fs::read_to_string(&file).unwrap(), new);
        assert_eq!(prove(&state.from, &state.to).await.unwrap().wrong, [""; 0]);
        let products = state.to.join("products.sqlite3");
        assert_eq!(stored_paths(&products, &state.to).await.unwrap().len(), 3);
    }
    assert_eq!(moved(&state.from), before);
}
