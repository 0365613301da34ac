//! What a session walks through. Every outcome has a node of its own to go to: a report then tells *denied* and *no clear answer*
//! apart, and the avatar says something that fits.

use serde::Serialize;

/// The names of the nodes that a report is read by.
pub mod node {
    /// Somebody is there, and is a person.
    pub const LIVENESS: &str = "liveness";
    /// The transfer is read aloud and confirmed.
    pub const CONFIRM: &str = "confirm_transfer";
    /// The code by e-mail.
    pub const CODE: &str = "email_otp";
    /// Where a conversation goes when the customer says that the transfer is not theirs.
    pub const DENIED: &str = "closing_denied";
    /// Where it goes when no clear answer comes.
    pub const STALLED: &str = "closing_stall";
}

/// The names of the conversation's outcomes.
pub mod outcome {
    /// The customer authorises the transfer.
    pub const CONFIRMED: &str = "confirmed";
    /// The customer says that it is not theirs.
    pub const DENIED: &str = "denied";
    /// No clear answer came.
    pub const STALLED: &str = "stall";
}

/// One step of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its name.
    pub id: &'static str,
    /// What it does.
    #[serde(flatten)]
    pub kind: NodeKind,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum NodeKind {
    /// Where it begins.
    Start {
        /// The first node.
        outcome: &'static str,
    },
    /// The avatar talks.
    Conversation {
        /// Begins with `Say:` when it is to be said word for word.
        prompt: String,
        /// Whether no answer is waited for.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        does_not_require_reply: bool,
        /// Where it goes on.
        outcomes: Vec<Branch>,
    },
    /// Looks whether a living person is there.
    LivenessDetection {
        /// Where it goes on.
        outcomes: LivenessTargets,
    },
    /// Sends a code by e-mail and asks for it.
    TwoFactorEmail {
        /// How many digits the code has.
        otp_length: u8,
        /// For how long it is accepted.
        expiry_seconds: u16,
        /// How often it may be entered.
        max_attempts: u8,
        /// Where it goes on.
        outcomes: CodeTargets,
    },
    /// Where it ends.
    End,
}

/// One way on from a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// Its name.
    pub id: &'static str,
    /// The node that it leads to.
    pub target_node_id: &'static str,
    /// When it is taken; empty: always.
    pub condition: &'static str,
}

/// Every outcome of a look at a person, and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LivenessTargets {
    /// A living person.
    pub liveness_detected: &'static str,
    /// A picture that was made.
    pub deepfake_detected: &'static str,
    /// Nobody.
    pub no_face: &'static str,
    /// No verdict.
    pub inconclusive: &'static str,
}

/// Every outcome of a code, and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CodeTargets {
    /// The code was right.
    pub verified: &'static str,
    /// It could not be sent.
    pub delivery_failed: &'static str,
    /// It was entered wrong, or not at all.
    pub failed_unverified: &'static str,
    /// The customer stopped.
    pub cancelled: &'static str,
    /// FaceSign failed.
    pub error: &'static str,
}

const GREETING: &str = "greeting";
const END: &str = "end";

/// The closing words by outcome. A person who has something to hide learns nothing from them.
const CLOSINGS: [(&str, &str); 10] = [
    (
        "closing_verified",
        "Say: Thank you, that is all. You can go back to your transfer.",
    ),
    (
        node::DENIED,
        "Say: Thank you for telling me. The transfer will not be carried out.",
    ),
    (
        node::STALLED,
        "Say: I could not get a clear answer, so the transfer will not be carried out. Goodbye.",
    ),
    ("closing_not_verified", "Say: Thank you, that is all. Goodbye."),
    (
        "closing_no_face",
        "Say: I could not see you. Please make sure that there is light on your face, and try again.",
    ),
    (
        "closing_inconclusive",
        "Say: I could not see you well enough. Please try again.",
    ),
    (
        "closing_code_failed",
        "Say: The code was not right, so I have to stop here. Goodbye.",
    ),
    (
        "closing_code_cancelled",
        "Say: You stopped, so the transfer will not be carried out. Goodbye.",
    ),
    (
        "closing_code_not_delivered",
        "Say: I could not send you a code by e-mail. Please try again.",
    ),
    (
        "closing_code_error",
        "Say: Something went wrong with the code. Please try again.",
    ),
];

/// The flow for a transfer. `confirmation` is what is read to the customer.
#[must_use]
pub fn flow(confirmation: String) -> Vec<Node> {
    let mut nodes = vec![
        Node {
            id: "start",
            kind: NodeKind::Start { outcome: GREETING },
        },
        // A few seconds of picture before anybody is looked for.
        Node {
            id: GREETING,
            kind: NodeKind::Conversation {
                prompt: "Say: Hello. I am here about a wire transfer on your account. First I take a quick look to see that it is \
                         really you, then we go over the transfer together."
                    .into(),
                does_not_require_reply: false,
                outcomes: vec![always("next", node::LIVENESS)],
            },
        },
        Node {
            id: node::LIVENESS,
            kind: NodeKind::LivenessDetection {
                outcomes: LivenessTargets {
                    liveness_detected: node::CONFIRM,
                    deepfake_detected: "closing_not_verified",
                    no_face: "closing_no_face",
                    inconclusive: "closing_inconclusive",
                },
            },
        },
        Node {
            id: node::CONFIRM,
            kind: NodeKind::Conversation {
                prompt: confirmation,
                does_not_require_reply: false,
                outcomes: vec![
                    Branch {
                        id: outcome::CONFIRMED,
                        target_node_id: node::CODE,
                        condition: "The user explicitly confirmed that they authorise this transfer",
                    },
                    Branch {
                        id: outcome::DENIED,
                        target_node_id: node::DENIED,
                        condition: "The user declined, said that this is not their transfer, or disputed any of the details",
                    },
                    Branch {
                        id: outcome::STALLED,
                        target_node_id: node::STALLED,
                        condition: "The conversation reached 4 exchanges with no clear answer",
                    },
                ],
            },
        },
        Node {
            id: node::CODE,
            kind: NodeKind::TwoFactorEmail {
                otp_length: 6,
                expiry_seconds: 300,
                max_attempts: 3,
                outcomes: CodeTargets {
                    verified: "closing_verified",
                    delivery_failed: "closing_code_not_delivered",
                    failed_unverified: "closing_code_failed",
                    cancelled: "closing_code_cancelled",
                    error: "closing_code_error",
                },
            },
        },
    ];
    nodes.extend(CLOSINGS.map(|(id, words)| Node {
        id,
        kind: NodeKind::Conversation {
            prompt: words.into(),
            does_not_require_reply: true,
            outcomes: vec![always("done", END)],
        },
    }));
    nodes.push(Node {
        id: END,
        kind: NodeKind::End,
    });
    nodes
}

fn always(id: &'static str, target: &'static str) -> Branch {
    Branch {
        id,
        target_node_id: target,
        condition: "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn targets(node: &Node) -> Vec<&'static str> {
        match &node.kind {
            NodeKind::Start { outcome } => vec![outcome],
            NodeKind::Conversation { outcomes, .. } => outcomes.iter().map(|branch| branch.target_node_id).collect(),
            NodeKind::LivenessDetection { outcomes } => vec![
                outcomes.liveness_detected,
                outcomes.deepfake_detected,
                outcomes.no_face,
                outcomes.inconclusive,
            ],
            NodeKind::TwoFactorEmail { outcomes, .. } => vec![
                outcomes.verified,
                outcomes.delivery_failed,
                outcomes.failed_unverified,
                outcomes.cancelled,
                outcomes.error,
            ],
            NodeKind::End => Vec::new(),
        }
    }

    /// FaceSign takes broken flows without a word.
    #[test]
    fn every_node_is_reached_and_every_outcome_leads_somewhere_of_its_own() {
        let nodes = flow("Say: …".into());
        let ids: BTreeSet<&str> = nodes.iter().map(|node| node.id).collect();
        assert_eq!(ids.len(), nodes.len());
        let starts = nodes.iter().filter(|node| matches!(node.kind, NodeKind::Start { .. }));
        let ends = nodes.iter().filter(|node| node.kind == NodeKind::End);
        assert_eq!((starts.count(), ends.count()), (1, 1));
        let reached: Vec<&str> = nodes.iter().flat_map(targets).collect();
        for id in &ids {
            let times = reached.iter().filter(|target| *target == id).count();
            match *id {
                "start" => assert_eq!(times, 0),
                END => assert_eq!(times, CLOSINGS.len()),
                other => assert_eq!(times, 1, "{other}"),
            }
        }
        assert!(reached.iter().all(|target| ids.contains(target)));
    }

    #[test]
    fn it_is_written_as_facesign_reads_it() {
        let written = serde_json::to_value(flow("Say: Confirm.".into())).unwrap();
        assert_eq!(
            written[0],
            serde_json::json!({"id": "start", "type": "start", "outcome": "greeting"})
        );
        assert_eq!(
            written[2],
            serde_json::json!({"id": "liveness", "type": "liveness_detection", "outcomes": {
                "livenessDetected": "confirm_transfer", "deepfakeDetected": "closing_not_verified",
                "noFace": "closing_no_face", "inconclusive": "closing_inconclusive"}})
        );
        assert_eq!(written[3]["outcomes"][1]["targetNodeId"], "closing_denied");
        assert_eq!(written[4]["type"], "two_factor_email");
        assert_eq!(written[4]["outcomes"]["error"], "closing_code_error");
        assert_eq!(written[5]["doesNotRequireReply"], true);
        assert_eq!(written[15], serde_json::json!({"id": "end", "type": "end"}));
    }
}
