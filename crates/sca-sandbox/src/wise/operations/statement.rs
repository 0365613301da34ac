//! `GET .../balance-statements/{id}/statement.json`: what happened on a balance. Protected, low risk.

use axum::http::StatusCode;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Value, json};

use super::customer;
use crate::answer::Answer;
use crate::wise::amount::Amount;
use crate::wise::call::Call;
use crate::wise::customer::{Balance, Customer};
use crate::wise::protection::{Risk, admit};
use crate::wise::world::World;

/// Longest interval that Wise accepts.
const LONGEST: SignedDuration = SignedDuration::from_hours(469 * 24);

/// What happens every month: day and hour, amount in hundredths, kind, who, reference. It sums to nothing, so every month
/// starts with the same balance and any interval can be asked for.
const MONTHLY: [(i8, i8, i64, &str, &str, &str); 4] = [
    (1, 9, 240_000, "DEPOSIT", "Northwind Traders Ltd", "Salary"),
    (5, 7, -115_000, "TRANSFER", "Habitat Homes AS", "Rent"),
    (14, 18, -8_640, "CARD", "Tallinn Market", "Card payment"),
    (22, 12, -116_360, "TRANSFER", "Wilson Savings", "Savings"),
];

struct Interval {
    start: Timestamp,
    end: Timestamp,
}

struct Entry {
    at: Timestamp,
    amount: Amount,
    kind: &'static str,
    who: String,
    reference: String,
    number: String,
}

pub(super) fn show(world: &mut World, call: &Call, user: u64) -> Answer {
    match try_show(world, call, user) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn try_show(world: &mut World, call: &Call, user: u64) -> Result<Answer, Answer> {
    let balance = &customer(world, user)?.balance;
    if call.number("balance") != Some(balance.id) {
        return Err(Answer::not_found(call.uri.path()));
    }
    if call.query("currency").as_deref() != Some(balance.currency.as_str()) {
        return Err(invalid("currency", "The currency has to be that of the balance"));
    }
    match call.query("type").as_deref() {
        Some("COMPACT" | "FLAT") | None => {}
        Some(_) => return Err(invalid("type", "The type is COMPACT or FLAT")),
    }
    let interval = interval(call)?;
    let admission = admit(world, call, user, Risk::Low, Some("BALANCE__GET_STATEMENT"))?;
    Ok(admission.mark(Answer::ok(&statement_json(customer(world, user)?, &interval))))
}

fn invalid(parameter: &str, message: &str) -> Answer {
    Answer::client_error_at(StatusCode::BAD_REQUEST, "parameter.invalid", message, parameter)
}

fn interval(call: &Call) -> Result<Interval, Answer> {
    let instant = |name: &str| {
        let parsed = call.query(name).and_then(|text| text.parse::<Timestamp>().ok());
        parsed.ok_or_else(|| invalid(name, "An instant like 2026-10-01T00:00:00.000Z is required"))
    };
    let (start, end) = (instant("intervalStart")?, instant("intervalEnd")?);
    if end < start {
        return Err(invalid("intervalEnd", "The interval ends before it starts"));
    }
    if end.duration_since(start) > LONGEST {
        return Err(invalid("intervalEnd", "The interval is longer than 469 days"));
    }
    Ok(Interval { start, end })
}

fn statement_json(customer: &Customer, interval: &Interval) -> Value {
    let balance = &customer.balance;
    let money = |amount: Amount| amount.to_money(&balance.currency);
    let entries = entries(balance, interval);
    // The balance today is known; what came before the interval's end follows from it backwards.
    let paid_later = balance.payments.iter().filter(|payment| payment.at > interval.end);
    let opening = paid_later.fold(balance.amount, |sum, payment| sum.plus(payment.amount));
    let end = opening.plus(month_so_far(interval.end));
    let start = entries.iter().fold(end, |sum, entry| sum.minus(entry.amount));

    let mut running = start;
    let mut transactions: Vec<Value> = entries
        .iter()
        .map(|entry| {
            running = running.plus(entry.amount);
            json!({
                "type": if entry.amount < Amount::default() { "DEBIT" } else { "CREDIT" },
                "date": entry.at.to_string(),
                "amount": money(entry.amount),
                "totalFees": money(Amount::default()),
                "details": {
                    "type": entry.kind,
                    "description": entry.who,
                    "senderName": entry.who,
                    "paymentReference": entry.reference,
                },
                "exchangeDetails": null,
                "runningBalance": money(running),
                "referenceNumber": entry.number,
            })
        })
        .collect();
    // Newest first, as Wise prints them.
    transactions.reverse();
    json!({
        "accountHolder": {
            "type": "PERSONAL",
            "address": {
                "addressFirstLine": "Veerenni 24",
                "city": "Tallinn",
                "postCode": "12112",
                "stateCode": "",
                "countryName": "Estonia",
            },
            "firstName": customer.first_name,
            "lastName": customer.last_name,
        },
        "issuer": {
            "name": "Simulated Issuer",
            "firstLine": "1 Loopback Lane",
            "city": "Brussels",
            "postCode": "1000",
            "stateCode": "",
            "country": "Belgium",
        },
        "bankDetails": null,
        "transactions": transactions,
        "startOfStatementBalance": money(start),
        "endOfStatementBalance": money(end),
        "query": {
            "intervalStart": interval.start.to_string(),
            "intervalEnd": interval.end.to_string(),
            "currency": balance.currency,
            "accountId": balance.id,
        },
    })
}

/// Everything in the interval, oldest first.
fn entries(balance: &Balance, interval: &Interval) -> Vec<Entry> {
    let mut entries: Vec<Entry> = months(interval).flat_map(monthly_entries).collect();
    entries.extend(balance.payments.iter().map(|payment| Entry {
        at: payment.at,
        amount: Amount::default().minus(payment.amount),
        kind: "TRANSFER",
        who: payment.payee.clone(),
        reference: String::new(),
        number: format!("TRANSFER-{}", payment.transfer),
    }));
    entries.retain(|entry| interval.start <= entry.at && entry.at <= interval.end);
    entries.sort_by_key(|entry| entry.at);
    entries
}

/// The first days of the months that the interval touches.
fn months(interval: &Interval) -> impl Iterator<Item = Date> {
    let first = day(interval.start).first_of_month();
    let last = day(interval.end);
    std::iter::successors(Some(first), |month| month.checked_add(Span::new().months(1)).ok())
        .take_while(move |month| *month <= last)
}

fn day(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

fn monthly_entries(month: Date) -> impl Iterator<Item = Entry> {
    MONTHLY
        .iter()
        .filter_map(move |&(day, hour, hundredths, kind, who, reference)| {
            let at = DateTime::new(month.year(), month.month(), day, hour, 30, 0, 0).ok()?;
            Some(Entry {
                at: at.to_zoned(TimeZone::UTC).ok()?.timestamp(),
                amount: Amount::from_hundredths(hundredths),
                kind,
                who: who.to_owned(),
                reference: reference.to_owned(),
                number: format!("{kind}-{}{:02}{day:02}", month.year(), month.month()),
            })
        })
}

/// What this instant's month has added up to by then.
fn month_so_far(instant: Timestamp) -> Amount {
    monthly_entries(day(instant).first_of_month())
        .filter(|entry| entry.at <= instant)
        .fold(Amount::default(), |sum, entry| sum.plus(entry.amount))
}
