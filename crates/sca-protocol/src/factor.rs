//! How a customer proves who they are.

use crate::{HostedChallenges, PageFactors, open_enum::open_enum};

open_enum! {
    /// What can clear a challenge. The backend maps the providers' names to these: Wise's `PIN`, `SMS`, `WHATSAPP`, `VOICE`,
    /// `PARTNER_DEVICE_FINGERPRINT` and `FACE_MAP`, and Weavr's channels `SMS`, `AUTHY` and `BIOMETRIC`.
    Factor {
        /// A number that only the customer knows, encrypted in the browser for the provider.
        Pin = "pin",
        /// A code by text message.
        Sms = "sms",
        /// A code by WhatsApp message.
        WhatsApp = "whatsapp",
        /// A code read out in a phone call.
        Voice = "voice",
        /// A fingerprint of the customer's device.
        Device = "device",
        /// The customer's face, at FaceSign.
        Face = "face",
        /// The customer's face, scanned in the page by the host's own SDK. The provider matches it.
        FaceScan = "face-scan",
        /// An approval in an app on the customer's phone.
        Push = "push",
        /// The same, by fingerprint or face on the phone.
        Biometric = "biometric",
    }
}

/// What the widget does for a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// Asks for digits and encrypts them.
    Secret,
    /// Encrypts the fingerprint of this browser. The customer enters nothing.
    Device(PageFactors),
    /// Has the host's own SDK scan the customer's face, and submits the scan.
    FaceScan(PageFactors),
    /// Has the provider send a code, then asks for it.
    Code,
    /// Shows the provider's own page in a frame.
    Frame(HostedChallenges),
    /// Has the provider send a request to the customer's phone, then waits for the answer.
    Phone,
    /// This version of the widget does not support it.
    Unsupported,
}

impl Factor {
    /// What the widget does for this factor. An unknown factor is unsupported.
    #[must_use]
    pub fn handling(&self) -> Handling {
        match self {
            Self::Pin => Handling::Secret,
            Self::Sms | Self::WhatsApp | Self::Voice => Handling::Code,
            Self::Face => HostedChallenges::HERE.map_or(Handling::Unsupported, Handling::Frame),
            Self::Push | Self::Biometric => Handling::Phone,
            Self::Device => PageFactors::HERE.map_or(Handling::Unsupported, Handling::Device),
            Self::FaceScan => PageFactors::HERE.map_or(Handling::Unsupported, Handling::FaceScan),
            Self::Other(_) => Handling::Unsupported,
        }
    }
}
