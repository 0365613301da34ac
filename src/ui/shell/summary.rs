//! What is being approved, as the backend froze it.

use leptos::prelude::*;
use sca_protocol::{Action, Currency, Money, Payee, Payment, PlainText, Statement, flow::View};

use crate::ui::{
    context::{Ui, Words, as_it_is},
    parts::{
        element::element,
        facts::{Writing, fact, facts},
        prose::{list, paragraph},
    },
    text::fill,
};

/// From this many payments or payees on, the list has a height of its own.
const SCROLLED_FROM: usize = 4;

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
        Action::Payees(payees) => trust(ui, payees.as_slice()),
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

fn kind(ui: Ui, text: Words) -> AnyView {
    element("p", "sca-kind")
        .part("kind")
        .with("id", &ui.id("kind"))
        .words(text)
        .view()
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
    vec![kind(ui, ui.say(|phrases| phrases.statement)), facts(rows)]
}

fn payment(ui: Ui, payment: &Payment) -> Vec<AnyView> {
    vec![
        kind(ui, ui.say(|phrases| phrases.payment)),
        facts(payment_rows(ui, payment)),
    ]
}

fn payment_rows(ui: Ui, payment: &Payment) -> Vec<AnyView> {
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
    rows.extend(account_ending(ui, payment.account_tail.as_ref()));
    rows.extend(
        (payment.reference.as_ref())
            .map(|reference| text_fact(ui.say(|phrases| phrases.reference), reference, Writing::Own)),
    );
    rows
}

fn account_ending(ui: Ui, tail: Option<&PlainText>) -> Option<AnyView> {
    tail.map(|tail| text_fact(ui.say(|phrases| phrases.account_ending), tail, Writing::LeftToRight))
}

fn text_fact(label: Words, value: &PlainText, writing: Writing) -> AnyView {
    fact("sca-fact", label, as_it_is(value.as_str()), writing)
}

fn amount(ui: Ui, label: Words, amount: Money) -> AnyView {
    let value = ui.tell(move |speech| speech.money(&amount));
    fact("sca-fact sca-amount", label, value, Writing::Own)
}

fn batch(ui: Ui, payments: &[Payment]) -> Vec<AnyView> {
    let count = count(payments);
    let counted = ui.tell(move |speech| speech.count(&speech.phrases.payments, count));
    let totals = totals(payments)
        .into_iter()
        .map(|total| amount(ui, ui.say(|phrases| phrases.total), total))
        .collect();
    let items = payments.iter().map(|payment| payment_rows(ui, payment)).collect();
    vec![kind(ui, counted), facts(totals), one_by_one(ui, items)]
}

fn trust(ui: Ui, payees: &[Payee]) -> Vec<AnyView> {
    let count = count(payees);
    let counted = ui.tell(move |speech| speech.count(&speech.phrases.payees, count));
    let rows = |payee: &Payee| {
        let name = fact(
            "sca-fact sca-payee",
            ui.say(|phrases| phrases.payee_name),
            as_it_is(payee.name.as_str()),
            Writing::Own,
        );
        [Some(name), account_ending(ui, payee.account_tail.as_ref())]
    };
    let items = payees
        .iter()
        .map(|payee| rows(payee).into_iter().flatten().collect())
        .collect();
    let meaning = paragraph("sca-meaning", ui.say(|phrases| phrases.payees_meaning));
    vec![kind(ui, counted), meaning, one_by_one(ui, items)]
}

fn count<Item>(items: &[Item]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

/// A list of several. A long one can be scrolled where it stands, also by keyboard: the question below it stays near.
fn one_by_one(ui: Ui, items: Vec<Vec<AnyView>>) -> AnyView {
    let is_long = items.len() >= SCROLLED_FROM;
    let item = |rows| element("li", "sca-item").child(facts(rows)).view();
    let list = list("ul", "sca-list")
        .part("list")
        .children(items.into_iter().map(item).collect())
        .view();
    if is_long {
        element("div", "sca-scroll")
            .part("scroll")
            .with("role", "group")
            .with("aria-labelledby", &ui.id("kind"))
            .with("tabindex", "0")
            .child(list)
            .view()
    } else {
        list
    }
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
