//! Whether a build has the factors that the page carries out.

/// A value of this type exists only in a build with the factors that the page carries out (the feature `page-factors`): a device by the key
/// that the browser keeps, and the scan of a face by the host's own SDK. What only these factors need holds one. In other builds the
/// compiler removes it, with the code that handles it, and no caller needs to know the feature.
#[cfg(feature = "page-factors")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageFactors;

/// A value of this type exists only in a build with the factors that the page carries out (the feature `page-factors`): a device by the key
/// that the browser keeps, and the scan of a face by the host's own SDK. What only these factors need holds one. In other builds the
/// compiler removes it, with the code that handles it, and no caller needs to know the feature.
#[cfg(not(feature = "page-factors"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageFactors {}

impl PageFactors {
    /// The value, if this build has these factors.
    #[cfg(feature = "page-factors")]
    pub const HERE: Option<Self> = Some(Self);

    /// The value, if this build has these factors.
    #[cfg(not(feature = "page-factors"))]
    pub const HERE: Option<Self> = None;
}

/// The name of the customer's key in their browsers, as a snapshot of an approval has it. A build that neither writes JSON nor has
/// the factor `device` keeps nothing of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct BrowserKeyName(#[cfg(any(feature = "serde", feature = "page-factors"))] Option<String>);

#[cfg(any(feature = "serde", feature = "page-factors"))]
impl BrowserKeyName {
    /// The name, if there is one. `name` is called only in a build that keeps it.
    pub fn new(name: impl FnOnce() -> Option<String>) -> Self {
        Self(name())
    }

    /// The name, if there is one.
    #[must_use]
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(not(any(feature = "serde", feature = "page-factors")))]
impl BrowserKeyName {
    /// The name, if there is one. `name` is called only in a build that keeps it.
    pub fn new(_name: impl FnOnce() -> Option<String>) -> Self {
        Self()
    }

    /// The name, if there is one.
    #[must_use]
    pub fn get(&self) -> Option<&str> {
        None
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        true
    }
}
