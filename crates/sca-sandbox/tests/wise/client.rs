//! What the tests call Wise with, as a partner's backend and its customer's browser would.

use std::ops::Deref;

use base64ct::{Base64, Encoding};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::exchange::{Exchange, with_jose_headers};
use crate::sandbox::TestSandbox;

/// The three generations of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paths {
    First,
    Second,
    Calendar,
}

impl Paths {
    pub(crate) const ALL: [Self; 3] = [Self::First, Self::Second, Self::Calendar];

    fn pick(self, first: String, second: String, calendar: String) -> String {
        match self {
            Self::First => first,
            Self::Second => second,
            Self::Calendar => calendar,
        }
    }

    pub(crate) fn public_key(self) -> &'static str {
        match self {
            Self::First | Self::Second => "/v1/auth/jose/response/public-keys",
            Self::Calendar => "/2027Q1/auth/jose/response/public-keys",
        }
    }

    pub(crate) fn one_time_token(self, rest: &str) -> String {
        let old = format!("/v1/one-time-token/{rest}");
        self.pick(old.clone(), old, format!("/2026Q3/one-time-token/{rest}"))
    }

    pub(crate) fn pin_verify(self, profile: u64) -> String {
        self.pick(
            "/v1/one-time-token/pin/verify".to_owned(),
            format!("/v2/profiles/{profile}/pin/verify"),
            format!("/2026Q4/profiles/{profile}/pin/verify"),
        )
    }

    pub(crate) fn pin_create(self, profile: u64) -> String {
        self.pick(
            "/v1/user/pin".to_owned(),
            format!("/v2/profiles/{profile}/pin"),
            format!("/2026Q3/profiles/{profile}/pin"),
        )
    }

    pub(crate) fn device_fingerprints(self, profile: u64) -> String {
        self.pick(
            "/v1/user/partner-device-fingerprints".to_owned(),
            format!("/v2/profiles/{profile}/device-fingerprints"),
            format!("/2026Q3/profiles/{profile}/device-fingerprints"),
        )
    }

    pub(crate) fn device_fingerprint_verify(self, profile: u64) -> String {
        match self {
            Self::First => self.one_time_token("partner-device-fingerprint/verify"),
            Self::Second | Self::Calendar => format!("{}/verify", self.device_fingerprints(profile)),
        }
    }

    pub(crate) fn face_maps(self, profile: u64) -> String {
        self.pick(
            "/v1/user/facemap/enrol".to_owned(),
            format!("/v2/profiles/{profile}/facemaps"),
            format!("/2026Q3/profiles/{profile}/facemaps"),
        )
    }

    pub(crate) fn face_map_verify(self, profile: u64) -> String {
        match self {
            Self::First => self.one_time_token("facemap/verify"),
            Self::Second | Self::Calendar => format!("{}/verify", self.face_maps(profile)),
        }
    }

    pub(crate) fn facetec_public_key(self) -> String {
        let old = "/v1/facetec/public-key".to_owned();
        self.pick(old.clone(), old, "/2026Q3/facetec/public-key".to_owned())
    }

    pub(crate) fn phone_numbers(self, user: u64) -> String {
        let old = format!("/v1/application/users/{user}/phone-numbers");
        self.pick(
            old.clone(),
            old,
            format!("/2026Q3/application/users/{user}/phone-numbers"),
        )
    }

    pub(crate) fn statement(self, customer: &Customer) -> String {
        let rest = format!(
            "profiles/{}/balance-statements/{}/statement.json?currency=EUR&intervalStart=2026-10-01T00:00:00.000Z\
             &intervalEnd=2026-10-31T23:59:59.999Z&type=COMPACT",
            customer.profile, customer.balance
        );
        self.pick(format!("/v1/{rest}"), format!("/v1/{rest}"), format!("/2026Q3/{rest}"))
    }

    pub(crate) fn funding(self, customer: &Customer, transfer: u64) -> String {
        let rest = format!("profiles/{}/transfers/{transfer}/payments", customer.profile);
        self.pick(format!("/v3/{rest}"), format!("/v3/{rest}"), format!("/2026Q3/{rest}"))
    }
}

/// A customer made for one test.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) user: u64,
    pub(crate) profile: u64,
    pub(crate) token: String,
    pub(crate) balance: u64,
    pub(crate) transfers: Vec<u64>,
    pub(crate) recipients: Vec<u64>,
}

/// A running sandbox, for tests of Wise.
pub(crate) struct Wise {
    sandbox: TestSandbox,
}

impl Deref for Wise {
    type Target = TestSandbox;

    fn deref(&self) -> &TestSandbox {
        &self.sandbox
    }
}

impl Wise {
    pub(crate) async fn start() -> Self {
        Self {
            sandbox: TestSandbox::start().await,
        }
    }

    /// A call to any path.
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.sandbox.base_url());
        self.http.request(method, url)
    }

    pub(crate) async fn customer(&self, options: Value) -> Customer {
        let created = self.control(Method::POST, "customers", options).await;
        let ids = |field: &str| {
            created[field]
                .as_array()
                .unwrap()
                .iter()
                .map(|id| id.as_u64().unwrap())
                .collect()
        };
        Customer {
            user: created["userId"].as_u64().unwrap(),
            profile: created["profileId"].as_u64().unwrap(),
            token: created["accessToken"].as_str().unwrap().to_owned(),
            balance: created["balanceId"].as_u64().unwrap(),
            transfers: ids("transferIds"),
            recipients: ids("recipientIds"),
        }
    }

    pub(crate) async fn behave(&self, customer: &Customer, behaviour: Value) {
        self.control(
            Method::PUT,
            &format!("customers/{}/behaviour", customer.user),
            behaviour,
        )
        .await;
    }

    pub(crate) async fn advance(&self, customer: &Customer, seconds: u32) {
        let body = json!({"seconds": seconds, "userId": customer.user});
        self.control(Method::POST, "clock/advance", body).await;
    }

    /// The customer's state, by the control API.
    pub(crate) async fn inspect(&self, customer: &Customer) -> Value {
        let path = format!("customers/{}", customer.user);
        self.control(Method::GET, &path, Value::Null).await
    }

    pub(crate) async fn log(&self, filter: &str) -> Vec<Value> {
        let calls = self.control(Method::GET, &format!("log?{filter}"), Value::Null).await;
        calls.as_array().unwrap().clone()
    }

    pub(crate) async fn client_token(&self) -> String {
        let answer: Value = self
            .call(Method::POST, "/oauth/token")
            .basic_auth("sandbox-client", Some("sandbox-client-secret"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// The response of the key endpoint.
    pub(crate) async fn key_response(&self, paths: Paths, more: &str) -> Response {
        let path = format!(
            "{}?algorithm=RSA_OAEP_256&scope=PAYLOAD_ENCRYPTION{more}",
            paths.public_key()
        );
        self.call(Method::GET, &path)
            .bearer_auth(self.client_token().await)
            .send()
            .await
            .unwrap()
    }

    /// The DER of Wise's newest key.
    pub(crate) async fn public_key(&self) -> Vec<u8> {
        let answer: Value = self.key_response(Paths::First, "").await.json().await.unwrap();
        Base64::decode_vec(answer["keyMaterial"]["keyMaterial"].as_str().unwrap()).unwrap()
    }

    /// A user's call.
    pub(crate) fn user_call(&self, customer: &Customer, method: Method, path: &str) -> RequestBuilder {
        self.call(method, path).bearer_auth(&customer.token)
    }

    /// The token of a refusal, after checking that it is one.
    pub(crate) async fn refused(&self, request: RequestBuilder) -> Uuid {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        one_time_token(&response)
    }

    /// A fresh one-time token for the statement.
    pub(crate) async fn refused_statement(&self, customer: &Customer, paths: Paths) -> Uuid {
        self.refused(self.user_call(customer, Method::GET, &paths.statement(customer)))
            .await
    }

    pub(crate) async fn status(&self, customer: &Customer, token: Uuid) -> Value {
        let response = self.try_status(customer, token).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    pub(crate) async fn try_status(&self, customer: &Customer, token: Uuid) -> Response {
        self.user_call(customer, Method::GET, &Paths::First.one_time_token("status"))
            .header("One-Time-Token", token.to_string())
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn send_code(&self, customer: &Customer, token: Uuid, channel: &str) -> Response {
        self.user_call(
            customer,
            Method::POST,
            &Paths::First.one_time_token(&format!("{channel}/trigger")),
        )
        .header("One-Time-Token", token.to_string())
        .send()
        .await
        .unwrap()
    }

    pub(crate) async fn enter_code(&self, customer: &Customer, token: Uuid, channel: &str, code: &str) -> Response {
        self.user_call(
            customer,
            Method::POST,
            &Paths::First.one_time_token(&format!("{channel}/verify")),
        )
        .header("One-Time-Token", token.to_string())
        .json(&json!({"otpCode": code}))
        .send()
        .await
        .unwrap()
    }

    /// The PIN, encrypted as documented, to the path of this generation.
    pub(crate) async fn enter_pin(&self, customer: &Customer, token: Uuid, pin: &str, paths: Paths) -> EncryptedAnswer {
        let request = self
            .user_call(customer, Method::POST, &paths.pin_verify(customer.profile))
            .header("One-Time-Token", token.to_string());
        self.send_encrypted(request, &json!({"pin": pin})).await
    }

    /// A device fingerprint, encrypted as documented, to the path of this generation.
    pub(crate) async fn prove_device(
        &self,
        customer: &Customer,
        token: Uuid,
        fingerprint: &str,
        paths: Paths,
    ) -> EncryptedAnswer {
        let request = self
            .user_call(
                customer,
                Method::POST,
                &paths.device_fingerprint_verify(customer.profile),
            )
            .header("One-Time-Token", token.to_string());
        self.send_encrypted(request, &json!({"deviceFingerprint": fingerprint}))
            .await
    }

    /// Registers a device fingerprint.
    pub(crate) async fn register_device(
        &self,
        customer: &Customer,
        fingerprint: &str,
        paths: Paths,
    ) -> EncryptedAnswer {
        let request = self.user_call(customer, Method::POST, &paths.device_fingerprints(customer.profile));
        self.send_encrypted(request, &json!({"deviceFingerprint": fingerprint}))
            .await
    }

    /// An exported face map to the path of this generation.
    pub(crate) async fn prove_face(&self, customer: &Customer, token: Uuid, face_map: &str, paths: Paths) -> Response {
        self.user_call(customer, Method::POST, &paths.face_map_verify(customer.profile))
            .header("One-Time-Token", token.to_string())
            .json(&json!({"faceMap": face_map}))
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn enrol_face(&self, customer: &Customer, face_map: &str, paths: Paths) -> Response {
        self.user_call(customer, Method::POST, &paths.face_maps(customer.profile))
            .json(&json!({"faceMap": face_map}))
            .send()
            .await
            .unwrap()
    }

    /// Wise's key for face maps, in PEM.
    pub(crate) async fn facetec_public_key(&self, customer: &Customer) -> String {
        let response = self
            .user_call(customer, Method::GET, &Paths::First.facetec_public_key())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.text().await.unwrap()
    }

    /// Sends an encrypted body.
    pub(crate) async fn send_encrypted(&self, request: RequestBuilder, payload: &Value) -> EncryptedAnswer {
        let exchange = Exchange::new(&self.public_key().await, payload);
        EncryptedAnswer {
            response: with_jose_headers(request)
                .body(exchange.jwe.clone())
                .send()
                .await
                .unwrap(),
            exchange,
        }
    }

    /// Clears all default challenges of a token.
    pub(crate) async fn clear(&self, customer: &Customer, token: Uuid) {
        let pin = self.enter_pin(customer, token, "1234", Paths::Second).await;
        assert_eq!(pin.response.status(), StatusCode::OK);
        self.clear_phone(customer, token).await;
    }

    pub(crate) async fn clear_phone(&self, customer: &Customer, token: Uuid) {
        assert_eq!(self.send_code(customer, token, "sms").await.status(), StatusCode::OK);
        assert_eq!(
            self.enter_code(customer, token, "sms", "111111").await.status(),
            StatusCode::OK
        );
    }

    /// Repeats a statement call with a token.
    pub(crate) async fn statement_with(&self, customer: &Customer, token: Uuid) -> Response {
        self.user_call(customer, Method::GET, &Paths::First.statement(customer))
            .header("x-2fa-approval", token.to_string())
            .send()
            .await
            .unwrap()
    }
}

/// The response to an encrypted call, with the key that decrypts it.
pub(crate) struct EncryptedAnswer {
    pub(crate) response: Response,
    pub(crate) exchange: Exchange,
}

impl EncryptedAnswer {
    /// The decrypted content of a successful response.
    pub(crate) async fn open(self) -> Value {
        assert_eq!(self.response.status(), StatusCode::OK);
        assert_eq!(self.response.headers()["content-type"], "application/jose+json");
        self.exchange.open(&self.response.text().await.unwrap())
    }
}

/// The token that a refusal's headers name.
pub(crate) fn one_time_token(response: &Response) -> Uuid {
    assert_eq!(response.headers()["x-2fa-approval-result"], "REJECTED");
    response.headers()["x-2fa-approval"].to_str().unwrap().parse().unwrap()
}

/// The code of the first of `errors`.
pub(crate) async fn error_code(response: Response) -> String {
    let body: Value = response.json().await.unwrap();
    body["errors"][0]["code"].as_str().unwrap().to_owned()
}
