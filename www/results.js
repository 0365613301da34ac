// What came of a call, as something to put on the page. Each result has one heading, which takes the focus.

import { say } from "./words.js";

/** A statement, as Wise's JSON has it. */
export function statementTable(statement, language) {
  const { transactions = [], endOfStatementBalance, query } = statement;
  const days = { from: day(query.intervalStart, language), to: day(query.intervalEnd, language) };
  const rows = transactions.map(({ date, details, amount }) =>
    row("td", [day(date, language), details.description, decimalMoney(amount, language)]),
  );
  const table = element("table", {}, [
    element("thead", {}, [row("th", ["date", "details", "value"].map((key) => say(language, key)))]),
    element("tbody", {}, rows),
  ]);
  return result("done", say(language, "statementReady"), [
    element("p", {}, [say(language, "statementPeriod", days)]),
    rows.length > 0 ? table : element("p", {}, [say(language, "noEntries")]),
    element("p", { className: "balance" }, [
      element("span", {}, [say(language, "closingBalance")]),
      element("strong", {}, [decimalMoney(endOfStatementBalance, language)]),
    ]),
  ]);
}

/** A transfer that was paid. */
export function sentTransfer({ amount, payee }, language) {
  return result("done", say(language, "transferSent"), [
    element("p", {}, [say(language, "transferSentDetail", { amount: money(amount, language), payee })]),
  ]);
}

/** A wire that the bank says it has executed. */
export function executedWire(amount, language) {
  return result("done", say(language, "wireExecuted"), [
    element("p", {}, [say(language, "wireExecutedDetail", { amount: money(amount, language) })]),
  ]);
}

/** A wire that was approved and of which the bank has not said yet that it is executed. */
export function wireUnderWay(language) {
  return result("done", say(language, "wireUnderWay"), [element("p", {}, [say(language, "wireUnderWayDetail")])]);
}

/** What Weavr was asked to pay, and what has become of each payment; `isOver` is whether nothing is under way any more. */
export function paid(payments, isOver, language) {
  const rows = payments.map(({ payee, amount, state }) => row("td", [payee, say(language, STATES[state]), money(amount, language)]));
  const table = element("table", {}, [
    element("thead", {}, [row("th", ["payee", "state", "value"].map((key) => say(language, key)))]),
    element("tbody", {}, rows),
  ]);
  const detail = isOver ? [] : [element("p", {}, [say(language, "paidUnderWayDetail")])];
  return result("done", say(language, isOver ? "paid" : "paidUnderWay"), [...detail, table]);
}

const STATES = { done: "stateDone", exempt: "stateExempt", "under-way": "stateUnderWay", stopped: "stateStopped" };

/** A call that did not get through; `code` says why, where the server knows. */
export function unavailable(language, code) {
  if (code === "factor-not-set-up") {
    return result("trouble", say(language, "noWayYet"), [element("p", {}, [say(language, "noWayYetDetail")])]);
  }
  return result("trouble", say(language, "unavailable"), [element("p", {}, [say(language, "nothingHappened")])]);
}

/** An amount in minor units, as people write it. */
export function money({ minor, currency }, language) {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** An amount as a decimal number, as Wise's JSON has it. */
function decimalMoney({ value, currency }, language) {
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(value);
}

function day(iso, language) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso));
}

function result(kind, title, parts) {
  return element("div", { className: `result ${kind}` }, [element("h3", { tabIndex: -1 }, [title]), ...parts]);
}

function row(kind, cells) {
  return element("tr", {}, cells.map((cell) => element(kind, kind === "th" ? { scope: "col" } : {}, [cell])));
}

function element(name, properties, children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
