//! The OpenAPI document, made from the code.

use axum::{Json, Router, routing::get};
use utoipa::{
    OpenApi,
    openapi::{
        OpenApi as Document,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::service::Backend;

#[derive(OpenApi)]
#[openapi(info(
    title = "sca-backend",
    description = "Strong customer authentication: the widget's routes (client secret) and the partner's (API key)."
))]
struct Description;

/// The OpenAPI 3.1 document of every route but the gate's, which speaks the provider's own language, and its own.
#[must_use]
pub fn document() -> Document {
    let mut document = Description::openapi();
    document.merge(super::described().into_openapi());
    // OpenAPI has no word for a parameter that takes the rest of a path.
    let paths = std::mem::take(&mut document.paths.paths).into_iter();
    document.paths.paths = paths.map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    let components = document.components.get_or_insert_with(Default::default);
    for (name, description) in [
        ("client-secret", "The client secret of one approval"),
        (
            "api-key",
            "The API key of a partner's server; also taken from `X-Api-Key`",
        ),
    ] {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(description))
            .build();
        components.add_security_scheme(name, SecurityScheme::Http(scheme));
    }
    document
}

pub(super) fn routes() -> Router<Backend> {
    Router::new().route("/openapi.json", get(async || Json(document())))
}
