//! One call as the operations see it.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use uuid::Uuid;

use super::endpoint::Endpoint;
use super::fault::Twist;
use super::generation::Generation;
use super::keys::Opened;

/// A call that has been let in: its token fits the operation.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) endpoint: Endpoint,
    pub(crate) generation: Generation,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) body: Bytes,
    /// The body's content, on operations that take an encrypted one.
    pub(crate) opened: Option<Opened>,
    /// Something the operation itself has to do differently this time.
    pub(crate) twist: Option<Twist>,
}

impl Call {
    /// The text of a request header; `None` when it is missing or not text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A number in the path.
    pub(crate) fn number(&self, parameter: &str) -> Option<u64> {
        self.parameters.get(parameter)?.parse().ok()
    }

    /// A parameter of the query, percent-decoded; the first when it is repeated.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        form_value(self.uri.query().unwrap_or_default().as_bytes(), name)
    }

    /// A field of a form body.
    pub(crate) fn form(&self, name: &str) -> Option<String> {
        form_value(&self.body, name)
    }

    /// Path and query as they were sent.
    pub(crate) fn target(&self) -> String {
        self.uri
            .path_and_query()
            .map_or_else(|| self.uri.path().to_owned(), ToString::to_string)
    }

    /// The one-time token that a header names. Some clients append a challenge type after a space: the first word counts.
    pub(crate) fn one_time_token(&self, header: &str) -> Option<Uuid> {
        self.header(header)?.split_whitespace().next()?.parse().ok()
    }
}

/// A value from `application/x-www-form-urlencoded` text.
fn form_value(text: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(text)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
