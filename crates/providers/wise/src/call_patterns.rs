//! Calls that the configuration names by method and path.

use std::collections::HashMap;

use http::Method;
use matchit::{InsertError, Router};

/// A set of calls.
#[derive(Clone, Default)]
pub(super) struct CallPatterns(HashMap<Method, Router<()>>);

/// A pattern that names no calls.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` {reason}")]
pub(super) struct InvalidPattern {
    pattern: String,
    reason: &'static str,
}

impl CallPatterns {
    /// Reads patterns: a method in capitals, a space, and a path in which `{name}` stands for one segment. A call has to match the whole path;
    /// its query does not count.
    ///
    /// # Errors
    /// The first pattern that is not one, or that is an earlier one under other names. A fixed segment beside `{name}` is no such pattern.
    pub(super) fn new(patterns: &[String]) -> Result<Self, InvalidPattern> {
        let mut calls = Self::default();
        for pattern in patterns {
            calls.add(pattern).map_err(|reason| InvalidPattern {
                pattern: pattern.clone(),
                reason,
            })?;
        }
        Ok(calls)
    }

    fn add(&mut self, pattern: &str) -> Result<(), &'static str> {
        const FORM: &str = "is not a method and a path, such as `GET /v1/profiles/{profile}/balances`";
        let (method, path) = pattern.split_once(' ').ok_or(FORM)?;
        let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| FORM)?;
        if !is_method || !path.starts_with('/') || path.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(FORM);
        }
        // The gate forwards no path with percent-encoding, and a query has no place in a pattern.
        if path.contains(['?', '#', '%', '*']) {
            return Err("has a character that a pattern cannot have: `?`, `#`, `%` or `*`");
        }
        let inserted = self.0.entry(method).or_default().insert(path, ());
        inserted.map_err(|error| match error {
            InsertError::Conflict { .. } => "names calls that another pattern names already",
            InsertError::InvalidParamSegment => "has more than `{name}` in one segment",
            InsertError::InvalidParam | InsertError::InvalidCatchAll => "has braces that are not `{name}`",
            // The library may add reasons.
            _ => FORM,
        })
    }

    /// Whether a call is one of them.
    pub(super) fn contains(&self, method: &str, path_and_query: &str) -> bool {
        let path = path_and_query.split_once('?').map_or(path_and_query, |(path, _)| path);
        let Ok(method) = Method::from_bytes(method.as_bytes()) else {
            return false;
        };
        // The router takes an empty segment for `{name}`.
        let is_ambiguous = path.contains("//");
        !is_ambiguous && self.0.get(&method).is_some_and(|paths| paths.at(path).is_ok())
    }
}

impl std::fmt::Debug for CallPatterns {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "CallPatterns({:?})", self.0.keys())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(patterns: &[&str]) -> Result<CallPatterns, InvalidPattern> {
        CallPatterns::new(&patterns.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_call_matches_by_its_method_and_its_whole_path() {
        let calls = patterns(&[
            "GET /v1/profiles/{profile}/balance-statements/{balance}/statement.json",
            "GET /v4/profiles/{profile}/balances",
            "POST /v4/profiles/{profile}/balances",
            "GET /v4/profiles/{profile}/{what}",
            "GET /v4/profiles/{profile}/me",
        ])
        .unwrap();
        for (method, path, expected) in [
            ("GET", "/v1/profiles/1/balance-statements/2/statement.json", true),
            (
                "GET",
                "/v1/profiles/1/balance-statements/2/statement.json?currency=EUR",
                true,
            ),
            ("GET", "/v4/profiles/1/balances", true),
            ("POST", "/v4/profiles/1/balances?types=STANDARD", true),
            ("HEAD", "/v4/profiles/1/balances", false),
            ("get", "/v4/profiles/1/balances", false),
            ("POST", "/v1/profiles/1/balance-statements/2/statement.json", false),
            ("GET", "/v1/profiles/1/balance-statements/2/statement.pdf", false),
            ("GET", "/v1/profiles/1/balance-statements/2/statement.json/", false),
            ("GET", "/v1/profiles/1/x/balance-statements/2/statement.json", false),
            ("GET", "/v4/profiles//balances", false),
            ("GET", "/v4/profiles/1/balances/../transfers", false),
            ("GET", "/x?/v4/profiles/1/balances", false),
            ("", "", false),
            // Both patterns.
            ("GET", "/v4/profiles/1/me", true),
            ("GET", "/v4/profiles/1/you", true),
        ] {
            assert_eq!(calls.contains(method, path), expected, "{method} {path}");
        }
        assert!(!CallPatterns::default().contains("GET", "/v4/profiles/1/balances"));
    }

    #[test]
    fn a_pattern_that_names_no_calls_or_those_of_another_is_refused() {
        for (wrong, reason) in [
            ("", "is not a method and a path"),
            ("/v1/profiles", "is not a method and a path"),
            ("GET", "is not a method and a path"),
            ("get /v1", "is not a method and a path"),
            ("GET v1", "is not a method and a path"),
            ("GET  /v1", "is not a method and a path"),
            ("GET /v1 ", "is not a method and a path"),
            ("GET https://api.wise.com/v1", "is not a method and a path"),
            ("GET /v1/pr\u{f6}files", "is not a method and a path"),
            ("GET /v1?currency=EUR", "cannot have"),
            ("GET /v1/%70rofiles", "cannot have"),
            ("GET /v1/{*rest}", "cannot have"),
            ("GET /v1/*", "cannot have"),
            ("GET /v1/{profile", "braces"),
            ("GET /v1/{}", "braces"),
            ("GET /v1/{a}{b}", "more than"),
            ("GET /v2/{other}", "another pattern"),
        ] {
            let error = patterns(&["GET /v2/{profile}", wrong]).unwrap_err().to_string();
            assert!(
                error.contains(reason) && error.contains(&format!("`{wrong}`")),
                "{wrong}: {error}"
            );
        }
    }
}
