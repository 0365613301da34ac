//! How a provider's page comes into the widget.

use std::rc::Rc;

use leptos::web_sys::Element;
use sca_protocol::{SessionUrl, flow::Event};

/// Opens frames. `src/browser` does.
pub trait Frames {
    /// Puts a frame with a page into a place, under a name that a screen reader says. What happens to it arrives as events
    /// until the frame is dropped. `None` when no frame can be made.
    fn open(
        &self,
        place: &Element,
        url: &SessionUrl,
        name: &str,
        on_event: Rc<dyn Fn(Event)>,
    ) -> Option<Box<dyn Frame>>;
}

/// A frame that is open. Dropping it takes it away, and with it whatever its page was doing.
pub trait Frame {
    /// Gives it another name.
    fn rename(&self, name: &str);
}

/// How the provider's page is opened outside of the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaceLink {
    /// In another tab; this page stays and waits.
    #[default]
    NewTab,
    /// In the place of this page: for web views that have no tabs.
    SameTab,
}
