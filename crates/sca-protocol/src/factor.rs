//! How a customer proves who they are.

use crate::open_enum::open_enum;

open_enum! {
    /// One way to clear a challenge. Wise's names on the left in its documentation: `PIN`, `SMS`, `WHATSAPP`, `VOICE`,
    /// `PARTNER_DEVICE_FINGERPRINT`; Weavr's channels are `SMS`, `AUTHY` and `BIOMETRIC`; the backend maps them to these
    /// names.
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
    /// Has a code sent, then asks for it.
    Code,
    /// Shows the provider's own page in a frame.
    Frame,
    /// Has a request sent to the customer's phone, then waits for the answer.
    Phone,
    /// Cannot be done by this version of the widget.
    Unsupported,
}

impl Factor {
    /// What the widget does for this factor; an unknown one cannot be done.
    #[must_use]
    pub fn handling(&self) -> Handling {
        match self {
            Self::Pin => Handling::Secret,
            Self::Sms | Self::WhatsApp | Self::Voice => Handling::Code,
            Self::Face => Handling::Frame,
            Self::Push | Self::Biometric => Handling::Phone,
            Self::Device | Self::Other(_) => Handling::Unsupported,
        }
    }
}
