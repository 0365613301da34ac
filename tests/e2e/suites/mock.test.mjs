// `sca-widget/mock` in a partner's page: the widget on a scripted bank, without a server. The suite `playground` has each state of its script.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createMockBank } from "../../../pkg/mock/index.js";
import { actions } from "../../../www/playground/actions.js";
import { states } from "../../../www/playground/states.js";
import { assertForm, callsBelow, schemaOf } from "../harness/contract.mjs";
import { CODE, PIN } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { encryptedFor } from "../harness/security.mjs";
import { shownOf } from "../harness/shown.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const WARNING = /sca-widget\/mock: a scripted bank answers/;
const bare = { page: "/strict.html", expected: [WARNING] };

/** Shows a widget on a bank with this script, in `place`. Both are `window.shown[name]` in the page, and the result once it is there. */
async function play({ page }, script = {}, { name = "one", place = "#approval", capturesFace = false } = {}) {
  await page.evaluate(
    async ([script, name, place, capturesFace]) => {
      const [{ mount }, { createMockBank }] = await Promise.all([import("/pkg/index.js"), import("/pkg/mock/index.js")]);
      window.ownFetch ??= window.fetch;
      const bank = createMockBank(script);
      bank.install();
      const { approval, baseUrl, faceCapture } = bank;
      const widget = mount(place, { clientSecret: approval.clientSecret, baseUrl, locale: "en", ...(capturesFace && { faceCapture }) });
      window.shown = { ...window.shown, [name]: { bank, widget } };
      widget.result.then((result) => (window.shown[name].result = result));
    },
    [script, name, place, capturesFace],
  );
}

const resultOf = async ({ page }, name = "one") => {
  await page.waitForFunction((name) => window.shown[name].result !== undefined, name);
  return page.evaluate((name) => window.shown[name].result, name);
};
const idOf = ({ page }, name = "one") => page.evaluate((name) => window.shown[name].bank.approval.id, name);
const inPage = ({ page }, run, argument) => page.evaluate(run, argument);

scenario("an approval by PIN and code needs no server, and says on the console what answers", bare, async (stage) => {
  const { widget, proxy, page } = stage;
  await play(stage);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await widget.heading(text.approved).waitFor();
  const approvalId = await idOf(stage);
  assert.match(approvalId, /^mock_/);
  assert.deepEqual(await resultOf(stage), { outcome: "approved", approvalId, reason: null });
  assert.equal(await inPage(stage, () => window.shown.one.bank.status), "approved");
  assert.deepEqual(proxy.seen.filter(({ path }) => /\/v1\//.test(path)), []);
  await inPage(stage, () => window.shown.one.widget.unmount());
  await play(stage, {}, { name: "two" });
  await widget.pinField.waitFor();
  assert.equal(stage.console.filter((line) => WARNING.test(line)).length, 1);
  await inPage(stage, () => Object.values(window.shown).forEach(({ bank }) => bank.uninstall()));
  assert.ok(await page.evaluate(() => window.fetch === window.ownFetch), "the page has its own fetch again");
});

scenario("the bank decrypts the PIN: a wrong one is wrong, and the attempts are counted", bare, async (stage) => {
  const { widget } = stage;
  await play(stage, { challenges: ["pin"], pin: "98765", attempts: 3 });
  await widget.enterPin("12345");
  await widget.notice(text.wrong).waitFor();
  await widget.says(text.attemptsLeft(2));
  await widget.enterPin("98764");
  await widget.notice(text.lastAttempt).waitFor();
  await widget.enterPin("98765");
  await widget.heading(text.approved).waitFor();
});

scenario("a customer of the bank can say that the action is not theirs", { ...bare, clock: true }, async (stage) => {
  const { widget, clock } = stage;
  await play(stage);
  await widget.deny();
  await widget.says(text.cancelSoon);
  await clock.forward(6);
  await widget.heading(text.declined).waitFor();
  assert.deepEqual(await resultOf(stage), { outcome: "declined", approvalId: await idOf(stage), reason: "denied" });
});

scenario("a bank answers below its base URL alone, which can be a path of the page's origin", bare, async (stage) => {
  const { widget } = stage;
  await play(stage, { challenges: ["pin"], baseUrl: "/pay/sca/" });
  await widget.pinField.waitFor();
  const answers = await inPage(stage, async () => {
    const { baseUrl, approval } = window.shown.one.bank;
    const authorization = `Bearer ${approval.clientSecret}`;
    const ask = async (url, init) => {
      const answer = await fetch(url, init);
      return [answer.status, (answer.headers.get("content-type") ?? "").split(";")[0]];
    };
    return [
      baseUrl,
      await ask("/strict.css"),
      await ask("/pay/sca/v1/approval/mock_other", { headers: { authorization } }),
      await ask(new URL(`/pay/sca/v1/approval/${approval.id}`, location.href)),
      await ask(`/pay/sca/v1/approval/${approval.id}/cancel`, { method: "POST", headers: { authorization } }),
      await ask(`/pay/scales`),
    ];
  });
  const problem = "application/problem+json";
  const [base, style, other, secretless, keyless, beside] = answers;
  assert.equal(base, `${stage.proxy.origin}/pay/sca`);
  assert.deepEqual([style, other, secretless, keyless], [[200, "text/css"], [404, problem], [401, problem], [400, problem]]);
  assert.equal(beside[0], 404);
  assert.equal(stage.proxy.sent("GET", "/pay/scales").length, 1, "that call was the page's own");
});

scenario("two banks answer for their own approvals, in whatever order they are uninstalled", bare, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => document.getElementById("approval").append(document.createElement("div"), document.createElement("div")));
  await play(stage, { challenges: ["pin"] }, { place: "#approval > div:first-child" });
  await widget.pinField.waitFor();
  await play(stage, { ended: { status: "declined", reason: "denied" } }, { name: "two", place: "#approval > div:last-child" });
  await widget.heading(text.declined).waitFor();
  await inPage(stage, () => window.shown.two.bank.uninstall());
  await widget.enterPin(PIN);
  assert.equal((await resultOf(stage)).outcome, "approved");
  assert.deepEqual(await resultOf(stage, "two"), { outcome: "declined", approvalId: await idOf(stage, "two"), reason: "denied" });
});

scenario("createScaFetch asks for what the bank refuses", bare, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(async () => {
    const [{ createScaFetch }, { createMockBank }] = await Promise.all([import("/pkg/fetch.js"), import("/pkg/mock/index.js")]);
    const bank = createMockBank({ challenges: ["pin"] });
    bank.install();
    const shop = async (request) => (request.headers.get("x-sca-approval") === bank.approval.id ? Response.json({ paid: true }) : bank.refusal());
    const pay = createScaFetch({ baseUrl: bank.baseUrl, locale: "en", fetch: shop });
    window.paid = pay("/api/pay", { method: "POST" }).then((answer) => answer.json());
  });
  await widget.enterPin(PIN);
  assert.deepEqual(await page.evaluate(() => window.paid), { paid: true });
});

scenario("the dialog of createScaFetch cancels the approval at the bank", bare, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(async () => {
    const [{ createScaFetch }, { createMockBank }] = await Promise.all([import("/pkg/fetch.js"), import("/pkg/mock/index.js")]);
    window.bank = createMockBank({ baseUrl: "/pay/sca" });
    window.bank.install();
    const pay = createScaFetch({ baseUrl: "/pay/sca", locale: "en", fetch: async () => window.bank.refusal() });
    window.refused = pay("/api/pay").catch(({ outcome, reason }) => ({ outcome, reason }));
  });
  await widget.pinField.waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual(await page.evaluate(() => window.refused), { outcome: "cancelled", reason: null });
  assert.equal(await page.evaluate(() => window.bank.status), "cancelled");
});

scenario("a test answers for the customer's phone, and ends an approval from outside", bare, async (stage) => {
  const { widget } = stage;
  const phone = { challenges: [["push", "sms"]], sent: "push", phone: { answer: "none" } };
  for (const [answer, heading, reason] of [["approve", text.approved, null], ["reject", text.declined, "denied"]]) {
    await play(stage, phone, { name: answer });
    await widget.heading(text.phoneTitle).waitFor();
    await inPage(stage, (answer) => window.shown[answer].bank.answerPhone(answer), answer);
    await widget.heading(heading).waitFor();
    assert.equal((await resultOf(stage, answer)).reason, reason);
    await inPage(stage, (answer) => window.shown[answer].widget.unmount(), answer);
  }
  await play(stage, { challenges: ["pin"] });
  await widget.pinField.waitFor();
  const refused = await inPage(stage, () => {
    try {
      window.shown.one.bank.answerPhone("approve");
    } catch (error) {
      return error.message;
    }
  });
  assert.match(refused, /no request is open on the phone/);
  await inPage(stage, () => window.shown.one.bank.end("failed", "session-ended"));
  await widget.says(text.signedOut);
  assert.deepEqual(await resultOf(stage), { outcome: "failed", approvalId: await idOf(stage), reason: "session-ended" });
});

scenario("a camera that is refused costs no attempt, and the page gets the error of its function", { ...bare, expected: [WARNING, /^uncaught: /] }, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => {
    window.errors = [];
    window.addEventListener("error", ({ error }) => window.errors.push(error.name));
  });
  await play(stage, { challenges: [["face-scan", "sms"]], camera: "denied", attempts: 1 }, { capturesFace: true });
  await widget.choose("Face check");
  await widget.notice(text.faceNotScanned).waitFor();
  assert.deepEqual(await page.evaluate(() => window.errors), ["NotAllowedError"]);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await widget.heading(text.approved).waitFor();
});

scenario("a widget that is unmounted while the bank is slow leaves no call behind", bare, async (stage) => {
  const { widget, page } = stage;
  await play(stage, { latency: 60 });
  await widget.heading(text.loading).waitFor();
  await inPage(stage, () => window.shown.one.widget.unmount());
  assert.equal((await resultOf(stage)).reason, "unmounted");
  assert.equal(await page.evaluate(() => window.shown.one.bank.status), "pending");
});

/** Makes one call of the widget, and asserts that the document describes the answer. Undefined if no answer of the backend comes. */
async function call(bank, method, path, body) {
  const { id, clientSecret } = bank.approval;
  const headers = { authorization: `Bearer ${clientSecret}`, "idempotency-key": crypto.randomUUID() };
  const answer = await bank.fetch(`${bank.baseUrl}/v1/approval/${id}${path}`, { method, headers, body: body && JSON.stringify(body) }).catch(() => undefined);
  if (!answer || answer.headers.get("content-type") === "text/html") return undefined;
  const schema = schemaOf(method, `/v1/approval/{id}${path}`, answer);
  if (!schema) return answer;
  const said = await answer.json();
  assertForm(schema, said, `${method} ${path}`);
  answered.add(schema);
  return said;
}

/** The schemas of all answers so far. */
const answered = new Set();

/** Plays an approval with each factor, first with a wrong entry. */
async function playAll(bank, pin) {
  const scan = { faceScan: "bW9jaw==", auditTrailImage: "bW9jaw==", lowQualityAuditTrailImage: "bW9jaw==" };
  const { spki } = (await call(bank, "GET", "/encryption-key")) ?? {};
  const approval = await call(bank, "GET", "");
  const open = approval?.challenges?.find(({ passed }) => !passed);
  if (!open || !approval.action || !spki) return;
  const about = { challenge: open.id, shown: shownOf(approval) };
  for (const { factor } of [open.primary, ...open.alternatives]) {
    const start = { ...about, factor };
    assertForm("Start", start, factor);
    await call(bank, "POST", "/start", start);
    if (factor === "face-scan") {
      await call(bank, "POST", "/face/session");
      await call(bank, "POST", "/face", { ...about, scan });
    }
    const entries = factor === "pin" ? [{ pin: "0000" }, { pin }] : [{ deviceFingerprint: "a-laptop" }];
    const submitted = ["sms", "whatsapp", "voice"].includes(factor) ? [{ code: "000000" }, { code: CODE }] : await Promise.all(entries.map(async (entry) => ({ jwe: await encryptedFor(spki, entry) })));
    for (const entry of submitted) {
      const verify = { ...about, factor, entry };
      assertForm("Verify", verify, factor);
      await call(bank, "POST", "/verify", verify);
    }
  }
}

test("each answer of the bank is one that the backend's OpenAPI document describes", async () => {
  const scripts = [...states.map(({ options }) => options), ...actions.map(({ options }) => options)];
  for (const { faults = [], ...script } of scripts) {
    const bank = createMockBank({ ...script, latency: 0, faults: faults.filter(({ fault }) => fault !== "no-answer") });
    await playAll(bank, PIN);
    const events = await call(bank, "GET", "/events");
    if (events?.body) {
      const reader = events.body.getReader();
      const [, data] = /^event: approval\ndata: (.*)\n\n$/.exec(new TextDecoder().decode((await reader.read()).value));
      assertForm("Approval", JSON.parse(data), "an event");
      await reader.cancel();
    }
    await call(bank, "POST", "/cancel");
    await call(bank, "POST", "/cancel");
    await call(bank, "GET", "");
  }
  assert.deepEqual([...answered].sort(), ["Approval", "EncryptionKey", "FaceSessionToken", "FaceVerified", "ProblemDocument", "Verified"]);
});

test("the bank answers every call that the widget makes to the backend", async () => {
  const known = callsBelow("/v1/approval/{id}");
  assert.ok(known.length >= 9, String(known));
  for (const [method, rest] of known) {
    const { fetch, baseUrl, approval } = createMockBank();
    const headers = { authorization: `Bearer ${approval.clientSecret}`, "idempotency-key": "1" };
    const answer = await fetch(`${baseUrl}/v1/approval/${approval.id}${rest}`, { method, headers });
    await answer.body.cancel();
    assert.notEqual(answer.status, 404, `${method} ${rest}`);
  }
});

test("a request on the phone can be answered after the customer has chosen a code, until it expires", async () => {
  mock.timers.enable({ apis: ["Date"] });
  try {
    for (const [seconds, status] of [[5, "approved"], [61, "pending"]]) {
      const answer = status === "approved" ? "approve" : "none";
      const bank = createMockBank({ challenges: [["push", "sms"]], sent: "push", phone: { answer, after: 4, lifetime: 60 } });
      const { challenges: [{ id: challenge }] } = await call(bank, "GET", "");
      await call(bank, "POST", "/start", { challenge, factor: "sms", shown: { approval: bank.approval.id } });
      mock.timers.tick(seconds * 1_000);
      const approval = await call(bank, "GET", "");
      assert.equal(approval.status, status);
      if (status === "approved") continue;
      assert.equal(approval.challenges[0].delivery.factor, "sms");
      assert.throws(() => bank.answerPhone("approve"), /no request is open/);
    }
  } finally {
    mock.timers.reset();
  }
});

test("a misspelt option is an error", () => {
  assert.throws(() => createMockBank({ factor: ["pin"] }), /there is no option "factor"/);
});
