//! A link that looks like a button.

use std::sync::Arc;

use leptos::prelude::*;

use super::{button::Weight, element::element};
use crate::ui::{context::TextSignal, frames::HostedLink};

/// A link to a page of the provider, without referrer and opener. `followed` is called when the customer uses it.
pub(crate) fn link(
    weight: Weight,
    label: TextSignal,
    url: &str,
    opening: HostedLink,
    described_by: &str,
    followed: Arc<dyn Fn() + Send + Sync>,
) -> AnyView {
    let (class, part) = weight.names();
    let target = match opening {
        HostedLink::NewTab => "_blank",
        HostedLink::SameTab => "_self",
    };
    element("a", class)
        .part(part)
        .attr("href", url)
        .attr("target", target)
        .attr("rel", "noopener noreferrer")
        .attr("referrerpolicy", "no-referrer")
        .attr("aria-describedby", described_by)
        .on("click", move |_| followed())
        .text(label)
        .view()
}
