//! What is approved, in short: by the summary, and by the field, since a phone's keyboard leaves no room for the summary.
//!
//! The payer has to be made aware of amount and payee: Delegated Regulation (EU) 2018/389, article 5(1)(a).

use leptos::prelude::*;
use sca_protocol::{Access, Action, Currency, Money, Payment};

use super::{
    context::{Ui, fixed_text},
    parts::facts::{Writing, fact},
    text::{Localizer, Phrase},
};
use crate::ui::text::PHRASES;

/// From this many minor units on, an amount may have more than the 13 characters that it has room for in its full size.
const LONG: u64 = 10_000_000;

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

/// The kind of an action.
pub(crate) fn kind(localizer: &Localizer, action: &Action) -> String {
    let phrase = match action {
        Action::Statement(_) => PHRASES.statement,
        Action::Payments(payments) => match payments.as_slice() {
            [_] => PHRASES.payment,
            several => return localizer.count(PHRASES.payments, count(several)),
        },
        Action::Payees(payees) => return localizer.count(PHRASES.payees, count(payees.as_slice())),
        Action::Access(Access::Account) => PHRASES.access_account,
        Action::Access(Access::Security) => PHRASES.access_security,
    };
    localizer.phrase(phrase).to_owned()
}

fn count<Item>(items: &[Item]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

/// What is approved, how much and to whom, to be spoken.
pub(crate) fn spoken(localizer: &Localizer, action: &Action) -> Vec<String> {
    let mut parts = vec![kind(localizer, action)];
    if let Action::Payments(payments) = action {
        let payments = payments.as_slice();
        parts.extend(totals(payments).iter().map(|total| localizer.money(total)));
        if let [only] = payments {
            parts.push(only.payee.as_str().to_owned());
        }
    }
    parts
}

/// The sum of all payments, if they are in one currency; nothing for an action without an amount.
pub(crate) fn whole_amount(action: &Action) -> Option<Money> {
    let Action::Payments(payments) = action else {
        return None;
    };
    let payments = payments.as_slice();
    let [total] = *totals(payments) else {
        return None;
    };
    let mut currencies = payments.iter().map(|payment| payment.amount.currency());
    currencies.all(|currency| currency == total.currency()).then_some(total)
}

/// Every amount that is shown: of each payment, and the sums.
pub(crate) fn amounts(action: &Action) -> Vec<Money> {
    let Action::Payments(payments) = action else {
        return Vec::new();
    };
    let payments = payments.as_slice();
    let mut amounts: Vec<_> = payments.iter().map(|payment| payment.amount).collect();
    amounts.extend(totals(payments));
    amounts
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
    let class = if amount.minor() < LONG {
        "sca-fact sca-amount"
    } else {
        "sca-fact sca-amount sca-long"
    };
    // In a text from right to left, "US$" would be turned over.
    fact(class, ui.phrase(label), value, Writing::LeftToRight)
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
