//! Tokens: how a [`Principal`] proves who they are.
//!
//! They are kept in a small database of the server's own, an SQLite file beside the state. It holds the hash of a
//! token and never the token: who reads the file cannot use it.

use std::{
    fmt,
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use almanac_entity::UnixTime;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    EntityTrait, ExprTrait, QueryFilter, QueryOrder, Schema, Set,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::{Principal, Role};
use crate::{Error, Result};

/// The file's name, in the state directory.
const FILE: &str = "server.sqlite3";
/// How long to wait for the command that writes a token.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What every token begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "almanac_";
/// Characters of a name.
const NAME_LENGTH: usize = 100;

mod row {
    use almanac_entity::UnixTime;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "token")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub role: String,
        /// SHA-256 of the token. The token has 256 random bits, so nothing slower is needed.
        #[sea_orm(unique)]
        pub hash: Vec<u8>,
        pub created_at: UnixTime,
        pub expires_at: Option<UnixTime>,
        pub revoked_at: Option<UnixTime>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A token as its owner holds it. It is shown once and stored nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The token of these random bytes.
    pub fn of(random: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// A token as a client sent it.
    pub fn from_client(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Its text, for its owner's eyes.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What is known of a token.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// Whom it belongs to.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it ends; never where none.
    pub expires_at: Option<UnixTime>,
    /// When it was revoked.
    pub revoked_at: Option<UnixTime>,
}

impl Token {
    /// Whether it still opens anything.
    pub fn is_valid(&self, now: UnixTime) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

impl TryFrom<row::Model> for Token {
    type Error = Error;

    fn try_from(row: row::Model) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            role: row.role.parse()?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// The tokens of a server. Cloning is cheap and shares the connection.
#[derive(Clone, Debug)]
pub struct Tokens {
    path: PathBuf,
    open: Arc<Mutex<Option<Open>>>,
}

/// A connection, and the file that it was opened on: a file that is put in its place is noticed.
#[derive(Debug)]
struct Open {
    file: FileId,
    connection: DatabaseConnection,
}

impl Tokens {
    /// The tokens kept in `state_dir`. Nothing is opened or made yet.
    pub fn within(state_dir: &Path) -> Self {
        Self { path: state_dir.join(FILE), open: Arc::default() }
    }

    /// The file they are kept in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a token from random bytes: the only time that it is seen.
    ///
    /// # Errors
    /// The name is empty, long or taken by a valid token, `expires_at` is past, or the file cannot be written.
    pub async fn create(
        &self,
        role: Role,
        name: &str,
        expires_at: Option<UnixTime>,
        random: [u8; 32],
        now: UnixTime,
    ) -> Result<(Token, Secret)> {
        if name.trim().is_empty() || name.chars().count() > NAME_LENGTH {
            let message = format!("it needs 1 to {NAME_LENGTH} characters");
            return Err(Error::invalid("name", message));
        }
        if name.chars().any(char::is_control) || name.trim() != name {
            return Err(Error::invalid("name", "no control characters, no blanks at its ends"));
        }
        if expires_at.is_some_and(|end| end <= now) {
            return Err(Error::invalid("expires", "it has to be in the future"));
        }
        let taken =
            self.list().await?.into_iter().any(|token| token.name == name && token.is_valid(now));
        if taken {
            return Err(Error::Conflict(format!(
                "there is a valid token of {name} already; revoke it or choose another name"
            )));
        }
        let secret = Secret::of(random);
        let row = row::ActiveModel {
            name: Set(name.to_owned()),
            role: Set(role.to_string()),
            hash: Set(secret.hash()),
            created_at: Set(now),
            expires_at: Set(expires_at),
            ..Default::default()
        };
        let token = row.insert(&self.writing().await?).await?;
        Ok((token.try_into()?, secret))
    }

    /// All tokens, revoked and expired ones too, in the order they were made.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn list(&self) -> Result<Vec<Token>> {
        let Some(connection) = self.reading().await? else { return Ok(Vec::new()) };
        let rows = row::Entity::find().order_by_asc(row::Column::Id).all(&connection).await?;
        rows.into_iter().map(Token::try_from).collect()
    }

    /// Ends the valid tokens of this name or number, at once. Returns them.
    ///
    /// # Errors
    /// There is none, or the file cannot be written.
    pub async fn revoke(&self, name_or_id: &str, now: UnixTime) -> Result<Vec<Token>> {
        let named = |token: &Token| token.name == name_or_id || token.id.to_string() == name_or_id;
        let mut revoked: Vec<Token> = self
            .list()
            .await?
            .into_iter()
            .filter(|token| named(token) && token.is_valid(now))
            .collect();
        if revoked.is_empty() {
            return Err(Error::not_found(format!("valid token {name_or_id:?}")));
        }
        let connection = self.writing().await?;
        for token in &mut revoked {
            token.revoked_at = Some(now);
            let row = row::ActiveModel {
                id: Set(token.id),
                revoked_at: Set(token.revoked_at),
                ..Default::default()
            };
            row.update(&connection).await?;
        }
        Ok(revoked)
    }

    /// Whether anybody has a valid token.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn any(&self, now: UnixTime) -> Result<bool> {
        let Some(connection) = self.reading().await? else { return Ok(false) };
        Ok(valid(now).one(&connection).await?.is_some())
    }

    /// Whose token it is; none if it is unknown, expired or revoked. It is looked up by its hash, so the time it
    /// takes says nothing of the tokens there are.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn principal(&self, secret: &Secret, now: UnixTime) -> Result<Option<Principal>> {
        let Some(connection) = self.reading().await? else { return Ok(None) };
        let found = valid(now).filter(row::Column::Hash.eq(secret.hash())).one(&connection).await?;
        found.map(|row| Ok(Principal::new(row.name, row.role.parse()?))).transpose()
    }

    /// The connection, where there is a file.
    async fn reading(&self) -> Result<Option<DatabaseConnection>> {
        let mut open = self.open.lock().await;
        let Some(file) = FileId::of(&self.path) else {
            *open = None;
            return Ok(None);
        };
        match &*open {
            Some(open) if open.file == file => Ok(Some(open.connection.clone())),
            _ => {
                let connection = connect(&self.path).await?;
                *open = Some(Open { file, connection: connection.clone() });
                Ok(Some(connection))
            }
        }
    }

    /// The connection, the file being made where there is none: readable by its owner alone from the start.
    async fn writing(&self) -> Result<DatabaseConnection> {
        if !self.path.exists() {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&self.path).map_err(|error| {
                Error::invalid("state-dir", format!("cannot make {}: {error}", self.path.display()))
            })?;
        }
        let connection = self.reading().await?;
        connection.ok_or_else(|| Error::not_found(format!("file {}", self.path.display())))
    }
}

fn valid(now: UnixTime) -> sea_orm::Select<row::Entity> {
    row::Entity::find()
        .filter(row::Column::RevokedAt.is_null())
        .filter(row::Column::ExpiresAt.is_null().or(row::Column::ExpiresAt.gt(now)))
}

async fn connect(path: &Path) -> Result<DatabaseConnection> {
    let file = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Delete)
        .busy_timeout(BUSY_TIMEOUT);
    let mut options = ConnectOptions::new("sqlite://tokens");
    options.map_sqlx_sqlite_opts(move |_| file.clone()).max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await?;
    let schema = Schema::new(connection.get_database_backend());
    let mut table = schema.create_table_from_entity(row::Entity);
    connection.execute(table.if_not_exists()).await?;
    Ok(connection)
}

/// Which file a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let id = {
            use std::os::unix::fs::MetadataExt;
            Self(metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let id = Self(u64::from(metadata.is_file()), 0);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const NOW: UnixTime = UnixTime(1.8e9);

    async fn principal(tokens: &Tokens, secret: &Secret, now: f64) -> Option<String> {
        tokens.principal(secret, UnixTime(now)).await.unwrap().map(|principal| principal.name)
    }

    #[tokio::test]
    async fn a_token_opens_until_it_is_revoked() {
        let folder = TempDir::new().unwrap();
        let tokens = Tokens::within(folder.path());
        assert!(!tokens.any(NOW).await.unwrap());
        assert!(!tokens.path().exists(), "asking makes no file");
        let (token, secret) =
            tokens.create(Role::Operator, "pipeline", None, [7; 32], NOW).await.unwrap();
        assert!(secret.reveal().starts_with("almanac_"));
        let server = Tokens::within(folder.path());
        assert!(server.any(NOW).await.unwrap());
        let known = server.principal(&secret, NOW).await.unwrap();
        assert_eq!(known, Some(Principal::new("pipeline", Role::Operator)));
        assert_eq!(principal(&server, &Secret::from_client("almanac_wrong"), 1.8e9).await, None);

        let revoked = tokens.revoke("pipeline", UnixTime(1.9e9)).await.unwrap();
        assert_eq!(revoked[0].id, token.id);
        assert_eq!(principal(&server, &secret, 1.9e9).await, None);
        assert!(matches!(tokens.revoke("pipeline", NOW).await, Err(Error::NotFound { .. })));
        // The name is free again.
        tokens.create(Role::Viewer, "pipeline", None, [8; 32], NOW).await.unwrap();
        assert_eq!(server.list().await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_token_ends_when_it_expires() {
        let folder = TempDir::new().unwrap();
        let tokens = Tokens::within(folder.path());
        let end = Some(UnixTime(NOW.0 + 60.0));
        let (_, secret) = tokens.create(Role::Viewer, "guest", end, [1; 32], NOW).await.unwrap();
        assert_eq!(principal(&tokens, &secret, NOW.0 + 59.0).await.as_deref(), Some("guest"));
        assert_eq!(principal(&tokens, &secret, NOW.0 + 60.0).await, None);
        assert!(!tokens.any(UnixTime(NOW.0 + 61.0)).await.unwrap());
    }

    #[tokio::test]
    async fn the_file_holds_no_token_and_is_the_owners_alone() {
        let folder = TempDir::new().unwrap();
        let tokens = Tokens::within(folder.path());
        let (_, secret) = tokens.create(Role::Admin, "root", None, [9; 32], NOW).await.unwrap();
        let bytes = fs::read(tokens.path()).unwrap();
        let text = secret.reveal().as_bytes();
        assert!(!bytes.windows(text.len()).any(|window| window == text));
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(tokens.path()).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn a_file_that_is_taken_away_or_replaced_is_noticed() {
        let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let tokens = Tokens::within(one.path());
        let (_, first) = tokens.create(Role::Viewer, "first", None, [1; 32], NOW).await.unwrap();
        fs::rename(tokens.path(), one.path().join("aside")).unwrap();
        assert_eq!(principal(&tokens, &first, NOW.0).await, None);
        let elsewhere = Tokens::within(other.path());
        let (_, second) =
            elsewhere.create(Role::Viewer, "second", None, [2; 32], NOW).await.unwrap();
        fs::rename(elsewhere.path(), tokens.path()).unwrap();
        assert_eq!(principal(&tokens, &second, NOW.0).await.as_deref(), Some("second"));
        assert_eq!(principal(&tokens, &first, NOW.0).await, None);
    }

    #[tokio::test]
    async fn what_makes_no_sense_is_refused() {
        let folder = TempDir::new().unwrap();
        let tokens = Tokens::within(folder.path());
        tokens.create(Role::Viewer, "ada", None, [1; 32], NOW).await.unwrap();
        let again = tokens.create(Role::Viewer, "ada", None, [2; 32], NOW).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
        for (name, expires) in [("", None), (" ada", None), ("a\nb", None), ("bob", Some(NOW))] {
            let refused = tokens.create(Role::Viewer, name, expires, [3; 32], NOW).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{name:?}");
        }
    }
}
