// The same approval in several places: other tabs, a reload, a suspended page. The backend's state counts everywhere.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { CODE, PIN, calls, nothingHappened, statementShown, toChoice, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** Mounts the widget on a page that has only the client secret. */
const mountOn = (page, clientSecret) =>
  page.evaluate(async (secret) => {
    const { mount } = await import("/pkg/index.js");
    const handle = mount("#approval", { clientSecret: secret, baseUrl: "/sca", locale: "en" });
    window.handle = handle;
    handle.result.then((result) => (window.result = result));
    await handle.ready;
  }, clientSecret);

async function secondTab(stage) {
  const { page, widget } = await stage.tab("/strict.html");
  await mountOn(page, stage.approvals.at(-1).clientSecret);
  return { page, widget };
}

scenario("a second tab sees what happens in the first", {}, async (stage) => {
  await toPin(stage);
  const second = await secondTab(stage);
  await second.widget.pinField.waitFor();
  await stage.widget.enterPin(PIN);
  await second.widget.heading(text.chooseTitle).waitFor();
  await second.widget.choose(text.sms);
  await second.widget.codeField.waitFor();
  await second.widget.enterCode(CODE);
  await second.widget.heading(text.approved).waitFor();
  await statementShown(stage);
});

scenario("failed attempts in two tabs are counted together", {}, async (stage) => {
  await toPin(stage);
  const second = await secondTab(stage);
  for (const [tab, left] of [[stage, 4], [second, 3], [stage, 2]]) {
    await tab.widget.enterPin("9999");
    await tab.widget.notice(text.attemptsLeft(left)).waitFor();
  }
  await second.widget.enterPin("9999");
  await second.widget.notice(text.lastAttempt).waitFor();
  await stage.widget.enterPin("9999");
  await stage.widget.heading(text.declined).waitFor();
  await second.widget.heading(text.declined).waitFor();
});

scenario("cancelling in one tab ends the other", {}, async (stage) => {
  await toPin(stage);
  const second = await secondTab(stage);
  await second.widget.pinField.waitFor();
  await second.widget.cancel();
  await second.widget.heading(text.cancelled).waitFor();
  await stage.widget.heading(text.cancelled).waitFor();
  await nothingHappened(stage);
});

scenario("a reload continues with the same code", { page: "/strict.html" }, async (stage) => {
  const { page, widget, proxy, approvals } = stage;
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  await page.reload();
  await mountOn(page, approvals[0].clientSecret);
  await widget.codeField.waitFor();
  assert.equal(proxy.sent("POST", calls.start).length, 1);
  await widget.enterCode(CODE);
  await widget.heading(text.approved).waitFor();
  assert.deepEqual(await page.evaluate(() => window.handle.result), {
    outcome: "approved",
    approvalId: approvals[0].id,
    reason: null,
  });
});

scenario("a settled approval that is mounted again is shown as settled", {}, async (stage) => {
  const { widget } = stage;
  await toPin(stage);
  await widget.cancel();
  await widget.heading(text.cancelled).waitFor();
  const second = await secondTab(stage);
  await second.widget.heading(text.cancelled).waitFor();
});

/** Suspends the page: its time passes without timers, then it becomes visible again. */
async function sleepFor({ page }, milliseconds) {
  await page.clock.fastForward(milliseconds);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
}

scenario("after a suspension of the device nothing is lost", { clock: true }, async (stage) => {
  const { page, widget, proxy } = stage;
  await toCode(stage);
  await widget.codeField.click();
  await page.keyboard.type("111");
  const looks = proxy.sent("GET", calls.approval).length;
  await sleepFor(stage, 300_000);
  await stage.until(() => proxy.sent("GET", calls.approval).filter(({ status }) => status === 200).length > looks);
  assert.equal(await widget.codeField.inputValue(), "111");
  await page.keyboard.type("111");
  await widget.confirm.click();
  await statementShown(stage);
});

scenario("a clock that jumps past the expiry ends nothing: the server's time counts", { clock: true }, async (stage) => {
  const { widget } = stage;
  await toCode(stage);
  await sleepFor(stage, 3_600_000);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("an expired approval is shown as expired, and the customer can start again", { customer: { behaviour: { oneTimeTokenSeconds: 50 } }, movesTime: true }, async (stage) => {
  const { widget, customer } = stage;
  await toPin(stage);
  await widget.says(text.endsIn);
  await customer.advance(50);
  await stage.time.pass(50_000);
  await widget.heading(text.expired).waitFor();
  await nothingHappened(stage);
  await customer.behave({});
  await toChoice(stage);
});

scenario("a page restored by the back button shows the current state", { backForwardCache: true }, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  const second = await secondTab(stage);
  await page.evaluate(() => addEventListener("pageshow", (event) => (window.cameBack = event.persisted)));
  await page.goto("/strict.html");
  await second.widget.enterPin(PIN);
  await second.widget.heading(text.chooseTitle).waitFor();
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => window.cameBack === true);
  await widget.heading(text.chooseTitle).waitFor();
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await statementShown(stage);
});
