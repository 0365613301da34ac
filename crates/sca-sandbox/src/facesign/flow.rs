//! A session's flow: [nodes](https://docs.facesign.ai/docs/reference/node-reference), and the edges between them.

use serde_json::{Value, json};

/// The node types of FaceSign's reference.
const KNOWN_TYPES: [&str; 15] = [
    "start",
    "end",
    "conversation",
    "liveness_detection",
    "two_factor_email",
    "two_factor_sms",
    "enter_email",
    "recognition",
    "face_scan",
    "face_compare",
    "document_scan",
    "permissions",
    "data_validation",
    "external_call",
    "field_condition",
];

/// What a node does, as far as it is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Start,
    End,
    Conversation,
    Liveness,
    /// A code by e-mail or SMS.
    Code,
    /// A node whose outcome the caller chooses.
    Other,
}

/// An outcome of a node, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Empty for a node with one outcome.
    pub(crate) outcome: String,
    pub(crate) target: String,
    pub(crate) condition: String,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) type_name: String,
    pub(crate) kind: Kind,
    pub(crate) edges: Vec<Edge>,
    /// The avatar's text, or the instruction for it.
    pub(crate) prompt: String,
    /// How often the customer may enter a code.
    pub(crate) max_attempts: u64,
}

/// The nodes, in the order of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    nodes: Vec<Node>,
}

impl Flow {
    /// Reads a flow. What cannot be read is left out, because the lenient mode accepts anything.
    pub(crate) fn read(flow: &Value) -> Self {
        let nodes = flow.as_array().into_iter().flatten().map(read_node).collect();
        Self { nodes }
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(crate) fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// The node after the start; `None` when the flow has none.
    pub(crate) fn first(&self) -> Option<&str> {
        let start = self.nodes.iter().find(|node| node.kind == Kind::Start)?;
        start.edges.first().map(|edge| edge.target.as_str())
    }

    /// The first violation of FaceSign's reference.
    pub(crate) fn problem(&self) -> Option<String> {
        let count = |kind: Kind| self.nodes.iter().filter(|node| node.kind == kind).count();
        if count(Kind::Start) != 1 {
            return Some("flow must have exactly one start node".to_owned());
        }
        if count(Kind::End) == 0 {
            return Some("flow must have at least one end node".to_owned());
        }
        for node in &self.nodes {
            if !KNOWN_TYPES.contains(&node.type_name.as_str()) {
                return Some(format!("unknown node type {}", node.type_name));
            }
            if self.nodes.iter().filter(|other| other.id == node.id).count() > 1 {
                return Some(format!("duplicate node id {}", node.id));
            }
            if node.edges.is_empty() && node.kind != Kind::End {
                return Some(format!("node {} has no outcomes", node.id));
            }
            for edge in &node.edges {
                if self.node(&edge.target).is_none() {
                    return Some(format!("node {} leads to the unknown node {}", node.id, edge.target));
                }
            }
            if node.kind == Kind::Code
                && let Some(missing) = ["verified", "delivery_failed", "failed_unverified", "cancelled", "error"]
                    .into_iter()
                    .find(|outcome| !node.edges.iter().any(|edge| edge.outcome == *outcome))
            {
                return Some(format!("node {} lacks the outcome {missing}", node.id));
            }
        }
        None
    }
}

/// Gives liveness nodes without an `inconclusive` edge the target of `noFace`, as FaceSign has done since 1.0.44
/// ([changelog](https://github.com/facesignai/facesign-api)). Returns a warning for each.
pub(crate) fn normalise(flow: &mut Value) -> Vec<Value> {
    let mut warnings = Vec::new();
    for node in flow.as_array_mut().into_iter().flatten() {
        if node.get("type").and_then(Value::as_str) != Some("liveness_detection") {
            continue;
        }
        let id = node.get("id").cloned().unwrap_or_default();
        let Some(outcomes) = node.get_mut("outcomes").and_then(Value::as_object_mut) else {
            continue;
        };
        if outcomes.contains_key("inconclusive") {
            continue;
        }
        if let Some(target) = outcomes.get("noFace").cloned() {
            outcomes.insert("inconclusive".to_owned(), target.clone());
            warnings.push(json!({
                "nodeId": id,
                "outcome": "inconclusive",
                "targetNodeId": target,
                "reason": "missing_outcome_routed_to_noFace",
            }));
        }
    }
    warnings
}

fn read_node(node: &Value) -> Node {
    let text = |field: &str| node.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let type_name = text("type");
    let kind = match type_name.as_str() {
        "start" => Kind::Start,
        "end" => Kind::End,
        "conversation" => Kind::Conversation,
        "liveness_detection" => Kind::Liveness,
        "two_factor_email" | "two_factor_sms" => Kind::Code,
        _ => Kind::Other,
    };
    Node {
        id: text("id"),
        type_name,
        kind,
        edges: read_edges(node),
        prompt: text("prompt"),
        max_attempts: node.get("maxAttempts").and_then(Value::as_u64).unwrap_or(3),
    }
}

fn read_edges(node: &Value) -> Vec<Edge> {
    if let Some(target) = node.get("outcome").and_then(Value::as_str) {
        return vec![Edge {
            outcome: String::new(),
            target: target.to_owned(),
            condition: String::new(),
        }];
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    match node.get("outcomes") {
        Some(Value::Array(outcomes)) => outcomes
            .iter()
            .map(|outcome| Edge {
                outcome: text(outcome.get("id")),
                target: text(outcome.get("targetNodeId")),
                condition: text(outcome.get("condition")),
            })
            .collect(),
        Some(Value::Object(outcomes)) => outcomes
            .iter()
            .map(|(outcome, target)| Edge {
                outcome: outcome.clone(),
                target: text(Some(target)),
                condition: String::new(),
            })
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Vec::new(),
    }
}
