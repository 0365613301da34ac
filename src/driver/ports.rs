//! What the driver needs from its environment. Each port is a trait with its contract; `src/browser` fills them in.
//!
//! All futures are local to one thread. Dropping a future gives up what it was waiting for: a call is aborted, a timer
//! cleared.

use std::{future::Future, pin::Pin, rc::Rc};

use sca_protocol::{
    Money, SessionUrl, Timestamp,
    flow::{self, Event},
};
use zeroize::Zeroizing;

use super::secret::ClientSecret;
use crate::json::JsonValue;

/// All ports of one widget.
pub trait Ports: 'static {
    /// Calls to the backend.
    type Http: Http;
    /// The reader of JSON.
    type Json: Json;
    /// The cipher for PINs.
    type Cipher: sca_jose::Cipher;
    /// The digest of what is shown.
    type Digest: Digest;
    /// The clock.
    type Clock: Clock;
    /// Random bytes.
    type Random: Random;
    /// Whether the page is visible.
    type Page: Page;
    /// Whether there is a camera.
    type Camera: Camera;
    /// Where work goes on.
    type Tasks: Spawn;
    /// Where diagnostics are noted.
    type DiagnosticLog: DiagnosticLog;

    /// Calls to the backend.
    fn http(&self) -> &Self::Http;
    /// The reader of JSON.
    fn json(&self) -> &Self::Json;
    /// The cipher for PINs.
    fn cipher(&self) -> &Self::Cipher;
    /// The digest of what is shown.
    fn digest(&self) -> &Self::Digest;
    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// Random bytes.
    fn random(&self) -> &Self::Random;
    /// Whether the page is visible.
    fn page(&self) -> &Self::Page;
    /// Whether there is a camera.
    fn camera(&self) -> &Self::Camera;
    /// Where work goes on.
    fn tasks(&self) -> &Self::Tasks;
    /// Where diagnostics are noted.
    fn diagnostics(&self) -> &Self::DiagnosticLog;
}

/// Sends one request. Follows no redirect, sends no cookie, keeps nothing in a cache.
pub trait Http {
    /// The answer.
    type Response: Response;

    /// Sends the request and waits for the head of the answer. Knows no deadline: the caller drops the future.
    ///
    /// # Errors
    /// When there is no response.
    fn send(&self, request: Request) -> impl Future<Output = Result<Self::Response, SendError>>;
}

/// One answer whose body has not been read. Dropping it stops the transfer.
pub trait Response {
    /// The HTTP status.
    fn status(&self) -> u16;
    /// A header's value, where the browser lets the page see it.
    fn header(&self, name: &str) -> Option<String>;
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// When the connection breaks.
    fn chunk(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, BodyError>>;
}

/// One request.
#[derive(Debug)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Where it goes. Never holds a secret.
    pub url: String,
    /// Who asks.
    pub bearer: ClientSecret,
    /// The media type wanted.
    pub accept: &'static str,
    /// The attempt's name, for a request that changes something.
    pub idempotency_key: Option<String>,
    /// The JSON body; wiped when dropped, and hidden from debug output.
    pub body: Option<Body>,
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes something.
    Post,
}

/// A JSON body.
pub struct Body(pub Zeroizing<String>);

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Body(hidden)")
    }
}

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The request never left the browser.
    NotSent,
    /// It may have reached the server.
    NoResponse,
}

/// The connection broke while a body was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyError;

/// Reads JSON.
pub trait Json {
    /// A JSON value.
    type Value: JsonValue;
    /// Parses a text; `None` when it is not JSON.
    fn parse(&self, text: &str) -> Option<Self::Value>;
}

/// Tells and measures time.
pub trait Clock {
    /// The browser's clock.
    fn now(&self) -> Timestamp;
    /// Reads a date as HTTP writes it (RFC 9110, section 5.6.7); `None` when it is none.
    fn read_http_date(&self, text: &str) -> Option<Timestamp>;
    /// Waits.
    fn sleep(&self, milliseconds: u64) -> impl Future<Output = ()>;
}

/// Digests.
pub trait Digest {
    /// The SHA-256 (FIPS 180-4) of a text. `None` where the browser offers none.
    fn sha256(&self, text: &str) -> impl Future<Output = Option<Vec<u8>>>;
}

/// A cryptographically secure source of random bytes.
pub trait Random {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When there is no such source.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness>;
}

/// There is no source of random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandomness;

/// The page that the widget is in.
pub trait Page {
    /// Whether the page can be seen.
    fn is_visible(&self) -> bool;
}

/// Finds out about the camera.
pub trait Camera {
    /// What can be found out for a frame of that origin without asking the customer for the camera. Nothing is opened.
    fn look(&self, origin: &str) -> impl Future<Output = flow::Camera>;
}

/// Lets work go on by itself.
pub trait Spawn {
    /// Runs the future to its end, not before this call has returned.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>);
}

/// Records what a developer may want to know: a name only, never a value.
pub trait DiagnosticLog {
    /// Records a diagnostic.
    fn record(&self, diagnostic: Diagnostic);
}

/// Something unexpected that has no effect for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnostic {
    /// The provider's encrypted answer to a PIN did not open with the key that the PIN was sent under. The approval that the backend
    /// returned stands.
    ResponseNotDecrypted,
    /// The flow ignored an event that did not belong to its state.
    EventIgnored,
}

/// Shows a provider's page in a frame.
pub trait Frames {
    /// Where a frame can be put.
    type Container;

    /// Puts a frame with a page into a place, under a name that a screen reader says. What happens to it arrives as events
    /// until the frame is dropped. `None` when no frame can be made.
    fn open(
        &self,
        container: &Self::Container,
        url: &SessionUrl,
        name: &str,
        on_event: Rc<dyn Fn(Event)>,
    ) -> Option<Box<dyn Frame>>;

    /// Whether the focus is somewhere in a place, or in a page that a frame there shows. Such a page takes it by itself when it
    /// pleases, and what it does with it is not seen from here.
    fn holds_focus(&self, container: &Self::Container) -> bool;
}

/// A frame that is open. Dropping it takes it away, and with it whatever its page was doing.
pub trait Frame {
    /// Gives it another name.
    fn rename(&self, name: &str);
}

/// Writes amounts, days and numbers as a language does, and names the plural category of a number. The tag is a well-formed BCP 47 one.
pub trait Formats {
    /// An amount with its currency: `€1,250.00`.
    fn money(&self, tag: &str, amount: &Money) -> String;
    /// A day given as an ISO 8601 date: `1 January 2026`. A text that is no such date is returned as it is.
    fn day(&self, tag: &str, date: &str) -> String;
    /// A whole number: `1,250`.
    fn number(&self, tag: &str, number: u64) -> String;
    /// Which of the Unicode CLDR's plural categories a number is in: `one`, `few`. Empty where the browser cannot say.
    fn plural_category(&self, tag: &str, number: u64) -> String;
}
