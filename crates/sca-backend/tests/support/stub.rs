//! A provider that answers each call as its test says. Until then it answers as a Wise with a PIN and a code to verify.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, header},
};
use http_body_util::BodyExt;
use tokio::net::TcpListener;

#[derive(Clone, Debug)]
pub struct StubResponse {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl StubResponse {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".into())],
            body: body.into(),
        }
    }

    /// No response at all: the call hangs.
    pub fn never() -> Self {
        Self::json(0, "")
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A request that the stub received.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    /// Method and path: `GET /v1/transfers/7`.
    pub call: String,
    pub headers: HeaderMap,
    pub body: String,
}

#[derive(Clone, Debug)]
pub struct Stub {
    pub base: String,
    exchanges: Exchanges,
}

#[derive(Clone, Debug, Default)]
struct Exchanges {
    responses: Arc<Mutex<HashMap<String, StubResponse>>>,
    /// Responses that come before those.
    once: Arc<Mutex<HashMap<String, VecDeque<StubResponse>>>>,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
}

pub const TOKEN: &str = "bb676aeb-7c4d-4930-bb55-ab949fd3fd87";

pub const PIN_THEN_SMS: &str = r#"{"oneTimeTokenProperties":{"oneTimeToken":"bb676aeb-7c4d-4930-bb55-ab949fd3fd87",
    "challenges":[{"primaryChallenge":{"type":"PIN"},"alternatives":[],"required":true,"passed":false},
    {"primaryChallenge":{"type":"SMS"},"alternatives":[{"type":"VOICE"}],"required":true,"passed":false}],"validity":3600}}"#;

impl Stub {
    pub async fn start() -> Self {
        let exchanges = Exchanges::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(respond).with_state(exchanges.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let stub = Self { base, exchanges };
        let spki = include_str!("../../../../tests/fixtures/public-key.spki.base64");
        stub.respond(
            "POST /oauth/token",
            StubResponse::json(200, r#"{"access_token":"client","expires_in":43199}"#),
        );
        let key = format!(r#"{{"version":1,"keyMaterial":{{"algorithm":"RSA_OAEP_256","keyMaterial":"{spki}"}}}}"#);
        stub.respond("GET /v1/auth/jose/response/public-keys", StubResponse::json(200, key));
        stub.respond("GET /v1/one-time-token/status", StubResponse::json(200, PIN_THEN_SMS));
        let sent = StubResponse::json(200, r#"{"obfuscatedPhoneNo":"*****8888"}"#);
        stub.respond("POST /v1/one-time-token/sms/trigger", sent);
        stub
    }

    /// From now on, a call is answered with this response.
    pub fn respond(&self, call: &str, response: StubResponse) {
        self.exchanges.responses.lock().unwrap().insert(call.into(), response);
    }

    /// The next call is answered with this response, and after several of these in their order.
    pub fn respond_once(&self, call: &str, response: StubResponse) {
        let mut once = self.exchanges.once.lock().unwrap();
        once.entry(call.into()).or_default().push_back(response);
    }

    /// How many requests were received for a call.
    pub fn calls(&self, call: &str) -> usize {
        self.requests().iter().filter(|request| request.call == call).count()
    }

    /// All requests, in the order in which they were received.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.exchanges.requests.lock().unwrap().clone()
    }
}

async fn respond(State(exchanges): State<Exchanges>, request: Request) -> Response<Body> {
    let call = format!("{} {}", request.method(), request.uri().path());
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    exchanges.requests.lock().unwrap().push(ReceivedRequest {
        call: call.clone(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let next = exchanges
        .once
        .lock()
        .unwrap()
        .get_mut(&call)
        .and_then(VecDeque::pop_front);
    let known = next.or_else(|| exchanges.responses.lock().unwrap().get(&call).cloned());
    let answer = known.unwrap_or_else(|| StubResponse::json(404, "{}"));
    if answer.status == 0 {
        std::future::pending::<()>().await;
    }
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
    for (name, value) in answer.headers {
        let name = header::HeaderName::from_static(name);
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
