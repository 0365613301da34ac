//! The span of a call to a provider, by OpenTelemetry's conventions for HTTP clients
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>), with the two members `sca.provider` and `sca.operation`.

use std::fmt;

use http::Method;
use reqwest::Url;
use sca_core::ProviderError;
use sca_runtime::traces::{TARGET, method_name};
use tracing::{Span, field::Empty, info_span};

use super::client::{Answer, name_of};

/// The longest word that stays in a template: "authentication" has 14 letters, and no secret is as short.
const LONGEST_WORD: usize = 15;
/// The longest segment that stays in a template.
const LONGEST_SEGMENT: usize = 40;

/// Opens the span of a call. It has no header, no body, no query, and no id of the path.
pub(super) fn span(provider: &'static str, operation: &'static str, method: &Method, url: &Url) -> Span {
    info_span!(
        target: TARGET,
        "provider call",
        otel.name = %format_args!("{} {}", method_name(method.as_str()), Template(url.path())),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method_name(method.as_str()),
        url.template = %Template(url.path()),
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        sca.provider = provider,
        sca.operation = operation,
        http.response.status_code = Empty,
        "error.type" = Empty,
    )
}

/// Records how a call ended. A response from 400 to 499 is no error of the span: a provider refuses a call by it that needs an approval.
pub(super) fn record(span: &Span, answer: &Result<Answer, ProviderError>) {
    if span.is_disabled() {
        return;
    }
    match answer {
        Ok(answer) => {
            span.record("http.response.status_code", answer.status.as_u16());
            if answer.status.is_server_error() {
                span.record("error.type", answer.status.as_str());
                span.record("otel.status_code", "ERROR");
            }
        }
        Err(error) => {
            span.record("error.type", name_of(error));
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// A path with `{}` in place of every segment that may be an id, a name or a secret: `/v3/profiles/{}/transfers/{}/payments`. A version stays, and
/// so do words of lower-case letters with hyphens between them.
struct Template<'a>(&'a str);

impl fmt::Display for Template<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in self.0.split('/').skip(1) {
            let shown = if is_version(segment) || is_words(segment) {
                segment
            } else {
                "{}"
            };
            write!(formatter, "/{shown}")?;
        }
        Ok(())
    }
}

fn is_words(segment: &str) -> bool {
    let is_word = |word: &str| word.len() <= LONGEST_WORD && word.bytes().all(|byte| byte.is_ascii_lowercase());
    segment.len() <= LONGEST_SEGMENT && segment.split('-').all(is_word)
}

/// Whether a segment is `v1` or `2026Q3`.
fn is_version(segment: &str) -> bool {
    match segment.as_bytes() {
        [b'v', digit] => digit.is_ascii_digit(),
        [year @ .., b'Q', quarter] => {
            year.len() == 4 && year.iter().all(u8::is_ascii_digit) && (b'1'..=b'4').contains(quarter)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_words_and_versions_alone() {
        for (path, template) in [
            (
                "/v3/profiles/16605/transfers/52/payments",
                "/v3/profiles/{}/transfers/{}/payments",
            ),
            ("/2026Q3/one-time-token/pin/verify", "/2026Q3/one-time-token/pin/verify"),
            (
                "/v1/profiles/1/balance-statements/2/statement.json",
                "/v1/profiles/{}/balance-statements/{}/{}",
            ),
            (
                "/multi/stepup/challenges/otp/SMS/verify",
                "/multi/stepup/challenges/otp/{}/verify",
            ),
            ("/sessions/0c8f-ab12/refresh", "/sessions/{}/refresh"),
            ("/users/a@example.com", "/users/{}"),
            ("/currencies/EUR", "/currencies/{}"),
            ("/x/abcdefghijklmnop", "/x/{}"),
            ("/x/abcde-abcde-abcde-abcde-abcde-abcde-abcde", "/x/{}"),
            ("/x/1234", "/x/{}"),
            ("/v12/2026Q5", "/{}/{}"),
            ("/", "/"),
        ] {
            assert_eq!(Template(path).to_string(), template);
        }
    }
}
