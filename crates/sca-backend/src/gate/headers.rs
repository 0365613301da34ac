//! Which headers cross the gate.

use axum::http::{HeaderMap, HeaderName, header};

/// Belong to one connection, or are made anew for the other.
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

/// Are between the caller and us, or set by us.
const OURS: [HeaderName; 10] = [
    header::HOST,
    header::AUTHORIZATION,
    header::COOKIE,
    header::ORIGIN,
    header::REFERER,
    header::ACCEPT_ENCODING,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-2fa-approval"),
    HeaderName::from_static("x-sca-approval"),
    HeaderName::from_static("x-sca-action"),
];

/// Are between the provider and us.
const THEIRS: [HeaderName; 3] = [header::SET_COOKIE, header::STRICT_TRANSPORT_SECURITY, header::SERVER];

pub(super) fn to_provider(headers: &HeaderMap) -> HeaderMap {
    without(headers, &OURS)
}

pub(super) fn from_provider(headers: &HeaderMap) -> HeaderMap {
    without(headers, &THEIRS)
}

fn without(headers: &HeaderMap, left_out: &[HeaderName]) -> HeaderMap {
    // `Connection` names further headers that belong to the connection.
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
                && !left_out.contains(name)
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
    fn credentials_and_connection_headers_stay_behind() {
        let mut headers = HeaderMap::new();
        for name in [
            "x-api-key",
            "cookie",
            "x-2fa-approval",
            "te",
            "x-hop",
            "content-type",
            "x-kept",
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("value"));
        }
        headers.insert(header::CONNECTION, HeaderValue::from_static("close, X-Hop"));
        let mut crossed: Vec<String> = to_provider(&headers).keys().map(ToString::to_string).collect();
        crossed.sort();
        assert_eq!(crossed, ["content-type", "x-kept"]);
    }
}
