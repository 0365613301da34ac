// The checkout page: four calls that a bank protects, the widget, and the result.

import { approve } from "./approve.js";
import { executedWire, money, paid, sentTransfer, statementTable, unavailable, wireUnderWay } from "./results.js";
import { fundTransfer, payments as weavrPayments, statement, transfers, waitingPayments, weavr, wire } from "./shop.js";
import { directions, say } from "./words.js";

const page = document.documentElement;
const language = document.getElementById("language");
const theme = document.getElementById("theme");
const choice = document.querySelector("select[name=payment]");
const t = (key, values) => say(language.value, key, values);
let payments = [];

language.addEventListener("change", speak);
theme.addEventListener("change", () => (page.dataset.theme = theme.value));
onSubmit("statement", showStatement);
onSubmit("transfer", sendTransfer);
onSubmit("wire", sendWire);
const goOnPaying = onSubmit("weavr", payWithWeavr);
speak();
let listed = listPayments();
findPhone();

function speak() {
  page.lang = language.value;
  page.dir = directions[language.value];
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = t(element.dataset.say);
  for (const widget of document.querySelectorAll("sca-widget")) widget.setAttribute("locale", language.value);
  for (const option of choice.options) option.textContent = paymentText(payments[option.index]);
}

async function listPayments() {
  const answer = await transfers();
  payments = answer.kind === "done" ? answer.body : [];
  choice.replaceChildren(...payments.map((payment) => new Option(paymentText(payment), payment.id)));
}

function paymentText({ amount, payee }) {
  return t("paymentTo", { amount: money(amount, language.value), payee });
}

async function showStatement({ from, to }, place) {
  const answer = await approve(statement(from.value, to.value), place, language.value);
  return answer.kind === "done" ? statementTable(answer.body, language.value) : answer;
}

async function sendTransfer(_, place) {
  // The list is still loading, or could not be loaded.
  await listed;
  if (payments.length === 0) await (listed = listPayments());
  const payment = payments[choice.selectedIndex];
  if (payment === undefined) return { kind: "trouble" };
  const answer = await approve(fundTransfer(payment.id), place, language.value);
  return answer.kind === "done" ? sentTransfer(payment, language.value) : answer;
}

async function sendWire({ amount }, place) {
  const sum = { minor: Math.round(amount.valueAsNumber * 100), currency: "USD" };
  const answer = await approve(wire(sum.minor), place, language.value);
  if (answer.kind === "under-way") return wireUnderWay(language.value);
  return answer.kind === "done" ? executedWire(sum, language.value) : answer;
}

async function payWithWeavr({ what, amounts }, place) {
  return paying(weavrPayments(what.value, amounts.value), place);
}

async function paying(call, place) {
  const answer = await approve(call, place, language.value);
  // A request may still be open on the phone.
  if (answer.kind === "ended") return { ...answer, message: "notConfirmed" };
  if (answer.body === undefined) return answer;
  return paid(answer.body.payments, answer.kind === "done", language.value);
}

/** Links to the customer's phone, and continues with payments that were waiting when the customer left the page. */
async function findPhone() {
  const { kind, body } = await weavr();
  if (kind !== "done") return;
  const link = document.querySelector("a[data-phone]");
  link.href = body.phone;
  link.parentElement.hidden = false;
  if (body.approval) goOnPaying((_, place) => paying(waitingPayments(body.approval), place));
}

/**
 * Runs a call when its form is submitted, one at a time, and shows the result below the form.
 * Returns a function that runs another call.
 */
function onSubmit(name, run) {
  const form = document.getElementById(name);
  const button = form.querySelector("button");
  const place = document.querySelector(`[data-place=${name}]`);
  const status = document.querySelector(`[data-status=${name}]`);
  const tell = (key) => {
    status.textContent = key ? t(key) : "";
    status.classList.toggle("working", key === "working");
  };
  const start = async (call) => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    place.replaceChildren();
    tell("working");
    const result = await call(form.elements, place);
    button.removeAttribute("aria-disabled");
    // Without an approval, the widget stays and shows how it ended.
    tell(result.kind === "ended" ? (result.message ?? "nothingHappened") : undefined);
    if (result instanceof Element) show(place, result);
    if (result.kind === "trouble") show(place, unavailable(language.value, result.code));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start(run);
  });
  return start;
}

/** Shows a result and focuses its heading, so that screen readers read it. */
function show(place, result) {
  place.replaceChildren(result);
  result.querySelector("h3").focus();
}
