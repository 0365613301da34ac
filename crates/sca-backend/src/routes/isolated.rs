//! The frame of isolated mode: a page of this origin with the widget in it, and the package that it runs. The pages around it are those of
//! the configuration, and no other can show it. It is a page and no API, so the OpenAPI document does not have it.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    middleware,
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use tower_http::services::ServeDir;

use crate::service::{Backend, Isolated};

/// The page's address. It is relative to the widget's base URL, which the page finds at `..`.
const PAGE: &str = "/isolated/";
/// The address of the package's files.
const PACKAGE: &str = "/isolated/package";

/// A response with headers of its own, which [`super::layers`] leaves as they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnHeaders;

/// The page and the package; nothing without the setting.
pub(super) fn routes(backend: &Backend) -> Router<Backend> {
    let Some(isolated) = &backend.settings().isolated else {
        return Router::new();
    };
    let page = page(isolated);
    Router::new()
        .route(PAGE, get(async move || page.clone().into_response()))
        .nest_service(
            PACKAGE,
            ServeDir::new(&isolated.package).append_index_html_on_directories(false),
        )
        .layer(middleware::map_response(|response| async { marked(response) }))
}

/// A response that keeps its headers. Files and page are checked at each use, so that a browser never mixes two releases.
fn marked(mut response: Response) -> Response {
    response.extensions_mut().insert(OwnHeaders);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers
        .entry(RESOURCE_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
    response
}

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const ORIGIN_AGENT_CLUSTER: HeaderName = HeaderName::from_static("origin-agent-cluster");

/// The page with its headers. Origins have neither quotes nor other signs of HTML: [`sca_protocol::face::origin_of`] has read them.
fn page(isolated: &Isolated) -> ([(HeaderName, String); 4], Html<String>) {
    let Isolated {
        parents, frame_origins, ..
    } = isolated;
    let parents = parents.join(" ");
    let frames = if frame_origins.is_empty() {
        "'none'".to_owned()
    } else {
        frame_origins.join(" ")
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; frame-src {frames}; \
         form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; \
         frame-ancestors {parents}"
    );
    let allowed: String = frame_origins.iter().map(|origin| format!(" \"{origin}\"")).collect();
    let permissions = format!("camera=(self{allowed}), microphone=(self{allowed})");
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (PERMISSIONS_POLICY, permissions),
        // Pages of the same site could otherwise share a process with this one.
        (ORIGIN_AGENT_CLUSTER, "?1".into()),
        // A page that is isolated itself can show this one only if it says so. Who may show it is decided by `frame-ancestors`.
        (RESOURCE_POLICY, "cross-origin".into()),
    ];
    let html = format!(
        r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="sca-parents" content="{parents}" />
    <title>sca-widget</title>
    <script type="module" src="package/isolated-frame.js"></script>
  </head>
  <body></body>
</html>
"#
    );
    (headers, Html(html))
}
