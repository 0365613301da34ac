//! The calls to the backend. Each has a deadline, a limit on the size of its answer, and a result that the flow understands.

use std::{borrow::Cow, pin::pin};

use futures_util::future::{Either, LocalBoxFuture, select};
use sca_protocol::{
    PageFactors, Timestamp, api,
    flow::{Failure, OnScreen},
};
use zeroize::Zeroizing;

use crate::json::{FromJson, JsonValue, ReceivedProblem};

use super::{
    failures::failure,
    ports::{Body, Clock, Digest, Http, Json, Method, Ports, Random, Request, Response, SendError},
    secret::ClientSecret,
};

/// How long a read may take from its first byte to its last, in milliseconds.
pub const READ_DEADLINE_MS: u64 = 10_000;

/// How long a call that changes something may take, in milliseconds. The backend waits ten seconds for the provider before it
/// answers; with a shorter deadline the widget would take an attempt that is still being verified for a lost one.
pub const WRITE_DEADLINE_MS: u64 = 20_000;

/// How long the submission of a scan may take, in milliseconds. A scan has up to three megabytes, and the backend calls the face server and
/// the provider, one after the other.
pub const FACE_DEADLINE_MS: u64 = 120_000;

/// The largest answer that is read, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

pub(crate) type JsonValueOf<P> = <<P as Ports>::Json as Json>::Value;
pub(crate) type ResponseOf<P> = <<P as Ports>::Http as Http>::Response;

/// The backend's URL and the client secret.
#[derive(Clone, Debug)]
pub struct Access {
    /// The URL that the backend's routes are relative to, without a slash at its end.
    pub base: String,
    /// The client secret.
    pub secret: ClientSecret,
}

/// A call to the backend.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: Cow<'static, str>,
    pub(crate) body: Option<Zeroizing<String>>,
    /// Whether it submits a scan.
    scan: Option<PageFactors>,
    /// What the customer saw, for a start or a verification attempt.
    pub(crate) shown: Option<OnScreen>,
}

impl Call {
    pub(crate) fn get(path: &'static str) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            body: None,
            scan: None,
            shown: None,
        }
    }

    pub(crate) fn post(path: impl Into<Cow<'static, str>>, body: Option<Zeroizing<String>>) -> Self {
        Self {
            method: Method::Post,
            path: path.into(),
            body,
            scan: None,
            shown: None,
        }
    }

    /// The call submits a scan, which takes longer.
    pub(crate) fn with_scan(self) -> Self {
        let scan = PageFactors::HERE;
        Self { scan, ..self }
    }

    pub(super) fn with_shown(self, shown: Option<OnScreen>) -> Self {
        Self { shown, ..self }
    }
}

/// The backend.
pub(crate) struct Backend<P> {
    pub(crate) ports: P,
    pub(crate) access: Access,
}

impl<P: Ports> Backend<P> {
    /// Makes a call and returns the body of a success. Boxed: every kind of call shares this one future.
    pub(crate) fn call(&self, mut call: Call) -> LocalBoxFuture<'_, Result<JsonValueOf<P>, Failure>> {
        Box::pin(async move {
            let deadline = match (call.method, call.scan) {
                (_, Some(_)) => FACE_DEADLINE_MS,
                (Method::Get, None) => READ_DEADLINE_MS,
                (Method::Post, None) => WRITE_DEADLINE_MS,
            };
            if let (Some(on_screen), Some(body)) = (call.shown.take(), &call.body) {
                let whole = self.with_shown(on_screen, body).await;
                call.body = Some(whole.ok_or(Failure::CannotEncrypt)?);
            }
            let request = self.request(call)?;
            match self.before_deadline(deadline, self.exchange(request)).await {
                Some(answer) => answer,
                None => Err(Failure::OutcomeUnknown),
            }
        })
    }

    /// Opens the stream of events.
    pub(super) async fn events(&self) -> Option<ResponseOf<P>> {
        let mut request = self.request(Call::get(api::EVENTS)).ok()?;
        request.accept = "text/event-stream";
        let response = self
            .before_deadline(READ_DEADLINE_MS, self.ports.http().send(request))
            .await?
            .ok()?;
        let is_stream = response
            .header("content-type")
            .is_some_and(|kind| kind.trim_start().starts_with("text/event-stream"));
        (response.status() == 200 && is_stream).then_some(response)
    }

    fn request(&self, call: Call) -> Result<Request, Failure> {
        Ok(Request {
            method: call.method,
            url: [
                &self.access.base,
                self.access.secret.resource(),
                self.access.secret.id(),
                &call.path,
            ]
            .concat(),
            bearer: self.access.secret.clone(),
            accept: "application/json",
            idempotency_key: match call.method {
                Method::Get => None,
                Method::Post => Some(self.new_idempotency_key()?),
            },
            body: call.body.map(Body),
        })
    }

    /// A new idempotency key.
    fn new_idempotency_key(&self) -> Result<String, Failure> {
        let mut random = [0_u8; 16];
        self.ports.random().fill(&mut random).map_err(|_| Failure::NotSent)?;
        Ok(hexadecimal(&random))
    }

    /// The body with the digest of what the screen shows.
    #[inline(never)]
    async fn with_shown(&self, on_screen: OnScreen, body: &str) -> Option<Zeroizing<String>> {
        let digest = self.ports.digest().sha256(&on_screen.text).await?;
        let approval = self.access.secret.id();
        Some(api::write_shown(
            approval,
            on_screen.version,
            &hexadecimal(&digest),
            body,
        ))
    }

    async fn exchange(&self, request: Request) -> Result<JsonValueOf<P>, Failure> {
        let mut response = self.ports.http().send(request).await.map_err(|error| match error {
            SendError::NotSent => Failure::NotSent,
            SendError::NoResponse => Failure::OutcomeUnknown,
        })?;
        let status = response.status();
        let retry_after = response
            .header("retry-after")
            .and_then(|value| self.retry_after_ms(&value));
        let node = read_body(&mut response)
            .await
            .and_then(|text| self.ports.json().parse(&text));
        if (200..300).contains(&status) {
            return node.ok_or(Failure::OutcomeUnknown);
        }
        let problem = node.and_then(|node| ReceivedProblem::read(&node).ok());
        Err(failure(status, problem, retry_after))
    }

    /// The wait in a `Retry-After` header (seconds or a date), in milliseconds.
    fn retry_after_ms(&self, value: &str) -> Option<u64> {
        let value = value.trim();
        if let Ok(seconds) = value.parse::<u64>() {
            return Some(seconds.saturating_mul(1_000));
        }
        let clock = self.ports.clock();
        let until: Timestamp = clock.read_http_date(value)?;
        Some(clock.now().ms_until(until))
    }

    /// The result of the work; `None` when it takes longer than `deadline` milliseconds.
    pub(crate) async fn before_deadline<T>(&self, deadline: u64, work: impl Future<Output = T>) -> Option<T> {
        match select(pin!(work), pin!(self.ports.clock().sleep(deadline))).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(((), _)) => None,
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

/// The value of a success. One that cannot be decoded leaves the outcome unknown.
pub(crate) fn read<T: FromJson>(answer: Result<impl JsonValue, Failure>) -> Result<T, Failure> {
    T::read(&answer?).map_err(|_| Failure::OutcomeUnknown)
}

/// The body as text; `None` when the connection breaks, the body is too large, or it is not UTF-8.
async fn read_body(response: &mut impl Response) -> Option<String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).ok()
}
