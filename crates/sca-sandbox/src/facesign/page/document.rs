//! The page itself and its files.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode};
use serde::Deserialize;

use crate::facesign::behaviour::{FrameAncestors, Load, Page, SecondOpen};
use crate::facesign::session::Session;
use crate::facesign::state::FaceSign;
use crate::kit::page::{self, BASE_CSS, CSS, SCRIPT};
use crate::kit::response::ApiResponse;

const PAGE: &str = include_str!("assets/page.html");
/// The line of the page that starts it.
const START: &str = "    <script type=\"module\" src=\"/assets/page.js\"></script>\n";
const ERROR: &str = include_str!("assets/error.html");
const BLANK: &str = "<!doctype html><html lang=\"en\"><head><title>FaceSign</title></head><body></body></html>";
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

#[derive(Debug, Deserialize)]
pub(super) struct Secret {
    #[serde(default)]
    cs: String,
}

/// Why the page is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OpenError {
    Unknown,
    Gone,
}

impl OpenError {
    fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
        }
    }
}

pub(super) async fn show(State(facesign): State<FaceSign>, Query(Secret { cs }): Query<Secret>) -> ApiResponse {
    let (page, api, opened) = {
        let state = facesign.lock();
        let session = state.session_of(&cs);
        let opened = match session {
            None => Err(OpenError::Unknown),
            Some(session) if may_open(session, &cs, state.now_of(session)) => Ok(()),
            Some(_) => Err(OpenError::Gone),
        };
        let page = session.map_or(state.default_behaviour.page, |session| session.behaviour.page);
        (page, state.api_url.clone(), opened)
    };
    let response = match (opened, page.load) {
        (Err(error), _) => ApiResponse::html(error.status(), ERROR),
        (Ok(()), Load::Normal) => ApiResponse::html(StatusCode::OK, PAGE),
        (Ok(()), Load::Unstarted) => ApiResponse::html(StatusCode::OK, PAGE.replace(START, "")),
        (Ok(()), Load::Blank) => ApiResponse::html(StatusCode::OK, BLANK),
        (Ok(()), Load::Never) => std::future::pending().await,
    };
    with_policy(response, page, &api)
}

fn may_open(session: &Session, secret: &str, now: i64) -> bool {
    let again = session.opened > 0 && session.behaviour.second_open == SecondOpen::Refused;
    session.accepts(secret, now) && !session.status.is_over() && !again
}

/// Adds the page's content security policy: its own files, and the frames it creates to post from elsewhere.
fn with_policy(response: ApiResponse, page: Page, api: &str) -> ApiResponse {
    let mut policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self' \
         blob:; frame-src 'self' {api}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    match page.frame_ancestors {
        FrameAncestors::Any => {}
        FrameAncestors::None => policy.push_str("; frame-ancestors 'none'"),
    }
    page::document(response, &policy).with_header(PERMISSIONS_POLICY, "camera=(self), microphone=(self)")
}

pub(super) async fn asset(Path(file): Path<String>) -> ApiResponse {
    let (content_type, text) = match file.as_str() {
        "page.css" => return page::asset(CSS, format!("{BASE_CSS}{}", include_str!("assets/page.css"))),
        "page.js" => (SCRIPT, include_str!("assets/page.js")),
        "camera.js" => (SCRIPT, include_str!("assets/camera.js")),
        "messages.js" => (SCRIPT, include_str!("assets/messages.js")),
        "service.js" => (SCRIPT, include_str!("assets/service.js")),
        "simulate.js" => (SCRIPT, include_str!("assets/simulate.js")),
        _ => return ApiResponse::empty(StatusCode::NOT_FOUND),
    };
    page::asset(content_type, text)
}
