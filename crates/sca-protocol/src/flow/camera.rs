//! Whether a face check can use a camera here.

/// What the widget can find out about the camera without asking for it. It is a hint: only the frame itself finds out for sure,
/// so the customer may also try with [`Unknown`](Self::Unknown).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Camera {
    /// Nothing is known, or not yet.
    #[default]
    Unknown,
    /// There is a camera, and the customer has allowed it or will be asked.
    Ready,
    /// The customer or the device's administrator has denied it to this page.
    Refused,
    /// The permissions policy of the page, or of one around it, does not delegate it to the frame.
    BlockedByPolicy,
    /// There is no camera.
    Missing,
}
