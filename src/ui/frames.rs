//! How a provider's page is opened: in a frame of the widget, or by a link.

use std::rc::Rc;

use crate::driver::ports::Frames;

/// An element that a frame can be put into.
pub type Container = leptos::tachys::renderer::types::Element;

/// Opens frames in a view.
pub type ViewFrames = Rc<dyn Frames<Container = Container>>;

/// Where the link to the provider's page opens it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostedLink {
    /// In another tab. This page stays and waits.
    #[default]
    NewTab,
    /// In this tab, for web views without tabs.
    SameTab,
}
