// However often the customer presses: one call, and each call with its own idempotency key.

import assert from "node:assert/strict";
import { held } from "../harness/faults.mjs";
import { CODE, PIN, calls, nothingHappened, statementShown, toChoice, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

for (const [what, press] of [
  ["a double click", ({ widget }) => widget.confirm.dblclick()],
  ["Enter held down", async ({ page, widget }) => {
    await widget.codeField.focus();
    for (let repeats = 0; repeats < 5; repeats += 1) await page.keyboard.down("Enter");
    await page.keyboard.up("Enter");
  }],
  ["Enter and a click", async ({ page }) => {
    // Its name changes while the code is submitted.
    const button = page.locator("sca-widget button[type=submit]");
    await page.keyboard.press("Enter");
    await button.click({ force: true });
  }],
  ["a script that submits the form ten times", ({ widget }) =>
    widget.codeField.evaluate((field) => {
      for (let times = 0; times < 10; times += 1) field.form.requestSubmit();
    })],
]) {
  scenario(`${what} submits the code once`, {}, async (stage) => {
    const { page, widget, proxy } = stage;
    await toCode(stage);
    const verify = held();
    proxy.fault("POST", calls.verify, verify.act);
    await widget.codeField.click();
    await page.keyboard.type(CODE);
    await press(stage);
    await verify.arrived;
    verify.release();
    await statementShown(stage);
    assert.equal(proxy.sent("POST", calls.verify).length, 2, "the PIN, and the code once");
  });
}

scenario("a double click on a factor sends one code", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toChoice(stage);
  await widget.way(text.sms).dblclick();
  await widget.codeField.waitFor();
  assert.equal(proxy.sent("POST", calls.start).length, 1);
  assert.deepEqual((await stage.customer.now()).codesSent, ["SMS"]);
});

scenario("every attempt has an idempotency key of its own, and all carry the client secret in the header alone", {}, async (stage) => {
  const { widget, proxy, approvals } = stage;
  await toCode(stage);
  await widget.enterCode("999999");
  await widget.notice(text.wrong).waitFor();
  await widget.enterCode(CODE);
  await statementShown(stage);
  const made = proxy.seen.filter(({ path }) => path.startsWith("/sca/"));
  const keys = made.filter(({ method }) => method === "POST").map(({ headers }) => headers["idempotency-key"]);
  assert.equal(new Set(keys).size, keys.length);
  for (const key of keys) assert.match(key, /^[\w-]{16,64}$/);
  for (const { headers, url } of made) {
    assert.equal(headers.authorization, `Bearer ${approvals[0].clientSecret}`);
    assert.equal(headers.cookie, undefined);
    assert.doesNotMatch(url, /\?/);
  }
});

for (const [where, reach] of [
  ["the PIN", toPin],
  ["the choice", toChoice],
  ["the code", toCode],
]) {
  scenario(`at ${where} the customer can cancel, and the backend records it`, {}, async (stage) => {
    const { page, widget, proxy } = stage;
    await reach(stage);
    await widget.cancel();
    await widget.heading(text.cancelled).waitFor();
    await nothingHappened(stage);
    assert.deepEqual(proxy.sent("POST", calls.cancel).map(({ status }) => status), [200]);
    assert.equal(proxy.sent("GET", "/api/statement").length, 1);
    // And can start again.
    await page.locator("#statement").getByRole("button").click();
    await widget.enterPin(PIN);
    await widget.choose(text.sms);
    await widget.enterCode(CODE);
    await statementShown(stage);
  });
}
