// The checkout page: four calls that a bank protects, the widget, and the result.

import { load } from "/pkg/index.js";
import { approve } from "./approve.js";
import { language, onSubmit, t } from "./page.js";
import { executedWire, money, paid, sentTransfer, statementTable, wireUnderWay } from "./results.js";
import { fundTransfer, payments as weavrPayments, statement, transfers, waitingPayments, weavr, wire } from "./shop.js";

const choice = document.querySelector("select[name=payment]");
let payments = [];

language.addEventListener("change", speakPayments);
onSubmit("statement", showStatement);
onSubmit("transfer", sendTransfer);
onSubmit("wire", sendWire);
const goOnPaying = onSubmit("weavr", payWithWeavr);
let listed = listPayments();
findPhone();
// Some of these calls will need an approval. If the module cannot be loaded now, the widget tries again.
load({ locale: language.value }).catch(() => {});

function speakPayments() {
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
