// The results of calls, as elements for the page. Each has one heading, which takes the focus.

import { say, spoken } from "./words.js";

/** A statement, from Wise's JSON. */
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

/** A transfer that was paid; `payment` is undefined where the list of payments could not be loaded. */
export function sentTransfer(payment, language) {
  const detail = ({ amount, payee }) => say(language, "transferSentDetail", { amount: money(amount, language), payee });
  return result("done", say(language, "transferSent"), payment ? [element("p", {}, [detail(payment)])] : []);
}

/** A transfer that the bank has executed. */
export function executedWire(amount, language) {
  return result("done", say(language, "wireExecuted"), [
    element("p", {}, [say(language, "wireExecutedDetail", { amount: money(amount, language) })]),
  ]);
}

/** A transfer that was approved and that the bank has not executed yet. */
export function wireUnderWay(language) {
  return result("done", say(language, "wireUnderWay"), [element("p", {}, [say(language, "wireUnderWayDetail")])]);
}

/** The payments at Weavr, each with its state. `isOver`: whether all states are final. */
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

/** Heading and text for a failed call, by its code. */
const TROUBLES = {
  "factor-not-set-up": ["noWayYet", "noWayYetDetail"],
  // Those of a call that is sent again with its approval.
  "approval-consumed": ["sentBefore", "sentBeforeDetail"],
  "outcome-unknown": ["outcomeUnknown", "outcomeUnknownDetail"],
  "approval-ended": ["approvalNotUsable", "approvalNotUsableDetail"],
  // Those of the page "Security".
  "step-up-required": ["approvalNotUsable", "approvalNotUsableDetail"],
  "nothing-to-confirm-with": ["identifyFirst", "identifyFirstDetail"],
  "enrolment-not-loaded": ["enrolmentNotLoaded", "enrolmentNotLoadedDetail"],
};

/** A call that failed; `code` is the server's reason, if it gave one. */
export function unavailable(language, code) {
  const [title, detail] = TROUBLES[code] ?? ["unavailable", "nothingHappened"];
  return result("trouble", say(language, title), [element("p", {}, [say(language, detail)])]);
}

/** An enrolment that the customer has finished; `changes` is the list of what it has changed. */
export function finishedEnrolment(changes, language) {
  const finished = result("done", say(language, "enrolmentDone"), [element("p", {}, [say(language, "enrolmentChanges")]), changes]);
  // The list changes its language with the page, so they do.
  finished.querySelector("h3").dataset.say = "enrolmentDone";
  finished.querySelector("p").dataset.say = "enrolmentChanges";
  return finished;
}

const CHANGES = {
  "factor.enrolled": { pin: "pinEnrolled", device: "deviceEnrolled", sms: "phoneEnrolled", "face-scan": "faceEnrolled", other: "factorEnrolled" },
  "factor.removed": { pin: "pinRemoved", device: "deviceRemoved", sms: "phoneRemoved", "face-scan": "faceRemoved", other: "factorRemoved" },
};

/** What one of the bank's mails says. */
export function mailText({ type, factor, happenedAt }, language) {
  const texts = CHANGES[type];
  const change = texts === undefined ? "factorChanged" : Object.hasOwn(texts, factor) ? texts[factor] : texts.other;
  const time = new Intl.DateTimeFormat(tagOf(language), { timeStyle: "medium" }).format(happenedAt);
  return say(language, "mailAt", { time, change: say(language, change) });
}

/** The language with the calendar and the digits of the widget, whatever the browser's default is. */
const tagOf = (language) => `${spoken(language)}-u-ca-gregory-nu-latn`;

/** An amount in minor units, formatted for the language. */
export function money({ minor, currency }, language) {
  const decimals = decimalsOf(currency);
  const options = { style: "currency", currency, minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return isolated(new Intl.NumberFormat(tagOf(language), options).format(minor / 10 ** decimals));
}

/** The decimals of the demo's currencies in ISO 4217. An engine's own may differ. */
const decimalsOf = (currency) => (currency === "JPY" ? 0 : 2);

/** An amount as a decimal number, from Wise's JSON. */
function decimalMoney({ value, currency }, language) {
  return isolated(new Intl.NumberFormat(tagOf(language), { style: "currency", currency }).format(value));
}

/** An amount that begins with a right-to-left mark, from left to right: otherwise "US$" would be turned over. */
const isolated = (amount) => (amount.startsWith("\u200f") ? `\u2066${amount}\u2069` : amount);

function day(iso, language) {
  return new Intl.DateTimeFormat(tagOf(language), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso));
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
