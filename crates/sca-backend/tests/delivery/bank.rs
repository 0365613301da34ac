//! A bank without HTTP: it executes each message once, counts deliveries, and can be made to fail.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use sca_outbound_webhooks::{DeliveryError, EventType, Message, Receipt, WebhookTransport};
use serde_json::Value;

/// What goes wrong with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankFault {
    /// The bank refuses the message.
    Refused,
    /// The bank executes the transfer, and its answer is lost.
    AnswerLost,
}

/// An execution: the data of its message, and how often that was delivered.
#[derive(Clone, Debug)]
pub struct Execution {
    pub message: String,
    pub data: Value,
    pub deliveries: usize,
}

#[derive(Clone, Debug, Default)]
pub struct Bank {
    ledger: Arc<Mutex<Ledger>>,
}

#[derive(Debug, Default)]
struct Ledger {
    /// By transfer. Each message id is one execution.
    executions: HashMap<String, Vec<Execution>>,
    faults: HashMap<String, VecDeque<BankFault>>,
}

impl Bank {
    pub fn executions(&self, transfer: &str) -> Vec<Execution> {
        let ledger = self.ledger.lock().unwrap();
        ledger.executions.get(transfer).cloned().unwrap_or_default()
    }

    /// The next delivery about a transfer fails.
    pub fn fail_next(&self, transfer: &str, fault: BankFault) {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.faults.entry(transfer.into()).or_default().push_back(fault);
    }

    /// No further delivery fails.
    pub fn clear_faults(&self) {
        self.ledger.lock().unwrap().faults.clear();
    }

    async fn receive(&self, message: &Message) -> Result<Receipt, DeliveryError> {
        // Each wait is a point at which a crash can happen, as with a real bank.
        tokio::task::yield_now().await;
        let fault = self.record(message);
        tokio::task::yield_now().await;
        match fault {
            None => Ok(Receipt::Accepted),
            Some(BankFault::Refused) => Err(DeliveryError::Refused(503)),
            Some(BankFault::AnswerLost) => Err(DeliveryError::Broken),
        }
    }

    fn record(&self, message: &Message) -> Option<BankFault> {
        let mut ledger = self.ledger.lock().unwrap();
        let data: Value = serde_json::from_str(&message.data).unwrap();
        let transfer = data["transfer"].as_str().unwrap_or("none").to_owned();
        match message.kind {
            EventType::TransferExecute => {
                let fault = ledger.faults.get_mut(&transfer).and_then(VecDeque::pop_front);
                if fault == Some(BankFault::Refused) {
                    return fault;
                }
                let executions = ledger.executions.entry(transfer).or_default();
                match executions.iter_mut().find(|known| known.message == message.id) {
                    Some(known) => known.deliveries += 1,
                    None => executions.push(Execution {
                        message: message.id.clone(),
                        data,
                        deliveries: 1,
                    }),
                }
                fault
            }
            EventType::TransferBlocked
            | EventType::ApprovalSettled
            | EventType::PaymentExecutedAfterSettlement
            | EventType::FactorEnrolled
            | EventType::FactorRemoved => None,
        }
    }
}

impl WebhookTransport for Bank {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.receive(message))
    }

    fn max_duration(&self) -> Duration {
        Duration::from_secs(1)
    }
}
