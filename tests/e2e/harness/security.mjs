// The page "Security": the steps to an enrolment, with the page or without, and the customer's factors as Wise and the bank know them.

import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { CompactEncrypt, importSPKI } from "jose";
import { CODE, PIN } from "./journey.mjs";

/** The setting of a story that begins on the page. */
export const onSecurity = { page: "/security.html" };

/** A customer without a PIN, who confirms with a code alone. `customer.behave({})` has Wise ask for PIN and code again. */
export const withoutPin = { pin: null, behaviour: { challenges: ["phone"] } };

/** The paths of an enrolment's calls in the proxy's form. */
export const enrolmentCalls = {
  enrolment: "/sca/v1/enrolment/{id}",
  key: "/sca/v1/enrolment/{id}/encryption-key",
  pin: "/sca/v1/enrolment/{id}/pin",
  changePin: "/sca/v1/enrolment/{id}/pin/change",
  removePin: "/sca/v1/enrolment/{id}/pin/remove",
  devices: "/sca/v1/enrolment/{id}/devices",
  recordDevice: "/sca/v1/enrolment/{id}/devices/{device}/record",
  removeDevice: "/sca/v1/enrolment/{id}/devices/{device}/remove",
  phone: "/sca/v1/enrolment/{id}/phone",
  verifyPhone: "/sca/v1/enrolment/{id}/phone/verify",
  end: "/sca/v1/enrolment/{id}/end",
};

/** Presses "Manage how I confirm payments", in any language of the page. */
export const manage = ({ page }) => page.locator("#security").getByRole("button").click();

/** The enrolment's element. */
export const enrolmentElement = ({ page }) => page.locator("sca-enrolment");

/** Confirms in the widget, with a PIN where one is asked for, and a code. */
export async function confirmInWidget({ widget }, { pin = PIN } = {}) {
  if (pin !== null) await widget.enterPin(pin);
  await widget.choose(widget.words.sms);
  await widget.enterCode(CODE);
}

/** Goes from the page to the enrolment, as a customer does. Returns `{ id, clientSecret }`. */
export async function toEnrolment(stage, confirming) {
  await manage(stage);
  await confirmInWidget(stage, confirming);
  await enrolmentElement(stage).waitFor({ state: "attached" });
  return lastEnrolment(stage);
}

/** The enrolment that the page was given last. */
export function lastEnrolment({ answers }) {
  const given = answers.filter(({ path, said }) => path === "/api/security" && said.enrolment).at(-1);
  assert.ok(given, "an enrolment was begun");
  return given.said.enrolment;
}

/**
 * Begins an enrolment as the page does, but without a page: the customer's approval included, with the first factor that Wise names for
 * each challenge, PIN or SMS. Returns `{ id, clientSecret }`.
 */
export async function beginEnrolment(customer, { pin = PIN } = {}) {
  const { status, said } = await manageWithoutPage(customer);
  assert.equal(status, 403, JSON.stringify(said));
  await approveWithoutPage(said.approval, pin);
  const begun = await manageWithoutPage(customer, said.approval.id);
  assert.equal(begun.status, 201, JSON.stringify(begun.said));
  return begun.said.enrolment;
}

/** The page's call, before or after an approval. */
export const manageWithoutPage = ({ session }, approvalId) =>
  ask("POST", "/api/security", { "x-demo-session": session, ...(approvalId && { "x-sca-approval": approvalId }) });

/**
 * Begins an enrolment and shows it in a page that has nothing else, with these attributes. Its events are in the page, in
 * `window.enrolmentEvents`. Returns `{ id, clientSecret }`.
 */
export async function openBare({ page, customer }, attributes, confirming) {
  const begun = await beginEnrolment(customer, confirming);
  await page.goto("/strict.html");
  await showEnrolment(page, begun.clientSecret, attributes);
  return begun;
}

/** Shows an enrolment in a page, for instance in another tab. */
export function showEnrolment(page, clientSecret, attributes = {}) {
  const given = { "base-url": "/sca", locale: "en", ...attributes };
  return page.evaluate(
    async ([clientSecret, given]) => {
      await import("/pkg/enrolment/index.js");
      const element = document.createElement("sca-enrolment");
      for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
      window.enrolmentEvents = [];
      for (const kind of ["sca-ready", "sca-error", "sca-enrolment-result"]) {
        element.addEventListener(kind, ({ detail }) => window.enrolmentEvents.push({ kind, detail }));
      }
      element.clientSecret = clientSecret;
      document.getElementById("approval").replaceChildren(element);
    },
    [clientSecret, given],
  );
}

/** Wise's and the bank's side of a customer's factors. */
export function factorsOf({ customer }) {
  const id = `customer-${customer.userId}`;
  return {
    /** What Wise has: `{ pinSet, deviceFingerprints, faceMapSet, phone, … }`. */
    now: customer.now,
    /** Changes them at Wise, as another app would: `{ pin, phone, deviceFingerprints, face }`. */
    set: (factors) => control("PATCH", `/customers/${customer.userId}/factors`, factors),
    /** What the bank would mail: `[{ type, enrolment, factor, device, happenedAt }]`. */
    mail: async () => (await readMail(customer)).said,
    /** Waits until the bank has received so many messages about this customer. */
    heard: (count) => control("POST", "/bank/wait", { customer: id, what: "notices", count, seconds: 40 }),
    /** Scripts a fault of a delivery of such a message. */
    bankFault: (fault, script = {}) => control("POST", "/bank/faults", { endpoint: "notices", for: id, fault, ...script }),
  };
}

/** The mail of a session's customer, as the page reads it. */
export const readMail = ({ session }) => ask("GET", "/api/security/mail", { "x-demo-session": session });

/** The customer's open enrolment, as the page reads it when it is loaded; or null. */
export async function openEnrolment({ session }) {
  const { status, said } = await ask("GET", "/api/security", { "x-demo-session": session });
  assert.equal(status, 200);
  return said.enrolment;
}

/** The text that a widget shows of an approval that begins an enrolment, see `shown_text` in `crates/sca-protocol/src/api.rs`. */
const shownOf = (approval) => `sca-shown-1\n${approval}\naccess\nsecurity\n`;

/** Approves as the widget does. */
export async function approveWithoutPage({ id, clientSecret }, pin = PIN) {
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${clientSecret}`, "idempotency-key": randomUUID() };
    const { status, said } = await ask(method, `/sca/v1/approval/${id}${path}`, headers, body);
    assert.equal(status, 200, `${path}: ${JSON.stringify(said)}`);
    return said;
  };
  let approval = await call("GET", "");
  const digest = createHash("sha256").update(shownOf(id)).digest("hex");
  const shown = { approval: id, version: approval.version, digest };
  while (approval.status === "pending") {
    const open = approval.challenges.find(({ passed }) => !passed);
    const { factor } = open.primary;
    const about = { challenge: open.id, factor, shown };
    const entry = await entryFor(factor, pin, () => call("GET", "/encryption-key"), () => call("POST", "/start", about));
    const { verdict, approval: next } = await call("POST", "/verify", { ...about, entry });
    assert.equal(verdict, "accepted", factor);
    approval = next;
  }
  assert.equal(approval.status, "approved");
}

async function entryFor(factor, pin, readKey, start) {
  if (factor === "sms") {
    await start();
    return { code: CODE };
  }
  assert.equal(factor, "pin", "a customer who confirms with PIN or code");
  const { spki } = await readKey();
  return { jwe: await encryptedFor(spki, { pin }) };
}

/** A compact JWE for Wise, from another library than the widget's. */
export async function encryptedFor(spki, secret) {
  const key = await importSPKI(`-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`, "RSA-OAEP-256");
  const text = new TextEncoder().encode(JSON.stringify(secret));
  return new CompactEncrypt(text).setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM" }).encrypt(key);
}

/** The fingerprint that this browser derives for the page's customer. */
export async function fingerprintIn({ page, answers }) {
  const name = answers.findLast(({ said }) => said.browserKey).said.browserKey;
  const fingerprint = await page.evaluate(async (name) => (await import("/pkg/enrolment/device.js")).fingerprint(name), name);
  assert.match(fingerprint, /^[\w-]{43}$/);
  return fingerprint;
}

/** A call of the enrolment's element, made without it. Returns `{ status, said }`. */
export function callEnrolment({ id, clientSecret }, method, path, body) {
  const headers = { authorization: `Bearer ${clientSecret}`, "idempotency-key": randomUUID() };
  return ask(method, `/sca/v1/enrolment/${id}${path}`, headers, body);
}

async function control(method, path, body) {
  const { status, said } = await request(`${process.env.SCA_SANDBOX}/control${path}`, method, {}, body);
  if (status >= 300) throw new Error(`${method} /control${path} answered ${status}: ${JSON.stringify(said)}`);
  return said;
}

const ask = (method, path, headers, body) => request(`${process.env.SCA_CHECKOUT}${path}`, method, headers, body);

async function request(url, method, headers, body) {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, said: text === "" ? undefined : JSON.parse(text) };
}
