//! The driver's ports. Each is a trait with its contract; `src/browser` implements them.
//!
//! All futures are local to one thread. Dropping a future cancels its work: it aborts a call and clears a timer.

use std::{future::Future, pin::Pin, rc::Rc};

use sca_protocol::{
    HostedChallenges, Money, PageFactors, SessionUrl, Timestamp,
    face_scan::{Blob, FaceScan},
    flow::{self, Event, NoScan},
};
use zeroize::Zeroizing;

use super::secret::ClientSecret;
use crate::json::JsonValue;

/// All ports of one widget.
pub trait Ports: 'static {
    /// Calls to the backend.
    type Http: Http;
    /// The JSON parser.
    type Json: Json;
    /// The cipher for PINs.
    type Cipher: sca_jose::Cipher;
    /// The digest function.
    type Digest: Digest;
    /// The clock.
    type Clock: Clock;
    /// Random bytes.
    type Random: Random;
    /// Whether the page is visible.
    type Page: Page;
    /// Queries of the camera's permission.
    type Camera: Camera;
    /// The keys of customers that the browser keeps.
    type DeviceKeys: KnownDeviceKeys;
    /// The host's capture of faces.
    type FaceCapture: FaceCapture;
    /// The spawner of tasks.
    type Tasks: Spawn;
    /// The log of diagnostics.
    type DiagnosticLog: DiagnosticLog;

    /// Calls to the backend.
    fn http(&self) -> &Self::Http;
    /// The JSON parser.
    fn json(&self) -> &Self::Json;
    /// The cipher for PINs.
    fn cipher(&self) -> &Self::Cipher;
    /// The digest function.
    fn digest(&self) -> &Self::Digest;
    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// Random bytes.
    fn random(&self) -> &Self::Random;
    /// Whether the page is visible.
    fn page(&self) -> &Self::Page;
    /// Queries of the camera's permission.
    fn camera(&self) -> &Self::Camera;
    /// The keys of customers that the browser keeps.
    fn device_keys(&self) -> &Self::DeviceKeys;
    /// The host's capture of faces.
    fn face_capture(&self) -> &Self::FaceCapture;
    /// The spawner of tasks.
    fn tasks(&self) -> &Self::Tasks;
    /// The log of diagnostics.
    fn diagnostics(&self) -> &Self::DiagnosticLog;
}

/// Sends one request: without cookies or caching, and without following redirects.
pub trait Http {
    /// The answer.
    type Response: Response;

    /// Sends the request and waits for the head of the response. It has no timeout: the caller drops the future.
    ///
    /// # Errors
    /// When there is no response.
    fn send(&self, request: Request) -> impl Future<Output = Result<Self::Response, SendError>>;
}

/// One response whose body has not been read. Dropping it aborts the transfer.
pub trait Response {
    /// The HTTP status.
    fn status(&self) -> u16;
    /// A header's value, if the browser exposes it to the page.
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
    /// The HTTP method.
    pub method: Method,
    /// The URL. Never contains a secret.
    pub url: String,
    /// The bearer token.
    pub bearer: ClientSecret,
    /// The accepted media type.
    pub accept: &'static str,
    /// The idempotency key, for a request that changes something.
    pub idempotency_key: Option<String>,
    /// The JSON body; wiped when dropped, and hidden from debug output.
    pub body: Option<Body>,
}

/// The method of a request.
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

/// The current time, and timers.
pub trait Clock {
    /// The browser's clock.
    fn now(&self) -> Timestamp;
    /// Parses an HTTP date (RFC 9110, section 5.6.7); `None` when the text is none.
    fn read_http_date(&self, text: &str) -> Option<Timestamp>;
    /// Waits.
    fn sleep(&self, milliseconds: u64) -> impl Future<Output = ()>;
}

/// Digests.
pub trait Digest {
    /// The SHA-256 (FIPS 180-4) of a text. `None` if the browser cannot compute it.
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
    /// Whether the page is visible.
    fn is_visible(&self) -> bool;
}

/// The camera's permission and presence.
pub trait Camera {
    /// Whether a frame of that origin could use a camera, without asking the customer. Opens nothing.
    fn look(&self, origin: &str) -> impl Future<Output = flow::Camera>;
}

/// The keys of customers that this browser keeps already, for the factor `device`. An enrolment makes them.
pub trait KnownDeviceKeys: 'static {
    /// The fingerprint that the browser derives from its key of this name: letters, digits, hyphens and underscores. `None` when it keeps
    /// no such key, for instance since the customer has deleted the site's data.
    ///
    /// # Errors
    /// When the browser cannot tell.
    fn known_fingerprint(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<Zeroizing<String>>, DeviceKeysUnreadable>>;
}

/// The browser did not let us look for a key. Another try may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceKeysUnreadable;

/// No keys, in a build without the factor.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDeviceKeys;

impl KnownDeviceKeys for NoDeviceKeys {
    async fn known_fingerprint(&self, _name: &str) -> Result<Option<Zeroizing<String>>, DeviceKeysUnreadable> {
        Ok(None)
    }
}

/// The host's own capture of a face, for the factor `face-scan`.
pub trait FaceCapture: 'static {
    /// Whether the host has one.
    fn here(&self) -> Option<PageFactors>;

    /// Has the host's SDK show its steps to the customer and scan their face, with the face server's token for it. It has no timeout: the
    /// caller drops the future, which tells the host to stop.
    ///
    /// # Errors
    /// When there is no scan.
    fn capture(&self, session: &Blob) -> impl Future<Output = Result<CapturedFace, NoScan>>;
}

/// Ends a capture.
pub type FinishCapture = Box<dyn FnOnce(Option<&str>)>;

/// A scan, and the host's SDK that waits for its result. Dropping it tells the host to stop waiting.
pub struct CapturedFace {
    /// The scan.
    pub scan: FaceScan,
    /// Passes the face server's result to the SDK, or that there is none.
    pub finish: FinishCapture,
}

impl std::fmt::Debug for CapturedFace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CapturedFace(hidden)")
    }
}

/// No capture, in a build without the factor.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFaceCapture;

impl FaceCapture for NoFaceCapture {
    fn here(&self) -> Option<PageFactors> {
        None
    }

    async fn capture(&self, _session: &Blob) -> Result<CapturedFace, NoScan> {
        Err(NoScan::Failed)
    }
}

/// Starts tasks.
pub trait Spawn {
    /// Runs the future to its end. It does not run before this call has returned.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>);
}

/// Records diagnostics for developers: names only, never values.
pub trait DiagnosticLog {
    /// Records a diagnostic.
    fn record(&self, diagnostic: Diagnostic);
}

/// Something unexpected that has no effect for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnostic {
    /// The provider's encrypted answer to a PIN could not be opened with the PIN's content key. The approval that the backend returned
    /// remains valid.
    ResponseNotDecrypted,
    /// The flow ignored an event that did not belong to its state.
    EventIgnored,
}

/// Shows a provider's page in a frame.
pub trait Frames {
    /// An element that a frame can be put into.
    type Container;

    /// Puts a frame with a page into a container. `name` is its accessible name. The frame reports events until it is dropped.
    /// `None` when no frame can be created. Only a build that shows hosted challenges can call it.
    fn open(
        &self,
        container: &Self::Container,
        url: &SessionUrl,
        name: &str,
        on_event: Rc<dyn Fn(Event)>,
        here: HostedChallenges,
    ) -> Option<Box<dyn Frame>>;

    /// Whether the focus is in a container, or in the page of a frame there. Such a page can take the focus at any time, and the widget
    /// cannot see where it is inside.
    fn holds_focus(&self, container: &Self::Container) -> bool;
}

/// An open frame. Dropping it removes the frame and unloads its page.
pub trait Frame {
    /// Changes its accessible name.
    fn rename(&self, name: &str);
}

/// Formats amounts, days, points in time and numbers for a language, and finds the plural category of a number. `tag` is a well-formed BCP 47 tag.
pub trait Formats {
    /// An amount with its currency: `€1,250.00`.
    fn money(&self, tag: &str, amount: &Money) -> String;
    /// A day, given as an ISO 8601 date: `1 January 2026`. Any other text is returned unchanged.
    fn day(&self, tag: &str, date: &str) -> String;
    /// A point in time in the customer's time zone: `1 January 2026 at 09:30`. Empty if the browser cannot write it.
    fn moment(&self, tag: &str, time: Timestamp) -> String;
    /// A whole number: `1,250`.
    fn number(&self, tag: &str, number: u64) -> String;
    /// The Unicode CLDR plural category of a number: `one`, `few`. Empty if the browser does not know it.
    fn plural_category(&self, tag: &str, number: u64) -> String;
}
