//! `GET .../balance-statements/{id}/statement.json`: the statement of a balance. Protected, low risk.

use axum::http::StatusCode;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Value, json};

use crate::kit::response::ApiResponse;
use crate::wise::amount::Amount;
use crate::wise::call::ApiCall;
use crate::wise::customer::{Balance, Customer};
use crate::wise::errors;
use crate::wise::protection::{Risk, admit};
use crate::wise::state::WiseState;

/// The longest interval that Wise accepts.
const MAX_INTERVAL: SignedDuration = SignedDuration::from_hours(469 * 24);

/// The transactions of every month: day, hour, amount in hundredths, kind, counterparty, reference. They add up to zero, so
/// every month starts with the same balance and every interval is possible.
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
    counterparty: String,
    reference: String,
    number: String,
}

pub(super) fn show(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let balance = &state.customer(user)?.balance;
    if call.number("balance") != Some(balance.id) {
        return Err(errors::not_found(call.uri.path()));
    }
    if call.query("currency").as_deref() != Some(balance.currency.as_str()) {
        return Err(invalid("currency", "The currency has to be that of the balance"));
    }
    match call.query("type").as_deref() {
        Some("COMPACT" | "FLAT") | None => {}
        Some(_) => return Err(invalid("type", "The type is COMPACT or FLAT")),
    }
    let interval = interval(call)?;
    let admission = admit(state, call, user, Risk::Low, Some("BALANCE__GET_STATEMENT"))?;
    Ok(admission.mark(ApiResponse::ok(&statement_json(state.customer(user)?, &interval))))
}

fn invalid(parameter: &str, message: &str) -> ApiResponse {
    errors::client_error_at(StatusCode::BAD_REQUEST, "parameter.invalid", message, parameter)
}

fn interval(call: &ApiCall) -> Result<Interval, ApiResponse> {
    let instant = |name: &str| {
        let parsed = call.query(name).and_then(|text| text.parse::<Timestamp>().ok());
        parsed.ok_or_else(|| invalid(name, "An instant like 2026-10-01T00:00:00.000Z is required"))
    };
    let (start, end) = (instant("intervalStart")?, instant("intervalEnd")?);
    if end < start {
        return Err(invalid("intervalEnd", "The interval ends before it starts"));
    }
    if end.duration_since(start) > MAX_INTERVAL {
        return Err(invalid("intervalEnd", "The interval is longer than 469 days"));
    }
    Ok(Interval { start, end })
}

fn statement_json(customer: &Customer, interval: &Interval) -> Value {
    let balance = &customer.balance;
    let money = |amount: Amount| amount.to_money(&balance.currency);
    let entries = entries(balance, interval);
    // Computed backwards from the balance of today.
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
                    "description": entry.counterparty,
                    "senderName": entry.counterparty,
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

/// The transactions in the interval, oldest first.
fn entries(balance: &Balance, interval: &Interval) -> Vec<Entry> {
    let mut entries: Vec<Entry> = months(interval).flat_map(monthly_entries).collect();
    entries.extend(balance.payments.iter().map(|payment| Entry {
        at: payment.at,
        amount: Amount::default().minus(payment.amount),
        kind: "TRANSFER",
        counterparty: payment.payee.clone(),
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
        .filter_map(move |&(day, hour, hundredths, kind, counterparty, reference)| {
            let at = DateTime::new(month.year(), month.month(), day, hour, 30, 0, 0).ok()?;
            Some(Entry {
                at: at.to_zoned(TimeZone::UTC).ok()?.timestamp(),
                amount: Amount::from_hundredths(hundredths),
                kind,
                counterparty: counterparty.to_owned(),
                reference: reference.to_owned(),
                number: format!("{kind}-{}{:02}{day:02}", month.year(), month.month()),
            })
        })
}

/// The sum of the month's transactions up to this instant.
fn month_so_far(instant: Timestamp) -> Amount {
    monthly_entries(day(instant).first_of_month())
        .filter(|entry| entry.at <= instant)
        .fold(Amount::default(), |sum, entry| sum.plus(entry.amount))
}
