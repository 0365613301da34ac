//! The program is replaced by another version of itself while sessions go on.

use sca_backend::{config::Config, store::Sealer};
use serde_json::{Value, json};

use crate::support::{ENCRYPTION_KEY, Widget, behind, facesign_env::Faces, keep_in};

/// A session that another version had opened: of the same transfer, and in other words.
async fn ordered_otherwise(config: &Config, widget: &Widget, session: &str) {
    let expected = json!({
        "reference": widget.id,
        "metadata": {"transfer": "txn-1", "amountAndCurrency": "50000.00 USD"},
        "email": "a@example.com",
    });
    let sealer = Sealer::from_base64(ENCRYPTION_KEY).unwrap();
    let place = format!("face-session/{session}/expected");
    let sealed = sealer.seal(&place, expected.to_string().as_bytes()).unwrap();
    let changed = sqlx::query("UPDATE face_sessions SET expected = $1 WHERE session_id = $2")
        .bind(sealed)
        .bind(session)
        .execute(&mut behind(config).await)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);
}

/// What this version would have sent no longer matters.
#[tokio::test]
async fn a_session_is_held_against_what_was_sent_when_it_was_opened() {
    let words = json!({"transfer": "txn-1", "amountAndCurrency": "50000.00 USD"});
    for (told, status, reason) in [
        (Some(words.clone()), "approved", Value::Null),
        // What this version would have sent.
        (None, "declined", json!("changed")),
        (
            Some(json!({"transfer": "txn-1", "amountAndCurrency": "1.00 USD"})),
            "declined",
            json!("changed"),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = None;
        let faces = Faces::with(|adjusted| {
            keep_in(adjusted, folder.path());
            config = Some(adjusted.clone());
        })
        .await;
        let (widget, session) = faces.opened("txn-1").await;
        ordered_otherwise(&config.unwrap(), &widget, &session).await;
        faces.play(&session, "verified").await;
        if let Some(metadata) = &told {
            let mut settings = json!({"settings": {"metadata": metadata}});
            // Those that this version sent never were.
            for name in [
                "transferVersion",
                "user",
                "transferAmount",
                "transferCurrency",
                "recipientName",
                "recipientAccount",
            ] {
                settings["settings"]["metadata"][name] = Value::Null;
            }
            faces.tamper(&session, settings).await;
        }
        faces.poll().await;
        let snapshot = widget.snapshot().await;
        assert_eq!(
            (&snapshot["status"], &snapshot["reason"]),
            (&json!(status), &reason),
            "{told:?}"
        );
    }
}
