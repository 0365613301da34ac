//! The operations of Wise that are simulated, on whatever path they are called.

use serde::{Deserialize, Serialize};

use super::generation::Generation;

/// One operation, with the name that the control API uses in faults and in the call log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Endpoint {
    /// The client-credentials token.
    Token,
    /// Wise's public key for encrypted payloads.
    PublicKey,
    /// The encryption echo.
    Playground,
    /// Status of a one-time token.
    Status,
    /// Set up a PIN.
    PinCreate,
    /// Clear a PIN challenge.
    PinVerify,
    /// Remove the PIN.
    PinDelete,
    /// Register a device fingerprint.
    DeviceFingerprintCreate,
    /// Clear a device fingerprint challenge.
    DeviceFingerprintVerify,
    /// Remove a device fingerprint.
    DeviceFingerprintDelete,
    /// All device fingerprints of a user.
    DeviceFingerprintList,
    /// Enrol a face map.
    FaceMapEnrol,
    /// Clear a face map challenge.
    FaceMapVerify,
    /// Remove the face map.
    FaceMapDelete,
    /// Wise's public key for the export of face maps.
    FacetecPublicKey,
    /// Register a phone number.
    PhoneCreate,
    /// All phone numbers of a user.
    PhoneList,
    /// Change a phone number.
    PhoneUpdate,
    /// Remove a phone number.
    PhoneDelete,
    /// Send a code to the phone.
    CodeTrigger,
    /// Clear a phone challenge.
    CodeVerify,
    /// Open a window for low-risk calls.
    ScaSession,
    /// All balances of a profile.
    Balances,
    /// One balance of a profile.
    Balance,
    /// A balance statement: protected, low risk.
    Statement,
    /// One transfer.
    Transfer,
    /// Pay a transfer from a balance: protected, high risk.
    FundTransfer,
    /// One recipient account.
    Recipient,
}

/// The access token that an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequiredCaller {
    /// No token: the operation checks the client's id and secret itself.
    Basic,
    /// A client-credentials token.
    Client,
    /// A user token.
    User,
}

impl Endpoint {
    /// The token that the operation needs on this generation of paths.
    pub(crate) fn required_caller(self, generation: Generation) -> RequiredCaller {
        match self {
            Self::Token => RequiredCaller::Basic,
            Self::PublicKey
            | Self::Playground
            | Self::DeviceFingerprintList
            | Self::PhoneCreate
            | Self::PhoneList
            | Self::PhoneUpdate
            | Self::PhoneDelete => RequiredCaller::Client,
            Self::PinDelete | Self::DeviceFingerprintDelete | Self::FaceMapDelete => match generation {
                Generation::First => RequiredCaller::Client,
                Generation::Second | Generation::Calendar => RequiredCaller::User,
            },
            Self::Status
            | Self::PinCreate
            | Self::PinVerify
            | Self::DeviceFingerprintCreate
            | Self::DeviceFingerprintVerify
            | Self::FaceMapEnrol
            | Self::FaceMapVerify
            | Self::FacetecPublicKey
            | Self::CodeTrigger
            | Self::CodeVerify
            | Self::ScaSession
            | Self::Balances
            | Self::Balance
            | Self::Statement
            | Self::Transfer
            | Self::FundTransfer
            | Self::Recipient => RequiredCaller::User,
        }
    }

    /// Whether the request body is a compact JWE.
    pub(crate) fn takes_encrypted_body(self) -> bool {
        matches!(
            self,
            Self::PinCreate
                | Self::PinVerify
                | Self::DeviceFingerprintCreate
                | Self::DeviceFingerprintVerify
                | Self::Playground
        )
    }

    /// Whether the request body has an exported face map.
    pub(crate) fn takes_face_map(self) -> bool {
        matches!(self, Self::FaceMapEnrol | Self::FaceMapVerify)
    }

    /// Whether an unapproved call creates a one-time token.
    pub(crate) fn creates_one_time_token(self) -> bool {
        matches!(self, Self::Statement | Self::FundTransfer | Self::ScaSession)
    }
}
