//! The old directory is put aside when nobody needs it any more.

use std::fs;

use almanac_upkeep::relocate::{Options, archive};
use chrono::TimeDelta;

use crate::{
    backup::now,
    process::python,
    relocate::{State, moved},
};

#[tokio::test]
async fn sqlite_old_directory_goes_when_its_days_have_passed() {
    let state = State::new().await;
    let (day, old) = (TimeDelta::days(1), moved(&state.from));
    let refusal = async |at| {
        let outcome = archive(&state.from, &state.to, false, at).await;
        assert_eq!(moved(&state.from), old);
        outcome.unwrap_err().to_string()
    };
    assert!(refusal(now()).await.contains("was not moved"));
    let options = Options { archive_after_days: 3, rewrite_paths: true, ..Options::default() };
    state.migrate(&options).await.unwrap();
    assert!(refusal(now() + day * 2).await.contains("3 days after"));

    // The new place is at work meanwhile. Who still works in the old one is not lost.
    fs::write(state.to.join("logs/big.log"), "newer").unwrap();
    let note = state.from.join("skymodels/late.skymodel");
    fs::write(&note, "late").unwrap();
    let outcome = archive(&state.from, &state.to, false, now() + day * 4).await;
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("late.skymodel is not what was copied"), "{message}");
    fs::remove_file(&note).unwrap();
    let mut holder = python(
        "import sys\nf = open(sys.argv[1], 'r+b')\nprint('ready', flush=True)\nsys.stdin.read()",
        &[state.from.join("hdf5.sqlite3").to_str().unwrap()],
    );
    holder.ready();
    assert!(refusal(now() + day * 4).await.contains(&holder.id().to_string()));
    drop(holder);
    let gone = state.to.join("hdf5.sqlite3");
    fs::rename(&gone, state.to.join("elsewhere")).unwrap();
    assert!(refusal(now() + day * 4).await.contains("hdf5.sqlite3 is gone"));
    fs::rename(state.to.join("elsewhere"), &gone).unwrap();

    let done = archive(&state.from, &state.to, false, now() + day * 4).await.unwrap();
    let aside = done.to.unwrap();
    assert!(!state.from.exists() && moved(&aside) == old, "{}", aside.display());
    fs::rename(&aside, &state.from).unwrap();
    let done = archive(&state.from, &state.to, true, now() + day * 4).await.unwrap();
    assert!(done.to.is_none() && !state.from.exists() && !aside.exists());
}

#[tokio::test]
async fn sqlite_broken_off_move_is_not_archived() {
    let state = State::new().await;
    state.migrate(&Options::default()).await.unwrap();
    fs::write(state.to.join("logs/big.log"), "newer").unwrap();
    state.migrate(&Options::default()).await.unwrap_err();
    let outcome = archive(&state.from, &state.to, false, now()).await;
    assert!(outcome.unwrap_err().to_string().contains("broken off") && state.from.exists());
}
