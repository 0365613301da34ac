//! What is being approved, as the backend froze it.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{Action, Currency, Money, Payment, PlainText, Statement, flow::View};

use crate::ui::{
    context::{Ui, Words, as_it_is},
    parts::{
        element::element,
        facts::{Writing, fact, facts},
    },
    text::fill,
};

/// From this many payments on, the list is folded.
const FOLDED_FROM: usize = 4;

/// The action, once it is known.
pub(super) fn summary(ui: Ui, action: Option<&Action>) -> AnyView {
    let Some(action) = action else {
        return ().into_any();
    };
    let title = ui.tell(move |speech| {
        let title = if matches!(ui.screen.read().view, View::Done(_)) {
            speech.phrases.request
        } else {
            speech.phrases.approving
        };
        title.to_owned()
    });
    let content = match action {
        Action::Statement(wanted) => statement(ui, wanted),
        Action::Payments(payments) => match payments.as_slice() {
            [only] => payment(ui, only),
            several => batch(ui, several),
        },
        Action::Payees(_) => Vec::new(),
    };
    let title = element("p", "sca-summary-title")
        .part("summary-title")
        .with("id", &ui.id("summary"))
        .words(title)
        .view();
    element("div", "sca-summary")
        .part("summary")
        .with("role", "group")
        .with("aria-labelledby", &ui.id("summary"))
        .child(title)
        .children(content)
        .view()
}

fn kind(text: Words) -> AnyView {
    element("p", "sca-kind").part("kind").words(text).view()
}

fn statement(ui: Ui, statement: &Statement) -> Vec<AnyView> {
    let (from, to) = (statement.from.clone(), statement.to.clone());
    let period = ui.tell(move |speech| {
        let (from, to) = (speech.day(from.as_str()), speech.day(to.as_str()));
        fill(speech.phrases.from_to, &[("from", &from), ("to", &to)])
    });
    let rows = vec![
        fact(
            "sca-fact",
            ui.say(|phrases| phrases.account),
            as_it_is(statement.account.as_str()),
            Writing::Own,
        ),
        fact("sca-fact", ui.say(|phrases| phrases.period), period, Writing::Own),
    ];
    vec![kind(ui.say(|phrases| phrases.statement)), facts(rows)]
}

fn payment(ui: Ui, payment: &Payment) -> Vec<AnyView> {
    vec![
        kind(ui.say(|phrases| phrases.payment)),
        facts(payment_rows(ui, payment)),
    ]
}

fn payment_rows(ui: Ui, payment: &Payment) -> Vec<AnyView> {
    let row = |label, value: &PlainText, writing| fact("sca-fact", label, as_it_is(value.as_str()), writing);
    let payee = as_it_is(payment.payee.as_str());
    let mut rows = vec![
        amount(ui, ui.say(|phrases| phrases.amount), payment.amount),
        fact(
            "sca-fact sca-payee",
            ui.say(|phrases| phrases.payee),
            payee,
            Writing::Own,
        ),
    ];
    if let Some(tail) = &payment.account_tail {
        rows.push(row(
            ui.say(|phrases| phrases.account_ending),
            tail,
            Writing::LeftToRight,
        ));
    }
    if let Some(reference) = &payment.reference {
        rows.push(row(ui.say(|phrases| phrases.reference), reference, Writing::Own));
    }
    rows
}

fn amount(ui: Ui, label: Words, amount: Money) -> AnyView {
    let value = ui.tell(move |speech| speech.money(&amount));
    fact("sca-fact sca-amount", label, value, Writing::Own)
}

fn batch(ui: Ui, payments: &[Payment]) -> Vec<AnyView> {
    let count = u64::try_from(payments.len()).unwrap_or(u64::MAX);
    let counted = ui.tell(move |speech| speech.count(&speech.phrases.payments, count));
    let totals = totals(payments)
        .into_iter()
        .map(|total| amount(ui, ui.say(|phrases| phrases.total), total))
        .collect();
    let item = |payment| element("li", "sca-item").child(facts(payment_rows(ui, payment))).view();
    let list = element("ul", "sca-list")
        .part("list")
        .children(payments.iter().map(item).collect())
        .view();
    let list = if payments.len() < FOLDED_FROM {
        list
    } else {
        let title = element("summary", "sca-fold-title").words(Arc::clone(&counted)).view();
        element("details", "sca-fold")
            .part("fold")
            .child(title)
            .child(list)
            .view()
    };
    vec![kind(counted), facts(totals), list]
}

/// The sum for each currency, in the order in which the currencies come. Where a sum is too large to be told exactly, there
/// is none: the list says it all.
fn totals(payments: &[Payment]) -> Vec<Money> {
    let mut sums: Vec<(Currency, u64)> = Vec::new();
    for payment in payments {
        let amount = payment.amount;
        match sums.iter_mut().find(|(currency, _)| *currency == amount.currency()) {
            Some((_, sum)) => *sum = sum.saturating_add(amount.minor()),
            None => sums.push((amount.currency(), amount.minor())),
        }
    }
    sums.into_iter()
        .filter_map(|(currency, sum)| Money::new(sum, currency))
        .collect()
}
