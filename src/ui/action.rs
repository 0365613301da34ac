//! What is approved, in short: by the summary, and by the field, since a phone's keyboard leaves no room for the summary.
//!
//! The payer has to be made aware of amount and payee: Delegated Regulation (EU) 2018/389, article 5(1)(a).

use leptos::prelude::*;
use sca_protocol::{Action, Currency, Money, Payment};

use super::{
    context::{Ui, fixed_text},
    parts::facts::{Writing, fact},
    text::Phrase,
};
use crate::ui::text::PHRASES;

/// Amount and payee, or the sums of several payments; nothing for an action without an amount.
pub(crate) fn amount_and_payee(ui: Ui, action: &Action) -> Vec<AnyView> {
    match action {
        Action::Payments(payments) => match payments.as_slice() {
            [only] => of_payment(ui, only),
            several => {
                let totals = totals(several).into_iter();
                totals.map(|total| amount(ui, PHRASES.total, total)).collect()
            }
        },
        Action::Statement(_) | Action::Payees(_) | Action::Access(_) => Vec::new(),
    }
}

/// Amount and payee of one payment.
pub(crate) fn of_payment(ui: Ui, payment: &Payment) -> Vec<AnyView> {
    let payee = fixed_text(payment.payee.as_str());
    let label = ui.phrase(PHRASES.payee);
    vec![
        amount(ui, PHRASES.amount, payment.amount),
        fact("sca-fact sca-payee", label, payee, Writing::Own),
    ]
}

fn amount(ui: Ui, label: Phrase, amount: Money) -> AnyView {
    let value = ui.text(move |localizer| localizer.money(&amount));
    // In a text from right to left, "US$" would be turned over.
    fact("sca-fact sca-amount", ui.phrase(label), value, Writing::LeftToRight)
}

/// The sum for each currency, in order of first appearance. A sum that is too large to be exact is left out; the list has all
/// amounts.
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
