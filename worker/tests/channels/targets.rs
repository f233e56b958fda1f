//! What each kind of target does with an alert.

use almanac_service::astrid::AlertChannel;
use almanac_worker::{
    Stage,
    channels::{Channels, Secret, Target},
    client,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::Program;

const ID: &str = "0199a5e0-0000-7000-8000-000000000001";

/// What a job of the kind `notify` is told.
fn notice(channel: &str) -> Value {
    json!({
        "channel": channel,
        "alert": {
            "id": ID, "priority": "high", "title": "high: transient", "message": "It is bright.",
            "alert_metadata": { "url": "http://127.0.0.1:1/from-the-alert" },
        },
        "detection": { "ra": "150.1234567" },
        "recipients": ["astronomer@example.org"],
    })
}

fn channels(channel: AlertChannel, target: Target) -> Channels {
    Channels::new([(channel, target)], &client().unwrap())
}

fn webhook(program: &Program) -> Target {
    program.url.parse().unwrap()
}

#[tokio::test]
async fn the_dashboard_takes_every_alert() {
    let channels = Channels::new([], &client().unwrap());
    let taken = channels.run(&notice("dashboard")).await.unwrap();
    assert_eq!(taken, json!({ "accepted": true, "response": null }));
    let logged = self::channels(AlertChannel::Sms, Target::Log).run(&notice("sms")).await.unwrap();
    assert_eq!(logged["accepted"], json!(true));
}

#[tokio::test]
async fn what_cannot_be_delivered_is_not_tried_again() {
    let channels = Channels::new([], &client().unwrap());
    for (input, says) in [
        (notice("email"), "nothing is configured"),
        (notice("pigeon"), "none of"),
        (json!({ "channel": "email" }), "no alert"),
    ] {
        let refused = channels.run(&input).await.unwrap_err();
        assert!(!refused.is_retryable && refused.message.contains(says), "{refused:?}");
    }
}

#[tokio::test]
async fn a_folder_gets_a_file_for_each_alert() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("alerts");
    let target: Target = format!("file:{}", place.display()).parse().unwrap();
    let channels = channels(AlertChannel::Email, target);
    for _ in 0..2 {
        let taken = channels.run(&notice("email")).await.unwrap();
        assert_eq!(taken["response"]["file"], json!(format!("{ID}.json")));
    }
    let files: Vec<_> =
        std::fs::read_dir(&place).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files, [place.join(format!("{ID}.json"))], "the second delivery is the same file");
    let written: Value = serde_json::from_slice(&std::fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(written["alert"]["title"], json!("high: transient"));
    assert_eq!(written["recipients"], json!(["astronomer@example.org"]));

    // A file stands where the folder should be.
    let target = Target::Folder(files[0].clone());
    let refused = self::channels(AlertChannel::Email, target).run(&notice("email")).await;
    assert!(refused.unwrap_err().is_retryable);
}

#[tokio::test]
async fn a_webhook_gets_the_alert_and_the_secret() {
    let program = Program::answering(&[(200, "thanks")]).await;
    let target = webhook(&program).with_secret(Secret::new("sesame").unwrap());
    let taken = channels(AlertChannel::Slack, target).run(&notice("slack")).await.unwrap();
    assert_eq!(taken["response"], json!({ "status": 200, "body": "thanks" }));
    let [call] = &program.received()[..] else { panic!("one call") };
    assert_eq!(call.headers["authorization"], "Bearer sesame");
    assert_eq!(call.headers["idempotency-key"], ID);
    assert_eq!(call.body["text"], json!("high: transient\nIt is bright."));
    assert_eq!(call.body["alert"]["priority"], json!("high"));
    assert_eq!(call.body["detection"]["ra"], json!("150.1234567"));
    assert_eq!(call.body["channel"], json!("slack"));
}

#[tokio::test]
async fn answers_say_whether_to_try_again() {
    for (status, is_taken, is_retryable) in [
        (200, true, false),
        (204, true, false),
        (302, false, false),
        (400, false, false),
        (401, false, false),
        (404, false, false),
        (408, false, true),
        (429, false, true),
        (500, false, true),
        (503, false, true),
    ] {
        let program = Program::answering(&[(status, "sesame, busy")]).await;
        let target = webhook(&program).with_secret(Secret::new("sesame").unwrap());
        let outcome = channels(AlertChannel::Webhook, target).run(&notice("webhook")).await;
        assert_eq!(outcome.is_ok(), is_taken, "{status}: {outcome:?}");
        if let Err(refused) = outcome {
            assert_eq!(refused.is_retryable, is_retryable, "{refused:?}");
            assert!(refused.message.contains(&status.to_string()), "{refused:?}");
            assert!(refused.message.ends_with("…, busy"), "the secret is hidden: {refused:?}");
        }
        assert_eq!(program.received().len(), 1, "nothing is followed or tried by itself");
    }
}

#[tokio::test]
async fn long_answers_are_cut() {
    let program = Program::answering(&[(200, &"x".repeat(100_000))]).await;
    let taken = channels(AlertChannel::Webhook, webhook(&program)).run(&notice("webhook")).await;
    assert_eq!(taken.unwrap()["response"]["body"].as_str().unwrap().len(), 2_000);
}

#[tokio::test]
async fn who_cannot_be_reached_is_tried_again_and_not_named() {
    let program = Program::answering(&[(200, "")]).await;
    let target: Target = format!("{}/s3cret-token", program.url).parse().unwrap();
    drop(program);
    // The program is gone once its task has ended.
    tokio::task::yield_now().await;
    let outcome = channels(AlertChannel::Slack, target).run(&notice("slack")).await;
    let refused = outcome.unwrap_err();
    assert!(refused.message.starts_with("slack "), "{refused:?}");
    assert!(!refused.message.contains("s3cret"), "{refused:?}");
}
