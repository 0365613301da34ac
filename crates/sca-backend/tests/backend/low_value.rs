//! Small transfers go through until too much of them has come together; then the customer is recognised, and it begins anew.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Widget,
    facesign_env::{Faces, wire},
};

async fn with_low_value() -> Faces {
    Faces::with(|config| config.low_value = vec!["EU".into(), "UK".into()]).await
}

/// 20 EUR to Germany: five of them are as much as is small together.
fn small(transfer: &str, user: &str) -> Value {
    let mut wire = wire(transfer);
    wire["user"] = json!(user);
    wire["region"] = json!("DE");
    wire["amount"] = json!({"minor": 2_000, "currency": "EUR"});
    wire
}

async fn decision(faces: &Faces, wire: &Value) -> String {
    let answer = faces.post_wire(wire).await.ok();
    answer["decision"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_sixth_in_a_row_is_held_and_once_it_is_approved_the_next_is_exempt_again() {
    let faces = with_low_value().await;
    for round in 0..2 {
        for number in 0..5 {
            let wire = small(&format!("txn-{round}-{number}"), "ann");
            // Asked about again, it is the same transfer.
            for _ in 0..2 {
                assert_eq!(decision(&faces, &wire).await, "exempt", "{wire}");
            }
        }
        let transfer = format!("txn-{round}-held");
        let held = faces.post_wire(&small(&transfer, "ann")).await.ok();
        assert_eq!(held["decision"], "held");
        assert_eq!(
            decision(&faces, &small(&format!("txn-{round}-bob"), "bob")).await,
            "exempt"
        );
        let widget = Widget {
            app: faces.app.clone(),
            secret: held["clientSecret"].as_str().unwrap().into(),
            id: held["id"].as_str().unwrap().into(),
        };
        let session = faces.open(&widget, &transfer).await;
        faces.play(&session, "verified").await;
        faces.poll().await;
        assert_eq!(widget.snapshot().await["status"], "approved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_the_same_moment_no_more_are_exempt() {
    let faces = with_low_value().await;
    let wires: Vec<Value> = (0..20).map(|number| small(&format!("txn-{number}"), "ann")).collect();
    let decisions = join_all(wires.iter().map(|wire| decision(&faces, wire))).await;
    let exempt = decisions.iter().filter(|decision| *decision == "exempt").count();
    assert_eq!((exempt, decisions.len()), (5, 20));
}

#[tokio::test]
async fn what_is_not_small_or_goes_elsewhere_is_held() {
    let faces = with_low_value().await;
    for (number, (value, currency, region)) in [
        (3_001, "EUR", "DE"),
        (3_000, "EUR", "CH"),
        (3_000, "EUR", "GB"),
        (2_501, "GBP", "GB"),
        (2_500, "GBP", "IE"),
        (100, "SEK", "SE"),
        (100, "XXX", "DE"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut wire = small(&format!("txn-{number}"), "ann");
        wire["region"] = json!(region);
        wire["amount"] = json!({"minor": value, "currency": currency});
        assert_eq!(decision(&faces, &wire).await, "held", "{wire}");
    }
    // Nobody has said that small ones are exempt.
    let faces = Faces::start().await;
    assert_eq!(decision(&faces, &small("txn-1", "ann")).await, "held");
}
