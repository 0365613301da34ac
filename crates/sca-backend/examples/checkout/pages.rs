//! The pages, with the headers that a page with the widget needs.

use std::{error::Error, path::Path};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The strictest policy that a page with a WebAssembly module can have. Frames come from `frames` and nowhere else.
fn content_security_policy(frames: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         frame-src {frames}; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}

/// The camera for this page, which captures faces, and camera and microphone for FaceSign's frame in it.
fn permissions_policy(frame_origin: Option<&str>) -> String {
    frame_origin.map_or_else(
        || "camera=(self), microphone=()".to_owned(),
        |origin| format!("camera=(self \"{origin}\"), microphone=(self \"{origin}\")"),
    )
}

/// What is in both folders.
pub(crate) fn routes(www: &Path, pkg: &Path, frame_origin: Option<&str>) -> Result<Router, Box<dyn Error>> {
    let header = |name, value: &str| -> Result<_, Box<dyn Error>> {
        let value: HeaderValue = value.parse()?;
        Ok(SetResponseHeaderLayer::overriding(name, value))
    };
    let content = content_security_policy(frame_origin.unwrap_or("'none'"));
    Ok(Router::new()
        .nest_service("/pkg", ServeDir::new(pkg))
        .fallback_service(ServeDir::new(www))
        .layer(header(header::CONTENT_SECURITY_POLICY, &content)?)
        .layer(header(PERMISSIONS_POLICY, &permissions_policy(frame_origin))?)
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")?)
        .layer(header(header::REFERRER_POLICY, "no-referrer")?)
        .layer(header(header::CACHE_CONTROL, "no-cache")?))
}
