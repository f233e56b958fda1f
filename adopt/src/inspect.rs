//! Looking at a file.

use std::path::{Path, PathBuf};

use almanac_database::Database;
use serde::Serialize;

use crate::{
    Error, Findings, Result,
    file::Look,
    recognise::Recognition,
    verdict::{TableReport, Verdict},
};

/// What a file is.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The file.
    pub file: PathBuf,
    /// The database that its tables belong to, or that it should be.
    pub database: Option<String>,
    /// What is to be done with it.
    pub verdict: Verdict,
    /// Why it is not taken over.
    pub refusal: Option<String>,
    /// What Alembic's table says, which proves nothing.
    pub alembic_version: Option<String>,
    /// Its tables.
    pub tables: Vec<TableReport>,
    /// What is strange about their rows.
    pub reports: Findings,
}

/// Looks at a file, which may be that of `wanted`. Nothing is written in it or beside it.
///
/// # Errors
/// It cannot be read.
pub async fn inspect(file: &Path, wanted: Option<Database>) -> Result<Inspection> {
    let mut inspection = Inspection {
        file: file.to_owned(),
        database: wanted.map(|database| database.to_string()),
        verdict: Verdict::Missing,
        refusal: None,
        alembic_version: None,
        tables: Vec::new(),
        reports: Findings::default(),
    };
    if !file.exists() {
        return Ok(inspection);
    }
    let look = Look::at(file).await?;
    let found = async {
        let found = Recognition::of(&look.connection, wanted, None).await?;
        let reports = match &found.canonical {
            Some(canonical) => Findings::of(&look.connection, &found.file, canonical).await?,
            None => Findings::default(),
        };
        Ok::<_, Error>((found, reports))
    };
    let found = found.await;
    look.close().await?;
    let (found, reports) = found.map_err(Error::of(file))?;
    inspection.database = found.database.map(|database| database.to_string());
    inspection.verdict = found.verdict;
    inspection.refusal = found.refusal;
    inspection.alembic_version = found.alembic;
    inspection.tables = found.tables.into_iter().map(|table| table.report).collect();
    inspection.reports = reports;
    Ok(inspection)
}

impl Inspection {
    /// What was found, for people, line by line.
    pub fn lines(&self) -> Vec<String> {
        let database = self.database.as_deref().unwrap_or("unknown");
        let mut lines =
            vec![format!("{database}: {} {}", self.file.display(), self.verdict.sentence())];
        let mut say = |line: String| lines.push(format!("  {line}"));
        if let Some(refusal) = &self.refusal {
            say(refusal.clone());
        }
        if let Some(version) = &self.alembic_version {
            say(format!("alembic_version: {version} (it proves nothing)"));
        }
        for table in &self.tables {
            say(table.line());
        }
        self.reports.lines().into_iter().for_each(say);
        lines
    }
}

impl Verdict {
    fn sentence(self) -> &'static str {
        match self {
            Self::Canonical => "is as Almanac has it; nothing to do",
            Self::Adoptable => "can be taken over: `almanac adopt`",
            Self::NeedsReshape => {
                "can be taken over, some tables made anew: `almanac adopt --reshape`"
            }
            Self::Refused => "is not taken over",
            Self::Empty => "holds nothing; `almanac migrate upgrade` makes its tables",
            Self::Missing => "is not there; `almanac migrate upgrade` makes it",
        }
    }
}

impl TableReport {
    fn line(&self) -> String {
        let line = format!("{}: {}, {} rows", self.table, self.class.word(), self.rows);
        let mut parts = vec![line];
        for (what, names) in [
            ("lacks ", &self.missing_columns),
            ("has of its own ", &self.extra_columns),
            ("", &self.reasons),
        ] {
            if !names.is_empty() {
                parts.push(format!("{what}{}", names.join(", ")));
            }
        }
        parts.join("; ")
    }
}
