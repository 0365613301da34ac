//! The OpenAPI document, generated from the routes.

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

/// The OpenAPI 3.1 document of all routes but the gate's, which has the provider's API, and the document's own.
#[must_use]
pub fn document() -> Document {
    let mut document = Description::openapi();
    document.merge(super::described().into_openapi());
    // OpenAPI has no syntax for a parameter with slashes.
    let paths = std::mem::take(&mut document.paths.paths).into_iter();
    document.paths.paths = paths.map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    let components = document.components.get_or_insert_with(Default::default);
    for (name, description) in [
        ("client-secret", "The client secret of one approval or enrolment"),
        (
            "api-key",
            "The API key of a partner's server; may be in `X-Api-Key` instead",
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
