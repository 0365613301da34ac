//! [Challenges](https://docs.weavr.io/apis/authentication/challenges/): what was sent to a phone, and its result.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::behaviour::{Behaviour, Codes};
use super::customer::Channel;
use super::resource::Kind as ResourceKind;
use crate::kit::clock::after_seconds;
use crate::kit::json::set;

/// The code of the real sandbox.
pub(crate) const CODE: &str = "123456";

/// How the customer answers a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Kind {
    /// With a code that is sent by SMS.
    Otp,
    /// On the phone.
    Push,
}

/// What a challenge confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Resources {
        kind: ResourceKind,
        ids: Vec<String>,
    },
    /// The token is stepped up.
    StepUp {
        token: String,
    },
    Payees {
        batch: String,
    },
    /// The channel becomes a factor.
    Enrolment,
}

impl Subject {
    /// Whether a challenge for the other subject confirms a part of this one.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Resources { kind, ids },
                Self::Resources {
                    kind: others,
                    ids: more,
                },
            ) => kind == others && ids.iter().any(|id| more.contains(id)),
            (Self::StepUp { token }, Self::StepUp { token: other }) => token == other,
            (Self::Payees { batch }, Self::Payees { batch: other }) => batch == other,
            (Self::Enrolment, Self::Enrolment) => true,
            (
                Self::Resources { .. } | Self::StepUp { .. } | Self::Payees { .. } | Self::Enrolment,
                Self::Resources { .. } | Self::StepUp { .. } | Self::Payees { .. } | Self::Enrolment,
            ) => false,
        }
    }

    /// Whether it includes the payment or the batch with this id.
    pub(crate) fn includes(&self, id: &str) -> bool {
        match self {
            Self::Resources { ids, .. } => ids.iter().any(|mine| mine == id),
            Self::Payees { batch } => batch == id,
            Self::StepUp { .. } | Self::Enrolment => false,
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Resources { kind, ids } => {
                json!({"type": "resources", "resourceType": kind.name(), "resourceIds": ids})
            }
            Self::StepUp { .. } => json!({"type": "stepUp"}),
            Self::Payees { batch } => json!({"type": "payees", "batchId": batch}),
            Self::Enrolment => json!({"type": "enrolment"}),
        }
    }
}

/// The state of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Live,
    Verified,
    Declined,
    Expired,
    /// The last attempt was wrong.
    Exhausted,
    /// A newer challenge replaced it, or nothing is left to confirm.
    Superseded,
}

/// One challenge.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) kind: Kind,
    pub(crate) channel: Channel,
    pub(crate) subject: Subject,
    /// Empty for a push.
    pub(crate) code: String,
    /// Milliseconds on the customer's clock.
    pub(crate) issued_at: i64,
    pub(crate) expires_at: i64,
    /// How many times it was sent.
    pub(crate) issues: u32,
    /// Wrong codes, those for the challenges that it replaced included.
    pub(crate) wrong: u32,
    pub(crate) status: Status,
}

impl Challenge {
    /// A challenge that is sent now.
    pub(crate) fn new(
        id: String,
        user: &str,
        kind: Kind,
        channel: Channel,
        subject: Subject,
        behaviour: &Behaviour,
        now: i64,
    ) -> Self {
        let mut challenge = Self {
            id,
            user: user.to_owned(),
            kind,
            channel,
            subject,
            code: String::new(),
            issued_at: now,
            expires_at: now,
            issues: 0,
            wrong: 0,
            status: Status::Live,
        };
        challenge.send(behaviour, now);
        challenge
    }

    /// Sends it, for the first time or again.
    pub(crate) fn send(&mut self, behaviour: &Behaviour, now: i64) {
        let seconds = match self.kind {
            Kind::Otp => behaviour.code_seconds,
            Kind::Push => behaviour.request_seconds,
        };
        self.status = Status::Live;
        self.issues = self.issues.saturating_add(1);
        self.issued_at = now;
        self.expires_at = after_seconds(now, seconds);
        if self.kind == Kind::Otp {
            self.code = match behaviour.codes {
                Codes::Fixed => CODE.to_owned(),
                Codes::Fresh => fresh_code(&self.code),
            };
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.status == Status::Live
    }

    /// The challenge in JSON, for the control API.
    pub(crate) fn to_json(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "user": self.user,
            "kind": self.kind,
            "channel": self.channel,
            "subject": self.subject.to_json(),
            "status": self.status,
            "issuedAt": self.issued_at,
            "expiresAt": self.expires_at,
            "issues": self.issues,
            "wrong": self.wrong,
        });
        if self.kind == Kind::Otp {
            set(&mut shown, "code", self.code.as_str());
        }
        shown
    }
}

/// Six digits that differ from the old code and from the codes that tests use as wrong ones.
fn fresh_code(old: &str) -> String {
    loop {
        let code = format!("{:06}", Uuid::new_v4().as_u128() % 1_000_000);
        if code != old && code != "000000" && code != CODE {
            return code;
        }
    }
}
