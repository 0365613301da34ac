//! Whether a build shows hosted challenges.

/// A value of this type exists only in a build that shows challenges which a page of the provider carries out (the feature
/// `hosted-challenges`). What only these challenges need holds one. In other builds the compiler removes it, with the code that handles it,
/// and no caller needs to know the feature.
#[cfg(feature = "hosted-challenges")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostedChallenges;

/// A value of this type exists only in a build that shows challenges which a page of the provider carries out (the feature
/// `hosted-challenges`). What only these challenges need holds one. In other builds the compiler removes it, with the code that handles it,
/// and no caller needs to know the feature.
#[cfg(not(feature = "hosted-challenges"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostedChallenges {}

impl HostedChallenges {
    /// The value, if this build shows these challenges.
    #[cfg(feature = "hosted-challenges")]
    pub const HERE: Option<Self> = Some(Self);

    /// The value, if this build shows these challenges.
    #[cfg(not(feature = "hosted-challenges"))]
    pub const HERE: Option<Self> = None;
}
