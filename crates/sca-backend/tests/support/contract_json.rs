//! The members of the contract's JSON documents. A required member that is missing fails the test: a misspelt name cannot
//! compare `null` with `null`.

use sca_backend::problem::ProblemDocument;
use serde_json::Value;

use super::Reply;

/// Typed access to an approval, to one of its challenges, or to the answer to a verification attempt.
pub trait ContractJson {
    /// A required text.
    fn text(&self, member: &str) -> &str;

    /// A required number.
    fn number(&self, member: &str) -> u64;

    /// An approval's status.
    fn status(&self) -> &str;

    /// Why an approval ended, where it says so.
    fn reason(&self) -> Option<&str>;

    /// An approval's version.
    fn version(&self) -> u64;

    /// How many failed verification attempts are left, once there has been one.
    fn attempts_left(&self) -> Option<u64>;

    /// One of an approval's challenges.
    fn challenge(&self, index: usize) -> &Value;

    /// Whether a challenge is passed.
    fn passed(&self) -> bool;

    /// Why the last try at a challenge came to nothing, where it did.
    fn step_failure(&self) -> Option<&str>;

    /// The code or request that was last sent for a challenge.
    fn delivery(&self) -> Option<&Value>;

    /// The face session that is open for a challenge.
    fn face(&self) -> Option<&Value>;

    /// The verdict on a verification attempt.
    fn verdict(&self) -> &str;

    /// The approval in the answer to a verification attempt, or in the answer to its creation.
    fn approval(&self) -> &Value;
}

impl ContractJson for Value {
    #[track_caller]
    fn text(&self, member: &str) -> &str {
        let text = self.get(member).and_then(Self::as_str);
        text.unwrap_or_else(|| panic!("no text {member:?} in {self}"))
    }

    #[track_caller]
    fn number(&self, member: &str) -> u64 {
        let number = self.get(member).and_then(Self::as_u64);
        number.unwrap_or_else(|| panic!("no number {member:?} in {self}"))
    }

    #[track_caller]
    fn status(&self) -> &str {
        self.text("status")
    }

    #[track_caller]
    fn reason(&self) -> Option<&str> {
        self.status();
        optional(self, "reason").map(|reason| reason.as_str().unwrap())
    }

    #[track_caller]
    fn version(&self) -> u64 {
        self.number("version")
    }

    #[track_caller]
    fn attempts_left(&self) -> Option<u64> {
        self.status();
        optional(self, "attemptsLeft").map(|left| left.as_u64().unwrap())
    }

    #[track_caller]
    fn challenge(&self, index: usize) -> &Value {
        let challenge = self.get("challenges").and_then(|challenges| challenges.get(index));
        challenge.unwrap_or_else(|| panic!("no challenge {index} in {self}"))
    }

    #[track_caller]
    fn passed(&self) -> bool {
        self["passed"]
            .as_bool()
            .unwrap_or_else(|| panic!("no challenge: {self}"))
    }

    #[track_caller]
    fn step_failure(&self) -> Option<&str> {
        self.passed();
        optional(self, "stepFailure").map(|step_failure| step_failure.as_str().unwrap())
    }

    #[track_caller]
    fn delivery(&self) -> Option<&Value> {
        self.passed();
        optional(self, "delivery")
    }

    #[track_caller]
    fn face(&self) -> Option<&Value> {
        self.passed();
        optional(self, "face").inspect(|face| assert!(face.is_object(), "{face}"))
    }

    #[track_caller]
    fn verdict(&self) -> &str {
        self.text("verdict")
    }

    #[track_caller]
    fn approval(&self) -> &Value {
        let approval = self.get("approval").filter(|approval| approval.is_object());
        approval.unwrap_or_else(|| panic!("no approval in {self}"))
    }
}

fn optional<'a>(document: &'a Value, member: &str) -> Option<&'a Value> {
    document.get(member).filter(|value| !value.is_null())
}

/// An approval has a status, and nothing about how it ended.
#[track_caller]
pub fn assert_status(approval: &Value, status: &str) {
    assert_eq!((approval.status(), approval.reason()), (status, None), "{approval}");
}

/// An approval has ended, for this reason.
#[track_caller]
pub fn assert_ended(approval: &Value, status: &str, reason: &str) {
    assert_eq!(
        (approval.status(), approval.reason()),
        (status, Some(reason)),
        "{approval}"
    );
}

/// A verification attempt was answered, and left the approval in this status.
#[track_caller]
pub fn assert_verified(verified: &Value, verdict: &str, status: &str) {
    assert_eq!(
        (verified.verdict(), verified.approval().status()),
        (verdict, status),
        "{verified}"
    );
}

/// A call was refused with a problem document, which quotes nothing that the caller sent as a canary.
#[track_caller]
pub fn assert_problem(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.problem(), (status, code), "{}", reply.text);
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    let document: ProblemDocument = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(document.status, status);
    assert!(!document.title.is_empty() && document.kind.starts_with("tag:"));
    assert!(!reply.text.contains("canary"), "{}", reply.text);
}
