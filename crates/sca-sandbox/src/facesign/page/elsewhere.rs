//! A page that is not the hosted one: what a frame shows after it navigated away, and what posts from a wrong window or a
//! wrong origin. It is served on both origins.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::answer::Answer;
use crate::state::SandboxState;

const PAGE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Elsewhere</title></head><body>\
     <main><h1>Elsewhere</h1><p>This is not the page that was asked for.</p></main><script src=\"/elsewhere.js\"></script>\
     </body></html>";
/// Tells every window above that the session is over, which is not for this page to say.
const SCRIPT: &str = "for (let above = window; above !== above.parent; ) {\n  above = above.parent;\n  \
     above.postMessage('{\"message\":\"SESSION_FINISHED\"}', '*');\n}\n";

pub(crate) fn router() -> Router<SandboxState> {
    Router::new()
        .route("/elsewhere", get(async || Answer::html(StatusCode::OK, PAGE)))
        .route(
            "/elsewhere.js",
            get(async || Answer::with_body(StatusCode::OK, "text/javascript;charset=UTF-8", SCRIPT)),
        )
}
