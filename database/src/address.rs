//! Where each database is, and which variable said so.

use std::{
    collections::BTreeMap,
    env, fmt,
    path::{Path, PathBuf},
};

use url::Url;

use crate::{
    Database, Places,
    places::{
        CATALOGUE_FOLDER_VARIABLE, CATALOGUE_VARIABLES, DATA_ROOTS_VARIABLE, IMPORT_FOLDER_VARIABLE,
    },
};

/// The state directory when nothing else is said.
const DEFAULT_STATE_DIR: &str = "/data/dsa110-contimg/state";
/// Variables that name the state directory, the first that is set wins.
const STATE_DIR_VARIABLES: [&str; 2] = ["PIPELINE_STATE_DIR", "CONTIMG_STATE_DIR"];

/// What a database is reached by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// An SQLite database in memory, for tests; it lives as long as its connection.
    Memory,
    /// A PostgreSQL server's database; the tables live in the schema named after the database.
    Postgres(Url),
}

impl Location {
    /// Reads a path or a URL. `~` and relative paths are resolved against the home and the working
    /// directory.
    ///
    /// # Errors
    /// A URL that is neither `sqlite:` nor `postgres:`, or that does not parse.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let bad = |reason: String| AddressError::Unreadable { text: redacted(text), reason };
        match text.split_once(':') {
            Some(("sqlite", rest)) => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                let path = path.split_once('?').map_or(path, |(path, _)| path);
                if path == ":memory:" || rest == ":memory:" {
                    return Ok(Self::Memory);
                }
                if path.is_empty() {
                    return Err(bad("it names no file".to_owned()));
                }
                Ok(Self::File(absolute(Path::new(path))))
            }
            Some(("postgres" | "postgresql", _)) => {
                Url::parse(text).map(Self::Postgres).map_err(|error| bad(error.to_string()))
            }
            Some((scheme, rest)) if rest.starts_with("//") => {
                Err(bad(format!("`{scheme}` is neither sqlite nor postgres")))
            }
            _ => Ok(Self::File(absolute(Path::new(text)))),
        }
    }

    /// The SQLite file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory | Self::Postgres(_) => None,
        }
    }
}

/// The address as people may see it: a password is never shown.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str("sqlite::memory:"),
            Self::Postgres(url) => f.write_str(&redacted(url.as_str())),
        }
    }
}

/// Who decided on an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An argument of the command.
    Argument(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// The built-in default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) | Self::Variable(name) => f.write_str(name),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Where one database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The database.
    pub database: Database,
    /// Its file or server.
    pub location: Location,
    /// Who decided so.
    pub origin: Origin,
    /// The PostgreSQL schema that holds its tables; the database's own name unless told otherwise.
    pub schema: String,
}

impl Address {
    /// An address given outright.
    pub fn new(database: Database, location: Location, origin: Origin) -> Self {
        Self { database, location, origin, schema: database.to_string() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} (from {})", self.database, self.location, self.origin)
    }
}

/// Why no address could be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Two variables for one database that disagree.
    #[error(
        "{database}: {first} is {first_value} but {second} is {second_value}; unset one of them"
    )]
    Conflict {
        /// The database.
        database: Database,
        /// The variable that would win.
        first: &'static str,
        /// Its value.
        first_value: String,
        /// The other variable.
        second: &'static str,
        /// Its value.
        second_value: String,
    },
    /// Two databases in one SQLite file.
    #[error("{first} and {second} are both at {path}; each database needs a file of its own")]
    Shared {
        /// One database.
        first: Database,
        /// The other.
        second: Database,
        /// The file.
        path: PathBuf,
    },
    /// A value that is neither a path nor a known URL.
    #[error("cannot use `{text}` as a database address: {reason}")]
    Unreadable {
        /// The value, its password removed.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The variables and arguments from which addresses are found.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    state_dir: Option<PathBuf>,
}

impl Environment {
    /// The process's own environment.
    pub fn of_process() -> Self {
        Self::of(env::vars())
    }

    /// An environment given outright. An empty variable counts as unset.
    pub fn of<K: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(_, value)| !value.trim().is_empty())
            .collect();
        Self { variables, state_dir: None }
    }

    /// The same with `--state-dir`, which wins over `PIPELINE_STATE_DIR` but not over a database's
    /// own variable.
    #[must_use]
    pub fn with_state_dir(mut self, state_dir: Option<PathBuf>) -> Self {
        self.state_dir = state_dir.map(|path| absolute(&path));
        self
    }

    /// Only `state_dir` and no variable at all: what a sample survey is made in.
    pub fn within(state_dir: &Path) -> Self {
        Self::default().with_state_dir(Some(state_dir.to_owned()))
    }

    /// The state directory and who named it.
    pub fn state_dir(&self) -> (PathBuf, Origin) {
        if let Some(path) = &self.state_dir {
            return (path.clone(), Origin::Argument("--state-dir"));
        }
        STATE_DIR_VARIABLES
            .into_iter()
            .find_map(|name| Some((absolute(Path::new(self.get(name)?)), Origin::Variable(name))))
            .unwrap_or_else(|| (PathBuf::from(DEFAULT_STATE_DIR), Origin::Default))
    }

    /// Where `database` is.
    ///
    /// # Errors
    /// Variables that contradict each other, or a value that is no address.
    pub fn address(&self, database: Database) -> Result<Address, AddressError> {
        let mut set = database.variables().iter().filter_map(|&name| Some((name, self.get(name)?)));
        if let Some((first, value)) = set.next() {
            let location = Location::parse(value)?;
            for (second, other) in set {
                if Location::parse(other)? != location {
                    return Err(AddressError::Conflict {
                        database,
                        first,
                        first_value: redacted(value),
                        second,
                        second_value: redacted(other),
                    });
                }
            }
            return Ok(Address::new(database, location, Origin::Variable(first)));
        }
        let folder = database
            .folder_variable()
            .and_then(|name| Some((absolute(Path::new(self.get(name)?)), Origin::Variable(name))));
        let (folder, origin) = folder.unwrap_or_else(|| {
            let (state_dir, origin) = self.state_dir();
            (state_dir.join(database.default_folder()), origin)
        });
        Ok(Address::new(database, Location::File(folder.join(database.file_name())), origin))
    }

    /// Where all the databases are.
    ///
    /// # Errors
    /// As [`address`](Self::address), and two databases in one SQLite file.
    pub fn addresses(&self) -> Result<Vec<Address>, AddressError> {
        let mut files = BTreeMap::new();
        let mut addresses = Vec::new();
        for database in Database::ALL {
            let address = self.address(database)?;
            if let Some(path) = address.location.file()
                && let Some(first) = files.insert(path.to_owned(), database)
            {
                return Err(AddressError::Shared {
                    first,
                    second: database,
                    path: path.to_owned(),
                });
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    /// Where the files are that belong to none of the databases.
    pub fn places(&self) -> Places {
        let path = |name: &str| self.get(name).map(|value| absolute(Path::new(value)));
        let mut places = Places::within(&self.state_dir().0);
        if let Some(folder) = path(CATALOGUE_FOLDER_VARIABLE) {
            places = places.with_catalogues(folder);
        }
        if let Some(folder) = path(IMPORT_FOLDER_VARIABLE) {
            places = places.with_imports(folder);
        }
        if let Some(folders) = self.get(DATA_ROOTS_VARIABLE) {
            let folders = env::split_paths(folders).filter(|folder| !folder.as_os_str().is_empty());
            places = places.with_data_roots(folders.map(|folder| absolute(&folder)).collect());
        }
        for (variable, survey) in CATALOGUE_VARIABLES {
            if let Some(file) = path(variable) {
                places = places.with_catalogue_file(survey, file);
            }
        }
        places
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

fn absolute(path: &Path) -> PathBuf {
    let path = match path.strip_prefix("~") {
        Ok(rest) => env::home_dir().unwrap_or_default().join(rest),
        Err(_) => path.to_owned(),
    };
    std::path::absolute(&path).unwrap_or(path)
}

/// The text with the password of a URL removed.
fn redacted(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            // A URL that holds a password always takes another.
            let _ = url.set_password(Some("***"));
            url.to_string()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Location {
        Location::File(path.into())
    }

    #[test]
    fn the_first_variable_that_is_set_wins() {
        let environment =
            Environment::of([("CONTIMG_QUEUE_DB", "/q.db"), ("PIPELINE_INGEST_DB", "")]);
        let address = environment.address(Database::Ingest).unwrap();
        assert_eq!(address.location, file("/q.db"));
        assert_eq!(address.origin, Origin::Variable("CONTIMG_QUEUE_DB"));
    }

    #[test]
    fn variables_that_disagree_are_refused_by_name() {
        let environment = Environment::of([
            ("PIPELINE_PRODUCTS_DB", "postgres://u:secret@host/db"),
            ("CONTIMG_PRODUCTS_DB", "/p.db"),
        ]);
        let message = environment.address(Database::Products).unwrap_err().to_string();
        assert!(
            message.contains("PIPELINE_PRODUCTS_DB") && message.contains("CONTIMG_PRODUCTS_DB")
        );
        assert!(!message.contains("secret"), "{message}");
    }

    #[test]
    fn equal_variables_are_no_conflict() {
        let environment =
            Environment::of([("PIPELINE_PRODUCTS_DB", "/p.db"), ("CONTIMG_PRODUCTS_DB", "/p.db")]);
        assert!(environment.address(Database::Products).is_ok());
    }

    #[test]
    fn defaults_lie_below_the_state_directory() {
        let environment = Environment::of([("PIPELINE_STATE_DIR", "/state")]);
        let sources = environment.address(Database::MasterSources).unwrap();
        assert_eq!(sources.location, file("/state/catalogs/master_sources.sqlite3"));
        let environment = environment.with_state_dir(Some("/other".into()));
        let hdf5 = environment.address(Database::Hdf5).unwrap();
        assert_eq!(hdf5.location, file("/other/hdf5.sqlite3"));
        assert_eq!(hdf5.origin, Origin::Argument("--state-dir"));
    }

    #[test]
    fn the_catalogue_folder_holds_the_master_sources() {
        let environment = Environment::of([("CATALOG_DB_DIR", "/cat")]);
        let address = environment.address(Database::MasterSources).unwrap();
        assert_eq!(address.location, file("/cat/master_sources.sqlite3"));
    }

    #[test]
    fn catalogue_files_have_variables_of_their_own() {
        let environment = Environment::of([
            ("PIPELINE_STATE_DIR", "/state"),
            ("CATALOG_DB_DIR", "/cat"),
            ("RACS_CATALOG", "/racs.sqlite3"),
            ("ALMANAC_DATA_DIRS", "/data/incoming::/stage"),
        ]);
        let places = environment.places();
        assert_eq!(places.data_roots(), [Path::new("/data/incoming"), Path::new("/stage")]);
        assert_eq!(places.catalogues(), Path::new("/cat"));
        assert_eq!(places.catalogue_file("racs"), Some(Path::new("/racs.sqlite3")));
        assert_eq!(places.catalogue_file("nvss"), None);
        assert_eq!(places.sky_models(), Path::new("/state/skymodels"));
    }

    #[test]
    fn one_file_for_two_databases_is_refused() {
        let environment =
            Environment::of([("PIPELINE_INGEST_DB", "/a.db"), ("PIPELINE_HDF5_DB", "/a.db")]);
        assert!(matches!(environment.addresses(), Err(AddressError::Shared { .. })));
    }

    #[test]
    fn urls_and_paths_are_told_apart() {
        assert_eq!(Location::parse("sqlite:///a/b.db?mode=ro"), Ok(file("/a/b.db")));
        assert_eq!(Location::parse("sqlite::memory:"), Ok(Location::Memory));
        assert!(matches!(Location::parse("postgres://h/d"), Ok(Location::Postgres(_))));
        assert!(Location::parse("mysql://h/d").unwrap_err().to_string().contains("mysql"));
    }
}
