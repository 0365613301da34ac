//! What a story can say.

use std::collections::BTreeMap;

use sca_protocol::Factor;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    /// What it is about, in a sentence.
    pub(crate) story: String,
    #[serde(default)]
    pub(crate) setup: Setup,
    pub(crate) pay: Pay,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Setup {
    /// How the customer's ways stand at Weavr; all three are active where nothing is said.
    pub(crate) factors: Option<Value>,
    /// How Weavr behaves towards this customer.
    pub(crate) behaviour: Option<Value>,
    /// What goes wrong at Weavr.
    pub(crate) faults: Vec<Value>,
    /// `off`: none of Weavr's events reach the backend.
    pub(crate) webhooks: Option<Webhooks>,
    /// How long the backend gives a request on the phone, in seconds.
    pub(crate) request_lifetime: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Webhooks {
    Off,
}

/// What the partner asks to have confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pay {
    SingleWire,
    BulkWires,
    SingleSend,
    BulkSends,
    SmallWire,
    SmallWires,
    SmallSend,
    SmallSends,
    /// A wire that does not exist.
    UnknownId,
    /// A wire of another customer's.
    ForeignId,
    /// A wire and a send, both called wires.
    MixedTypes,
    /// A wire that was carried out before.
    Executed,
}

/// `true`: the step's name says it all.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "bool")]
pub(crate) struct Yes;

impl TryFrom<bool> for Yes {
    type Error = &'static str;

    fn try_from(is_so: bool) -> Result<Self, Self::Error> {
        is_so.then_some(Self).ok_or("a step that is not taken is left out")
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Step {
    /// There is nothing to approve: it went straight through.
    Exempt(Yes),
    /// The backend makes no approval, for this reason.
    Refused(String),
    /// Exactly these are offered.
    Ways(Vec<String>),
    Choose(String),
    Code(String),
    Resend(Yes),
    OtherWay(Yes),
    Cancel(Yes),
    Reload(Yes),
    /// The same approval is opened once more; what follows happens there.
    SecondTab(Yes),
    /// Back to where the approval was opened first.
    FirstTab(Yes),
    Sees(Sight),
    /// The request on the phone is answered, or its time runs out.
    Phone(Answer),
    /// The same, once it was answered before.
    PhoneAgain(Answer),
    /// So many seconds go by.
    Advance(u64),
    /// The customer's sessions at Weavr end.
    Logout(Yes),
    /// Everything that is being confirmed is in this state at Weavr now.
    Force(String),
    Fault(Value),
    /// Everything that was to be confirmed gets to this state at Weavr.
    Resources(String),
    /// How often Weavr was called, by endpoint.
    Calls(BTreeMap<String, usize>),
    #[serde(untagged)]
    End {
        outcome: String,
        reason: Option<String>,
    },
}

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sight {
    Choice,
    Code,
    Phone,
    Wrong,
    LastAttempt,
    CodeExpired,
    RequestExpired,
    SentAgain,
    Wait,
    WayBlocked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    Approve,
    Reject,
    Expire,
}

impl Answer {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Expire => "expire",
        }
    }
}

/// The factor of that name; a story names only what there is.
pub(crate) fn factor(name: &str) -> Factor {
    let factor = Factor::from_name(name);
    assert!(!matches!(factor, Factor::Other(_)), "there is no {name}");
    factor
}
