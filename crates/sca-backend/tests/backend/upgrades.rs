//! The program is upgraded while face sessions are open.

use sca_backend::config::Config;
use sca_store::{EncryptionKeys, Store};
use serde_json::{Value, json};

use crate::support::{
    ContractJson, ENCRYPTION_KEY, Widget, facesign_env::FaceSignEnv, raw_connection, use_shared_database,
};

/// Stores a session as another version had created it: for the same transfer, with other metadata.
async fn store_as_other_version(config: &Config, widget: &Widget, session: &str) {
    let expected = json!({
        "reference": widget.id,
        "metadata": {"transfer": "txn-1", "amountAndCurrency": "50000.00 USD"},
        "email": "a@example.com",
    });
    let keys = EncryptionKeys::from_base64(ENCRYPTION_KEY, []).unwrap();
    let store = Store::open(config.database.as_ref().unwrap(), keys).await.unwrap();
    let place = format!("face-session/{session}/expected");
    let sealed = store.sealer().seal(&place, expected.to_string().as_bytes()).unwrap();
    let changed = sqlx::query("UPDATE face_sessions SET expected = $1 WHERE session_id = $2")
        .bind(sealed)
        .bind(session)
        .execute(&mut raw_connection(config).await)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);
}

#[tokio::test]
async fn a_session_report_is_compared_with_what_was_sent_when_the_session_was_created() {
    let metadata = json!({"transfer": "txn-1", "amountAndCurrency": "50000.00 USD"});
    for (reported, status, reason) in [
        (Some(metadata.clone()), "approved", None),
        // What this version would have sent.
        (None, "declined", Some("changed")),
        (
            Some(json!({"transfer": "txn-1", "amountAndCurrency": "1.00 USD"})),
            "declined",
            Some("changed"),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = None;
        let env = FaceSignEnv::with(|adjusted| {
            use_shared_database(adjusted, folder.path());
            config = Some(adjusted.clone());
        })
        .await;
        let (widget, session) = env.hold_with_session("txn-1").await;
        store_as_other_version(&config.unwrap(), &widget, &session).await;
        env.play(&session, "verified").await;
        if let Some(metadata) = &reported {
            let mut settings = json!({"settings": {"metadata": metadata}});
            // The members that only this version sends were never sent.
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
            env.tamper(&session, settings).await;
        }
        env.poll().await;
        let snapshot = widget.snapshot().await;
        assert_eq!((snapshot.status(), snapshot.reason()), (status, reason), "{reported:?}");
    }
}
