use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Paths, Wise, error_code};

#[tokio::test]
async fn a_code_is_sent_only_when_required_and_the_number_is_masked() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    assert_eq!(wise.inspect(&customer).await["codesSent"], json!([]));
    for channel in ["sms", "whatsapp", "voice", "sms"] {
        let sent: Value = wise.send_code(&customer, token, channel).await.json().await.unwrap();
        assert_eq!(sent, json!({"obfuscatedPhoneNo": "*********8888"}));
    }
    assert_eq!(
        wise.inspect(&customer).await["codesSent"],
        json!(["SMS", "WHATSAPP", "VOICE", "SMS"])
    );
}

#[tokio::test]
async fn any_channel_passes_the_same_entry_on_both_generations_of_paths() {
    let wise = Wise::start().await;
    for channel in ["sms", "whatsapp", "voice"] {
        let customer = wise.customer(json!({})).await;
        let token = wise.refused_statement(&customer, Paths::First).await;
        let path = Paths::Calendar.one_time_token(&format!("{channel}/trigger"));
        let sent = wise
            .user_call(&customer, reqwest::Method::POST, &path)
            .header("One-Time-Token", token.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), StatusCode::OK);
        let verified: Value = wise
            .enter_code(&customer, token, channel, "111111")
            .await
            .json()
            .await
            .unwrap();
        let properties = &verified["oneTimeTokenProperties"];
        assert_eq!(properties["challenges"][1]["passed"], true, "{channel}");
        assert!(properties.get("actionType").is_none(), "not printed here");
    }
}

#[tokio::test]
async fn a_wrong_code_or_one_never_sent_passes_no_challenge() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let early = wise.enter_code(&customer, token, "sms", "111111").await;
    assert_eq!(early.status(), StatusCode::BAD_REQUEST);
    assert_eq!(error_code(early).await, "otp.not.triggered");

    wise.send_code(&customer, token, "sms").await;
    let other_channel = wise.enter_code(&customer, token, "voice", "111111").await;
    assert_eq!(error_code(other_channel).await, "otp.not.triggered");
    for (setting, status) in [("badRequest", 400), ("forbidden", 403), ("unprocessable", 422)] {
        wise.behave(&customer, json!({"wrongCodeStatus": setting})).await;
        let wrong = wise.enter_code(&customer, token, "sms", "222222").await;
        assert_eq!(wrong.status().as_u16(), status);
        assert_eq!(error_code(wrong).await, "otp.invalid");
    }
    let challenges = &wise.status(&customer, token).await["oneTimeTokenProperties"]["challenges"];
    assert_eq!(challenges[1]["passed"], false);
}

#[tokio::test]
async fn a_customer_without_a_phone_and_an_unknown_channel_are_not_found() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"phone": null})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let no_phone = wise.send_code(&customer, token, "sms").await;
    assert_eq!(no_phone.status(), StatusCode::NOT_FOUND);
    assert_eq!(error_code(no_phone).await, "phone.not.setup");
    assert_eq!(
        wise.send_code(&customer, token, "telegram").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_malformed_code_is_refused() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    wise.send_code(&customer, token, "sms").await;
    for body in ["", "{", r#"{"otpCode":111111}"#, r#"{"otp":"111111"}"#] {
        let path = Paths::First.one_time_token("sms/verify");
        let response = wise
            .user_call(&customer, reqwest::Method::POST, &path)
            .header("One-Time-Token", token.to_string())
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(error_code(response).await, "otp.malformed");
    }
}
