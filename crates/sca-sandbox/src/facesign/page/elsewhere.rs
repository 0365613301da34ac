//! A page that is not the hosted one: a frame shows it after it navigated away, and it posts messages from a wrong window or a
//! wrong origin. It is served on both origins.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::facesign::state::FaceSign;
use crate::kit::page::SCRIPT as SCRIPT_TYPE;
use crate::kit::response::ApiResponse;

const PAGE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Elsewhere</title></head><body>\
     <main><h1>Elsewhere</h1><p>This is not the page that was asked for.</p></main><script src=\"/elsewhere.js\"></script>\
     </body></html>";
/// Posts the end of the session to every window above, although this page has no right to.
const SCRIPT: &str = "for (let above = window; above !== above.parent; ) {\n  above = above.parent;\n  \
     above.postMessage('{\"message\":\"SESSION_FINISHED\"}', '*');\n}\n";

pub(crate) fn router() -> Router<FaceSign> {
    let script = async || ApiResponse::with_body(StatusCode::OK, SCRIPT_TYPE, SCRIPT);
    Router::new()
        .route("/elsewhere", get(async || ApiResponse::html(StatusCode::OK, PAGE)))
        .route("/elsewhere.js", get(script))
}
