//! The page itself and its files.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::X_FRAME_OPTIONS;

use crate::kit::page::{self, BASE_CSS, CSS, SCRIPT};
use crate::kit::response::ApiResponse;

const PAGE: &str = include_str!("assets/phone.html");
/// The page's own files, and no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri \
     'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

pub(super) async fn show() -> ApiResponse {
    page::document(ApiResponse::html(StatusCode::OK, PAGE), POLICY).with_header(X_FRAME_OPTIONS, "DENY")
}

pub(super) async fn asset(Path(file): Path<String>) -> ApiResponse {
    match file.as_str() {
        "phone.css" => page::asset(CSS, format!("{BASE_CSS}{}", include_str!("assets/phone.css"))),
        "phone.js" => page::asset(SCRIPT, include_str!("assets/phone.js")),
        _ => ApiResponse::empty(StatusCode::NOT_FOUND),
    }
}
