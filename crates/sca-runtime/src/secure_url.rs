//! The one check of URLs that this server calls.

use url::{Host, Url};

/// Reads a URL that this server may call: `https`, or `http` on loopback, without user name, password and fragment.
#[must_use]
pub fn secure_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_secure = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        _ => false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_secure && is_plain && url.has_host()).then_some(url)
}

/// Whether a URL names this machine: `localhost`, 127.0.0.1 or ::1.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_or_loopback() {
        for (text, is_allowed) in [
            ("https://bank.example/transfers?tenant=7", true),
            ("http://127.0.0.1:8080/bank", true),
            ("http://localhost:1", true),
            ("http://[::1]:1", true),
            ("http://bank.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.2", false),
            ("http://localhost@evil.example", false),
            ("https://user@bank.example", false),
            ("https://:password@bank.example", false),
            ("https://bank.example/#fragment", false),
            ("ftp://127.0.0.1", false),
            ("bank.example", false),
            ("", false),
        ] {
            assert_eq!(secure_url(text).is_some(), is_allowed, "{text}");
        }
    }
}
