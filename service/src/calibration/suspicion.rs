//! Calibrations that are suspect, and with them all that they touched, in two databases.
//!
//! A suspicion stands under one mark in both; each database has it, with the rows that it is about, in one
//! transaction of its own. Where a process dies between the two commits the suspicion is incomplete, which
//! shows by one of them lacking it or saying otherwise; the same call again makes it whole. The rows under
//! it are never deleted: a suspicion that is cleared is no longer seen on them.

use std::collections::{BTreeMap, HashMap, HashSet};

use almanac_entity::{Database, UnixTime, cal_registry::caltable};

use super::{
    each::{cal_registry, products},
    impact::{Impact, Subject, Touched},
};
use crate::{Error, Repository, Result, Sessions, Transaction, Work};

/// A suspicion as one database has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspicion {
    /// Its name, the same in all databases.
    pub mark: String,
    /// What is suspect.
    pub subject: Subject,
    /// Why.
    pub reason: String,
    /// Who holds it to be suspect.
    pub marked_by: String,
    /// Since when.
    pub marked_at: UnixTime,
    /// Who cleared it, and when and why; none while it stands.
    pub cleared: Option<Clearing>,
}

/// The end of a suspicion.
#[derive(Clone, Debug, PartialEq)]
pub struct Clearing {
    /// Who cleared it.
    pub by: String,
    /// When.
    pub at: UnixTime,
    /// Why.
    pub reason: Option<String>,
}

/// A suspicion that a row is under.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The suspicion.
    pub suspicion: Suspicion,
    /// Whether it is only inferred that the calibration touched the row.
    pub inferred: bool,
}

/// A suspicion in all databases.
#[derive(Clone, Debug, PartialEq)]
pub struct SuspicionState {
    /// The suspicion.
    pub suspicion: Suspicion,
    /// Whether both databases say the same of it. One that is not complete is made so by marking or
    /// clearing the same calibration again.
    pub complete: bool,
    /// Number of rows under it, by table.
    pub rows: BTreeMap<String, u64>,
}

/// What marking did.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The suspicion.
    pub suspicion: Suspicion,
    /// Whether the calibration was suspect before, and only what was missing was added.
    pub stood: bool,
    /// Rows that were added, by table.
    pub added: BTreeMap<String, u64>,
    /// The calibration's tables.
    pub tables: Vec<caltable::Model>,
    /// Everything that they touched.
    pub impact: Impact,
}

/// What clearing did.
#[derive(Clone, Debug, PartialEq)]
pub struct Cleared {
    /// The suspicions that were cleared.
    pub suspicions: Vec<Suspicion>,
}

/// Rows to be marked: for each table the keys as text, and whether each is inferred.
pub(super) type Rows = Vec<(&'static str, Vec<(String, bool)>)>;

/// Holds a calibration to be suspect, and with it everything that it touched. Where it is already, only
/// what was touched since, or was left out when a process died, is added.
///
/// # Errors
/// There is no such calibration, no reason is given, or an engine fails.
pub async fn mark_suspect(work: &Work, subject: &Subject, reason: &str) -> Result<Marked> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", "say why the calibration is suspect"));
    }
    let registry = work.transaction(Database::CalRegistry).await?;
    let products = work.transaction(Database::Products).await?;
    let tables = subject.tables(registry).await?;
    // Whoever marks the same calibration at the same time waits here.
    if let Some(first) = tables.first() {
        Repository::<_, caltable::Entity>::new(registry).lock(first.id).await?;
    }
    let known = reconcile(registry, products, subject).await?;
    let standing = known.into_iter().find(|one| one.cleared.is_none());
    let stood = standing.is_some();
    let suspicion = standing.unwrap_or_else(|| Suspicion {
        mark: work.change_set().to_string(),
        subject: subject.clone(),
        reason: reason.to_owned(),
        marked_by: work.principal().name.clone(),
        marked_at: work.now(),
        cleared: None,
    });
    let impact = Impact::of(registry, products, &tables).await?;
    let calibrations = tables.iter().map(|table| (table.id.to_string(), false)).collect();
    let mut added =
        cal_registry::write(registry, &suspicion, vec![("caltables", calibrations)]).await?;
    added.extend(products::write(products, &suspicion, rows(&impact)).await?);
    Ok(Marked { suspicion, stood, added, tables, impact })
}

/// What is cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Every suspicion that stands on a calibration.
    Of(Subject),
    /// One suspicion, by its mark: the change set of the work that marked it.
    Mark(String),
}

/// Clears suspicions: the rows that were under them are as they were before.
///
/// # Errors
/// None stands, or an engine fails.
pub async fn clear_suspect(work: &Work, which: &Which, reason: Option<&str>) -> Result<Cleared> {
    let registry = work.transaction(Database::CalRegistry).await?;
    let products = work.transaction(Database::Products).await?;
    let (subject, mark) = match which {
        Which::Of(subject) => (subject.clone(), None),
        Which::Mark(mark) => {
            let marks = [mark.clone()];
            let mut found = cal_registry::by_marks(registry, &marks).await?;
            found.extend(products::by_marks(products, &marks).await?);
            let found = found.remove(mark);
            let found = found.ok_or_else(|| Error::not_found(format!("suspicion {mark:?}")))?;
            (found.subject, Some(mark))
        }
    };
    let half_cleared = half_cleared(registry, products, &subject).await?;
    let known = reconcile(registry, products, &subject).await?;
    let clearing = Clearing {
        by: work.principal().name.clone(),
        at: work.now(),
        reason: reason.map(str::to_owned),
    };
    let mut cleared = Vec::new();
    for mut suspicion in known {
        if mark.is_some_and(|mark| *mark != suspicion.mark) {
            continue;
        }
        if suspicion.cleared.is_none() {
            cal_registry::clear(registry, &suspicion.mark, &clearing).await?;
            products::clear(products, &suspicion.mark, &clearing).await?;
            suspicion.cleared = Some(clearing.clone());
        } else if !half_cleared.contains(&suspicion.mark) {
            continue;
        }
        cleared.push(suspicion);
    }
    if cleared.is_empty() {
        let what = format!("suspicion that stands on {} {:?}", subject.kind(), subject.name());
        return Err(Error::not_found(what));
    }
    Ok(Cleared { suspicions: cleared })
}

/// Suspicions in all databases, the newest first: those that stand, or cleared ones too.
///
/// # Errors
/// A database is down.
pub async fn suspicions(
    sessions: &Sessions,
    cleared: bool,
    limit: u64,
) -> Result<Vec<SuspicionState>> {
    let registry = sessions.reader(Database::CalRegistry).await?;
    let products = sessions.reader(Database::Products).await?;
    let mut of_registry = cal_registry::newest(&registry, cleared, limit).await?;
    let of_products = products::newest(&products, cleared, limit).await?;
    // One that one database says is cleared does not show among those that stand in the other.
    let marks = |list: &[(Suspicion, BTreeMap<String, u64>)]| -> Vec<String> {
        list.iter().map(|(suspicion, _)| suspicion.mark.clone()).collect()
    };
    let in_products = products::by_marks(&products, &marks(&of_registry)).await?;
    let in_registry = cal_registry::by_marks(&registry, &marks(&of_products)).await?;
    let mut rows_of: HashMap<String, BTreeMap<String, u64>> = of_products
        .iter()
        .map(|(suspicion, rows)| (suspicion.mark.clone(), rows.clone()))
        .collect();
    let listed: HashSet<String> = marks(&of_registry).into_iter().collect();
    for (suspicion, rows) in of_products {
        if !listed.contains(&suspicion.mark) {
            rows_of.remove(&suspicion.mark);
            of_registry.push((suspicion, rows));
        }
    }
    let mut states: Vec<SuspicionState> = of_registry
        .into_iter()
        .map(|(suspicion, mut rows)| {
            rows.extend(rows_of.remove(&suspicion.mark).unwrap_or_default());
            let complete = if listed.contains(&suspicion.mark) {
                in_products.get(&suspicion.mark) == Some(&suspicion)
            } else {
                in_registry.get(&suspicion.mark) == Some(&suspicion)
            };
            SuspicionState { suspicion, complete, rows }
        })
        .collect();
    states.sort_by(|a, b| b.suspicion.marked_at.0.total_cmp(&a.suspicion.marked_at.0));
    states.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(states)
}

/// The suspicions of a calibration as both databases know them, after each was told what the other knows
/// of their end.
async fn reconcile(
    registry: &Transaction,
    products: &Transaction,
    subject: &Subject,
) -> Result<Vec<Suspicion>> {
    let mut known: Vec<Suspicion> = Vec::new();
    let of_registry = cal_registry::of_subject(registry, subject).await?;
    for one in of_registry.into_iter().chain(products::of_subject(products, subject).await?) {
        match known.iter_mut().find(|other| other.mark == one.mark) {
            Some(other) => other.cleared = other.cleared.take().or(one.cleared),
            None => known.push(one),
        }
    }
    for one in &known {
        if let Some(clearing) = &one.cleared {
            cal_registry::clear(registry, &one.mark, clearing).await?;
            products::clear(products, &one.mark, clearing).await?;
        }
    }
    Ok(known)
}

/// The suspicions of a calibration that one database holds to be cleared and the other does not.
async fn half_cleared(
    registry: &Transaction,
    products: &Transaction,
    subject: &Subject,
) -> Result<HashSet<String>> {
    let state = |list: Vec<Suspicion>| -> HashMap<String, bool> {
        list.into_iter().map(|one| (one.mark, one.cleared.is_some())).collect()
    };
    let of_registry = state(cal_registry::of_subject(registry, subject).await?);
    let of_products = state(products::of_subject(products, subject).await?);
    let differs = |(mark, cleared): &(&String, &bool)| {
        of_products.get(*mark).is_some_and(|other| other != *cleared)
    };
    Ok(of_registry.iter().filter(differs).map(|(mark, _)| mark.clone()).collect())
}

/// The rows of the products that a calibration touched.
fn rows(impact: &Impact) -> Rows {
    fn keys<K: Ord + Clone + ToString>(touched: &Touched<K>) -> Vec<(String, bool)> {
        touched.iter().map(|(key, inferred)| (key.to_string(), inferred)).collect()
    }
    let sets = impact.measurement_sets.iter();
    let sets = sets.map(|(path, touch)| (path.clone(), *touch == super::Touch::Inferred));
    vec![
        ("ms_index", sets.collect()),
        ("images", keys(&impact.images)),
        ("mosaics", keys(&impact.mosaics)),
        ("photometry", keys(&impact.photometry)),
        ("variability_stats", keys(&impact.variability_stats)),
        ("ese_candidates", keys(&impact.ese_candidates)),
        ("transient_candidates", keys(&impact.transient_candidates)),
        ("transient_alerts", keys(&impact.transient_alerts)),
        ("alert_history", keys(&impact.alerts)),
    ]
}
