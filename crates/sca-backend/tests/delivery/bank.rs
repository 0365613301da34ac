//! A bank that is told directly: it executes each message once and keeps count, and can be made to fail.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use sca_backend::webhooks::{DeliveryError, EventType, Message, Receipt, WebhookTransport};
use serde_json::Value;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is refused.
    Refused,
    /// It is carried out, and the answer is lost.
    AnswerLost,
}

/// An execution: what the message said, and how often it came.
#[derive(Clone, Debug)]
pub struct Execution {
    pub message: String,
    pub data: Value,
    pub deliveries: usize,
}

#[derive(Clone, Debug, Default)]
pub struct Bank {
    books: Arc<Mutex<Books>>,
}

#[derive(Debug, Default)]
struct Books {
    /// By transfer, one for each message id.
    executions: HashMap<String, Vec<Execution>>,
    mishaps: HashMap<String, VecDeque<Mishap>>,
}

impl Bank {
    pub fn executions(&self, transfer: &str) -> Vec<Execution> {
        let books = self.books.lock().unwrap();
        books.executions.get(transfer).cloned().unwrap_or_default()
    }

    /// The next delivery for a transfer goes wrong.
    pub fn next_goes_wrong(&self, transfer: &str, mishap: Mishap) {
        let mut books = self.books.lock().unwrap();
        books.mishaps.entry(transfer.into()).or_default().push_back(mishap);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.books.lock().unwrap().mishaps.clear();
    }

    async fn take(&self, message: &Message) -> Result<Receipt, DeliveryError> {
        // There is a wait where a real bank has one, for a crash to happen in.
        tokio::task::yield_now().await;
        let mishap = self.write_down(message);
        tokio::task::yield_now().await;
        match mishap {
            None => Ok(Receipt::Accepted),
            Some(Mishap::Refused) => Err(DeliveryError::Refused(503)),
            Some(Mishap::AnswerLost) => Err(DeliveryError::Broken),
        }
    }

    fn write_down(&self, message: &Message) -> Option<Mishap> {
        let mut books = self.books.lock().unwrap();
        let data: Value = serde_json::from_str(&message.data).unwrap();
        let transfer = data["transfer"].as_str().unwrap_or("none").to_owned();
        match message.kind {
            EventType::TransferExecute => {
                let mishap = books.mishaps.get_mut(&transfer).and_then(VecDeque::pop_front);
                if mishap == Some(Mishap::Refused) {
                    return mishap;
                }
                let executions = books.executions.entry(transfer).or_default();
                match executions.iter_mut().find(|known| known.message == message.id) {
                    Some(known) => known.deliveries += 1,
                    None => executions.push(Execution {
                        message: message.id.clone(),
                        data,
                        deliveries: 1,
                    }),
                }
                mishap
            }
            EventType::TransferBlocked | EventType::ApprovalSettled | EventType::PaymentExecutedAfterSettlement => None,
        }
    }
}

impl WebhookTransport for Bank {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.take(message))
    }

    fn max_duration(&self) -> Duration {
        Duration::from_secs(1)
    }
}
