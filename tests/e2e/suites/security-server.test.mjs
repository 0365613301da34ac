// What the partner's server does for the page "Security", without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newCustomer } from "../harness/customer.mjs";
import {
  approveWithoutPage,
  beginEnrolment,
  callEnrolment,
  encryptedFor,
  factorsOf,
  manageWithoutPage,
  openEnrolment,
  readMail,
  withoutPin,
} from "../harness/security.mjs";

const assertProblem = ({ status, said }, expected, code) => assert.deepEqual([status, said.code], [expected, code]);

async function changePin(enrolment, pin, path) {
  const { said: key } = await callEnrolment(enrolment, "GET", "/encryption-key");
  const { said } = await callEnrolment(enrolment, "POST", path, { jwe: await encryptedFor(key.spki, { pin }) });
  return said.verdict;
}

test("an enrolment begins with an approval of the customer's own, once", async () => {
  const customer = await newCustomer();
  const asked = await manageWithoutPage(customer);
  assertProblem(asked, 403, "approval-required");
  const { approval } = asked.said;
  assertProblem(await manageWithoutPage(customer, approval.id), 409, "step-up-required");
  assert.equal(await openEnrolment(customer), null);

  await approveWithoutPage(approval);
  const begun = await manageWithoutPage(customer, approval.id);
  assert.equal(begun.status, 201);
  assert.equal((await callEnrolment(begun.said.enrolment, "GET", "")).said.status, "open");
  assertProblem(await manageWithoutPage(customer, approval.id), 409, "step-up-required");
});

test("another customer's approval begins no enrolment, and no session begins none", async () => {
  const [customer, thief] = [await newCustomer(), await newCustomer()];
  const { approval } = (await manageWithoutPage(customer)).said;
  await approveWithoutPage(approval);
  assertProblem(await manageWithoutPage(thief, approval.id), 409, "step-up-required");
  assertProblem(await manageWithoutPage({ session: "made-up" }, approval.id), 401, "unauthorized");
  assertProblem(await manageWithoutPage({ session: "made-up" }), 401, "unauthorized");
  assert.equal(await openEnrolment(thief), null);
});

test("a page that was reloaded gets the open enrolment, until it ends", async () => {
  const customer = await newCustomer();
  const first = await beginEnrolment(customer);
  assert.deepEqual(await openEnrolment(customer), first);
  const second = await beginEnrolment(customer);
  assert.deepEqual(await openEnrolment(customer), second);
  assertProblem(await callEnrolment(first, "GET", ""), 401, "unauthorized");
  assert.equal((await callEnrolment(second, "POST", "/end")).status, 200);
  assert.equal(await openEnrolment(customer), null);
});

test("the bank would mail the customer about each change, and nobody else", async () => {
  const customer = await newCustomer();
  const [factors, others] = [factorsOf({ customer }), factorsOf({ customer: await newCustomer() })];
  const enrolment = await beginEnrolment(customer);
  assert.deepEqual(await factors.mail(), []);
  assert.equal(await changePin(enrolment, "2468", "/pin/change"), "enrolled");
  await factors.heard(2);
  const said = (await factors.mail()).map(({ type, enrolment, factor }) => [type, enrolment, factor]);
  const about = [enrolment.id, "pin"];
  assert.deepEqual(said, [["factor.removed", ...about], ["factor.enrolled", ...about]]);
  assert.deepEqual(await others.mail(), []);
  assertProblem(await readMail({ session: "made-up" }), 401, "unauthorized");
});

test("a customer without a PIN confirms with a code, and sets one", async () => {
  const customer = await newCustomer(withoutPin);
  const enrolment = await beginEnrolment(customer);
  assert.equal(await changePin(enrolment, "2468", "/pin"), "enrolled");
  await customer.behave({});
  await beginEnrolment(customer, { pin: "2468" });
});

test("a customer whom Wise asks for nothing has to be identified by other means", async () => {
  const customer = await newCustomer({ pin: null, behaviour: { challenges: [] } });
  assertProblem(await manageWithoutPage(customer), 409, "factor-not-set-up");
});
