use base64ct::{Base64, Encoding};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Paths, Wise, error_code};
use crate::exchange::{Exchange, REQUEST_HEADER, with_jose_headers};

const PLAYGROUND: &str = "/v1/auth/jose/playground/jwe-direct-encryption";

async fn post_jwe(wise: &Wise, customer: &Customer, body: String) -> reqwest::Response {
    let token = wise.refused_statement(customer, Paths::First).await;
    let request = wise
        .user_call(customer, Method::POST, &Paths::First.pin_verify(customer.profile))
        .header("One-Time-Token", token.to_string());
    with_jose_headers(request).body(body).send().await.unwrap()
}

#[tokio::test]
async fn serves_its_key_as_spki_on_each_generation_of_paths() {
    let wise = Wise::start().await;
    let mut seen = Vec::new();
    for paths in Paths::ALL {
        let answer: Value = wise.key_response(paths, "").await.json().await.unwrap();
        assert_eq!(answer["version"], 1);
        assert_eq!(answer["scope"], "PAYLOAD_ENCRYPTION");
        assert_eq!(answer["keyMaterial"]["algorithm"], "RSA_OAEP_256");
        let der = Base64::decode_vec(answer["keyMaterial"]["keyMaterial"].as_str().unwrap()).unwrap();
        assert_eq!(der.len(), 294, "a 2048-bit SubjectPublicKeyInfo");
        seen.push(der);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);

    let token = wise.client_token().await;
    for query in [
        "",
        "?algorithm=RSA_OAEP_256",
        "?algorithm=RSA-OAEP-256&scope=PAYLOAD_ENCRYPTION",
    ] {
        let path = format!("{}{query}", Paths::First.public_key());
        let response = wise.call(Method::GET, &path).bearer_auth(&token).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn the_playground_echoes_what_was_encrypted() {
    let wise = Wise::start().await;
    let token = wise.client_token().await;
    for path in [PLAYGROUND.to_owned(), PLAYGROUND.replace("/v1/", "/2026Q3/")] {
        let exchange = Exchange::new(&wise.public_key().await, &json!({"message": "hello"}));
        let request = with_jose_headers(wise.call(Method::POST, &path).bearer_auth(&token));
        let response = request.body(exchange.jwe.clone()).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/jose+json");
        let echo = exchange.open(&response.text().await.unwrap());
        assert_eq!(
            echo,
            json!({"message": "jose-playground-response-hello", "method": "POST"})
        );
    }
    let long = Exchange::new(&wise.public_key().await, &json!({"message": "x".repeat(101)}));
    let request = with_jose_headers(wise.call(Method::POST, PLAYGROUND).bearer_auth(&token));
    assert_eq!(
        request.body(long.jwe).send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn each_jose_header_is_required() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let headers = [
        ("Content-Type", "application/jose+json"),
        ("Accept", "application/jose+json"),
        ("X-TW-JOSE-Method", "jwe"),
        ("Accept-Encoding", "identity"),
        ("Content-Encoding", "identity"),
    ];
    for (missing, _) in headers {
        let exchange = Exchange::new(&wise.public_key().await, &json!({"pin": "1234"}));
        let mut request = wise
            .user_call(&customer, Method::POST, &Paths::First.pin_verify(customer.profile))
            .header("One-Time-Token", token.to_string())
            .body(exchange.jwe);
        for (name, value) in headers.into_iter().filter(|(name, _)| *name != missing) {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        let expected = if missing == "Content-Type" { 415 } else { 400 };
        assert_eq!(response.status().as_u16(), expected, "{missing}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["errors"][0]["path"], missing);
    }
    assert_eq!(wise.inspect(&customer).await["pinFailures"], 0);
}

#[tokio::test]
async fn bodies_other_than_the_documented_jwe_are_refused() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let key = wise.public_key().await;
    let good = Exchange::new(&key, &json!({"pin": "1234"})).jwe;
    let parts: Vec<&str> = good.split('.').collect();
    let with = |at: usize, part: &str| {
        let mut parts = parts.clone();
        parts[at] = part;
        parts.join(".")
    };
    let header = |text: &str| Exchange::with_header(&key, &json!({"pin": "1234"}), text).jwe;
    let bodies = [
        String::new(),
        r#"{"pin":"1234"}"#.to_owned(),
        format!("\"{good}\""),
        parts[..4].join("."),
        format!("{good}."),
        with(0, "bm90IGpzb24"),
        with(1, ""),
        with(2, "AAAA"),
        with(4, &format!("{}AA", parts[4])),
        with(3, "a+b/"),
        header(r#"{"enc":"A256GCM","alg":"RSA-OAEP"}"#),
        header(r#"{"enc":"A128GCM","alg":"RSA-OAEP-256"}"#),
        header(r#"{"enc":"A256GCM","alg":"dir"}"#),
        header(r#"{"enc":"A256GCM","alg":"RSA-OAEP-256","zip":"DEF"}"#),
        header(r#"{"enc":"A256GCM","alg":"RSA-OAEP-256","crit":["exp"]}"#),
    ];
    for body in bodies {
        let response = post_jwe(&wise, &customer, body.clone()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(error_code(response).await, "jose.payload.invalid", "{body}");
    }
    let log = wise.log(&format!("userId={}&endpoint=pin-verify", customer.user)).await;
    assert!(log.iter().all(|call| call["encryption"] == "refused"));
}

#[tokio::test]
async fn further_header_members_are_ignored() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let header = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"8b1e","url":"https://example.invalid"}"#;
    let exchange = Exchange::with_header(&wise.public_key().await, &json!({"pin": "1234"}), header);
    assert_eq!(post_jwe(&wise, &customer, exchange.jwe).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_changed_bit_anywhere_gets_the_generic_500() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let key = wise.public_key().await;
    for part in 1..5 {
        let good = Exchange::new(&key, &json!({"pin": "1234"})).jwe;
        let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
        let replacement = if parts[part].starts_with('A') { "B" } else { "A" };
        parts[part].replace_range(..1, replacement);
        let response = post_jwe(&wise, &customer, parts.join(".")).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR, "part {part}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["message"], "An unexpected error occurred");
        assert_eq!(body["request_id"].as_str().unwrap().len(), 32);
    }
    let respelled = REQUEST_HEADER.replace(',', ", ");
    let good = Exchange::new(&key, &json!({"pin": "1234"})).jwe;
    let header = base64ct::Base64UrlUnpadded::encode_string(respelled.as_bytes());
    let swapped = format!("{header}.{}", good.split_once('.').unwrap().1);
    assert_eq!(
        post_jwe(&wise, &customer, swapped).await.status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(
        wise.inspect(&customer).await["pinFailures"],
        0,
        "what cannot be read is no attempt"
    );
}

#[tokio::test]
async fn after_a_rotation_only_the_new_key_works_unless_old_ones_are_kept() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let payload = json!({"pin": "1234"});
    let first = wise.public_key().await;

    wise.control(Method::POST, "keys/rotate", json!({})).await;
    let stale = post_jwe(&wise, &customer, Exchange::new(&first, &payload).jwe).await;
    assert_eq!(stale.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let second = wise.public_key().await;
    assert_ne!(first, second);
    assert_eq!(
        post_jwe(&wise, &customer, Exchange::new(&second, &payload).jwe)
            .await
            .status(),
        StatusCode::OK
    );

    let rotated = wise
        .control(Method::POST, "keys/rotate", json!({"keepOld": true}))
        .await;
    assert_eq!(rotated["version"], 3);
    assert_eq!(
        post_jwe(&wise, &customer, Exchange::new(&second, &payload).jwe)
            .await
            .status(),
        StatusCode::OK
    );
    assert_eq!(
        wise.key_response(Paths::First, "&version=2")
            .await
            .json::<Value>()
            .await
            .unwrap()["version"],
        2
    );
    assert_eq!(
        wise.key_response(Paths::First, "&version=1").await.status(),
        StatusCode::NOT_FOUND
    );

    let log = wise.log(&format!("userId={}&endpoint=pin-verify", customer.user)).await;
    let met: Vec<&Value> = log.iter().map(|call| &call["encryption"]).collect();
    assert_eq!(met, ["undecryptable", "decrypted", "decrypted"]);
}

#[tokio::test]
async fn the_key_endpoint_can_be_made_to_serve_wrong_weak_and_listed_keys() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let script = async |kind: &str| {
        wise.control(
            Method::POST,
            "faults",
            json!({"endpoint": "public-key", "fault": {"kind": kind}}),
        )
        .await;
    };
    let real = wise.public_key().await;
    script("wrongKey").await;
    let wrong = wise.public_key().await;
    assert_eq!(wrong.len(), real.len());
    let response = post_jwe(&wise, &customer, Exchange::new(&wrong, &json!({"pin": "1234"})).jwe).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);

    script("weakKey").await;
    assert_eq!(wise.public_key().await.len(), 162, "a 1024-bit SubjectPublicKeyInfo");
    script("keyArray").await;
    let listed: Value = wise.key_response(Paths::First, "").await.json().await.unwrap();
    assert_eq!(listed[0]["version"], 1);
    assert_eq!(wise.public_key().await, real);
}
