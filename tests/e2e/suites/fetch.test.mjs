// `sca-widget/fetch` in a partner's page: a call that needs an approval is asked for and repeated once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "../harness/accessibility.mjs";
import { captureBy, enrolFace, scans } from "../harness/face.mjs";
import { answer, held, json, problem } from "../harness/faults.mjs";
import { CODE, PIN, calls } from "../harness/journey.mjs";
import { focusComesTo, nameOfFocus } from "../harness/keyboard.mjs";
import { assertAbsent, leftInPage } from "../harness/leaks.mjs";
import { scenario } from "../harness/scenario.mjs";
import { NOTHING, PAY, approve, askForStatement, beginShop, dialogOf, end, isOpen, leftOver, payments, press, protect } from "../harness/shop_calls.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const bare = { page: "/strict.html" };
const MODULE = "/pkg/dist/sca_widget_bg.wasm";
const inline = { target: "#approval" };
const abort = ({ page }, name = "pay", reason) => page.evaluate(([name, reason]) => window.controllers[name].abort(reason), [name, reason]);
const cancels = ({ proxy }) => proxy.sent("POST", calls.cancel);

for (const [where, options] of [["in a dialog", {}], ["in its place", inline]]) {
  scenario(`a statement is shown after an approval ${where}, and the call is made twice`, bare, async (stage) => {
    await beginShop(stage, options);
    await askForStatement(stage);
    await approve(stage);
    const { status, said } = await end(stage, "statement");
    assert.equal(status, 200);
    assert.ok(said.transactions.length > 0);
    const [first, second, ...others] = stage.proxy.sent("GET", "/api/statement");
    assert.deepEqual(others, []);
    assert.equal(second.url, first.url);
    assert.equal(first.headers["x-sca-approval"], undefined);
    assert.equal(second.headers["x-sca-approval"], stage.approvals[0].id);
    assert.deepEqual(await leftOver(stage), NOTHING);
  });
}

/** Each with the function's arguments after the address, as the page writes them. */
for (const [what, init] of [
  ["JSON", `{ method: "POST", body: '{"amount":1}', headers: { "content-type": "application/json", "idempotency-key": "order-4711-first" } }`],
  ["no body", `{ method: "POST" }`],
  ["a form with a file", `{ method: "POST", body: (() => { const form = new FormData(); form.append("a", new File(["bytes"], "a.bin")); return form; })() }`],
  ["a query", `{ method: "PUT", body: new URLSearchParams({ a: "b c" }) }`],
  ["a blob with a type", `{ method: "POST", body: new Blob(["bytes"], { type: "Image/PNG" }) }`],
  ["bytes that the page changes meanwhile", `{ method: "POST", body: (window.bytes = new Uint8Array([1, 2, 3])) }`],
  ["a stream", `{ method: "POST", duplex: "half", body: new Blob(["stream", "ed"]).stream() }`],
]) {
  scenario(`${what}: the repeated call has the same bytes and headers`, bare, async (stage) => {
    const { page } = stage;
    protect(stage);
    await beginShop(stage, {}, { init });
    await page.evaluate((path) => void window.call("pay", path, window.more.init), PAY);
    await stage.widget.pinField.waitFor();
    await page.evaluate(() => window.bytes?.fill(9));
    await approve(stage);
    assert.deepEqual(await end(stage), { status: 200, said: { paid: true } });
    const [first, second, ...others] = payments(stage);
    assert.deepEqual(others, []);
    assert.equal(second.method, first.method);
    assert.deepEqual(second.body, first.body);
    const { "x-sca-approval": approval, ...headers } = second.headers;
    assert.equal(approval, stage.answers.find(({ said }) => said.status === "pending").said.id);
    assert.deepEqual(headers, first.headers);
    assert.equal(first.body.length > 0, what !== "no body");
    if (what === "a stream") assert.equal(first.body.toString(), "streamed");
  });
}

scenario("a Request is sent and repeated like its address and options", bare, async (stage) => {
  const { page } = stage;
  protect(stage);
  await beginShop(stage);
  await page.evaluate(async (path) => {
    const request = new Request(path, { method: "POST", body: "once", headers: { "idempotency-key": "order-4711-first" } });
    window.scaFetch(request).then(({ status }) => (window.ended.pay = { status, wasRead: request.bodyUsed }));
  }, PAY);
  await approve(stage);
  assert.deepEqual(await end(stage), { status: 200, wasRead: true });
  const [first, second] = payments(stage);
  assert.equal(first.body.toString(), "once");
  assert.deepEqual(second.body, first.body);
  assert.equal(second.headers["idempotency-key"], "order-4711-first");
});

for (const [what, [status, body], more] of [
  ["a success", [200, { paid: true }]],
  ["another refusal", [403, { code: "not-yours" }]],
  ["a refusal without a code", [403, null]],
  ["an approval with another status", [401, { code: "approval-required", approval: { clientSecret: "appr_1_secret_1" } }]],
  ["an answer that the partner's function knows nothing of", [202, { pending: true }], { approvalOf: "async (response) => (await response.json()).approval ?? null" }],
  ["an answer of which the partner's function reads nothing", [202, { pending: true }], { approvalOf: "() => null" }],
]) {
  scenario(`${what} is returned as it is, with its body`, bare, async (stage) => {
    stage.proxy.fault("POST", PAY, json(status, body));
    await beginShop(stage, {}, more);
    await press(stage);
    assert.deepEqual(await end(stage), { status, said: body });
    assert.equal(payments(stage).length, 1);
    assert.deepEqual(await leftOver(stage), NOTHING);
  });
}

scenario("a second refusal is returned as it is, and not asked for again", bare, async (stage) => {
  protect(stage, 2);
  await beginShop(stage);
  await press(stage);
  await approve(stage);
  const { status, said } = await end(stage);
  assert.equal(status, 403);
  assert.equal(said.code, "approval-required");
  assert.equal(payments(stage).length, 2);
  assert.deepEqual(await leftOver(stage), NOTHING);
});

scenario("the partner's function finds the approval in an answer of its own shape, and no header is sent", bare, async (stage) => {
  const { page, widget } = stage;
  protect(stage);
  const approvalOf = `async (response) => {
    if (response.ok) return null;
    const { approval } = await response.json();
    return { clientSecret: approval.clientSecret, locale: "ar" };
  }`;
  await beginShop(stage, { approvalHeader: null }, { approvalOf });
  await press(stage);
  await page.getByRole("textbox", { name: words.ar.pinTitle }).waitFor();
  const dialog = page.getByRole("dialog", { name: "موافقتك" });
  assert.equal(await dialog.evaluate((dialog) => getComputedStyle(dialog).direction), "rtl");
  await page.getByRole("textbox", { name: words.ar.pinTitle }).click();
  await page.keyboard.type(PIN);
  await page.keyboard.press("Enter");
  await widget.choose(words.ar.sms);
  await page.getByRole("textbox", { name: words.ar.codeTitle }).click();
  await page.keyboard.type(CODE);
  await page.keyboard.press("Enter");
  assert.equal((await end(stage)).status, 200);
  assert.deepEqual(payments(stage).map(({ headers }) => headers["x-sca-approval"]), [undefined, undefined]);
});

scenario("the dialog has a name, takes the focus, keeps the page out of reach, and returns the focus", bare, async (stage) => {
  const { page } = stage;
  protect(stage);
  await beginShop(stage);
  await press(stage);
  await focusComesTo(page, text.pinTitle);
  assert.equal(await dialogOf(stage).count(), 1);
  const behind = await page.evaluate(() => {
    document.getElementById("show").focus();
    return document.activeElement.id;
  });
  assert.notEqual(behind, "show", "the page behind takes no focus");
  await page.keyboard.type(PIN);
  await page.keyboard.press("Enter");
  await stage.widget.choose(text.sms);
  await stage.widget.enterCode(CODE);
  assert.equal((await end(stage)).status, 200);
  assert.equal(await nameOfFocus(page), "Pay");
});

scenario("the dialog is in the middle of a page that resets all margins", bare, async (stage) => {
  const { page, widget } = stage;
  await beginShop(stage);
  await page.evaluate(() => {
    const reset = new CSSStyleSheet();
    reset.replaceSync("* { margin: 0; padding: 0; box-sizing: border-box }");
    document.adoptedStyleSheets.push(reset);
  });
  await askForStatement(stage);
  await widget.pinField.waitFor();
  const gaps = await dialogOf(stage).evaluate((dialog) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    return [left - (document.documentElement.clientWidth - right), top - (innerHeight - bottom)];
  });
  for (const gap of gaps) assert.ok(Math.abs(gap) < 2, `${gaps}`);
});

scenario("the dialog is accessible on a strict page, in its own style", bare, async (stage) => {
  const { page, widget } = stage;
  protect(stage);
  await beginShop(stage);
  await press(stage);
  await widget.pinField.waitFor();
  await dialogOf(stage).evaluate((dialog) => dialog.scrollTo(0, 0));
  await assertAccessible(page, "dialog");
});

for (const [how, close] of [
  ["Escape", ({ page }) => page.keyboard.press("Escape")],
  ["its button", ({ page }) => page.getByRole("button", { name: "Close", exact: true }).click()],
]) {
  scenario(`closing the dialog by ${how} cancels the approval, and the call is not repeated`, bare, async (stage) => {
    const { page, widget } = stage;
    protect(stage);
    await beginShop(stage);
    await press(stage);
    await focusComesTo(page, text.pinTitle);
    await widget.pinField.waitFor();
    await close(stage);
    const { kind, message, outcome, approvalId, reason } = await end(stage);
    const cancelled = stage.answers.find(({ path }) => path === calls.cancel).said;
    assert.equal(cancelled.status, "cancelled");
    assert.deepEqual({ kind, outcome, approvalId, reason }, { kind: "ScaApprovalError", outcome: "cancelled", approvalId: cancelled.id, reason: null });
    assert.equal(message, "The call was not approved: cancelled.");
    assert.equal(cancels(stage).length, 1);
    assert.equal(payments(stage).length, 1);
    assert.equal(await nameOfFocus(page), "Pay");
    assert.deepEqual(await leftOver(stage), NOTHING);
  });
}

scenario("if the backend does not confirm that it is cancelled, nothing is claimed", bare, async (stage) => {
  const { page, widget, proxy } = stage;
  protect(stage);
  proxy.fault("POST", calls.cancel, problem(409, "request-in-progress"));
  await beginShop(stage);
  await press(stage);
  await widget.pinField.waitFor();
  await page.keyboard.press("Escape");
  const { outcome, reason } = await end(stage);
  assert.deepEqual([outcome, reason], ["cancelled", "unmounted"]);
});

scenario("closed before the module is there, the dialog sends no secret", bare, async (stage) => {
  const { page, proxy } = stage;
  protect(stage);
  const module = held();
  proxy.fault("GET", MODULE, module.act);
  await beginShop(stage);
  await press(stage);
  await module.arrived;
  await dialogOf(stage).waitFor();
  await page.keyboard.press("Escape");
  const { outcome, approvalId, reason } = await end(stage);
  module.release();
  assert.deepEqual([outcome, approvalId, reason], ["cancelled", null, "unmounted"]);
  assert.deepEqual(proxy.seen.filter(({ path }) => path.startsWith("/sca/")), []);
});

scenario("a declined approval stays in the dialog until the customer has read it", bare, async (stage) => {
  const { page, widget } = stage;
  protect(stage);
  await beginShop(stage);
  await press(stage);
  for (const left of [4, 3, 2]) {
    await widget.enterPin("9999");
    await widget.notice(text.attemptsLeft(left)).waitFor();
  }
  await widget.enterPin("9999");
  await widget.notice(text.lastAttempt).waitFor();
  await widget.enterPin("9999");
  await widget.says(text.tooManyAttempts);
  assert.ok(await isOpen(stage));
  await page.keyboard.press("Escape");
  const { outcome, reason } = await end(stage);
  assert.deepEqual([outcome, reason], ["declined", "too-many-attempts"]);
  assert.equal(payments(stage).length, 1);
  assert.deepEqual(await leftOver(stage), NOTHING);
});

scenario("in its place, a cancelled widget says so until the next one is shown", bare, async (stage) => {
  const { widget } = stage;
  protect(stage, 2);
  await beginShop(stage, inline);
  await press(stage);
  await widget.pinField.waitFor();
  await widget.cancel();
  const { outcome, reason } = await end(stage);
  assert.deepEqual([outcome, reason], ["cancelled", null]);
  await widget.heading(text.cancelled).waitFor();
  await press(stage);
  await widget.pinField.waitFor();
  assert.equal(await widget.heading(text.cancelled).count(), 0);
});

scenario("a widget that cannot be shown is an error with its cause", bare, async (stage) => {
  const { page } = stage;
  protect(stage, Infinity);
  await beginShop(stage, { target: "#nowhere" });
  await press(stage);
  const { message, ...members } = await end(stage);
  assert.deepEqual(members, { kind: "ScaApprovalError", outcome: "failed", approvalId: null, reason: "target-missing", cause: "target-missing" });

  await page.evaluate(() => {
    window.ended = {};
    window.start({ baseUrl: "http://partner.example/sca" });
  });
  await press(stage);
  await page.getByRole("alert").filter({ hasText: "This step can’t be shown." }).waitFor();
  await page.keyboard.press("Escape");
  const insecure = await end(stage);
  assert.deepEqual([insecure.outcome, insecure.reason, insecure.cause], ["failed", "base-url-insecure", "base-url-insecure"]);
  assert.deepEqual(await leftOver(stage), NOTHING);
});

scenario("after a download that failed, the customer tries again in the same dialog", { ...bare, expected: [/sca_widget_bg/] }, async (stage) => {
  const { page, proxy } = stage;
  protect(stage);
  // The second time past the caches.
  proxy.fault("GET", MODULE, answer(404, ""), 2);
  await beginShop(stage);
  await press(stage);
  await page.getByRole("button", { name: "Try again" }).click();
  await approve(stage);
  assert.equal((await end(stage)).status, 200);
});

scenario("two calls at once are asked for one after the other, and each is repeated", bare, async (stage) => {
  const { page, widget } = stage;
  await beginShop(stage);
  await askForStatement(stage, "first");
  await askForStatement(stage, "second");
  await stage.until(() => stage.approvals.length === 2);
  await widget.pinField.waitFor();
  assert.equal((await leftOver(stage)).dialogs, 1);
  await approve(stage);
  await page.waitForFunction(() => Object.keys(window.ended).length === 1);
  await widget.pinField.waitFor();
  assert.equal((await leftOver(stage)).dialogs, 1);
  await page.keyboard.press("Escape");
  const ends = [await end(stage, "first"), await end(stage, "second")];
  assert.deepEqual(ends.map(({ status, outcome }) => status ?? outcome).sort(), [200, "cancelled"]);
  assert.deepEqual(await leftOver(stage), NOTHING);
});

const AT = {
  "before the call": async (stage) => {
    await stage.page.evaluate((path) => void window.call("pay", path, { method: "POST", signal: AbortSignal.abort() }), PAY);
    return 0;
  },
  "during the first call": async (stage) => {
    const first = held();
    stage.proxy.fault("POST", PAY, first.act);
    await press(stage);
    await first.arrived;
    await abort(stage);
    first.release();
    return 1;
  },
  "while a stream is read": async (stage) => {
    await stage.page.evaluate((path) => {
      const body = new ReadableStream({ cancel: () => void (window.wasCancelled = true) });
      void window.call("pay", path, { method: "POST", body, duplex: "half" });
    }, PAY);
    await abort(stage);
    await stage.page.waitForFunction(() => window.wasCancelled);
    return 0;
  },
  "while the widget loads": async (stage) => {
    protect(stage);
    const module = held();
    stage.proxy.fault("GET", MODULE, module.act);
    await press(stage);
    await module.arrived;
    await abort(stage);
    module.release();
    return 1;
  },
  "while the customer is asked": async (stage) => {
    protect(stage);
    await press(stage);
    await stage.widget.pinField.waitFor();
    await abort(stage);
    return 1;
  },
  "while the repeated call is made": async (stage) => {
    const second = held();
    protect(stage, 1, second.act);
    await press(stage);
    await approve(stage);
    await second.arrived;
    await abort(stage);
    second.release();
    return 2;
  },
};

for (const [when, run] of Object.entries(AT)) {
  scenario(`aborted ${when}, the call rejects and nothing is left`, bare, async (stage) => {
    await beginShop(stage);
    const made = await run(stage);
    assert.equal((await end(stage)).kind, "AbortError");
    assert.equal(payments(stage).length, made);
    assert.equal(cancels(stage).length, 0, "the approval stays open");
    assert.deepEqual(await leftOver(stage), NOTHING);
  });
}

scenario("aborted while it waits for its turn, a call is not asked for, and the next one is", bare, async (stage) => {
  const { page, widget } = stage;
  await beginShop(stage);
  for (const name of ["first", "second", "third"]) {
    await askForStatement(stage, name);
    await stage.until(() => stage.approvals.length === ["first", "second", "third"].indexOf(name) + 1);
  }
  await widget.pinField.waitFor();
  await abort(stage, "second", "changed my mind");
  assert.equal((await end(stage, "second")).kind, undefined, "the reason is no error, and is passed on as it is");
  assert.equal((await leftOver(stage)).dialogs, 1);
  await page.keyboard.press("Escape");
  assert.equal((await end(stage, "first")).outcome, "cancelled");
  await approve(stage);
  assert.equal((await end(stage, "third")).status, 200);
  assert.deepEqual(await leftOver(stage), NOTHING);
});

scenario("the signal of a part of the page ends what is asked there, and leaves other calls alone", bare, async (stage) => {
  const { page, widget } = stage;
  protect(stage);
  await beginShop(stage, {}, { signal: "(window.life = new AbortController()).signal" });
  await press(stage);
  await widget.pinField.waitFor();
  await page.evaluate(() => window.life.abort());
  assert.equal((await end(stage)).kind, "AbortError");
  assert.deepEqual(await leftOver(stage), NOTHING);
  await page.evaluate(() => (window.ended = {}));
  await press(stage);
  assert.equal((await end(stage)).status, 200);
});

scenario("a dialog that the page removes ends the approval for this page", bare, async (stage) => {
  protect(stage);
  await beginShop(stage);
  await press(stage);
  await stage.widget.pinField.waitFor();
  await stage.page.evaluate(() => document.querySelector("dialog").remove());
  const { outcome, reason } = await end(stage);
  assert.deepEqual([outcome, reason], ["cancelled", "unmounted"]);
  assert.deepEqual(await leftOver(stage), NOTHING);
});

scenario("a rule of the page overrides the dialog's style", bare, async (stage) => {
  const { page, proxy } = stage;
  proxy.fault("GET", "/strict.css", answer(200, ".sca-dialog { padding: 7px }", { "content-type": "text/css" }));
  await page.reload();
  protect(stage);
  await beginShop(stage);
  await press(stage);
  await stage.widget.pinField.waitFor();
  const style = await dialogOf(stage).evaluate((dialog) => [getComputedStyle(dialog).padding, getComputedStyle(dialog).borderTopWidth]);
  assert.deepEqual(style, ["7px", "0px"]);
});

scenario("no secret is left in the page, in an error or in the console, approved or cancelled", bare, async (stage) => {
  const { page, widget, proxy } = stage;
  await beginShop(stage, { preload: true });
  await askForStatement(stage, "approved");
  await approve(stage);
  await end(stage, "approved");
  await askForStatement(stage, "cancelled");
  await widget.pinField.waitFor();
  await page.keyboard.press("Escape");
  await end(stage, "cancelled");
  const secrets = { first: stage.approvals[0].clientSecret, second: stage.approvals[1].clientSecret };
  for (const [where, content] of Object.entries(await leftInPage(page))) assertAbsent(secrets, where, content);
  assertAbsent(secrets, "the ends", JSON.stringify(await page.evaluate(() => window.ended.cancelled)));
  assertAbsent(secrets, "the console", stage.console.join("\n"));
  for (const { method, path, url, headers, body } of proxy.seen) {
    const { authorization, ...others } = headers;
    assertAbsent(secrets, `${method} ${path}`, `${url} ${JSON.stringify(others)} ${body}`);
  }
});

scenario("with preload, the module is fetched before any call", bare, async (stage) => {
  await beginShop(stage, { preload: true });
  await stage.until(() => stage.proxy.sent("GET", MODULE).length === 1);
  assert.deepEqual(payments(stage), []);
});

scenario("a capture of the face is in front of the dialog, which is there again afterwards", bare, async (stage) => {
  const { page, widget, customer } = stage;
  await enrolFace(customer);
  await customer.behave({ challenges: ["face", "pin"] });
  await customer.advance(301);
  captureBy(stage, `log.push(document.querySelector("dialog[open]") ? "behind" : "in front");\n${scans}`);
  await beginShop(stage, {}, { faceCapture: `async (request) => (await import("/face-capture.js")).faceCapture(request)` });
  await askForStatement(stage);
  await widget.choose("Face check");
  await widget.enterPin(PIN);
  assert.equal((await end(stage, "statement")).status, 200);
  assert.deepEqual(await page.evaluate(() => window.captured), ["in front", "success"]);
  assert.deepEqual(await leftOver(stage), NOTHING);
});

test("on a server, where there is no customer, the refusal is returned", async () => {
  const { createScaFetch } = await import("../../../pkg/fetch.js");
  const refused = { code: "approval-required", approval: { clientSecret: "appr_1_secret_1" } };
  let made = 0;
  const send = async () => ((made += 1), Response.json(refused, { status: 403 }));
  const answer = await createScaFetch({ baseUrl: "/sca", preload: true, fetch: send })("https://shop.example/api/pay", { method: "POST", body: "{}" });
  assert.deepEqual([answer.status, await answer.json(), made], [403, refused, 1]);
});
