//! Which headers cross the gate.

use axum::http::{HeaderMap, HeaderName, header};

/// Headers of one connection (RFC 9110, section 7.6.1), and those that the HTTP client sets.
const CONNECTION: [HeaderName; 10] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::CONTENT_LENGTH,
    header::EXPECT,
];

/// Headers between the caller and the gate, and those that the gate sets.
const OURS: [HeaderName; 9] = [
    header::HOST,
    header::AUTHORIZATION,
    header::COOKIE,
    header::ORIGIN,
    header::REFERER,
    header::ACCEPT_ENCODING,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-sca-approval"),
    HeaderName::from_static("x-sca-action"),
];

/// What proxies in front of the gate say about the caller and about themselves.
const FORWARDING: [HeaderName; 5] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("true-client-ip"),
    HeaderName::from_static("x-client-ip"),
    HeaderName::from_static("x-real-ip"),
];

/// The caller's trace (<https://www.w3.org/TR/trace-context/>, <https://www.w3.org/TR/baggage/>), which is nothing of the provider's.
const TRACE: [HeaderName; 3] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
];

/// How the names of more such headers begin.
const FORWARDING_PREFIXES: [&str; 4] = ["cf-", "fastly-", "x-envoy-", "x-forwarded-"];

/// Headers between the provider and the gate.
const THEIRS: [HeaderName; 3] = [header::SET_COOKIE, header::STRICT_TRANSPORT_SECURITY, header::SERVER];

pub(super) fn to_provider(headers: &HeaderMap) -> HeaderMap {
    let is_about_caller = |name: &HeaderName| {
        let has_prefix = |prefix: &&str| name.as_str().starts_with(prefix);
        FORWARDING.contains(name) || TRACE.contains(name) || FORWARDING_PREFIXES.iter().any(has_prefix)
    };
    let mut kept = without(headers, &OURS);
    for name in headers.keys().filter(|name| is_about_caller(name)) {
        kept.remove(name);
    }
    kept
}

pub(super) fn from_provider(headers: &HeaderMap) -> HeaderMap {
    without(headers, &THEIRS)
}

fn without(headers: &HeaderMap, removed: &[HeaderName]) -> HeaderMap {
    // `Connection` names further headers of the connection.
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    headers
        .iter()
        .filter(|(name, _)| {
            !CONNECTION.contains(name)
                && !removed.contains(name)
                && !named.iter().any(|connection| connection == name.as_str())
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn credentials_and_connection_headers_are_removed() {
        let mut headers = HeaderMap::new();
        for name in [
            "x-api-key",
            "cookie",
            "te",
            "x-hop",
            "content-type",
            "x-kept",
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-client-cert",
            "x-real-ip",
            "traceparent",
            "tracestate",
            "baggage",
            "cf-connecting-ip",
            "cf-ray",
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("value"));
        }
        headers.insert(header::CONNECTION, HeaderValue::from_static("close, X-Hop"));
        let mut crossed: Vec<String> = to_provider(&headers).keys().map(ToString::to_string).collect();
        crossed.sort();
        assert_eq!(crossed, ["content-type", "x-kept"]);
    }
}
