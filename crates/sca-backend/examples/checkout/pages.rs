//! The pages, with the headers that a page with the widget needs.

use std::{error::Error, path::Path};

use axum::{
    Json, Router,
    http::{HeaderName, HeaderValue, header},
    routing::get,
};
use serde_json::json;
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

/// The camera for this page, which captures faces, and camera and microphone for FaceSign's frame in it or in the frame of isolated mode.
fn permissions_policy(frame_origin: Option<&str>, isolated: &str) -> String {
    frame_origin.map_or_else(
        || "camera=(self), microphone=()".to_owned(),
        |origin| {
            let allowed = format!("(self \"{origin}\" \"{isolated}\")");
            format!("camera={allowed}, microphone={allowed}")
        },
    )
}

/// What is in both folders.
pub(crate) fn routes(
    www: &Path,
    pkg: &Path,
    frame_origin: Option<&str>,
    isolated: &str,
) -> Result<Router, Box<dyn Error>> {
    let header = |name, value: &str| -> Result<_, Box<dyn Error>> {
        let value: HeaderValue = value.parse()?;
        Ok(SetResponseHeaderLayer::overriding(name, value))
    };
    let frames = [frame_origin, Some(isolated)].into_iter().flatten().collect::<Vec<_>>();
    let content = content_security_policy(&frames.join(" "));
    let setting = json!({ "isolatedOrigin": isolated, "frameOrigins": frame_origin });
    Ok(Router::new()
        .route("/api/demo/isolated", get(async move || Json(setting.clone())))
        .nest_service("/pkg", ServeDir::new(pkg))
        .fallback_service(ServeDir::new(www))
        .layer(header(header::CONTENT_SECURITY_POLICY, &content)?)
        .layer(header(PERMISSIONS_POLICY, &permissions_policy(frame_origin, isolated))?)
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")?)
        .layer(header(header::REFERRER_POLICY, "no-referrer")?)
        .layer(header(header::CACHE_CONTROL, "no-cache")?))
}
