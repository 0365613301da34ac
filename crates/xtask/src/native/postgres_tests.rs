//! Which tests run on PostgreSQL as well as on SQLite.
//!
//! Both databases get the same SQL, and nothing above the store knows which one it is. A test is worth a second run if it is about
//! what the databases do differently: isolation of transactions, locks, key conflicts, LISTEN and NOTIFY, broken connections. One
//! test for each family of routes also shows that the whole path from the route to the table works.

use crate::junit::TestName;

/// Tests of one program.
struct Selection {
    /// nextest's name of the program.
    program: &'static str,
    /// Prefixes of the tests' names; none selects all tests.
    tests: &'static [&'static str],
    /// A test that is left out.
    except: Option<&'static str>,
}

const SELECTIONS: [Selection; 4] = [
    // SQL itself, and the connections that carry it.
    Selection {
        program: "sca-store",
        tests: &[],
        except: None,
    },
    // The worker and the pool of connections.
    Selection {
        program: "sca-outbound-webhooks::connection_pool_exhaustion",
        tests: &[],
        except: None,
    },
    // The outbox: several workers on one database, crashes in the middle of a transaction, a server that fails over. The run of
    // ten thousand events takes an hour.
    Selection {
        program: "sca-backend::delivery",
        tests: &[],
        except: Some("ten_thousand_events"),
    },
    Selection {
        program: "sca-backend::backend",
        tests: &[
            // Several instances, which notify each other with LISTEN and NOTIFY.
            "instances::",
            "events::",
            // Decided by a key conflict, or by the order of concurrent transactions.
            "idempotency::",
            "consuming::",
            "low_value::",
            // Rows that are purged or were written by an earlier version.
            "sweeping::",
            "upgrades::",
            // One test for each family of routes: approvals, the widget's, confirmations, payment webhooks, transfers, session
            // webhooks, the gate.
            "partner::an_approval_is_created_from_a_refusal_and_is_readable_without_its_secrets",
            "approvals::an_approval_survives_a_restart_and_its_tokens_are_encrypted_at_rest",
            "confirmations::a_wire_is_shown_confirmed_with_a_code_and_executed",
            "confirmations_phone::webhooks_in_any_order_and_number_settle_the_approval_once",
            "transfers::a_version_of_a_transfer_is_held_once_and_cannot_change",
            "face_webhooks::a_webhook_polls_the_session_and_executes_the_transfer_once",
            "gate::a_refusal_creates_an_approval_and_the_same_call_succeeds_with_it",
        ],
        except: None,
    },
];

/// The selections in nextest's language.
pub(super) fn filterset() -> String {
    SELECTIONS
        .iter()
        .map(Selection::filterset)
        .collect::<Vec<_>>()
        .join(" | ")
}

/// Selected names without a test. Otherwise a renamed test would be left out unnoticed.
pub(super) fn unmatched<'a>(names: impl Iterator<Item = &'a TestName>) -> Vec<String> {
    let names: Vec<&TestName> = names.collect();
    let has = |program: &str, test: &str| {
        names
            .iter()
            .any(|name| name.program == program && name.test.starts_with(test))
    };
    let mut unmatched = Vec::new();
    for Selection { program, tests, .. } in &SELECTIONS {
        let wanted: &[&str] = if tests.is_empty() { &[""] } else { tests };
        let missing = wanted.iter().filter(|test| !has(program, test));
        unmatched.extend(missing.map(|test| format!("`{program} {test}`")));
    }
    unmatched
}

impl Selection {
    fn filterset(&self) -> String {
        let mut filter = format!("binary_id(={})", self.program);
        if !self.tests.is_empty() {
            let tests: Vec<String> = self.tests.iter().map(|test| format!("test(/^{test}/)")).collect();
            filter = format!("{filter} & ({})", tests.join(" | "));
        }
        if let Some(except) = self.except {
            filter = format!("{filter} - test({except})");
        }
        format!("({filter})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(program: &str, test: &str) -> TestName {
        TestName {
            program: program.into(),
            test: test.into(),
        }
    }

    #[test]
    fn a_selected_name_that_no_test_has_is_reported() {
        let names = [
            name("sca-store", "tests::outbox::no_message_is_two_holders"),
            name("sca-backend::delivery", "killed::after_the_transfer_is_held"),
            name("sca-backend::backend", "instances::a_stream"),
        ];
        let unmatched = unmatched(names.iter());
        assert!(unmatched.contains(&"`sca-backend::backend events::`".to_owned()));
        assert!(!unmatched.contains(&"`sca-store `".to_owned()));
        assert!(!unmatched.contains(&"`sca-backend::delivery `".to_owned()));
    }

    #[test]
    fn each_selection_names_its_program() {
        let filterset = filterset();
        assert!(filterset.starts_with("(binary_id(=sca-store)"), "{filterset}");
        assert!(filterset.contains("(binary_id(=sca-backend::delivery) - test(ten_thousand_events))"));
    }
}
