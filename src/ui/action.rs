//! What is being approved, in one sentence.

use leptos::prelude::*;
use sca_protocol::{
    Access, Action, Currency, Money, Payment,
    flow::{Screen, View},
};

use super::{
    context::{TextSignal, Ui},
    text::{Localizer, fill, isolated, of_own_direction},
};

/// What the customer is asked to approve: what, how much, to whom, in which step. Empty while the customer is asked nothing.
///
/// The payer has to be made aware of amount and payee: Delegated Regulation (EU) 2018/389, article 5(1)(a). The summary shows them; this sentence says
/// them to those who cannot see the summary, or do not see it now.
pub(crate) fn action_text(ui: Ui) -> TextSignal {
    ui.text(move |localizer| {
        let screen = ui.screen.read();
        let action = screen.action.as_ref().filter(|_| asks_customer(&screen));
        let sentence = action.map(|action| sentence(localizer, action));
        match (sentence, step_text(ui, localizer)) {
            (None, _) => String::new(),
            (Some(sentence), step) if step.is_empty() => sentence,
            (Some(sentence), step) => [&sentence, ". ", &step].concat(),
        }
    })
}

/// The position of the challenge; empty while it is not known.
pub(crate) fn step_text(ui: Ui, localizer: &Localizer) -> String {
    let Some(position) = ui.screen.read().position else {
        return String::new();
    };
    let number = localizer.number(position.number.into());
    match position.of {
        Some(of) => fill(
            localizer.phrases.step_of,
            &[("n", &number), ("of", &localizer.number(of.into()))],
        ),
        None => fill(localizer.phrases.step, &[("n", &number)]),
    }
}

fn asks_customer(screen: &Screen) -> bool {
    match screen.view {
        View::Choose { .. } | View::Pin { .. } | View::Code { .. } | View::Phone { .. } | View::Hosted { .. } => true,
        View::Loading
        | View::Checking
        | View::Unreachable
        | View::CannotBeDoneHere
        | View::Cancelling
        | View::Done(_) => false,
    }
}

fn sentence(localizer: &Localizer, action: &Action) -> String {
    let phrases = localizer.phrases;
    match action {
        Action::Payments(payments) => match payments.as_slice() {
            [only] => fill(
                phrases.payment_to,
                &[
                    ("amount", &money(localizer, &only.amount)),
                    ("payee", &of_own_direction(only.payee.as_str())),
                ],
            ),
            several => {
                let totals: Vec<_> = totals(several).iter().map(|total| money(localizer, total)).collect();
                labelled(&localizer.count(&phrases.payments, count(several)), &totals.join(" + "))
            }
        },
        Action::Statement(statement) => labelled(phrases.statement, &of_own_direction(statement.account.as_str())),
        Action::Payees(payees) => {
            let counted = localizer.count(&phrases.payees, count(payees.as_slice()));
            match payees.as_slice() {
                [only] => labelled(&counted, &of_own_direction(only.name.as_str())),
                _ => counted,
            }
        }
        Action::Access(Access::Account) => phrases.access_account.to_owned(),
        Action::Access(Access::Security) => phrases.access_security.to_owned(),
    }
}

fn labelled(label: &str, value: &str) -> String {
    [label, ": ", value].concat()
}

fn money(localizer: &Localizer, amount: &Money) -> String {
    isolated(&localizer.money(amount))
}

pub(crate) fn count<Item>(items: &[Item]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

/// The sum for each currency, in order of first appearance. A sum that is too large to be exact is left out; the list has all
/// amounts.
pub(crate) fn totals(payments: &[Payment]) -> Vec<Money> {
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
