use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Customer, Paths, Wise};

fn funding(wise: &Wise, customer: &Customer, paths: Paths, transfer: u64) -> RequestBuilder {
    wise.user_call(customer, Method::POST, &paths.funding(customer, transfer))
        .json(&json!({"type": "BALANCE"}))
}

async fn approved(wise: &Wise, customer: &Customer, paths: Paths, transfer: u64) -> Uuid {
    let token = wise.refused(funding(wise, customer, paths, transfer)).await;
    wise.clear(customer, token).await;
    token
}

async fn counts(wise: &Wise, customer: &Customer, transfer: u64) -> Value {
    wise.inspect(customer).await["transfers"][transfer.to_string()].clone()
}

#[tokio::test]
async fn an_approved_payment_is_made_and_shows_up() {
    let wise = Wise::start().await;
    for paths in [Paths::First, Paths::Calendar] {
        let customer = wise.customer(json!({})).await;
        let transfer = customer.transfers[0];
        let token = approved(&wise, &customer, paths, transfer).await;
        let request = funding(&wise, &customer, paths, transfer).header("x-2fa-approval", token.to_string());
        let paid = request.send().await.unwrap();
        assert_eq!(paid.headers()["x-2fa-approval-result"], "APPROVED");
        let (status, body) = (paid.status(), paid.json::<Value>().await.unwrap());
        assert_eq!(body["status"], "COMPLETED");
        if paths == Paths::First {
            assert_eq!(status, StatusCode::OK);
            assert_eq!(
                body,
                json!({"type": "BALANCE", "status": "COMPLETED", "errorCode": null})
            );
        } else {
            assert_eq!(status, StatusCode::CREATED);
            assert!(body["balanceTransactionId"].is_u64());
        }
        assert_eq!(
            counts(&wise, &customer, transfer).await,
            json!({"executedPayments": 1, "refusedAgain": 0})
        );
        assert_eq!(wise.inspect(&customer).await["balance"]["value"], 3062.07);
        let path = format!("/v1/transfers/{transfer}");
        let shown: Value = wise
            .user_call(&customer, Method::GET, &path)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(shown["status"], "processing");
    }
}

#[tokio::test]
async fn the_statement_adds_up_and_lists_what_was_paid() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"challenges": []}})).await;
    let transfer = customer.transfers[0];
    let token = wise.refused(funding(&wise, &customer, Paths::First, transfer)).await;
    let paid = funding(&wise, &customer, Paths::First, transfer).header("x-2fa-approval", token.to_string());
    assert_eq!(paid.send().await.unwrap().status(), StatusCode::OK);

    let now = jiff::Timestamp::now();
    let (start, end) = (
        now - jiff::SignedDuration::from_hours(24),
        now + jiff::SignedDuration::from_hours(24),
    );
    let path = format!(
        "/v1/profiles/{}/balance-statements/{}/statement.json?currency=EUR&intervalStart={start}&intervalEnd={end}",
        customer.profile, customer.balance
    );
    let get = || wise.user_call(&customer, Method::GET, &path);
    let token = wise.refused(get()).await;
    let statement: Value = get()
        .header("x-2fa-approval", token.to_string())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let transactions = statement["transactions"].as_array().unwrap();
    let payment = transactions
        .iter()
        .find(|entry| entry["referenceNumber"] == format!("TRANSFER-{transfer}"))
        .unwrap();
    assert_eq!(payment["amount"], json!({"value": -1250, "currency": "EUR"}));
    assert_eq!(payment["details"]["description"], "Brightside Studio GmbH");
    let value = |amount: &Value| amount["value"].as_f64().unwrap();
    let sum: f64 = transactions.iter().map(|entry| value(&entry["amount"])).sum();
    let grown = value(&statement["endOfStatementBalance"]) - value(&statement["startOfStatementBalance"]);
    assert!((sum - grown).abs() < 0.001, "{sum} {grown}");
    assert_eq!(
        transactions[0]["runningBalance"], statement["endOfStatementBalance"],
        "newest first"
    );
}

#[tokio::test]
async fn fifty_replays_at_once_pay_exactly_once() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let transfer = customer.transfers[0];
    let token = approved(&wise, &customer, Paths::First, transfer).await;

    let mut replays = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let request = funding(&wise, &customer, Paths::First, transfer).header("x-2fa-approval", token.to_string());
        replays.spawn(async move {
            let response = request.send().await.unwrap();
            let new_token = response
                .headers()
                .get("x-2fa-approval")
                .map(|value| value.to_str().unwrap().to_owned());
            (response.status(), new_token)
        });
    }
    let answers = replays.join_all().await;
    assert_eq!(
        answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(),
        1
    );
    let mut new_tokens: Vec<String> = answers
        .into_iter()
        .filter(|(status, _)| *status == StatusCode::FORBIDDEN)
        .map(|(_, new_token)| new_token.unwrap())
        .collect();
    new_tokens.sort();
    new_tokens.dedup();
    assert_eq!(new_tokens.len(), 49, "each refusal has a token of its own");
    assert!(!new_tokens.contains(&token.to_string()));
    assert_eq!(
        counts(&wise, &customer, transfer).await,
        json!({"executedPayments": 1, "refusedAgain": 0})
    );
}

#[tokio::test]
async fn a_second_approval_does_not_pay_again_but_is_counted() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let transfer = customer.transfers[0];
    for status in [StatusCode::OK, StatusCode::CONFLICT] {
        let token = approved(&wise, &customer, Paths::First, transfer).await;
        let request = funding(&wise, &customer, Paths::First, transfer).header("x-2fa-approval", token.to_string());
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    assert_eq!(
        counts(&wise, &customer, transfer).await,
        json!({"executedPayments": 1, "refusedAgain": 1})
    );
}

#[tokio::test]
async fn an_approval_does_not_cover_another_body() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let transfer = customer.transfers[0];
    let token = approved(&wise, &customer, Paths::First, transfer).await;
    let changed = wise
        .user_call(&customer, Method::POST, &Paths::First.funding(&customer, transfer))
        .header("content-type", "application/json")
        .body(r#"{"type": "BALANCE"}"#)
        .header("x-2fa-approval", token.to_string());
    assert_ne!(wise.refused(changed).await, token);
    assert_eq!(counts(&wise, &customer, transfer).await["executedPayments"], 0);
}

#[tokio::test]
async fn an_insufficient_balance_rejects_the_transfer() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"balance": "1249.99"})).await;
    let transfer = customer.transfers[0];
    let token = approved(&wise, &customer, Paths::First, transfer).await;
    let request = funding(&wise, &customer, Paths::First, transfer).header("x-2fa-approval", token.to_string());
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["status"], "REJECTED");
    assert_eq!(counts(&wise, &customer, transfer).await["executedPayments"], 0);
}

#[tokio::test]
async fn a_transfer_and_its_recipient_are_described_in_each_generation() {
    let wise = Wise::start().await;
    let recipient = json!({"accountHolderName": "شركة النور", "country": "KW", "details": {"IBAN": "KW81CBKU0000000000001234560101"}});
    let transfers = json!([{"sourceValue": "10.00", "targetValue": "3.255", "targetCurrency": "KWD",
                            "reference": "Order 1", "recipient": recipient}]);
    let customer = wise.customer(json!({"transfers": transfers})).await;
    let get = async |path: String| -> Value {
        wise.user_call(&customer, Method::GET, &path)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    };
    for version in ["v1", "2026Q3"] {
        let transfer = get(format!("/{version}/transfers/{}", customer.transfers[0])).await;
        assert_eq!(transfer["targetAccount"], customer.recipients[0]);
        assert_eq!(
            (&transfer["sourceValue"], &transfer["targetValue"]),
            (&json!(10), &json!(3.255))
        );
        assert_eq!(transfer["targetCurrency"], "KWD");
        assert_eq!(transfer["details"]["reference"], "Order 1");
        assert_eq!(transfer["status"], "incoming_payment_waiting");
    }
    let first = get(format!("/v1/accounts/{}", customer.recipients[0])).await;
    assert_eq!(first["accountHolderName"], "شركة النور");
    for version in ["v2", "2026Q3"] {
        let newer = get(format!("/{version}/accounts/{}", customer.recipients[0])).await;
        assert_eq!(newer["name"]["fullName"], "شركة النور");
        assert_eq!(newer["details"]["IBAN"], "KW81CBKU0000000000001234560101");
    }
    for version in ["v4", "2026Q3"] {
        let balances = get(format!(
            "/{version}/profiles/{}/balances?types=STANDARD",
            customer.profile
        ))
        .await;
        assert_eq!(balances[0]["id"], customer.balance);
        let one = get(format!(
            "/{version}/profiles/{}/balances/{}",
            customer.profile, customer.balance
        ))
        .await;
        assert_eq!(one["amount"], json!({"value": 4312.07, "currency": "EUR"}));
    }
}

#[tokio::test]
async fn funding_refuses_what_it_does_not_know_before_it_asks_for_approval() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let unknown = funding(&wise, &customer, Paths::First, 1).send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(unknown.text().await.unwrap(), "transfer.not-found");
    let path = Paths::First.funding(&customer, customer.transfers[0]);
    for (body, status) in [("{", 400), (r#"{"type":"CARD"}"#, 422)] {
        let response = wise
            .user_call(&customer, Method::POST, &path)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert!(!response.headers().contains_key("x-2fa-approval"));
    }
}
