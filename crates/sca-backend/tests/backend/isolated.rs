//! The frame of isolated mode: who may show it, what it may load, and that nothing else changes.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use sca_backend::{
    config::{Config, FaceSignConfig, IsolatedConfig},
    routes,
};

use crate::support::{Reply, send, wise_configuration};

const PACKAGE: &str = "../../pkg";

async fn app(adjust: impl FnOnce(&mut Config)) -> Router {
    let mut config = wise_configuration("http://127.0.0.1:9", "v1");
    adjust(&mut config);
    routes::router(config.backend().await.unwrap())
}

async fn isolated() -> Router {
    app(|config| {
        let parents = ["https://shop.example", "https://www.shop.example"];
        // The frame calls its own origin, so no other needs to be allowed.
        config.allowed_origins.clear();
        config.isolated = Some(IsolatedConfig::new(parents.map(str::to_owned).to_vec(), PACKAGE));
    })
    .await
}

async fn get(app: &Router, path: &str) -> Reply {
    send(app, Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_page_may_be_shown_by_the_listed_origins_and_may_load_its_own_files_alone() {
    let reply = get(&isolated().await, "/isolated/").await;
    assert_eq!(reply.status, StatusCode::OK);
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; frame-src 'none'; \
             form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; \
             frame-ancestors https://shop.example https://www.shop.example",
        ),
        ("permissions-policy", "camera=(self), microphone=(self)"),
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("strict-transport-security", "max-age=63072000"),
        ("origin-agent-cluster", "?1"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(reply.headers[name], value, "{name}");
    }
    for name in [header::SET_COOKIE, header::X_FRAME_OPTIONS, header::SERVER] {
        assert!(!reply.headers.contains_key(&name), "{name}");
    }
    assert!(
        reply
            .text
            .contains(r#"<meta name="sca-parents" content="https://shop.example https://www.shop.example" />"#)
    );
    assert!(reply.text.contains(r#"src="package/isolated-frame.js""#));
    assert!(!reply.text.contains("<style") && !reply.text.contains("<script>"));
}

#[tokio::test]
async fn the_frames_of_facesign_are_allowed_where_it_is_configured() {
    let app = app(|config| {
        config.isolated = Some(IsolatedConfig::new(vec!["https://shop.example".into()], PACKAGE));
        config.facesign = Some(FaceSignConfig {
            base: "https://api.facesign.ai".into(),
            environment: sca_facesign::config::Environment::Sandbox,
            api_key: sca_backend::secret::Secret::new("sk_test_1".into()),
            webhook_secrets: vec![sca_backend::secret::Secret::new("whsec_canary_1".into())],
            frame_origins: Vec::new(),
            video_analysis: false,
            deepfake_analysis: false,
            analyses_wait: std::time::Duration::from_secs(300),
            poll_interval: std::time::Duration::from_secs(15),
            sessions: 3,
            connect_timeout: std::time::Duration::from_secs(3),
            timeout: std::time::Duration::from_secs(10),
        });
        config.transfers = Some(sca_backend::config::TransfersConfig {
            execute_url: "https://shop.example/execute".into(),
            secrets: vec![sca_backend::secret::Secret::new(
                "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=".into(),
            )],
            timeout: std::time::Duration::from_secs(5),
        });
    })
    .await;
    let reply = get(&app, "/isolated/").await;
    let policy = reply.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-src https://session.facesign.ai;"), "{policy}");
    assert_eq!(
        reply.headers["permissions-policy"],
        "camera=(self \"https://session.facesign.ai\"), microphone=(self \"https://session.facesign.ai\")"
    );
}

#[tokio::test]
async fn the_package_is_served_with_its_types_to_this_origin_alone() {
    let app = isolated().await;
    for (path, kind) in [
        ("isolated-frame.js", "text/javascript"),
        ("index.js", "text/javascript"),
        ("package.json", "application/json"),
    ] {
        let reply = get(&app, &format!("/isolated/package/{path}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        for (name, value) in [
            ("content-type", kind),
            ("cache-control", "no-cache"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(reply.headers[name], value, "{path}: {name}");
        }
    }
    for path in [
        "/isolated/package/",
        "/isolated/package/none.js",
        "/isolated/package/%2e%2e/Cargo.toml",
        "/isolated/none",
    ] {
        assert_eq!(get(&app, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let post = Request::builder().method(Method::POST).uri("/isolated/");
    let reply = send(&app, post.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn all_other_routes_keep_their_headers_and_there_is_no_frame_without_the_setting() {
    let reply = get(&isolated().await, "/healthz").await;
    assert_eq!(
        reply.headers["content-security-policy"],
        "default-src 'none'; frame-ancestors 'none'"
    );
    assert_eq!(reply.headers["cache-control"], "no-store, no-transform");
    let without = app(|_| {}).await;
    for path in ["/isolated/", "/isolated/package/index.js"] {
        assert_eq!(get(&without, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// What a page of another origin sends with a client secret that it has got hold of.
#[tokio::test]
async fn a_page_that_shows_the_frame_may_not_call_by_itself() {
    let app = isolated().await;
    let call = |origin: &str| {
        Request::get("/v1/approval/appr_1")
            .header(header::HOST, "sca.shop.example")
            .header(header::ORIGIN, origin)
            .header(header::AUTHORIZATION, "Bearer appr_1_secret_x")
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(
        send(&app, call("https://shop.example")).await.code(),
        "origin-not-allowed"
    );
    assert_eq!(
        send(&app, call("https://sca.shop.example")).await.code(),
        "unauthorized"
    );
}
