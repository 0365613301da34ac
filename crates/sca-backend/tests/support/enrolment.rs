//! A widget's calls for an enrolment, and those of the partner's server that begin it.

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use super::{
    API_KEY, ContractJson, Reply, TestCustomer, TestEnv, Widget, encrypt, encrypt_json, idempotency_key,
    partner_request, send,
};

/// The widget of an enrolment.
#[derive(Clone, Debug)]
pub struct EnrolmentWidget {
    pub app: Router,
    pub id: String,
    pub secret: String,
}

impl EnrolmentWidget {
    /// A widget, from the answer to the beginning of its enrolment.
    pub fn new(app: &Router, begun: &Value) -> Self {
        Self {
            app: app.clone(),
            id: begun.text("id").into(),
            secret: begun.text("clientSecret").into(),
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        let request = Request::get(format!("/v1/enrolment/{}{path}", self.id))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret));
        send(&self.app, request.body(Body::empty()).unwrap()).await
    }

    pub async fn post_as(&self, key: &str, path: &str, body: &Value) -> Reply {
        let request = Request::post(format!("/v1/enrolment/{}{path}", self.id))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()));
        send(&self.app, request.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_as(&idempotency_key(), path, body).await
    }

    pub async fn snapshot(&self) -> Value {
        self.get("").await.ok()
    }

    /// The key that the provider decrypts with.
    pub async fn key(&self) -> String {
        self.get("/encryption-key").await.ok().text("spki").into()
    }

    pub async fn pin_body(&self, pin: &str) -> Value {
        json!({"jwe": encrypt(&self.key().await, pin)})
    }

    pub async fn set_pin(&self, pin: &str) -> Reply {
        self.post("/pin", &self.pin_body(pin).await).await
    }

    pub async fn change_pin(&self, pin: &str) -> Reply {
        self.post("/pin/change", &self.pin_body(pin).await).await
    }

    pub async fn remove_pin(&self) -> Reply {
        self.post("/pin/remove", &json!({})).await
    }

    pub async fn device_body(&self, fingerprint: &str, name: &str) -> Value {
        let jwe = encrypt_json(&self.key().await, &json!({"deviceFingerprint": fingerprint}));
        json!({"jwe": jwe, "name": name})
    }

    pub async fn enrol_device(&self, fingerprint: &str, name: &str) -> Reply {
        self.post("/devices", &self.device_body(fingerprint, name).await).await
    }

    pub async fn end(&self) -> Reply {
        self.post("/end", &json!({})).await
    }
}

/// The state of a factor in a snapshot.
pub fn state<'a>(enrolment: &'a Value, factor: &str) -> &'a str {
    let factors = enrolment["factors"].as_array().unwrap();
    let found = factors.iter().find(|known| known.text("factor") == factor);
    found.unwrap().text("state")
}

/// The answer has this verdict, and the PIN is in this state.
#[track_caller]
pub fn assert_pin(reply: Reply, verdict: &str, pin: &str) {
    let answer = reply.ok();
    assert_eq!(
        (answer.text("verdict"), state(&answer["enrolment"], "pin")),
        (verdict, pin)
    );
}

/// The body of a call that begins an enrolment of a simulated customer.
pub fn order(customer: &TestCustomer, authorization: &Value) -> Value {
    json!({
        "customer": format!("customer-{}", customer.user),
        "accessToken": customer.token,
        "profileId": customer.profile.to_string(),
        "userId": customer.user.to_string(),
        "authorization": authorization,
    })
}

pub async fn begin(app: &Router, api_key: &str, order: &Value) -> Reply {
    send(app, partner_request(api_key, "/v1/enrolments", order)).await
}

/// The body of a call that opens an SCA session of a simulated customer.
pub fn session(customer: &TestCustomer, purpose: &str) -> Value {
    json!({"accessToken": customer.token, "profileId": customer.profile.to_string(), "purpose": purpose})
}

/// Opens an SCA session, and gives the widget for its approval.
pub async fn open_session(app: &Router, customer: &TestCustomer, purpose: &str) -> Widget {
    let request = partner_request(API_KEY, "/v1/sca-sessions", &session(customer, purpose));
    Widget::new(app, &send(app, request).await.ok())
}

impl TestEnv {
    /// An enrolment of a customer, after the partner's step-up.
    pub async fn enrolment(&self, customer: &TestCustomer) -> EnrolmentWidget {
        let begun = begin(&self.app, API_KEY, &order(customer, &json!("partner"))).await;
        EnrolmentWidget::new(&self.app, &begun.ok())
    }
}
