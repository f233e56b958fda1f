//! What is said of bandpass calibrators that were taken over.

use almanac_service::calibrators::{Fate, OldCalibrators, Step, Verification};
use serde_json::{Value as Json, json};

use crate::output::{complain, say};

/// What became of the rows, or would.
pub(super) fn of(old: &OldCalibrators, steps: &[Step]) -> Json {
    let count = |is: fn(&Fate) -> bool| steps.iter().filter(|step| is(&step.fate)).count();
    let failed = old.faults.iter().map(|fault| json!({ "id": fault.id, "reason": fault.reason }));
    let rows = steps.iter().map(|step| {
        let name = &step.row.registration.calibrator_name;
        json!({ "id": step.row.id, "calibrator_name": name, "fate": word(&step.fate) })
    });
    json!({
        "source": old.count(),
        "inserted": count(|fate| *fate == Fate::Insert),
        "updated": count(|fate| matches!(fate, Fate::Replace { .. })),
        "migrated": count(|fate| matches!(fate, Fate::Insert | Fate::Replace { .. })),
        "archived": count(|fate| matches!(fate, Fate::Archive | Fate::Correct { .. })),
        "already_present": count(|fate| *fate == Fate::Present),
        "skipped": old.nameless,
        "failed": failed.collect::<Vec<_>>(),
        "rows": rows.collect::<Vec<_>>(),
    })
}

fn word(fate: &Fate) -> &'static str {
    match fate {
        Fate::Insert => "inserted",
        Fate::Replace { .. } => "updated",
        Fate::Archive => "archived",
        Fate::Correct { .. } => "corrected in the history",
        Fate::Present => "already present",
    }
}

/// What was found of the rows afterwards.
pub(super) fn of_verification(found: &Verification) -> Json {
    json!({
        "source": found.source,
        "migrated": found.current,
        "archived": found.archived,
        "skipped": found.skipped,
        "missing": found.missing,
        "extra": found.extra,
    })
}

/// Says it to people.
pub(super) fn show(report: &Json) {
    let would = if report["dry_run"] == true { "would be " } else { "" };
    for row in list(&report["rows"]).iter().filter(|row| row["fate"] != "already present") {
        say(format_args!(
            "{} (row {}): {would}{}",
            text(&row["calibrator_name"]),
            row["id"],
            text(&row["fate"])
        ));
    }
    for row in list(&report["skipped"]) {
        complain(format_args!("row {}: skipped, for it has no name", text(row)));
    }
    for fault in list(&report["failed"]) {
        complain(format_args!("error: row {}: {}", text(&fault["id"]), text(&fault["reason"])));
    }
    say(format_args!(
        "{} rows in {}: {} {would}migrated ({} inserted, {} updated), {} {would}archived, {} \
         already present, {} skipped, {} failed",
        report["source"],
        text(&report["products"]),
        report["migrated"],
        report["inserted"],
        report["updated"],
        report["archived"],
        report["already_present"],
        list(&report["skipped"]).len(),
        list(&report["failed"]).len(),
    ));
    if let Some(backup) = report["backup"].as_str() {
        say(format_args!("backup: {backup}"));
        say(format_args!("back: almanac calibrators rollback --backup-dir {backup}"));
    }
    if report["verification"].is_object() {
        show_verification(&report["verification"]);
    }
}

/// Says to people what was found of the rows.
pub(super) fn show_verification(found: &Json) {
    say(format_args!(
        "{} rows: {} are calibrators, {} are past registrations, {} have no name, {} are missing",
        found["source"],
        found["migrated"],
        found["archived"],
        found["skipped"],
        list(&found["missing"]).len()
    ));
    for row in list(&found["missing"]) {
        complain(format_args!("error: row {} is missing or not as it was", text(row)));
    }
    let extra: Vec<&str> = list(&found["extra"]).iter().map(text).collect();
    if !extra.is_empty() {
        say(format_args!("{} more calibrators: {}", extra.len(), extra.join(", ")));
    }
}

fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}
