//! A partner's webhook receiver: keeps what it got, and answers what it was told to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

/// One message received.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Message {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

#[derive(Debug, Default)]
struct Kept {
    messages: Vec<Message>,
    /// Answers still to be given before 200.
    answers: Vec<StatusCode>,
}

/// A running receiver.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    kept: Arc<Mutex<Kept>>,
}

impl Receiver {
    /// Answers these first, 200 from then on.
    pub(crate) async fn start(answers: &[u16]) -> Self {
        let kept = Arc::new(Mutex::new(Kept {
            messages: Vec::new(),
            answers: answers
                .iter()
                .rev()
                .map(|status| StatusCode::from_u16(*status).unwrap())
                .collect(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let router = Router::new().fallback(post(receive)).with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, kept }
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.kept.lock().unwrap().messages.clone()
    }
}

async fn receive(State(kept): State<Arc<Mutex<Kept>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut kept = kept.lock().unwrap();
    let path = uri.path().to_owned();
    kept.messages.push(Message { path, headers, body });
    kept.answers.pop().unwrap_or(StatusCode::OK)
}
