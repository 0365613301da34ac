//! What the spans of all crates share. A crate opens its spans with the macros of `tracing`; the program decides whether they are exported.

/// The target of every span that may be exported, and of nothing else. So a subscriber selects these spans by one target, and the log leaves
/// them out.
pub const TARGET: &str = "sca_traces";

/// A method as the attribute `http.request.method` has it: one of RFC 9110 or RFC 5789, and `_OTHER` for any other text
/// (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>).
#[must_use]
pub fn method_name(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("_OTHER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_a_caller_has_made_up_has_no_name() {
        for (method, name) in [
            ("GET", "GET"),
            ("PATCH", "PATCH"),
            ("get", "_OTHER"),
            ("CANARY", "_OTHER"),
        ] {
            assert_eq!(method_name(method), name);
        }
    }
}
