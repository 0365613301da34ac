//! What is being approved, as the backend froze it.

use leptos::prelude::*;
use sca_protocol::{Action, Money, Payment, Statement, flow::View};

use crate::ui::{
    context::{Ui, Words},
    parts::facts::{Writing, fact, facts},
};

/// From this many payments on, the list is folded.
const FOLDED_FROM: usize = 4;

/// The action, once it is known.
pub(super) fn summary(ui: Ui) -> AnyView {
    let action = Memo::new(move |_| ui.screen.read().action.clone());
    let shown = move || action.get().map(|action| card(ui, &action));
    shown.into_any()
}

fn card(ui: Ui, action: &Action) -> AnyView {
    let title = ui.tell(move |speech| {
        let phrases = speech.phrases;
        if matches!(ui.screen.read().view, View::Done(_)) {
            phrases.request
        } else {
            phrases.approving
        }
        .to_owned()
    });
    let content = match action {
        Action::Statement(wanted) => statement(ui, wanted),
        Action::Payments(payments) => match payments.as_slice() {
            [only] => payment(ui, only),
            several => batch(ui, several),
        },
    };
    view! {
        <div class="sca-summary" part="summary" role="group" aria-labelledby=ui.id("summary")>
            <p id=ui.id("summary") class="sca-summary-title" part="summary-title">
                {title}
            </p>
            {content}
        </div>
    }
    .into_any()
}

fn kind(text: Words) -> AnyView {
    view! {
        <p class="sca-kind" part="kind">
            {text}
        </p>
    }
    .into_any()
}

fn statement(ui: Ui, statement: &Statement) -> AnyView {
    let account = statement.account.as_str().to_owned();
    let (from, to) = (statement.from.clone(), statement.to.clone());
    let period = ui.tell(move |speech| {
        let (from, to) = (speech.day(from.as_str()), speech.day(to.as_str()));
        crate::ui::text::fill(speech.phrases.from_to, &[("from", &from), ("to", &to)])
    });
    let rows = vec![
        fact(
            "sca-fact",
            ui.say(|phrases| phrases.account),
            Signal::stored(account),
            Writing::Own,
        ),
        fact("sca-fact", ui.say(|phrases| phrases.period), period, Writing::Own),
    ];
    vec![kind(ui.say(|phrases| phrases.statement)), facts(rows)].into_any()
}

fn payment(ui: Ui, payment: &Payment) -> AnyView {
    vec![
        kind(ui.say(|phrases| phrases.payment)),
        facts(payment_rows(ui, payment)),
    ]
    .into_any()
}

fn payment_rows(ui: Ui, payment: &Payment) -> Vec<AnyView> {
    let amount = payment.amount;
    let payee = payment.payee.as_str().to_owned();
    let mut rows = vec![
        fact(
            "sca-fact sca-amount",
            ui.say(|phrases| phrases.amount),
            ui.tell(move |speech| speech.money(&amount)),
            Writing::Own,
        ),
        fact(
            "sca-fact sca-payee",
            ui.say(|phrases| phrases.payee),
            Signal::stored(payee),
            Writing::Own,
        ),
    ];
    if let Some(tail) = &payment.account_tail {
        let tail = Signal::stored(tail.as_str().to_owned());
        rows.push(fact(
            "sca-fact",
            ui.say(|phrases| phrases.account_ending),
            tail,
            Writing::LeftToRight,
        ));
    }
    if let Some(reference) = &payment.reference {
        let reference = Signal::stored(reference.as_str().to_owned());
        rows.push(fact(
            "sca-fact",
            ui.say(|phrases| phrases.reference),
            reference,
            Writing::Own,
        ));
    }
    rows
}

fn batch(ui: Ui, payments: &[Payment]) -> AnyView {
    let count = u64::try_from(payments.len()).unwrap_or(u64::MAX);
    let counted = ui.tell(move |speech| speech.count(&speech.phrases.payments, count));
    let totals = totals(payments)
        .into_iter()
        .map(|total| {
            fact(
                "sca-fact sca-amount",
                ui.say(|phrases| phrases.total),
                ui.tell(move |speech| speech.money(&total)),
                Writing::Own,
            )
        })
        .collect();
    let items: Vec<AnyView> = payments
        .iter()
        .map(|payment| {
            let rows = facts(payment_rows(ui, payment));
            view! { <li class="sca-item">{rows}</li> }.into_any()
        })
        .collect();
    let list = view! { <ul class="sca-list" part="list">{items}</ul> }.into_any();
    let list = if payments.len() < FOLDED_FROM {
        list
    } else {
        view! {
            <details class="sca-fold" part="fold">
                <summary class="sca-fold-title">{counted}</summary>
                {list}
            </details>
        }
        .into_any()
    };
    vec![kind(counted), facts(totals), list].into_any()
}

/// The sum for each currency, in the order in which the currencies come. Where a sum is too large to be told exactly, there
/// is none: the list says it all.
fn totals(payments: &[Payment]) -> Vec<Money> {
    let mut sums: Vec<(sca_protocol::Currency, u64)> = Vec::new();
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
