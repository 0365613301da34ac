//! The page itself and its files.

use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, StatusCode};
use serde::Deserialize;

use crate::answer::Answer;
use crate::facesign::behaviour::{FrameAncestors, Load, Page, SecondOpen};
use crate::facesign::session::Session;
use crate::state::SandboxState;

const PAGE: &str = include_str!("assets/page.html");
/// The page without its script.
const UNSTARTED: &str = include_str!("assets/unstarted.html");
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

pub(super) async fn show(State(state): State<SandboxState>, Query(Secret { cs }): Query<Secret>) -> Answer {
    let (page, api, opened) = {
        let facesign = state.facesign();
        let session = facesign.session_of(&cs);
        let opened = match session {
            None => Err(OpenError::Unknown),
            Some(session) if may_open(session, &cs, facesign.now_of(session)) => Ok(()),
            Some(_) => Err(OpenError::Gone),
        };
        let page = session.map_or(facesign.default_behaviour.page, |session| session.behaviour.page);
        (page, facesign.api_url.clone(), opened)
    };
    let answer = match (opened, page.load) {
        (Err(error), _) => Answer::html(error.status(), ERROR),
        (Ok(()), Load::Normal) => Answer::html(StatusCode::OK, PAGE),
        (Ok(()), Load::Unstarted) => Answer::html(StatusCode::OK, UNSTARTED),
        (Ok(()), Load::Blank) => Answer::html(StatusCode::OK, BLANK),
        (Ok(()), Load::Never) => std::future::pending().await,
    };
    guarded(answer, page, &api)
}

fn may_open(session: &Session, secret: &str, now: i64) -> bool {
    let again = session.opened > 0 && session.behaviour.second_open == SecondOpen::Refused;
    session.accepts(secret, now) && !session.status.is_over() && !again
}

/// The page's own policy: nothing but its own files, and the frames it makes to post from elsewhere.
fn guarded(answer: Answer, page: Page, api: &str) -> Answer {
    let mut policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self' \
         blob:; frame-src 'self' {api}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    match page.frame_ancestors {
        FrameAncestors::Any => {}
        FrameAncestors::None => policy.push_str("; frame-ancestors 'none'"),
    }
    answer
        .with_header(CONTENT_SECURITY_POLICY, &policy)
        .with_header(PERMISSIONS_POLICY, "camera=(self), microphone=(self)")
        .with_header(REFERRER_POLICY, "no-referrer")
        .with_header(CACHE_CONTROL, "no-store")
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
}

pub(super) async fn asset(Path(file): Path<String>) -> Answer {
    const SCRIPT: &str = "text/javascript;charset=UTF-8";
    let (content_type, text) = match file.as_str() {
        "page.css" => ("text/css;charset=UTF-8", include_str!("assets/page.css")),
        "page.js" => (SCRIPT, include_str!("assets/page.js")),
        "camera.js" => (SCRIPT, include_str!("assets/camera.js")),
        "messages.js" => (SCRIPT, include_str!("assets/messages.js")),
        "service.js" => (SCRIPT, include_str!("assets/service.js")),
        "simulate.js" => (SCRIPT, include_str!("assets/simulate.js")),
        _ => return Answer::empty(StatusCode::NOT_FOUND),
    };
    Answer::with_body(StatusCode::OK, content_type, text)
        .with_header(CACHE_CONTROL, "no-store")
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
}
