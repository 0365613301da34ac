use axum::{
    body::Bytes,
    http::{HeaderMap, Method},
};
use sca_protocol::Action;

use sca_core::secret::{Fingerprint, Secret};

/// A call to the provider on a customer's behalf.
#[derive(Clone)]
pub struct GateRequest {
    /// The method.
    pub method: Method,
    /// The provider's path and query, from the first slash. The path has no percent-encoding, and the query only valid one; an ambiguous
    /// path is refused.
    pub path_and_query: String,
    /// Further headers for the provider. Headers with credentials and headers of the connection are removed.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The customer's access token with the provider.
    pub access_token: Secret,
    /// The id of the approval, on the repeated call.
    pub approval: Option<String>,
    /// The description of a call that the provider cannot describe.
    pub action: Option<Action>,
}

impl GateRequest {
    /// A call without a body.
    #[must_use]
    pub fn new(method: Method, path_and_query: impl Into<String>, access_token: Secret) -> Self {
        Self {
            method,
            path_and_query: path_and_query.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            access_token,
            approval: None,
            action: None,
        }
    }

    /// The call with a JSON body.
    #[must_use]
    pub fn json(mut self, body: impl Into<Bytes>) -> Self {
        self.headers.insert(
            axum::http::header::CONTENT_TYPE,
            axum::http::HeaderValue::from_static("application/json"),
        );
        self.body = body.into();
        self
    }

    /// The call with an approval, if there is one.
    #[must_use]
    pub fn approval(mut self, approval: Option<String>) -> Self {
        self.approval = approval;
        self
    }

    /// The digest that identifies a call: method, path and query, body, and the customer's token.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&[
            self.method.as_str().as_bytes(),
            self.path_and_query.as_bytes(),
            &self.body,
            self.access_token.expose().as_bytes(),
        ])
    }
}

impl std::fmt::Debug for GateRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        write!(formatter, "GateRequest({} {path})", self.method)
    }
}
