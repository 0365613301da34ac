//! The summary of the action.

use sca_protocol::{
    Access, Action, Currency, Money, Outcome, Payee, Payment, PlainText, Reason, Statement, Timestamp,
    action::{Payees, Payments},
    flow::{ChallengePosition, Receipt, Screen, View},
};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Node;

use super::{
    canned,
    stage::{Stage, pin, screen, text_of},
};

fn text(text: &str) -> PlainText {
    PlainText::new(text).unwrap()
}

fn payment(minor: u64, currency: &str, payee: &str) -> Payment {
    Payment {
        amount: Money::new(minor, Currency::new(currency).unwrap()).unwrap(),
        payee: text(payee),
        account_tail: Some(text("4821")),
        reference: None,
    }
}

fn paying(payments: Vec<Payment>) -> Screen {
    Screen {
        action: Some(Action::Payments(Payments::new(payments).unwrap())),
        ..pin()
    }
}

/// The facts of the summary, as "label: value".
fn facts(stage: &Stage) -> Vec<String> {
    facts_in(stage, "[part~=summary]")
}

fn facts_in(stage: &Stage, place: &str) -> Vec<String> {
    let facts = stage.all(&format!("{place} [part~=fact]"));
    facts
        .iter()
        .map(|fact| {
            let part = |name| fact.query_selector(name).unwrap().unwrap().text_content().unwrap();
            format!("{}: {}", part("dt"), part("dd"))
        })
        .collect()
}

fn receipt(stage: &Stage) -> Vec<String> {
    facts_in(stage, ".sca-screen")
}

#[wasm_bindgen_test]
async fn a_payment_shows_amount_payee_and_account() {
    let stage = Stage::new(paying(vec![payment(1500, "KWD", "Al Noor")])).await;
    assert_eq!(
        facts(&stage),
        ["Amount: KWD 1.500 (en)", "To: Al Noor", "Account ending in: 4821"]
    );
}

#[wasm_bindgen_test]
async fn a_statement_shows_account_and_period() {
    let statement = Statement {
        account: text("EUR balance"),
        from: text("2026-01-01"),
        to: text("2026-03-31"),
    };
    let stage = Stage::new(Screen {
        action: Some(Action::Statement(statement)),
        ..pin()
    })
    .await;
    stage.speak("en-GB").await;
    assert_eq!(
        facts(&stage),
        [
            "Account: EUR balance",
            "Period: 2026-01-01\u{a0}(en-GB) to 2026-03-31\u{a0}(en-GB)"
        ]
    );
}

#[wasm_bindgen_test]
async fn several_payments_show_their_number_and_the_total_of_each_currency() {
    let stage = Stage::new(paying(vec![
        payment(100, "EUR", "A"),
        payment(50, "GBP", "B"),
        payment(250, "EUR", "C"),
    ]))
    .await;
    assert_eq!(text_of(&stage.one("[part~=kind]")), "3 payments");
    assert_eq!(facts(&stage)[..2], ["Total: EUR 3.50 (en)", "Total: GBP 0.50 (en)"]);
    assert_eq!(stage.all("[part~=list] li").len(), 3);
}

/// The text of the main button, without the marks of the writing direction.
fn main_button(stage: &Stage) -> String {
    text_of(&stage.one("[part~=button-primary]")).replace(['\u{2066}', '\u{2069}'], "")
}

#[wasm_bindgen_test]
async fn the_button_says_the_amount_of_all_payments_or_none() {
    for (payments, label) in [
        (vec![payment(125_000, "EUR", "A")], "Confirm EUR 1250.00 (en)"),
        (
            vec![payment(100, "EUR", "A"), payment(250, "EUR", "B")],
            "Confirm EUR 3.50 (en)",
        ),
        // One amount of two would claim too little.
        (vec![payment(100, "EUR", "A"), payment(50, "GBP", "B")], "Confirm"),
        // A sum that is too large to be exact is not shown, and the other currency's is not the whole.
        (
            vec![
                payment(9_007_199_254_740_991, "EUR", "A"),
                payment(9_007_199_254_740_991, "EUR", "B"),
                payment(50, "GBP", "C"),
            ],
            "Confirm",
        ),
    ] {
        assert_eq!(main_button(&Stage::new(paying(payments)).await), label);
    }
    assert_eq!(main_button(&Stage::new(pin()).await), "Confirm");
}

#[wasm_bindgen_test]
async fn a_first_screen_that_takes_no_focus_is_announced_with_what_is_approved() {
    let first = Screen {
        position: Some(ChallengePosition { number: 1, of: Some(2) }),
        ..paying(vec![payment(125_000, "EUR", "Acme")])
    };
    let stage = Stage::new(screen(View::Loading)).await;
    stage.show(first).await;
    let announced = "Payment, EUR 1250.00 (en), Acme, Step 1 of 2, Enter your PIN";
    assert_eq!(stage.announced(), announced);
    stage.show(paying(vec![payment(125_000, "EUR", "Acme")])).await;
    stage.show(screen(View::Checking)).await;
    assert_eq!(stage.announced(), "One moment", "it is said once");
}

#[wasm_bindgen_test]
async fn every_one_of_many_payments_is_in_the_list_and_the_list_can_be_scrolled_by_keyboard() {
    let many = |count: u64| paying((1..=count).map(|number| payment(number * 100, "EUR", "A")).collect());
    let stage = Stage::new(many(200)).await;
    assert_eq!(text_of(&stage.one("[part~=kind]")), "200 payments");
    assert_eq!(facts(&stage)[0], "Total: EUR 20100.00 (en)");
    let list = stage.one("ul");
    assert_eq!(list.get_attribute("role").as_deref(), Some("list"));
    assert_eq!(list.children().length(), 200);
    assert!(text_of(&list).contains("EUR 200.00"), "nothing is left out");
    let scrolled = list.parent_element().unwrap();
    assert_eq!(scrolled.get_attribute("tabindex").as_deref(), Some("0"));
    let name = scrolled.get_attribute("aria-labelledby").unwrap();
    assert_eq!(text_of(&stage.one(&format!("[id='{name}']"))), "200 payments");

    let stage = Stage::new(many(3)).await;
    assert_eq!(
        stage.all("[tabindex='0']").len(),
        0,
        "a short list is no stop on the way"
    );
}

#[wasm_bindgen_test]
async fn access_is_shown_with_what_it_is_opened_to() {
    for (access, shown) in [
        (Access::Account, "Access to your account details for five minutes"),
        (Access::Security, "Change how you confirm payments"),
    ] {
        let stage = Stage::new(Screen {
            action: Some(Action::Access(access)),
            ..pin()
        })
        .await;
        assert_eq!(text_of(&stage.one("[part~=kind]")), shown);
        assert!(facts(&stage).is_empty());
    }
}

#[wasm_bindgen_test]
async fn payees_to_trust_are_shown_with_name_account_and_meaning() {
    let payee = |name| Payee {
        name: text(name),
        account_tail: Some(text("7890")),
    };
    let payees = Payees::new(vec![payee("Acme Corp"), payee("شركة النور")]).unwrap();
    let stage = Stage::new(Screen {
        action: Some(Action::Payees(payees)),
        ..pin()
    })
    .await;
    assert_eq!(text_of(&stage.one("[part~=kind]")), "2 payees to trust");
    assert!(text_of(&stage.one("[part~=summary]")).contains("without being confirmed again"));
    assert_eq!(
        facts(&stage),
        [
            "Name: Acme Corp",
            "Account ending in: 7890",
            "Name: شركة النور",
            "Account ending in: 7890"
        ]
    );
    assert_eq!(
        stage.all("ul bdi[dir=auto]").len(),
        2,
        "each name keeps its direction to itself"
    );
}

#[wasm_bindgen_test]
async fn amount_and_payee_or_the_totals_are_by_the_field() {
    for (payments, expected) in [
        (
            vec![payment(1500, "KWD", "Al Noor")],
            vec!["Amount: KWD 1.500 (en)", "To: Al Noor"],
        ),
        (
            vec![
                payment(100, "EUR", "A"),
                payment(250, "EUR", "B"),
                payment(1, "GBP", "C"),
            ],
            vec!["Total: EUR 3.50 (en)", "Total: GBP 0.01 (en)"],
        ),
    ] {
        let stage = Stage::new(paying(payments)).await;
        assert_eq!(facts_in(&stage, "form"), expected);
    }
    let stage = Stage::new(pin()).await;
    assert_eq!(facts_in(&stage, "form"), [""; 0], "a statement has neither");
}

#[wasm_bindgen_test]
async fn a_total_that_is_not_exact_is_not_shown() {
    let most = sca_protocol::money::MAX_MINOR;
    let stage = Stage::new(paying(vec![payment(most, "EUR", "A"), payment(1, "EUR", "B")])).await;
    assert!(
        facts(&stage).iter().all(|fact| !fact.starts_with("Total")),
        "{:?}",
        facts(&stage)
    );
    assert_eq!(stage.all("[part~=list] li").len(), 2);
}

#[wasm_bindgen_test]
async fn the_action_precedes_every_field_for_digits() {
    for canned in canned::all() {
        let has_action = canned.screen.action.is_some();
        let stage = Stage::new(canned.screen).await;
        if !has_action || stage.all("input").is_empty() {
            continue;
        }
        let summary = stage.one("[part~=summary]");
        let place = summary.compare_document_position(&stage.field());
        assert_eq!(
            place & Node::DOCUMENT_POSITION_FOLLOWING,
            Node::DOCUMENT_POSITION_FOLLOWING,
            "{}",
            canned.name
        );
    }
}

#[wasm_bindgen_test]
async fn a_name_is_plain_text_with_an_isolated_direction() {
    let hostile = "<img src=x onerror=alert(1)> שלום";
    let stage = Stage::new(paying(vec![payment(100, "EUR", hostile)])).await;
    assert_eq!(stage.all("img").len(), 0);
    let isolated: Vec<_> = stage
        .all("bdi")
        .into_iter()
        .filter(|name| text_of(name) == hostile)
        .collect();
    assert_eq!(isolated.len(), 2, "in the summary, and by the field");
    for name in isolated {
        assert_eq!(name.get_attribute("dir").as_deref(), Some("auto"));
    }
}

#[wasm_bindgen_test]
async fn the_outcome_shows_the_action_and_the_receipt() {
    let stage = Stage::new(Screen {
        action: paying(vec![payment(100, "EUR", "A")]).action,
        can_cancel: false,
        receipt: Some(Receipt {
            number: "appr_1".into(),
            settled_at: Some(Timestamp(5)),
        }),
        ..screen(View::Done(Outcome::Approved))
    })
    .await;
    assert_eq!(text_of(&stage.one("[part~=summary-title]")), "Your request");
    assert_eq!(facts(&stage)[..2], ["Amount: EUR 1.00 (en)", "To: A"]);
    assert_eq!(receipt(&stage), ["Time: 5 ms (en)", "Request number: appr_1"]);
}

#[wasm_bindgen_test]
async fn a_time_that_is_not_known_is_not_shown() {
    let stage = Stage::new(Screen {
        can_cancel: false,
        receipt: Some(Receipt {
            number: "appr_1".into(),
            settled_at: None,
        }),
        ..screen(View::Done(Outcome::Failed(Some(Reason::Unreachable))))
    })
    .await;
    assert_eq!(receipt(&stage), ["Request number: appr_1"]);
}
