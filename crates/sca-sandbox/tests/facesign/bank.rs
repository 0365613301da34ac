use base64ct::{Base64, Encoding};
use jiff::Timestamp;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::client::FaceSign;

const SECRET: &str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";

fn signature(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
    let key = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let key = PKey::hmac(&key).unwrap();
    let message = format!("{id}.{timestamp}.{body}");
    let mac = Signer::new(MessageDigest::sha256(), &key)
        .unwrap()
        .sign_oneshot_to_vec(message.as_bytes())
        .unwrap();
    format!("v1,{}", Base64::encode_string(&mac))
}

fn wire(transfer: &str) -> Value {
    json!({"type": "transfer.execute", "timestamp": "2026-11-23T12:00:00Z",
           "data": {"id": "appr_1", "transfer": transfer, "version": 1, "payee": "Acme Corp"}})
}

async fn send(facesign: &FaceSign, path: &str, id: &str, body: &Value) -> reqwest::Result<Response> {
    let (body, now) = (body.to_string(), Timestamp::now().as_second());
    post(facesign, path, id, now, &signature(SECRET, id, now, &body), body).await
}

async fn post(
    facesign: &FaceSign,
    path: &str,
    id: &str,
    at: i64,
    signature: &str,
    body: String,
) -> reqwest::Result<Response> {
    facesign
        .http
        .post(format!("{}/bank/{path}", facesign.base))
        .header("webhook-id", id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
}

async fn ledger(facesign: &FaceSign, transfer: &str) -> (StatusCode, Value) {
    let url = format!("{}/bank/wires/{transfer}", facesign.base);
    let response = facesign.http.get(url).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_wire_is_executed_once_for_each_id() {
    let facesign = FaceSign::start().await;
    assert_eq!(ledger(&facesign, "txn-1").await.0, StatusCode::NOT_FOUND);
    let first = send(&facesign, "wires", "msg_1", &wire("txn-1")).await.unwrap();
    assert_eq!(first.json::<Value>().await.unwrap()["status"], "executed");
    let second = send(&facesign, "wires", "msg_1", &wire("txn-1")).await.unwrap();
    assert_eq!(second.json::<Value>().await.unwrap()["status"], "alreadyExecuted");
    let (status, entry) = ledger(&facesign, "txn-1").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&entry["executions"], &entry["deliveries"]), (&json!(1), &json!(2)));
    assert_eq!(entry["data"]["payee"], "Acme Corp");

    send(&facesign, "wires", "msg_2", &wire("txn-1")).await.unwrap();
    assert_eq!(
        ledger(&facesign, "txn-1").await.1["executions"],
        2,
        "another id is another execution"
    );
}

#[tokio::test]
async fn only_signed_and_recent_messages_are_accepted() {
    let facesign = FaceSign::start().await;
    let body = wire("txn-1").to_string();
    let now = Timestamp::now().as_second();
    let good = signature(SECRET, "msg_1", now, &body);
    let foreign = signature("whsec_Zm9yZWlnbg==", "msg_1", now, &body);
    for (what, id, at, signature, sent) in [
        ("foreign secret", "msg_1", now, foreign.clone(), body.clone()),
        ("another id", "msg_2", now, good.clone(), body.clone()),
        ("another body", "msg_1", now, good.clone(), body.replace('1', "2")),
        (
            "stale",
            "msg_1",
            now - 301,
            signature(SECRET, "msg_1", now - 301, &body),
            body.clone(),
        ),
        (
            "future",
            "msg_1",
            now + 310,
            signature(SECRET, "msg_1", now + 310, &body),
            body.clone(),
        ),
        ("no version", "msg_1", now, good.replace("v1,", ""), body.clone()),
    ] {
        let response = post(&facesign, "wires", id, at, &signature, sent).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{what}");
    }
    let listed = post(&facesign, "wires", "msg_1", now, &format!("{foreign} {good}"), body)
        .await
        .unwrap();
    assert_eq!(listed.status(), StatusCode::OK, "any signature of the list will do");
    let unknown = send(
        &facesign,
        "wires",
        "msg_3",
        &json!({"type": "transfer.blocked", "data": {"transfer": "txn-1"}}),
    )
    .await;
    assert_eq!(unknown.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn scripted_faults_fail_calls_and_lose_responses() {
    let facesign = FaceSign::start().await;
    let script = async |fault: Value| facesign.control(Method::POST, "bank/faults", fault).await;
    script(json!({"endpoint": "wires", "times": 2, "fault": {"kind": "status", "status": 503}})).await;
    for _ in 0..2 {
        let failed = send(&facesign, "wires", "msg_1", &wire("txn-1")).await.unwrap();
        assert_eq!(failed.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(ledger(&facesign, "txn-1").await.1["executions"], 0);

    script(json!({"endpoint": "wires", "for": "txn-1", "when": "after", "fault": {"kind": "reset"}})).await;
    send(&facesign, "wires", "msg_1", &wire("txn-1")).await.unwrap_err();
    assert_eq!(
        ledger(&facesign, "txn-1").await.1["executions"],
        1,
        "executed, then dropped"
    );
    send(&facesign, "wires", "msg_1", &wire("txn-1")).await.unwrap();
    assert_eq!(ledger(&facesign, "txn-1").await.1["executions"], 1);

    let deliveries = facesign.control(Method::GET, "bank/deliveries", Value::Null).await;
    let outcomes: Vec<&str> = deliveries
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| delivery["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["lost", "lost", "executed", "duplicate"]);
}

#[tokio::test]
async fn notices_are_recorded_and_a_test_can_wait_for_them() {
    let facesign = FaceSign::start().await;
    let notice = json!({"type": "transfer.blocked", "data": {"transfer": "txn-1", "escalate": true}});
    let patience = json!({"transfer": "txn-1", "what": "notices", "seconds": 5});
    let (kept, _) = tokio::join!(
        facesign.control(Method::POST, "bank/wait", patience),
        send(&facesign, "notices", "msg_1", &notice),
    );
    assert_eq!(kept[0]["type"], "transfer.blocked");
    assert_eq!(kept[0]["body"], notice);
    send(&facesign, "notices", "msg_1", &notice).await.unwrap();
    let all = facesign
        .control(Method::GET, "bank/notices?transfer=txn-1", Value::Null)
        .await;
    assert_eq!(all[0]["deliveries"], 2);
    assert_eq!(all.as_array().unwrap().len(), 1);

    let never = json!({"transfer": "txn-2", "seconds": 0});
    let timed_out = facesign.try_control(Method::POST, "bank/wait", never).await;
    assert_eq!(timed_out.status(), StatusCode::REQUEST_TIMEOUT);
    facesign.control(Method::DELETE, "bank", Value::Null).await;
    assert_eq!(
        facesign.control(Method::GET, "bank/notices", Value::Null).await,
        json!([])
    );
}

/// The answers to `GET /bank/mail/{customer}`.
async fn mail(facesign: &FaceSign, customer: &str) -> Value {
    let url = format!("{}/bank/mail/{customer}", facesign.base);
    facesign.http.get(url).send().await.unwrap().json().await.unwrap()
}

fn factor_notice(kind: &str, customer: &str, timestamp: &str) -> Value {
    json!({"type": kind, "timestamp": timestamp,
           "data": {"enrolment": "enr_1", "customer": customer, "factor": "pin", "device": null}})
}

#[tokio::test]
async fn a_customer_would_be_mailed_about_each_change_of_a_factor_once_and_in_order() {
    let facesign = FaceSign::start().await;
    let removed = factor_notice("factor.removed", "customer-1", "2026-11-23T12:00:00Z");
    let enrolled = factor_notice("factor.enrolled", "customer-1", "2026-11-23T12:00:00.5Z");
    let removed_again = factor_notice("factor.removed", "customer-1", "2026-11-23T12:00:00.500Z");
    let of_another = factor_notice("factor.enrolled", "customer-2", "2026-11-23T12:00:00Z");
    let settled = json!({"type": "approval.settled", "data": {"customer": "customer-1"}});
    let patience = json!({"customer": "customer-1", "what": "notices", "count": 4, "seconds": 5});
    let deliver = async {
        for (id, notice) in [
            ("msg_2", &enrolled),
            ("msg_5", &removed_again),
            ("msg_1", &removed),
            ("msg_1", &removed),
            ("msg_3", &of_another),
            ("msg_4", &settled),
        ] {
            assert!(
                send(&facesign, "notices", id, notice)
                    .await
                    .unwrap()
                    .status()
                    .is_success()
            );
        }
    };
    let (kept, ()) = tokio::join!(facesign.control(Method::POST, "bank/wait", patience), deliver);
    assert_eq!(kept.as_array().unwrap().len(), 4);
    let about = |kind: &str, at: u64| json!({"type": kind, "enrolment": "enr_1", "factor": "pin", "device": null, "happenedAt": at});
    assert_eq!(
        mail(&facesign, "customer-1").await,
        json!([
            about("factor.removed", 1_795_435_200_000),
            about("factor.removed", 1_795_435_200_500),
            about("factor.enrolled", 1_795_435_200_500)
        ])
    );
    assert_eq!(mail(&facesign, "customer-3").await, json!([]));
    let one = facesign
        .control(Method::GET, "bank/notices?customer=customer-2", Value::Null)
        .await;
    assert_eq!(
        (one.as_array().unwrap().len(), &one[0]["webhookId"]),
        (1, &json!("msg_3"))
    );
}

/// A forged notice would have the bank write mails to its customers.
#[tokio::test]
async fn an_unsigned_notice_is_not_mailed() {
    let facesign = FaceSign::start().await;
    let forged = factor_notice("factor.removed", "customer-1", "2026-11-23T12:00:00Z").to_string();
    let now = Timestamp::now().as_second();
    let signature = signature("whsec_Zm9yZWlnbg==", "msg_1", now, &forged);
    let response = post(&facesign, "notices", "msg_1", now, &signature, forged)
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(mail(&facesign, "customer-1").await, json!([]));
}

#[tokio::test]
async fn a_fault_can_be_for_the_notices_about_one_customer() {
    let facesign = FaceSign::start().await;
    let fault = json!({"endpoint": "notices", "for": "customer-1", "fault": {"kind": "status", "status": 503}});
    facesign.control(Method::POST, "bank/faults", fault).await;
    for (id, customer, status) in [
        ("msg_1", "customer-2", 204),
        ("msg_2", "customer-1", 503),
        ("msg_2", "customer-1", 204),
    ] {
        let notice = factor_notice("factor.enrolled", customer, "2026-11-23T12:00:00Z");
        assert_eq!(send(&facesign, "notices", id, &notice).await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_wait_without_a_subject_is_refused() {
    let facesign = FaceSign::start().await;
    for wait in [
        json!({}),
        json!({"transfer": "txn-1", "customer": "customer-1"}),
        json!({"customer": "customer-1", "what": "deliveries"}),
    ] {
        let refused = facesign.try_control(Method::POST, "bank/wait", wait).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn its_secret_can_be_changed() {
    let facesign = FaceSign::start().await;
    let other = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3";
    facesign
        .control(Method::PUT, "bank/secrets", json!({"secrets": [other]}))
        .await;
    let refused = send(&facesign, "wires", "msg_1", &wire("txn-1")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let (body, now) = (wire("txn-1").to_string(), Timestamp::now().as_second());
    let taken = post(
        &facesign,
        "wires",
        "msg_1",
        now,
        &signature(other, "msg_1", now, &body),
        body,
    )
    .await
    .unwrap();
    assert_eq!(taken.status(), StatusCode::OK);
}
