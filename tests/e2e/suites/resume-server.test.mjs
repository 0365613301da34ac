// What the partner's server tells of open approvals, and to whom, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newCustomer } from "../harness/customer.mjs";
import { approveWithoutPage, manageWithoutPage } from "../harness/security.mjs";

const days = "from=2026-07-01&to=2026-09-30";

/** A call of the page. Returns `{ status, said, cache }`. */
async function ask({ session }, path, { method = "GET", approval } = {}) {
  const headers = { "x-demo-session": session, ...(approval && { "x-sca-approval": approval }) };
  const answer = await fetch(`${process.env.SCA_CHECKOUT}${path}`, { method, headers });
  return { status: answer.status, said: await answer.json(), cache: answer.headers.get("cache-control") };
}

const open = async (customer) => (await ask(customer, "/api/approvals")).said.approvals;

const statement = (customer, approval) => ask(customer, `/api/statement?${days}`, { approval });
const transfer = (customer, id, approval) => ask(customer, `/api/transfers/${id}/fund`, { method: "POST", approval });

test("the customer's page gets the open approval, its call and its secret, and no cache keeps them", async () => {
  const customer = await newCustomer();
  assert.deepEqual(await open(customer), []);
  const { approval } = (await statement(customer)).said;
  const { said, cache } = await ask(customer, "/api/approvals");
  const { id, clientSecret, factors } = approval;
  const call = { kind: "statement", from: "2026-07-01", to: "2026-09-30" };
  assert.deepEqual(said.approvals, [{ call, approval: { id, clientSecret, factors }, isApproved: false }]);
  assert.equal(cache, "no-store");
});

test("another customer and a session that does not exist get nothing of it", async () => {
  const [customer, thief] = [await newCustomer(), await newCustomer()];
  const { approval } = (await statement(customer)).said;
  assert.deepEqual(await open(thief), []);
  for (const session of ["made-up", ""]) {
    const { status, said } = await ask({ session }, "/api/approvals");
    assert.deepEqual([status, said.code], [401, "unauthorized"]);
  }
  // Nor is the approval of use in another customer's call, or of harm to the customer's own.
  const { status, said } = await statement(thief, approval.id);
  assert.deepEqual([status, said.code], [409, "approval-mismatch"]);
  assert.equal((await open(customer))[0].approval.id, approval.id);
});

test("a call that is sent again too early leaves its approval open", async () => {
  const customer = await newCustomer();
  const { approval } = (await statement(customer)).said;
  assert.equal((await statement(customer, approval.id)).said.code, "approval-pending");
  assert.equal((await open(customer))[0].approval.id, approval.id);
});

test("each kind of call has one open approval, the newest first", async () => {
  const customer = await newCustomer();
  const [first, second] = customer.transferIds;
  await transfer(customer, first);
  await statement(customer);
  await transfer(customer, second);
  const kinds = (await open(customer)).map(({ call }) => [call.kind, call.id]);
  assert.deepEqual(kinds, [["transfer", second], ["statement", undefined]]);
});

test("once it is approved the page gets no secret, and after the call nothing", async () => {
  const customer = await newCustomer();
  const { approval } = (await manageWithoutPage(customer)).said;
  await approveWithoutPage(approval);
  assert.deepEqual(await open(customer), [{ call: { kind: "security" }, approval: { id: approval.id }, isApproved: true }]);
  assert.equal((await manageWithoutPage(customer, approval.id)).status, 201);
  assert.deepEqual(await open(customer), []);
});
