//! The page itself and its files.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::answer::Answer;

const PAGE: &str = include_str!("assets/phone.html");
/// Nothing but the page's own files; nobody shows it in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri \
     'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

pub(super) async fn show() -> Answer {
    Answer::html(StatusCode::OK, PAGE)
        .with_header(CONTENT_SECURITY_POLICY, POLICY)
        .with_header(X_FRAME_OPTIONS, "DENY")
        .with_header(REFERRER_POLICY, "no-referrer")
        .with_header(CACHE_CONTROL, "no-store")
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
}

pub(super) async fn asset(Path(file): Path<String>) -> Answer {
    let (content_type, text) = match file.as_str() {
        "phone.css" => ("text/css;charset=UTF-8", include_str!("assets/phone.css")),
        "phone.js" => ("text/javascript;charset=UTF-8", include_str!("assets/phone.js")),
        _ => return Answer::empty(StatusCode::NOT_FOUND),
    };
    Answer::with_body(StatusCode::OK, content_type, text)
        .with_header(CACHE_CONTROL, "no-store")
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
}
