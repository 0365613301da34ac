//! A provider (Wise, unless it is told otherwise) that says whatever a test wants it to say.

use std::{
    collections::HashMap,
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

/// An answer: status, headers, body.
#[derive(Clone, Debug)]
pub struct Says {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Says {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".into())],
            body: body.into(),
        }
    }

    /// No answer at all.
    pub fn nothing() -> Self {
        Self::json(0, "")
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Calls = Arc<Mutex<Vec<String>>>;
type Answers = Arc<Mutex<HashMap<String, Says>>>;

#[derive(Clone, Debug)]
pub struct Stub {
    pub base: String,
    answers: Answers,
    pub heard: Calls,
    requests: Requests,
}

/// What came with a call.
#[derive(Clone, Debug)]
pub struct Came {
    pub call: String,
    pub headers: HeaderMap,
    pub body: String,
}

type Requests = Arc<Mutex<Vec<Came>>>;

pub const TOKEN: &str = "bb676aeb-7c4d-4930-bb55-ab949fd3fd87";

pub const PIN_THEN_SMS: &str = r#"{"oneTimeTokenProperties":{"oneTimeToken":"bb676aeb-7c4d-4930-bb55-ab949fd3fd87",
    "challenges":[{"primaryChallenge":{"type":"PIN"},"alternatives":[],"required":true,"passed":false},
    {"primaryChallenge":{"type":"SMS"},"alternatives":[{"type":"VOICE"}],"required":true,"passed":false}],"validity":3600}}"#;

impl Stub {
    pub async fn start() -> Self {
        let answers: Answers = Arc::default();
        let heard = Calls::default();
        let requests = Requests::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .fallback(answer)
            .with_state((answers.clone(), heard.clone(), requests.clone()));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let stub = Self {
            base,
            answers,
            heard,
            requests,
        };
        let spki = "A".repeat(392);
        stub.says(
            "POST /oauth/token",
            Says::json(200, r#"{"access_token":"client","expires_in":43199}"#),
        );
        let key = format!(r#"{{"version":1,"keyMaterial":{{"algorithm":"RSA_OAEP_256","keyMaterial":"{spki}"}}}}"#);
        stub.says("GET /v1/auth/jose/response/public-keys", Says::json(200, key));
        stub.says("GET /v1/one-time-token/status", Says::json(200, PIN_THEN_SMS));
        let sent = Says::json(200, r#"{"obfuscatedPhoneNo":"*****8888"}"#);
        stub.says("POST /v1/one-time-token/sms/trigger", sent);
        stub
    }

    /// From now on, the answer to a call.
    pub fn says(&self, call: &str, says: Says) {
        self.answers.lock().unwrap().insert(call.into(), says);
    }

    pub fn calls(&self, call: &str) -> usize {
        self.heard.lock().unwrap().iter().filter(|heard| *heard == call).count()
    }

    /// What came, in order.
    pub fn requests(&self) -> Vec<Came> {
        self.requests.lock().unwrap().clone()
    }
}

async fn answer(
    State((answers, heard, requests)): State<(Answers, Calls, Requests)>,
    request: Request,
) -> Response<Body> {
    let call = format!("{} {}", request.method(), request.uri().path());
    heard.lock().unwrap().push(call.clone());
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    requests.lock().unwrap().push(Came {
        call: call.clone(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let says = answers.lock().unwrap().get(&call).cloned();
    let says = says.unwrap_or_else(|| Says::json(404, "{}"));
    if says.status == 0 {
        std::future::pending::<()>().await;
    }
    let mut response = Response::new(Body::from(says.body));
    *response.status_mut() = StatusCode::from_u16(says.status).unwrap();
    for (name, value) in says.headers {
        let name = header::HeaderName::from_static(name);
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
