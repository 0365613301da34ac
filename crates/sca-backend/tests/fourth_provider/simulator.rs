//! The provider's side: one payment, one code.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use serde_json::{Value, json};

pub const CODE: &str = "246802";

#[derive(Clone, Default)]
pub struct Simulator {
    state: Arc<Mutex<Option<&'static str>>>,
    codes_sent: Arc<Mutex<u32>>,
}

impl Simulator {
    pub async fn start() -> (Self, String) {
        let simulator = Self::default();
        let routes = Router::new()
            .route("/payments/pay-1", get(read))
            .route("/payments/pay-1/code", post(send))
            .route("/payments/pay-1/code/verify", post(verify))
            .with_state(simulator.clone());
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (simulator, format!("http://{address}"))
    }

    pub fn codes_sent(&self) -> u32 {
        *self.codes_sent.lock().unwrap()
    }

    pub fn set(&self, state: &'static str) {
        *self.state.lock().unwrap() = Some(state);
    }

    pub fn payment(&self) -> Value {
        let state = self.state.lock().unwrap().unwrap_or("waiting");
        json!({"state": state, "cents": 125_000, "currency": "EUR", "payee": "Acme Corp"})
    }
}

async fn read(State(simulator): State<Simulator>) -> Json<Value> {
    Json(simulator.payment())
}

async fn send(State(simulator): State<Simulator>) -> Json<Value> {
    *simulator.codes_sent.lock().unwrap() += 1;
    Json(json!({}))
}

async fn verify(State(simulator): State<Simulator>, Json(body): Json<Value>) -> Json<Value> {
    let is_right = body["code"] == CODE;
    if is_right {
        simulator.set("executed");
    }
    Json(json!({"result": if is_right { "right" } else { "wrong" }}))
}
