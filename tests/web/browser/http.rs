use std::{future::Future, pin::pin, task::Poll};

use sca_widget::{
    browser::{BrowserResponse, Fetch},
    driver::{
        ClientSecret,
        ports::{Body, BodyError, Http, Method, Request, Response, SendError},
    },
};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};
use zeroize::Zeroizing;

use super::page;

fn request() -> Request {
    Request {
        method: Method::Post,
        url: "https://backend.example/sca/v1/approval/apr_1/verify".to_owned(),
        bearer: ClientSecret::new("apr_1_secret_canary".to_owned()).unwrap(),
        accept: "application/json",
        idempotency_key: Some("0123456789abcdef".to_owned()),
        body: Some(Body(Zeroizing::new("{\"a\":1}".to_owned()))),
    }
}

async fn send(kind: &str) -> Result<BrowserResponse, SendError> {
    page::patch_fetch(kind);
    let sent = Fetch.send(request()).await;
    page::restore_fetch();
    sent
}

#[wasm_bindgen_test]
async fn a_fetch_that_fails_in_unusual_ways_gives_an_error_and_no_crash() {
    for kind in [
        "throws an error",
        "throws undefined",
        "throws a text",
        "rejects with undefined",
        "rejects with null",
        "rejects with a text",
        "rejects with a number",
        "rejects with an object",
        "returns undefined",
        "returns a text",
        "returns an object",
        "returns a thenable that rejects",
    ] {
        assert_eq!(send(kind).await.err(), Some(SendError::NoResponse), "{kind}");
    }
}

#[wasm_bindgen_test]
async fn a_page_without_fetch_sends_nothing() {
    page::remove_fetch();
    let sent = Fetch.send(request()).await;
    page::restore_fetch();
    assert_eq!(sent.err(), Some(SendError::NotSent));
}

#[wasm_bindgen_test]
async fn unreadable_bodies_give_an_error() {
    for kind in ["breaks off", "has read the body", "answers texts"] {
        let mut response = send(kind).await.unwrap();
        let mut last = response.chunk().await;
        while let Ok(Some(_)) = last {
            last = response.chunk().await;
        }
        assert_eq!(last, Err(BodyError), "{kind}");
    }
}

#[wasm_bindgen_test]
async fn a_body_arrives_in_chunks_and_ends() {
    let mut response = send("answers in pieces").await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.header("retry-after").as_deref(), Some("3"));
    assert_eq!(response.header("x-none"), None);
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.unwrap() {
        body.extend(piece);
    }
    assert_eq!(body, b"{\"a\":1}");
    assert_eq!(send("has no body").await.unwrap().chunk().await, Ok(None));
}

#[wasm_bindgen_test]
async fn a_request_has_no_cookies_no_caching_and_no_redirects() {
    let _answer = send("answers in pieces").await.unwrap();
    let seen: serde_json::Value = serde_json::from_str(&page::last_request().await).unwrap();
    for (name, value) in [
        ("method", "POST"),
        ("url", "https://backend.example/sca/v1/approval/apr_1/verify"),
        ("cache", "no-store"),
        ("credentials", "omit"),
        ("redirect", "error"),
        ("referrerPolicy", "no-referrer"),
        ("body", "{\"a\":1}"),
    ] {
        assert_eq!(seen[name], value, "{name}");
    }
    let headers = &seen["headers"];
    assert_eq!(headers["authorization"], "Bearer apr_1_secret_canary");
    assert_eq!(headers["idempotency-key"], "0123456789abcdef");
    assert_eq!(headers["content-type"], "application/json");
}

#[wasm_bindgen_test]
async fn a_request_equals_one_built_by_gloo_net() {
    let _answer = send("answers in pieces").await.unwrap();
    let ours = page::last_request().await;
    page::patch_fetch("never settles");
    let wanted = request();
    let peer = gloo_net::http::Request::post(&wanted.url)
        .header("authorization", "Bearer apr_1_secret_canary")
        .header("accept", wanted.accept)
        .header("idempotency-key", "0123456789abcdef")
        .header("content-type", "application/json")
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::Omit)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .body("{\"a\":1}")
        .unwrap();
    let mut sending = pin!(peer.send());
    let first = std::future::poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
    assert!(first.is_pending());
    let theirs = page::last_request().await;
    page::restore_fetch();
    assert_eq!(ours, theirs);
}

/// WebKit keeps a reference to the bytes of a request, and a page's own `fetch` may send them later.
#[wasm_bindgen_test]
async fn a_body_stays_until_fetch_has_settled_and_is_zero_from_then_on() {
    let mut response = send("is an engine that copies late").await.unwrap();
    assert_eq!(response.chunk().await.unwrap().as_deref(), Some(&b"{\"a\":1}"[..]));
    assert_eq!(page::last_body().to_vec(), [0; 7]);
    assert_eq!(send("rejects with undefined").await.err(), Some(SendError::NoResponse));
    assert_eq!(page::last_body().to_vec(), [0; 7]);
}

#[wasm_bindgen_test]
async fn dropping_a_call_aborts_it() {
    page::patch_fetch("never settles");
    {
        let mut sending = pin!(Fetch.send(request()));
        std::future::poll_fn(|context| {
            assert!(sending.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        assert!(!page::last_request_is_aborted());
        assert_eq!(page::last_body().to_vec(), b"{\"a\":1}");
    }
    page::restore_fetch();
    assert!(page::last_request_is_aborted());
    assert_eq!(page::last_body().to_vec(), [0; 7]);
}
