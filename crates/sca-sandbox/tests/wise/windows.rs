use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Paths, Wise};

async fn statement(wise: &Wise, customer: &Customer) -> StatusCode {
    wise.user_call(customer, Method::GET, &Paths::First.statement(customer))
        .send()
        .await
        .unwrap()
        .status()
}

#[tokio::test]
async fn a_cleared_session_admits_statements_for_five_minutes_and_never_payments() {
    let wise = Wise::start().await;
    for version in ["v2", "2026Q3"] {
        let customer = wise.customer(json!({})).await;
        let path = format!("/{version}/profiles/{}/sca-sessions/authorise", customer.profile);
        let session: Value = wise
            .user_call(&customer, Method::POST, &path)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let properties = &session["oneTimeTokenProperties"];
        assert_eq!(
            properties["challenges"][0],
            json!({"primaryChallenge": {"type": "PIN"}, "passed": false})
        );
        let token = properties["oneTimeToken"].as_str().unwrap().parse().unwrap();
        assert_eq!(statement(&wise, &customer).await, StatusCode::FORBIDDEN);
        wise.clear(&customer, token).await;

        assert_eq!(statement(&wise, &customer).await, StatusCode::OK);
        let funding = Paths::First.funding(&customer, customer.transfers[0]);
        let request = wise
            .user_call(&customer, Method::POST, &funding)
            .json(&json!({"type": "BALANCE"}));
        wise.refused(request).await;
        wise.advance(&customer, 300).await;
        assert_eq!(statement(&wise, &customer).await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn any_approval_opens_the_window_only_with_the_switch() {
    let wise = Wise::start().await;
    for (setting, status) in [
        ("anyApproval", StatusCode::OK),
        ("sessionOnly", StatusCode::FORBIDDEN),
        ("never", StatusCode::FORBIDDEN),
    ] {
        let customer = wise.customer(json!({"behaviour": {"lowRiskWindow": setting}})).await;
        let token = wise.refused_statement(&customer, Paths::First).await;
        wise.clear(&customer, token).await;
        assert_eq!(statement(&wise, &customer).await, status, "{setting}");
    }
}
