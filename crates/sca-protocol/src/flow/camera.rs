//! Whether there is a camera to show a face to.

/// What can be found out about the camera without asking for it. A hint for the customer: only the frame itself finds out
/// for sure, so [`Unknown`](Self::Unknown) keeps nobody from trying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Camera {
    /// Nothing can be found out, or has been yet.
    #[default]
    Unknown,
    /// There is one, and the customer has allowed it or will be asked.
    Ready,
    /// The customer, or whoever looks after the device, has refused it to this page.
    Refused,
    /// The page, or one around it, does not hand it on to the frame.
    BlockedByPolicy,
    /// There is none.
    Missing,
}
