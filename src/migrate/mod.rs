//! `almanac migrate`: Alembic's verbs.

mod change;
mod report;
mod revision;
mod script;

use std::process::ExitCode;

use almanac_database::Environment;
use almanac_migration::{Target, way_down, way_up};
use clap::{Args, Subcommand};

use crate::which::Which;

#[derive(Args)]
pub(crate) struct Migrate {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Apply revisions, up to the newest unless told otherwise
    Upgrade {
        #[command(flatten)]
        which: Which,
        /// `head`, `+N`, or a revision's name or a part of it
        #[arg(default_value = "head")]
        target: Target,
        /// Print the statements instead of running them
        #[arg(long)]
        sql: bool,
        /// Make no backup of databases that hold rows
        #[arg(long)]
        no_backup: bool,
    },
    /// Take revisions back, the newest unless told otherwise
    Downgrade {
        #[command(flatten)]
        which: Which,
        /// `base`, `-N`, or the name (or a part of it) of the revision to be at
        #[arg(default_value = "-1", allow_hyphen_values = true)]
        target: Target,
        /// Go on where rows or values would be destroyed
        #[arg(long)]
        allow_data_loss: bool,
        /// Print the statements instead of running them
        #[arg(long)]
        sql: bool,
        /// Make no backup of databases that hold rows
        #[arg(long)]
        no_backup: bool,
    },
    /// Show the revision each database is at; exit code 1 when one is behind
    Current {
        #[command(flatten)]
        which: Which,
    },
    /// List the revisions, oldest first, and which are applied; exit code 1 when one is not
    History {
        #[command(flatten)]
        which: Which,
    },
    /// Show the newest revision of each database, applied or not
    Heads {
        #[command(flatten)]
        which: Which,
    },
    /// Show a revision: when it was applied, and its statements both ways
    Show {
        #[command(flatten)]
        which: Which,
        /// Its name or a part of it
        revision: String,
    },
    /// Show what upgrade would run, and how many rows the tables hold that it touches
    Plan {
        #[command(flatten)]
        which: Which,
        /// `head`, `+N`, or a revision's name or a part of it
        #[arg(default_value = "head")]
        target: Target,
    },
    /// Have the books say that a database is at a revision, and run nothing
    Stamp {
        #[command(flatten)]
        which: Which,
        /// `head`, `base`, or a revision's name or a part of it
        target: Target,
        /// Strike revisions that this program does not know
        #[arg(long)]
        purge: bool,
        /// Say so even where the tables are not those of the revision
        #[arg(long)]
        force: bool,
    },
    /// Write the revision that an edited entity is missing
    Revision(Box<revision::NewRevision>),
    /// Compare the tables with what the applied revisions made; exit code 1 when they differ
    Verify {
        #[command(flatten)]
        which: Which,
    },
    /// Compare entities with revisions, revisions with those applied, and the tables with those; exit code 1
    /// when two of them differ
    Check {
        #[command(flatten)]
        which: Which,
    },
}

impl Migrate {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Upgrade { which, target, sql: true, .. } => {
                script::way(&which, environment, |status| way_up(status, &target), script::apply)
                    .await
            }
            Verb::Upgrade { which, target, sql: false, no_backup } => {
                change::upgrade(&which, environment, &target, no_backup).await
            }
            Verb::Downgrade { which, target, sql: true, .. } => {
                script::way(
                    &which,
                    environment,
                    |status| way_down(status, &target),
                    script::take_back,
                )
                .await
            }
            Verb::Downgrade { which, target, allow_data_loss, sql: false, no_backup } => {
                change::downgrade(&which, environment, &target, allow_data_loss, no_backup).await
            }
            Verb::Current { which } => report::current(&which, environment).await,
            Verb::History { which } => report::history(&which, environment).await,
            Verb::Heads { which } => report::heads(&which, environment),
            Verb::Show { which, revision } => script::show(&which, environment, &revision).await,
            Verb::Plan { which, target } => script::plan(&which, environment, &target).await,
            Verb::Stamp { which, target, purge, force } => {
                change::stamp(&which, environment, &target, purge, force).await
            }
            Verb::Revision(revision) => revision.run(environment).await,
            Verb::Verify { which } => report::verify(&which, environment).await,
            Verb::Check { which } => report::check(&which, environment).await,
        }
    }
}
