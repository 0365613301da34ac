//! The face check at FaceSign: the session, the allowed origins of its page, and why an attempt failed.

use crate::{Timestamp, open_enum::open_enum};

/// The origin of FaceSign's hosted pages.
const HOSTED_PAGES: &str = "https://session.facesign.ai";
/// The longest accepted URL; FaceSign's have 63 characters.
const LONGEST_URL: usize = 2_048;
/// The longest host name (RFC 1035, section 2.3.4).
const LONGEST_HOST: usize = 253;

/// An open session at FaceSign. Every snapshot carries it while it is open; its absence means that it is closed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaceSession {
    /// The URL of FaceSign's page.
    pub url: SessionUrl,
    /// Until when the URL opens the session; server clock. Another start returns a URL that does.
    pub expires_at: Timestamp,
    /// Whether the customer has completed the page, and the backend is deciding or waits for FaceSign's report. The page need
    /// not be shown any more.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub ended: bool,
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The URL of a session's page. Its holder can use the session, so debug output hides it and it is wiped on drop.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionUrl(String);

impl SessionUrl {
    /// Wraps a URL as FaceSign sent it, without checks; [`origin_of`] checks it.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// The whole URL with its secret: for the frame and the link, and for nothing else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for SessionUrl {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl std::fmt::Debug for SessionUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let origin = origin_of(&self.0);
        let shown = origin.as_ref().map_or("no usable address", Origin::as_str);
        write!(formatter, "SessionUrl({shown}, hidden)")
    }
}

open_enum! {
    /// Why the last attempt at a challenge failed, when the customer may try again.
    StepFailure {
        /// No face was found.
        NoFace = "no-face",
        /// The customer's answer was not clear enough.
        Inconclusive = "inconclusive",
        /// FaceSign could not send its code by e-mail.
        CodeNotDelivered = "code-not-delivered",
        /// The customer left before the end.
        Abandoned = "abandoned",
        /// The session expired.
        SessionExpired = "session-expired",
        /// The request on the customer's phone was not answered in time.
        RequestExpired = "request-expired",
    }
}

/// Scheme, host and port, written as a browser writes an origin (RFC 6454, section 6.2), so that the two can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(Box<str>);

impl Origin {
    /// The origin as a text, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The frame origins that are allowed by default: FaceSign's hosted pages.
#[must_use]
pub fn default_frame_origins() -> Vec<Origin> {
    origin_of(HOSTED_PAGES).into_iter().collect()
}

/// The origin of an absolute `https` URL, or of an `http` one on this machine.
///
/// Deliberately stricter than a browser: it accepts only URLs that every browser reads the same way. User information,
/// backslashes, blanks, control characters, anything outside ASCII, escapes in the host and numbers in place of a host name
/// give `None`.
#[must_use]
pub fn origin_of(url: &str) -> Option<Origin> {
    // Byte by byte: string patterns would add three times as much to the download.
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    if url.len() > LONGEST_URL || !url.bytes().all(is_plain) {
        return None;
    }
    let is_secure = url.starts_with("https:");
    let (scheme, usual_port) = if is_secure { ("https://", 443) } else { ("http://", 80) };
    let rest = url.strip_prefix(scheme)?;
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let authority = rest.get(..end.unwrap_or(rest.len()))?.to_ascii_lowercase();
    // A colon inside brackets belongs to an IPv6 address.
    let colon = authority.bytes().rposition(|byte| byte == b':');
    let (host, port) = match colon.filter(|_| !authority.ends_with(']')) {
        Some(colon) => (authority.get(..colon)?, port_number(authority.get(colon + 1..)?)?),
        None => (&*authority, usual_port),
    };
    let is_allowed = is_loopback(host) || (is_secure && is_host_name(host));
    if !is_allowed {
        return None;
    }
    let mut origin = [scheme, host].concat();
    if port != usual_port {
        origin.push(':');
        origin.push_str(&port.to_string());
    }
    Some(Origin(origin.into()))
}

fn port_number(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| is_number && *port != 0)
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || (host.ends_with(".localhost") && is_host_name(host))
}

/// Whether this is a name: its last label starts with a letter. Browsers read numbers in many notations as IP addresses.
fn is_host_name(host: &str) -> bool {
    let mut before = b'.';
    let mut label_starts_with = b'.';
    for byte in host.bytes() {
        if before == b'.' {
            label_starts_with = byte;
        }
        let is_allowed = byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !is_allowed && (byte != b'.' || before == b'.') {
            return false;
        }
        before = byte;
    }
    host.len() <= LONGEST_HOST && before != b'.' && label_starts_with.is_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Option<String> {
        origin_of(url).map(|origin| origin.as_str().to_owned())
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (url, expected) in [
            ("https://session.facesign.ai?cs=cs01", "https://session.facesign.ai"),
            ("https://session.facesign.ai/", "https://session.facesign.ai"),
            ("https://Session.FaceSign.AI:443/a?b#c", "https://session.facesign.ai"),
            ("https://a.example:8443", "https://a.example:8443"),
            ("https://a.example/@b.example", "https://a.example"),
            ("http://localhost:9101/s?cs=1", "http://localhost:9101"),
            ("http://127.0.0.1:80/", "http://127.0.0.1"),
            ("http://pages.localhost:9101", "http://pages.localhost:9101"),
            ("http://[::1]:9101/", "http://[::1]:9101"),
            ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(origin(url).as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn an_address_that_could_be_read_in_two_ways_has_no_origin() {
        for url in [
            "",
            "session.facesign.ai",
            "//session.facesign.ai",
            "https:/session.facesign.ai",
            "https://",
            "https:///session.facesign.ai",
            "https://session.facesign.ai@evil.example/",
            "https://a:b@session.facesign.ai/",
            "https://evil.example\\@session.facesign.ai/",
            "https://session.facesign.ai\\.evil.example",
            "https://session.facesign.ai\t.evil.example",
            "https://session.facesign.ai\n/",
            " https://session.facesign.ai",
            "https://session.facesign.ai /",
            "https://session.facesign.ai./",
            "https://session..facesign.ai/",
            "https://.facesign.ai/",
            "https://session.facesign.ai:/",
            "https://session.facesign.ai:0/",
            "https://session.facesign.ai:+443/",
            "https://session.facesign.ai:65536/",
            "https://session.facesign.ai:443:444/",
            "https://session%2Efacesign.ai/",
            "https://sessi\u{43e}n.facesign.ai/",
            "https://session\u{3002}facesign.ai/",
            "https://session.facesign.ai/\u{202e}",
            "https://10.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::2]/",
            "https://[::1]x/",
            "http://session.facesign.ai/",
            "http://127.0.0.2/",
            "http://localhost.evil.example/",
            "http://evil.example#.localhost/",
            "HTTPS://session.facesign.ai",
            "javascript://session.facesign.ai/%0aalert(1)",
            "data:text/html,https://session.facesign.ai",
            "blob:https://session.facesign.ai/1",
        ] {
            assert_eq!(origin(url), None, "{url:?}");
        }
        assert_eq!(origin(&format!("https://a.example/{}", "a".repeat(LONGEST_URL))), None);
    }

    #[test]
    fn a_session_does_not_show_its_secret() {
        let session = FaceSession {
            url: SessionUrl::new("https://session.facesign.ai?cs=cscanary".into()),
            expires_at: Timestamp(1),
            ended: false,
        };
        let shown = format!("{session:?}");
        assert!(
            shown.contains("https://session.facesign.ai") && !shown.contains("canary"),
            "{shown}"
        );
        let broken = SessionUrl::new("canary://session.facesign.ai?cs=cscanary".into());
        assert!(!format!("{broken:?}").contains("canary"));
    }

    #[test]
    fn the_default_list_names_facesigns_pages() {
        let origins = default_frame_origins();
        assert_eq!(
            origins.iter().map(Origin::as_str).collect::<Vec<_>>(),
            ["https://session.facesign.ai"]
        );
    }
}
