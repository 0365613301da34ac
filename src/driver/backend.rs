//! The calls to the backend: each one with a deadline, a cap on its answer, and an end that the flow understands.

use std::pin::pin;

use futures_util::future::{Either, select};
use sca_protocol::{
    Approval, Factor, Millis,
    entry::Digits,
    flow::Failure,
    json::Readable,
    wire::{self, EncryptionKey, Problem, Verified},
};
use zeroize::Zeroizing;

use super::{
    failures::failure,
    ports::{Body, Clock, Http, Json, Method, Ports, Random, Request, Response, SendError},
    secret::ClientSecret,
};

/// How long a call may take from its first byte to its last, in milliseconds.
pub const CALL_DEADLINE: u64 = 10_000;

/// The most bytes of an answer that are read.
const LARGEST_ANSWER: usize = 1024 * 1024;

type NodeOf<P> = <<P as Ports>::Json as Json>::Node;
pub(super) type ResponseOf<P> = <<P as Ports>::Http as Http>::Response;

/// Where the backend is, and who asks.
#[derive(Clone, Debug)]
pub struct Access {
    /// The address under which the backend's routes are, without a slash at its end.
    pub base: String,
    /// The client secret.
    pub secret: ClientSecret,
}

/// The backend.
pub(super) struct Backend<P> {
    pub(super) ports: P,
    pub(super) access: Access,
}

impl<P: Ports> Backend<P> {
    pub(super) async fn approval(&self) -> Result<Approval, Failure> {
        read(&self.call(self.get(wire::APPROVAL)).await?)
    }

    pub(super) async fn encryption_key(&self) -> Result<EncryptionKey, Failure> {
        read(&self.call(self.get(wire::ENCRYPTION_KEY)).await?)
    }

    pub(super) async fn start(&self, challenge: &str, factor: &Factor) -> Result<Approval, Failure> {
        let body = Zeroizing::new(wire::write_start(challenge, factor));
        read(&self.call(self.post(wire::START, Some(body))?).await?)
    }

    pub(super) async fn verify_code(
        &self,
        challenge: &str,
        factor: &Factor,
        code: Digits,
    ) -> Result<Verified, Failure> {
        let body = wire::write_verify_code(challenge, factor, &code);
        drop(code);
        read(&self.call(self.post(wire::VERIFY, Some(body))?).await?)
    }

    pub(super) async fn verify_jwe(&self, challenge: &str, factor: &Factor, jwe: &str) -> Result<Verified, Failure> {
        let body = Zeroizing::new(wire::write_verify_jwe(challenge, factor, jwe));
        read(&self.call(self.post(wire::VERIFY, Some(body))?).await?)
    }

    pub(super) async fn cancel(&self) -> Result<Approval, Failure> {
        read(&self.call(self.post(wire::CANCEL, None)?).await?)
    }

    /// Opens the stream of events.
    pub(super) async fn events(&self) -> Option<ResponseOf<P>> {
        let mut request = self.get(wire::EVENTS);
        request.accept = "text/event-stream";
        let response = self.before_deadline(self.ports.http().send(request)).await?.ok()?;
        let is_stream = response
            .header("content-type")
            .is_some_and(|kind| kind.trim_start().starts_with("text/event-stream"));
        (response.status() == 200 && is_stream).then_some(response)
    }

    fn get(&self, path: &str) -> Request {
        Request {
            method: Method::Get,
            url: format!("{}{path}", self.access.base),
            bearer: self.access.secret.clone(),
            accept: "application/json",
            idempotency_key: None,
            body: None,
        }
    }

    fn post(&self, path: &str, body: Option<Zeroizing<String>>) -> Result<Request, Failure> {
        let mut request = self.get(path);
        request.method = Method::Post;
        request.idempotency_key = Some(self.attempt_name()?);
        request.body = body.map(Body);
        Ok(request)
    }

    /// A name for an attempt that no other attempt has.
    fn attempt_name(&self) -> Result<String, Failure> {
        let mut random = [0_u8; 16];
        self.ports.random().fill(&mut random).map_err(|_| Failure::NotSent)?;
        let digits = random.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Ok(digits
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect())
    }

    async fn call(&self, request: Request) -> Result<NodeOf<P>, Failure> {
        match self.before_deadline(self.exchange(request)).await {
            Some(answer) => answer,
            None => Err(Failure::OutcomeUnknown),
        }
    }

    async fn exchange(&self, request: Request) -> Result<NodeOf<P>, Failure> {
        let mut response = self.ports.http().send(request).await.map_err(|error| match error {
            SendError::NotSent => Failure::NotSent,
            SendError::NoAnswer => Failure::OutcomeUnknown,
        })?;
        let status = response.status();
        let retry_after = response
            .header("retry-after")
            .and_then(|value| self.milliseconds_until(&value));
        let node = read_body(&mut response)
            .await
            .and_then(|text| self.ports.json().parse(&text));
        if (200..300).contains(&status) {
            return node.ok_or(Failure::OutcomeUnknown);
        }
        let problem = node.and_then(|node| Problem::read(&node).ok());
        Err(failure(status, problem, retry_after))
    }

    /// What a `Retry-After` header says: seconds, or a date.
    fn milliseconds_until(&self, value: &str) -> Option<u64> {
        let value = value.trim();
        if let Ok(seconds) = value.parse::<u64>() {
            return Some(seconds.saturating_mul(1_000));
        }
        let clock = self.ports.clock();
        let until: Millis = clock.read_http_date(value)?;
        Some(clock.now().until(until))
    }

    async fn before_deadline<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        match select(pin!(work), pin!(self.ports.clock().sleep(CALL_DEADLINE))).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(((), _)) => None,
        }
    }
}

fn read<T: Readable>(node: &impl sca_protocol::json::Node) -> Result<T, Failure> {
    T::read(node).map_err(|_| Failure::OutcomeUnknown)
}

/// The body as text; `None` when the connection breaks, the body is too large, or it is not UTF-8.
async fn read_body(response: &mut impl Response) -> Option<String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).ok()
}
