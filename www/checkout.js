// The checkout page: four calls that a bank protects, the widget, and the result.

import { load } from "/pkg/index.js";
import { approve, goingOn } from "./approve.js";
import { language, onSubmit, t } from "./page.js";
import { executedWire, money, paid, sentTransfer, statementTable, wireUnderWay } from "./results.js";
import { fundTransfer, openApprovals, payments as weavrPayments, statement, transfers, weavr, wire } from "./shop.js";

const choice = document.querySelector("select[name=payment]");
let payments = [];

language.addEventListener("change", speakPayments);
const goOn = {
  statement: onSubmit("statement", showStatement),
  transfer: onSubmit("transfer", sendTransfer),
  wire: onSubmit("wire", sendWire),
  weavr: onSubmit("weavr", payWithWeavr),
};
let listed = listPayments();
resume();
findPhone();
// Some of these calls will need an approval. If the module cannot be loaded now, the widget tries again.
load({ locale: language.value }).catch(() => {});

/** Goes on with the approvals that were open when the customer left the page. Each call is made as it was then. */
async function resume() {
  for (const open of await openApprovals()) goOn[open.call.kind]?.(open);
}

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

async function showStatement({ from, to }, place, open) {
  if (open) [from.value, to.value] = [open.call.from, open.call.to];
  const answer = await approve(goingOn(statement(from.value, to.value), open), place, language.value);
  return answer.kind === "done" ? statementTable(answer.body, language.value) : answer;
}

async function sendTransfer(_, place, open) {
  // What was open goes on before the list is there.
  if (open) loadedPayments().then(() => (choice.value = open.call.id));
  const id = open?.call.id ?? (await loadedPayments())[choice.selectedIndex]?.id;
  if (id === undefined) return { kind: "trouble" };
  const answer = await approve(goingOn(fundTransfer(id), open), place, language.value);
  if (answer.kind !== "done") return answer;
  return sentTransfer((await loadedPayments()).find((payment) => payment.id === id), language.value);
}

/** The list may still be loading. If it could not be loaded, this tries again. */
async function loadedPayments() {
  await listed;
  if (payments.length === 0) await (listed = listPayments());
  return payments;
}

async function sendWire({ amount }, place, open) {
  if (open) amount.value = open.call.amount / 100;
  const sum = { minor: Math.round(amount.valueAsNumber * 100), currency: "USD" };
  const answer = await approve(goingOn(wire(sum.minor, open?.call.transfer), open), place, language.value);
  if (answer.kind === "under-way") return wireUnderWay(language.value);
  return answer.kind === "done" ? executedWire(sum, language.value) : answer;
}

async function payWithWeavr({ what, amounts }, place, open) {
  if (open) [what.value, amounts.value] = [open.call.what, open.call.amounts];
  const answer = await approve(goingOn(weavrPayments(what.value, amounts.value), open), place, language.value);
  // A request may still be open on the phone.
  if (answer.kind === "ended") return { ...answer, message: "notConfirmed" };
  if (answer.body === undefined) return answer;
  return paid(answer.body.payments, answer.kind === "done", language.value);
}

/** Links to the customer's phone. */
async function findPhone() {
  const { kind, body } = await weavr();
  if (kind !== "done") return;
  const link = document.querySelector("a[data-phone]");
  link.href = body.phone;
  link.parentElement.hidden = false;
}
