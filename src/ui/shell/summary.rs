//! The summary of the action, as the backend froze it.

use leptos::prelude::*;
use sca_protocol::{Action, Payee, Payment, PlainText, Statement, flow::View};

use crate::ui::{
    action::{amount_and_payee, kind, of_payment},
    context::{TextSignal, Ui, fixed_text},
    parts::{
        element::element,
        facts::{Writing, fact, facts},
        paragraph::{list, paragraph},
    },
    text::{PHRASES, fill},
};

/// From this many payments or payees on, the list has a limited height.
const SCROLLED_FROM: usize = 4;

/// The action, once it is known.
pub(super) fn summary(ui: Ui, action: Option<&Action>) -> AnyView {
    let Some(action) = action else {
        // What describes the questions is always there.
        return element("p", "sca-spoken").attr("id", &ui.id("action")).view();
    };
    let title = ui.text(move |localizer| {
        let title = if matches!(ui.screen.read().view, View::Done(_)) {
            localizer.phrase(PHRASES.request)
        } else {
            localizer.phrase(PHRASES.approving)
        };
        title.to_owned()
    });
    let content = match action {
        Action::Statement(wanted) => statement(ui, action, wanted),
        Action::Payments(payments) => match payments.as_slice() {
            [only] => vec![in_short(ui, action, payment_rows(ui, only))],
            several => batch(ui, action, several),
        },
        Action::Payees(payees) => trust(ui, action, payees.as_slice()),
        Action::Access(_) => vec![in_short(ui, action, Vec::new())],
    };
    let title = element("p", "sca-summary-title")
        .part("summary-title")
        .attr("id", &ui.id("summary"))
        .text(title)
        .view();
    element("div", "sca-summary")
        .part("summary")
        .attr("role", "group")
        .attr("aria-labelledby", &ui.id("summary"))
        .child(title)
        .children(content)
        .view()
}

/// The kind of the action and its facts, which describe every question.
fn in_short(ui: Ui, action: &Action, rows: Vec<AnyView>) -> AnyView {
    let action = action.clone();
    let kind = element("p", "sca-kind")
        .part("kind")
        .attr("id", &ui.id("kind"))
        .text(ui.text(move |localizer| kind(localizer, &action)))
        .view();
    element("div", "sca-facts")
        .attr("id", &ui.id("action"))
        .child(kind)
        .child(facts(rows).view())
        .view()
}

fn statement(ui: Ui, action: &Action, statement: &Statement) -> Vec<AnyView> {
    let (from, to) = (statement.from.clone(), statement.to.clone());
    let period = ui.text(move |localizer| {
        // A day stays on one line.
        let day = |day: &PlainText| localizer.day(day.as_str()).replace(' ', "\u{a0}");
        let (from, to) = (day(&from), day(&to));
        fill(localizer.phrase(PHRASES.from_to), &[("from", &from), ("to", &to)])
    });
    let rows = vec![
        fact(
            "sca-fact",
            ui.phrase(PHRASES.account),
            fixed_text(statement.account.as_str()),
            Writing::Own,
        ),
        fact("sca-fact", ui.phrase(PHRASES.period), period, Writing::Own),
    ];
    vec![in_short(ui, action, rows)]
}

fn payment_rows(ui: Ui, payment: &Payment) -> Vec<AnyView> {
    let mut rows = of_payment(ui, payment);
    rows.extend(account_ending(ui, payment.account_tail.as_ref()));
    rows.extend(
        (payment.reference.as_ref()).map(|reference| text_fact(ui.phrase(PHRASES.reference), reference, Writing::Own)),
    );
    rows
}

fn account_ending(ui: Ui, tail: Option<&PlainText>) -> Option<AnyView> {
    tail.map(|tail| text_fact(ui.phrase(PHRASES.account_ending), tail, Writing::LeftToRight))
}

fn text_fact(label: TextSignal, value: &PlainText, writing: Writing) -> AnyView {
    fact("sca-fact", label, fixed_text(value.as_str()), writing)
}

fn batch(ui: Ui, action: &Action, payments: &[Payment]) -> Vec<AnyView> {
    let items = payments.iter().map(|payment| payment_rows(ui, payment)).collect();
    vec![
        in_short(ui, action, amount_and_payee(ui, action)),
        one_by_one(ui, items),
    ]
}

fn trust(ui: Ui, action: &Action, payees: &[Payee]) -> Vec<AnyView> {
    let rows = |payee: &Payee| {
        let name = fact(
            "sca-fact sca-payee",
            ui.phrase(PHRASES.payee_name),
            fixed_text(payee.name.as_str()),
            Writing::Own,
        );
        [Some(name), account_ending(ui, payee.account_tail.as_ref())]
    };
    let items = payees
        .iter()
        .map(|payee| rows(payee).into_iter().flatten().collect())
        .collect();
    let meaning = paragraph("sca-meaning", ui.phrase(PHRASES.payees_meaning));
    vec![in_short(ui, action, Vec::new()), meaning, one_by_one(ui, items)]
}

/// A list of several items. A long one scrolls by itself, also by keyboard, so that the question below it stays visible.
fn one_by_one(ui: Ui, items: Vec<Vec<AnyView>>) -> AnyView {
    let is_long = items.len() >= SCROLLED_FROM;
    let item = |rows| element("li", "sca-item").child(facts(rows).view()).view();
    let list = list("ul", "sca-list")
        .part("list")
        .children(items.into_iter().map(item).collect())
        .view();
    if is_long {
        element("div", "sca-scroll")
            .part("scroll")
            .attr("role", "group")
            .attr("aria-labelledby", &ui.id("kind"))
            .attr("tabindex", "0")
            .child(list)
            .view()
    } else {
        list
    }
}
