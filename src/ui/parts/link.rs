//! A link that looks like a button.

use std::sync::Arc;

use leptos::prelude::*;

use super::{button::Weight, element::element};
use crate::ui::{context::Words, frames::FaceLink};

/// A link to a page of somebody else's, who learns nothing of this one. `followed` is called when it is used.
pub(crate) fn link(
    weight: Weight,
    label: Words,
    url: &str,
    opening: FaceLink,
    described_by: &str,
    followed: Arc<dyn Fn() + Send + Sync>,
) -> AnyView {
    let (class, part) = weight.names();
    let target = match opening {
        FaceLink::NewTab => "_blank",
        FaceLink::SameTab => "_self",
    };
    element("a", class)
        .part(part)
        .with("href", url)
        .with("target", target)
        .with("rel", "noopener noreferrer")
        .with("referrerpolicy", "no-referrer")
        .with("aria-describedby", described_by)
        .on("click", move |_| followed())
        .words(label)
        .view()
}
