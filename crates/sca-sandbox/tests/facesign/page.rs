use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{FaceSign, outcome, wire};

#[tokio::test]
async fn a_customer_completes_the_whole_flow() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    let url = created.response["clientSecret"]["url"].as_str().unwrap();
    let page = facesign.http.get(url).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("frame-ancestors"));
    assert_eq!(
        facesign.session(&created.id).await["status"],
        "created",
        "looking is not opening"
    );

    let opened = facesign.page_post(&created.secret, "open", json!({})).await;
    assert_eq!(opened["node"]["id"], "greeting");
    assert_eq!(opened["email"], "a***@example.com");
    let step = async |node: &str, outcome: Option<&str>| {
        facesign
            .page_post(&created.secret, "step", json!({"nodeId": node, "outcome": outcome}))
            .await
    };
    assert_eq!(step("greeting", None).await["node"]["id"], "liveness");
    assert_eq!(
        step("liveness", Some("livenessDetected")).await["node"]["id"],
        "confirm"
    );
    assert_eq!(step("confirm", Some("confirmed")).await["node"]["id"], "email_otp");
    let wrong = facesign
        .page_post(
            &created.secret,
            "code",
            json!({"nodeId": "email_otp", "code": "000000"}),
        )
        .await;
    assert_eq!(wrong["triesLeft"], 2);
    let right = facesign
        .page_post(
            &created.secret,
            "code",
            json!({"nodeId": "email_otp", "code": "111111"}),
        )
        .await;
    assert_eq!(right["node"]["id"], "closing");
    let over = step("closing", None).await;
    assert_eq!((&over["status"], &over["node"]), (&json!("complete"), &Value::Null));

    let session = facesign.session(&created.id).await;
    assert_eq!(outcome(&session, "email_otp"), Some("verified"));
    assert_eq!(
        session["report"]["nodeReports"][3]["report"]["email"],
        "accountholder@example.com"
    );
    let again = facesign.http.get(url).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::GONE, "a session happens once");
}

#[tokio::test]
async fn three_wrong_codes_end_the_code_step() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    for (action, body) in [
        ("open", json!({})),
        ("step", json!({})),
        ("step", json!({"outcome": "livenessDetected"})),
        ("step", json!({"outcome": "confirmed"})),
    ] {
        facesign.drive(&created.id, action, body).await;
    }
    let mut last = Value::Null;
    for _ in 0..3 {
        last = facesign
            .page_post(
                &created.secret,
                "code",
                json!({"nodeId": "email_otp", "code": "222222"}),
            )
            .await;
    }
    assert_eq!(last["node"]["id"], "closing_failed");
    assert_eq!(
        outcome(&facesign.session(&created.id).await, "email_otp"),
        Some("failed_unverified")
    );
}

#[tokio::test]
async fn an_outdated_page_cannot_answer_for_another_node() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.page_post(&created.secret, "open", json!({})).await;
    let late = facesign
        .page(&created.secret, Method::POST, "step")
        .json(&json!({"nodeId": "confirm", "outcome": "confirmed"}))
        .send()
        .await
        .unwrap();
    assert_eq!(late.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_open_page_follows_changes_by_the_control_api() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    let opened = facesign.page_post(&created.secret, "open", json!({})).await;
    let known = opened["version"].as_u64().unwrap();
    let update = facesign
        .page(&created.secret, Method::GET, &format!("state?after={known}"))
        .send();
    let (update, _) = tokio::join!(update, facesign.run_script(&created.id, "verified"));
    let update: Value = update.unwrap().json().await.unwrap();
    assert_eq!(update["status"], "complete");
}

#[tokio::test]
async fn only_a_valid_secret_opens_a_page() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    for path in ["/", "/?cs=", "/?cs=cs00000000000000000000000000000000"] {
        let page = facesign
            .http
            .get(format!("{}{path}", facesign.pages))
            .send()
            .await
            .unwrap();
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let stranger = facesign
        .page("cs0", Method::POST, "open")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), StatusCode::GONE);

    facesign.page_post(&created.secret, "open", json!({})).await;
    facesign.page_post(&created.secret, "leave", json!({})).await;
    assert_eq!(facesign.session(&created.id).await["status"], "incomplete");
}

#[tokio::test]
async fn a_second_opening_resumes_or_is_refused() {
    let facesign = FaceSign::start().await;
    for (second_open, status) in [("resumes", StatusCode::OK), ("refused", StatusCode::GONE)] {
        facesign.behave(json!({"secondOpen": second_open})).await;
        let created = facesign.create(&wire("txn-1")).await;
        facesign.page_post(&created.secret, "open", json!({})).await;
        let url = format!("{}/?cs={}", facesign.pages, created.secret);
        assert_eq!(
            facesign.http.get(url).send().await.unwrap().status(),
            status,
            "{second_open}"
        );
    }
}

#[tokio::test]
async fn the_page_can_be_blank_unstarted_unframeable_or_without_a_response() {
    let facesign = FaceSign::start().await;
    let load = async |page: Value| {
        facesign.behave(json!({"page": page})).await;
        let created = facesign.create(&wire("txn-1")).await;
        let request = facesign.http.get(format!("{}/?cs={}", facesign.pages, created.secret));
        request.timeout(Duration::from_millis(500)).send().await
    };
    let blank = load(json!({"load": "blank"})).await.unwrap().text().await.unwrap();
    assert!(blank.contains("<body></body>"));
    let unstarted = load(json!({"load": "unstarted"})).await.unwrap().text().await.unwrap();
    assert!(unstarted.contains("<main") && !unstarted.contains("<script"));
    let framed = load(json!({"frameAncestors": "none"})).await.unwrap();
    let policy = framed.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'"));
    assert!(load(json!({"load": "never"})).await.unwrap_err().is_timeout());
}
