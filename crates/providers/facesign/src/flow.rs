//! The flow of a session: <https://docs.facesign.ai/docs/reference/node-reference>. Every outcome has its own target node, so that the
//! report distinguishes *denied* from *no clear answer*, and the avatar's closing words fit.

use serde::Serialize;

/// The ids of the nodes that the report's parser looks for.
pub mod node {
    /// The liveness detection.
    pub const LIVENESS: &str = "liveness";
    /// The conversation that reads the transfer out and asks for confirmation.
    pub const CONFIRM: &str = "confirm_transfer";
    /// The one-time code by e-mail.
    pub const CODE: &str = "email_otp";
    /// The target of the conversation when the customer denies the transfer.
    pub const DENIED: &str = "closing_denied";
    /// The target of the conversation without a clear answer.
    pub const STALLED: &str = "closing_stall";
}

/// The ids of the conversation's outcomes.
pub mod outcome {
    /// The customer confirms the transfer.
    pub const CONFIRMED: &str = "confirmed";
    /// The customer denies the transfer.
    pub const DENIED: &str = "denied";
    /// There is no clear answer.
    pub const STALLED: &str = "stall";
}

/// A node of the flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its id.
    pub id: &'static str,
    /// Its type and settings.
    #[serde(flatten)]
    pub kind: NodeKind,
}

/// The type and settings of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum NodeKind {
    /// The start of the flow.
    Start {
        /// The first node.
        outcome: &'static str,
    },
    /// The avatar speaks.
    Conversation {
        /// The words after `Say:`, verbatim. A prompt without `Say:` is a goal for the language model.
        prompt: String,
        /// Whether the flow continues without an answer.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        does_not_require_reply: bool,
        /// The branches.
        outcomes: Vec<Branch>,
    },
    /// Liveness detection.
    LivenessDetection {
        /// The target of each outcome.
        outcomes: LivenessTargets,
    },
    /// A one-time code by e-mail.
    TwoFactorEmail {
        /// The number of digits: 4 to 8.
        otp_length: u8,
        /// The lifetime of the code in seconds.
        expiry_seconds: u16,
        /// The maximum number of attempts.
        max_attempts: u8,
        /// The target of each outcome.
        outcomes: CodeTargets,
    },
    /// The end of the flow.
    End,
}

/// A branch of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// Its id.
    pub id: &'static str,
    /// The id of the target node.
    pub target_node_id: &'static str,
    /// The condition in natural language; empty for an unconditional branch.
    pub condition: &'static str,
}

/// The target node of each outcome of a liveness detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LivenessTargets {
    /// A live person.
    pub liveness_detected: &'static str,
    /// A deepfake.
    pub deepfake_detected: &'static str,
    /// No face.
    pub no_face: &'static str,
    /// No verdict.
    pub inconclusive: &'static str,
}

/// The target node of each outcome of a one-time code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CodeTargets {
    /// The code was correct.
    pub verified: &'static str,
    /// It could not be sent.
    pub delivery_failed: &'static str,
    /// It was wrong or not entered.
    pub failed_unverified: &'static str,
    /// The customer cancelled.
    pub cancelled: &'static str,
    /// FaceSign failed.
    pub error: &'static str,
}

const GREETING: &str = "greeting";
const END: &str = "end";

/// The closing words of each outcome. Those after a detected fraud do not reveal it.
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

/// The flow of a transfer. `confirmation` is the prompt that reads the transfer out.
#[must_use]
pub fn flow(confirmation: String) -> Vec<Node> {
    let mut nodes = vec![
        Node {
            id: "start",
            kind: NodeKind::Start { outcome: GREETING },
        },
        // Liveness detection needs about five seconds of video first: https://docs.facesign.ai/docs/reference/node-reference
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

    /// FaceSign accepts invalid flows without an error.
    #[test]
    fn every_node_is_reached_and_every_outcome_has_its_own_target() {
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
    fn the_flow_has_the_documented_json_form() {
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
        let branches = written[3]["outcomes"].as_array().unwrap();
        let ids: Vec<_> = branches.iter().map(|branch| &branch["id"]).collect();
        assert_eq!(ids, ["confirmed", "denied", "stall"]);
        assert!(branches.iter().all(|branch| branch["condition"] != ""));
        assert!(branches[2]["condition"].as_str().unwrap().contains("4 exchanges"));
        assert_eq!(written[4]["type"], "two_factor_email");
        assert_eq!(
            (&written[4]["otpLength"], &written[4]["expirySeconds"]),
            (&6.into(), &300.into())
        );
        assert_eq!(written[4]["outcomes"]["error"], "closing_code_error");
        assert_eq!(written[5]["doesNotRequireReply"], true);
        assert_eq!(written[15], serde_json::json!({"id": "end", "type": "end"}));
        // The page asks for the camera by itself.
        assert!(!written.to_string().to_lowercase().contains("permissions"));
    }
}
