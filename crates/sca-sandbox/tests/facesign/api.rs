use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{FaceSign, wire};

#[tokio::test]
async fn a_new_session_is_created_wrapped_and_can_be_read_again() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    let session = &created.response["session"];
    assert_eq!(session["status"], "created");
    assert_eq!(
        session["report"],
        json!({"transcript": [], "lang": "en", "nodeReports": [], "videoAIAnalysisStatus": "pending"})
    );
    assert_eq!(session["settings"]["clientReferenceId"], "txn-1-user-4421");
    assert!(session.get("startedAt").is_none());
    assert!(created.response.get("warnings").is_none());

    let secret = &created.response["clientSecret"];
    let text = secret["secret"].as_str().unwrap();
    let digits = text.strip_prefix("cs").unwrap();
    assert!(digits.len() == 32 && digits.chars().all(|digit| digit.is_ascii_hexdigit()));
    assert_eq!(secret["url"], format!("{}?cs={text}", facesign.pages));
    let lifetime = secret["expireAt"].as_i64().unwrap() - secret["createdAt"].as_i64().unwrap();
    assert_eq!(lifetime, 7_200_000);

    let read = facesign.read(&created.id).await;
    assert_eq!(read, json!({"session": session, "clientSecret": secret}));
}

#[tokio::test]
async fn a_missing_inconclusive_edge_is_added_with_a_warning() {
    let facesign = FaceSign::start().await;
    let mut body = wire("txn-1");
    body["flow"][2]["outcomes"]
        .as_object_mut()
        .unwrap()
        .remove("inconclusive");
    let created = facesign.create(&body).await;
    assert_eq!(created.response["warnings"].as_array().unwrap().len(), 1);
    let settings = &created.response["session"]["settings"];
    assert_eq!(settings["flowNormalizations"], created.response["warnings"]);
    assert_eq!(settings["flow"][2]["outcomes"]["inconclusive"], "closing_no_face");
    let session = facesign.run_script(&created.id, "inconclusive").await;
    let liveness = &session["report"]["nodeReports"][1];
    assert_eq!(liveness["inconclusiveReason"], "unknown_verdict");
    assert_eq!(session["report"]["nodeReports"][2]["nodeId"], "closing_no_face");
}

#[tokio::test]
async fn lenient_validation_accepts_every_flow_and_strict_validation_does_not() {
    let facesign = FaceSign::start().await;
    facesign.create(&json!({})).await;

    facesign.behave(json!({"validation": "strict"})).await;
    facesign.create(&wire("txn-1")).await;
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = wire("txn-1");
        change(&mut body);
        body
    };
    let no_end = changed(&|body| drop(body["flow"].as_array_mut().unwrap().pop()));
    let unknown_target = changed(&|body| body["flow"][0]["outcome"] = json!("nowhere"));
    let unknown_type = changed(&|body| body["flow"][1]["type"] = json!("mind_reading"));
    let no_error = changed(&|body| drop(body["flow"][4]["outcomes"].as_object_mut().unwrap().remove("error")));
    for (what, body) in [
        ("no end", no_end),
        ("unknown target", unknown_target),
        ("unknown type", unknown_type),
        ("no error edge", no_error),
    ] {
        let response = facesign
            .call(Method::POST, "/sessions")
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{what}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["error"]["type"], "validation_error", "{what}");
    }
}

#[tokio::test]
async fn a_refresh_revokes_the_old_secret_unless_a_switch_keeps_it() {
    let facesign = FaceSign::start().await;
    for (old_secret, status) in [("dead", StatusCode::GONE), ("alive", StatusCode::OK)] {
        facesign.behave(json!({"oldSecret": old_secret})).await;
        let created = facesign.create(&wire("txn-1")).await;
        let response = facesign
            .call(Method::GET, &format!("/sessions/{}/refresh", created.id))
            .send()
            .await
            .unwrap();
        let fresh: Value = response.json().await.unwrap();
        assert_ne!(fresh["secret"], created.secret.as_str());
        assert_eq!(facesign.read(&created.id).await["clientSecret"], fresh);

        let open = async |secret: &str| {
            let url = format!("{}/?cs={secret}", facesign.pages);
            facesign.http.get(url).send().await.unwrap().status()
        };
        assert_eq!(open(&created.secret).await, status, "{old_secret}");
        assert_eq!(open(fresh["secret"].as_str().unwrap()).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn only_the_accounts_key_is_accepted_and_errors_have_two_shapes() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    let url = format!("{}/sessions/{}", facesign.api, created.id);
    for key in ["sk_prod_sandbox", "sk_test_other", ""] {
        let response = facesign.http.get(&url).bearer_auth(key).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["error"]["type"], "authentication_error");
        assert_eq!(error["error"]["code"], "invalid_api_key");
    }
    assert_eq!(
        facesign.http.get(&url).send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );

    facesign
        .behave(json!({"errorShape": "flat", "missingKey": "forbidden"}))
        .await;
    let response = facesign.http.get(&url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.json::<Value>().await.unwrap()["error"].is_string());
    let unknown = facesign.call(Method::GET, "/sessions/unknown").send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_list_filters_and_paginates() {
    let facesign = FaceSign::start().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(facesign.create(&wire(&format!("txn-{number}"))).await.id);
    }
    facesign.run_script(&ids[1], "verified").await;
    let list = async |query: &str| -> Value {
        let response = facesign
            .call(Method::GET, &format!("/sessions?{query}"))
            .send()
            .await
            .unwrap();
        response.json().await.unwrap()
    };
    let first = list("limit=2&includeTotal=true").await;
    assert_eq!(first["sessions"][0]["id"], ids[2].as_str());
    assert_eq!((&first["totalCount"], &first["hasMore"]), (&json!(3), &json!(true)));
    let second = list(&format!("limit=2&cursor={}", first["nextCursor"].as_str().unwrap())).await;
    assert_eq!(second["sessions"][0]["id"], ids[0].as_str());
    assert_eq!(second["hasMore"], false);
    let complete = list("status=complete&status=incomplete").await;
    assert_eq!(complete["sessions"].as_array().unwrap().len(), 1);
    let mine = list("clientReferenceId=txn-0-user-4421").await;
    assert_eq!(mine["sessions"][0]["id"], ids[0].as_str());
}

#[tokio::test]
async fn behaviour_can_be_set_for_one_transfer() {
    let facesign = FaceSign::start().await;
    facesign
        .control(
            Method::PUT,
            "facesign/behaviour?for=txn-8827",
            json!({"idForm": "short"}),
        )
        .await;
    assert_eq!(facesign.create(&wire("txn-8827")).await.id.len(), 20);
    assert_eq!(facesign.create(&wire("txn-8828")).await.id.len(), 36);
}
