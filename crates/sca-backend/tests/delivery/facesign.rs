//! A FaceSign that remembers how each session really ended, and whether its report was tampered with.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

pub const WEBHOOK_SECRET: &str = "whsec_0123456789abcdef0123456789";
pub const API_KEY: &str = "sk_prod_0123456789";

/// How a session ends, and what FaceSign reports of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionResult {
    Verified,
    /// Verified, with another amount in the report than in the request.
    OtherAmount,
    /// Verified, with another reference in the report than in the request.
    OtherReference,
    Deepfake,
    /// Verified, with a video analysis that reports a high fraud risk.
    SuspiciousVideo,
    NoFace,
    Inconclusive,
    Denied,
    Stalled,
    CodeFailed,
    CodeCancelled,
    CodeNotDelivered,
    Abandoned,
    /// With outcomes that FaceSign has not documented.
    UnknownOutcomes,
    /// Complete, without a report of the liveness check.
    MissingReport,
    /// A status that FaceSign has not documented, with reports of a verified customer.
    UnknownStatus,
}

impl SessionResult {
    pub const ALL: [Self; 16] = [
        Self::Verified,
        Self::OtherAmount,
        Self::OtherReference,
        Self::Deepfake,
        Self::SuspiciousVideo,
        Self::NoFace,
        Self::Inconclusive,
        Self::Denied,
        Self::Stalled,
        Self::CodeFailed,
        Self::CodeCancelled,
        Self::CodeNotDelivered,
        Self::Abandoned,
        Self::UnknownOutcomes,
        Self::MissingReport,
        Self::UnknownStatus,
    ];

    fn status(self) -> &'static str {
        match self {
            Self::Abandoned => "incomplete",
            Self::UnknownStatus => "canceled",
            Self::Verified
            | Self::OtherAmount
            | Self::OtherReference
            | Self::Deepfake
            | Self::SuspiciousVideo
            | Self::NoFace
            | Self::Inconclusive
            | Self::Denied
            | Self::Stalled
            | Self::CodeFailed
            | Self::CodeCancelled
            | Self::CodeNotDelivered
            | Self::UnknownOutcomes
            | Self::MissingReport => "complete",
        }
    }

    /// What the nodes report: person, conversation, code.
    fn outcomes(self) -> [Option<&'static str>; 3] {
        const PERSON: Option<&str> = Some("livenessDetected");
        const CONFIRMED: Option<&str> = Some("email_otp");
        match self {
            Self::Verified | Self::OtherAmount | Self::OtherReference | Self::SuspiciousVideo | Self::UnknownStatus => {
                [PERSON, CONFIRMED, Some("verified")]
            }
            Self::Deepfake => [Some("deepfakeDetected"), None, None],
            Self::NoFace => [Some("noFace"), None, None],
            Self::Inconclusive => [Some("inconclusive"), None, None],
            Self::Denied => [PERSON, Some("closing_denied"), None],
            Self::Stalled => [PERSON, Some("closing_stall"), None],
            Self::CodeFailed => [PERSON, CONFIRMED, Some("failed_unverified")],
            Self::CodeCancelled => [PERSON, CONFIRMED, Some("cancelled")],
            Self::CodeNotDelivered => [PERSON, CONFIRMED, Some("delivery_failed")],
            Self::Abandoned => [PERSON, None, None],
            Self::UnknownOutcomes => [Some("captureUnavailable"), CONFIRMED, Some("verified")],
            Self::MissingReport => [None, CONFIRMED, Some("verified")],
        }
    }
}

#[derive(Debug)]
struct Session {
    settings: Value,
    secrets: u32,
    in_progress: bool,
    result: Option<SessionResult>,
}

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<String, Session>,
    /// By the transfer that they were created for, in order.
    of_transfer: HashMap<String, Vec<String>>,
    /// How many of the next reads of a transfer's sessions fail.
    failing: HashMap<String, u32>,
}

#[derive(Clone, Debug)]
pub struct FaceSign {
    pub base: String,
    sessions: Arc<Mutex<Sessions>>,
}

impl FaceSign {
    pub async fn start() -> Self {
        let sessions: Arc<Mutex<Sessions>> = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/sessions", post(create))
            .route("/sessions/{id}", get(read))
            .route("/sessions/{id}/refresh", get(refresh))
            .with_state(sessions.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { base, sessions }
    }

    /// The sessions that were created for a transfer, in order.
    pub fn sessions_of(&self, transfer: &str) -> Vec<String> {
        let sessions = self.sessions.lock().unwrap();
        sessions.of_transfer.get(transfer).cloned().unwrap_or_default()
    }

    /// The customer has opened the page.
    pub fn open_page(&self, id: &str) {
        self.sessions.lock().unwrap().by_id.get_mut(id).unwrap().in_progress = true;
    }

    /// A session ends. Further calls change nothing.
    pub fn finish(&self, id: &str, result: SessionResult) {
        let mut sessions = self.sessions.lock().unwrap();
        sessions.by_id.get_mut(id).unwrap().result.get_or_insert(result);
    }

    /// The next reads of a transfer's sessions fail.
    pub fn fail_next_reads(&self, transfer: &str, reads: u32) {
        self.sessions.lock().unwrap().failing.insert(transfer.into(), reads);
    }

    /// No further read fails.
    pub fn clear_faults(&self) {
        self.sessions.lock().unwrap().failing.clear();
    }

    /// Whether a customer has confirmed this transfer with this amount, and its report was not tampered with.
    pub fn has_verified(&self, transfer: &str, amount: &str) -> bool {
        let sessions = self.sessions.lock().unwrap();
        let ids = sessions.of_transfer.get(transfer).map_or(&[][..], Vec::as_slice);
        ids.iter().any(|id| {
            let session = &sessions.by_id[id];
            session.result == Some(SessionResult::Verified) && session.settings["metadata"]["transferAmount"] == amount
        })
    }
}

/// A webhook as FaceSign sends it: body and the value of its signature's header.
pub fn webhook(event: &str, kind: &str, session: &str, now_milliseconds: u64) -> (String, String) {
    let body = json!({"id": event, "type": kind, "createdAt": now_milliseconds, "sessionId": session}).to_string();
    let seconds = now_milliseconds / 1000;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{seconds}.{body}").as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    (body, format!("t={seconds},v1={hex}"))
}

type Shared = State<Arc<Mutex<Sessions>>>;

fn may_call(headers: &HeaderMap) -> bool {
    let expected = HeaderValue::from_str(&format!("Bearer {API_KEY}")).unwrap();
    headers.get("authorization") == Some(&expected)
}

fn secret_of(id: &str, session: &Session) -> Value {
    let secret = format!("cs{}{id}", session.secrets);
    let url = format!("https://session.facesign.ai?cs={secret}");
    json!({"secret": secret, "createdAt": 1, "expireAt": 4_102_444_800_000_u64, "url": url})
}

fn session_of(id: &str, session: &Session) -> Value {
    let status = match session.result {
        Some(result) => result.status(),
        None if session.in_progress => "inProgress",
        None => "created",
    };
    let nodes = [
        ("liveness_detection", "liveness"),
        ("conversation", "confirm_transfer"),
        ("two_factor_email", "email_otp"),
    ];
    let outcomes = session.result.map_or([None; 3], SessionResult::outcomes);
    let reports: Vec<Value> = nodes
        .into_iter()
        .zip(outcomes)
        .filter_map(|((kind, node), outcome)| {
            Some(json!({"type": kind, "nodeId": node, "createdAt": 2, "outcome": outcome?}))
        })
        .collect();
    let mut settings = session.settings.clone();
    if session.result == Some(SessionResult::OtherAmount) {
        settings["metadata"]["transferAmount"] = json!("1.00");
    }
    if session.result == Some(SessionResult::OtherReference) {
        settings["clientReferenceId"] = json!("another-approval");
    }
    let mut report = json!({"transcript": [], "lang": "en", "nodeReports": reports});
    if session.result == Some(SessionResult::SuspiciousVideo) {
        report["videoAIAnalysis"] = json!({"lipSyncAccuracy": {"evaluation": "highFraudRisk"}});
    }
    json!({"id": id, "createdAt": 1, "status": status, "settings": settings, "report": report})
}

async fn create(State(sessions): Shared, headers: HeaderMap, Json(settings): Json<Value>) -> Response {
    if !may_call(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut sessions = sessions.lock().unwrap();
    let id = format!("fs{}", sessions.by_id.len());
    let transfer = settings["metadata"]["transfer"].as_str().unwrap().to_owned();
    let session = Session {
        settings,
        secrets: 0,
        in_progress: false,
        result: None,
    };
    let answer = json!({"session": session_of(&id, &session), "clientSecret": secret_of(&id, &session)});
    sessions.by_id.insert(id.clone(), session);
    sessions.of_transfer.entry(transfer).or_default().push(id);
    Json(answer).into_response()
}

async fn read(State(sessions): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !may_call(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut sessions = sessions.lock().unwrap();
    let Some(session) = sessions.by_id.get(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let answer = json!({"session": session_of(&id, session), "clientSecret": secret_of(&id, session)});
    let transfer = session.settings["metadata"]["transfer"].as_str().unwrap().to_owned();
    if let Some(left) = sessions.failing.get_mut(&transfer).filter(|left| **left > 0) {
        *left -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(answer).into_response()
}

async fn refresh(State(sessions): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !may_call(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut sessions = sessions.lock().unwrap();
    let Some(session) = sessions.by_id.get_mut(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    session.secrets += 1;
    Json(secret_of(&id, session)).into_response()
}
