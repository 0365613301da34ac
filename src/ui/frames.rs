//! How a provider's page comes into the widget, or is opened beside it.

use std::rc::Rc;

use crate::driver::ports::Frames;

/// An element of the view that a frame can be put into.
pub type Container = leptos::tachys::renderer::types::Element;

/// What opens frames in a view.
pub type ViewFrames = Rc<dyn Frames<Container = Container>>;

/// How the provider's page is opened outside of the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostedLink {
    /// In another tab; this page stays and waits.
    #[default]
    NewTab,
    /// In the place of this page: for web views that have no tabs.
    SameTab,
}
