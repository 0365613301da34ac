// A page that is reloaded, discarded, or opened a second time goes on with the same approval, at the same step. The partner's server finds the
// open approval; the page stores nothing of it.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { engine } from "../harness/engine.mjs";
import { CODE, PIN, askForStatement, nothingHappened, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { WEAVR_CODE, assertPaid, paidShown, phoneAwaited, toPhone, toWays, toWeavrCode, weavrOf } from "../harness/payments.mjs";
import { assertKept, assertNoSecretKept, assertOneApproval, keptLine, reloadToNothing } from "../harness/resume.mjs";
import { scenario } from "../harness/scenario.mjs";
import { confirmInWidget, enrolmentElement, manage, onSecurity } from "../harness/security.mjs";
import { Widget } from "../harness/widget.mjs";
import { assertExecutedOnce, begin, executedShown, inFrame, toExplanation, toFrame, walk, wireOf } from "../harness/wire.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

const askForTransfer = ({ page }) => page.locator("#transfer").getByRole("button").click();
const transferSent = ({ page }) => page.getByRole("heading", { name: "Transfer sent" }).waitFor();

/** Asserts that a transfer was executed once, and the others not. */
async function assertSentOnce({ customer }, place = 0) {
  const { transfers } = await customer.now();
  const sent = customer.transferIds.map((id) => transfers[id]?.executedPayments ?? 0);
  assert.deepEqual(sent, sent.map((_, at) => (at === place ? 1 : 0)));
}

/** The steps at Wise, in order: how the customer is there, and goes on from there. */
const steps = [
  {
    step: "the PIN",
    shown: ({ widget }) => widget.pinField.waitFor(),
    goOn: ({ widget }) => widget.enterPin(PIN),
    codes: [],
  },
  {
    step: "the choice",
    shown: ({ widget }) => widget.heading(text.chooseTitle).waitFor(),
    goOn: ({ widget }) => widget.choose(text.sms),
    codes: [],
  },
  {
    step: "the code",
    shown: ({ widget }) => widget.codeField.waitFor(),
    goOn: ({ widget }) => widget.enterCode(CODE),
    codes: ["SMS"],
  },
];

for (const { call, ask, done } of [
  { call: "a statement", ask: askForStatement, done: statementShown },
  { call: "a transfer", ask: askForTransfer, done: transferSent },
]) {
  for (const [at, { step, shown, codes }] of steps.entries()) {
    scenario(`${call} at Wise goes on after a reload at ${step}`, {}, async (stage) => {
      await ask(stage);
      for (const passed of steps.slice(0, at)) {
        await passed.shown(stage);
        await passed.goOn(stage);
      }
      await shown(stage);
      await stage.page.reload();
      await assertKept(stage);
      await shown(stage);
      assert.deepEqual((await stage.customer.now()).codesSent, codes);
      await assertNoSecretKept(stage, { PIN });
      for (const left of steps.slice(at)) {
        await left.shown(stage);
        await left.goOn(stage);
      }
      await done(stage);
      assert.equal(await keptLine(stage).count(), 0);
      assert.deepEqual((await stage.customer.now()).codesSent, ["SMS"], "one text message in all");
      if (call === "a transfer") await assertSentOnce(stage);
      assertOneApproval(stage);
      await reloadToNothing(stage);
    });
  }
}

scenario("the call that goes on is the one that was asked for, whatever the form says now", {}, async (stage) => {
  const { page, widget, customer } = stage;
  const chosen = page.locator("select[name=payment]");
  await page.waitForFunction(() => document.querySelector("select[name=payment]").options.length > 1);
  await chosen.selectOption({ index: 1 });
  await askForTransfer(stage);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  await page.reload();
  await assertKept(stage);
  await page.waitForFunction((id) => document.querySelector("select[name=payment]").value === id, String(customer.transferIds[1]));
  await chosen.selectOption({ index: 0 });
  await widget.enterCode(CODE);
  await transferSent(stage);
  await assertSentOnce(stage, 1);
});

scenario("a statement goes on with its days", {}, async (stage) => {
  const { page, widget } = stage;
  await page.locator("[name=from]").fill("2026-08-01");
  await toCode(stage);
  await page.reload();
  await assertKept(stage);
  assert.equal(await page.locator("[name=from]").inputValue(), "2026-08-01");
  await widget.enterCode(CODE);
  await statementShown(stage);
  await page.getByText(/1 Aug 2026 to 30 Sept? 2026|Aug 1, 2026 to Sep 30, 2026/).waitFor();
});

scenario("three reloads in a row cost no second text message", {}, async (stage) => {
  await toCode(stage);
  for (let times = 0; times < 3; times += 1) {
    await stage.page.reload();
    await assertKept(stage);
    await stage.widget.codeField.waitFor();
  }
  await stage.widget.enterCode(CODE);
  await statementShown(stage);
  assert.deepEqual((await stage.customer.now()).codesSent, ["SMS"]);
  assertOneApproval(stage);
});

for (const { step, go, shown, sent, finish } of [
  { step: "the choice of a way", go: toWays, shown: ({ widget }) => widget.heading(text.wayTitle).waitFor(), sent: [0, 0], finish: byCode },
  { step: "the code", go: toWeavrCode, shown: ({ widget }) => widget.codeField.waitFor(), sent: [1, 0], finish: ({ widget }) => widget.enterCode(WEAVR_CODE) },
  { step: "the phone", go: toPhone, shown: phoneAwaited, sent: [0, 1], finish: (stage) => weavrOf(stage).answerPush("approve") },
]) {
  scenario(`payments at Weavr go on after a reload at ${step}`, {}, async (stage) => {
    const weavr = weavrOf(stage);
    const requests = async () => [(await weavr.calls("issueOtp")).length, (await weavr.calls("issuePush")).length];
    await go(stage, "wires");
    await stage.page.reload();
    await assertKept(stage);
    await shown(stage);
    assert.deepEqual(await requests(), sent);
    await assertNoSecretKept(stage);
    await finish(stage);
    await paidShown(stage);
    await assertPaid(weavr, 3);
    assert.equal((await requests()).reduce((sum, each) => sum + each), 1, "one request in all");
    assertOneApproval(stage);
    await reloadToNothing(stage);
  });
}

async function byCode({ widget }) {
  await widget.choose(text.sms);
  await widget.enterCode(WEAVR_CODE);
}

for (const { step, go, sessions } of [
  { step: "the explanation", go: toExplanation, sessions: 0 },
  { step: "FaceSign's page", go: toFrame, sessions: 1 },
]) {
  scenario(`a wire goes on after a reload at ${step}`, {}, async (stage) => {
    await go(stage);
    const wire = wireOf(stage);
    await stage.page.reload();
    await assertKept(stage);
    // FaceSign's page is opened by the customer alone, and then it is the same session.
    await stage.widget.heading(text.faceTitle).waitFor();
    assert.equal((await wire.sessions()).length, sessions);
    await assertNoSecretKept(stage);
    await begin(stage);
    await walk(inFrame(stage));
    await executedShown(stage);
    await stage.page.getByText("The bank has executed the wire of $50,000.00 to Acme Corp.").waitFor();
    assert.equal((await wire.sessions()).length, 1, "one session in all");
    await assertExecutedOnce(wire);
    assertOneApproval(stage);
    await reloadToNothing(stage);
  });
}

scenario("the approval of the security page goes on after a reload at the code", onSecurity, async (stage) => {
  const { page, widget, customer } = stage;
  await manage(stage);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  await page.reload();
  await assertKept(stage);
  await widget.enterCode(CODE);
  await enrolmentElement(stage).waitFor({ state: "attached" });
  assert.deepEqual((await customer.now()).codesSent, ["SMS"]);
  assertOneApproval(stage);
});

scenario("several open approvals go on, each in its own place", {}, async (stage) => {
  const { page } = stage;
  await toCode(stage);
  await askForTransfer(stage);
  await page.locator("[data-place=transfer] sca-widget").waitFor();
  await stage.until(() => stage.approvals.length === 2);
  await page.reload();
  for (const place of ["statement", "transfer"]) await page.locator(`[data-place=${place}] sca-widget`).waitFor();
  assert.equal(await keptLine(stage).count(), 2);
  await stage.widget.codeField.click();
  await page.keyboard.type(CODE);
  await page.keyboard.press("Enter");
  await statementShown(stage);
  await stage.widget.enterPin(PIN);
  await stage.widget.choose(text.sms);
  await stage.widget.enterCode(CODE);
  await transferSent(stage);
  await assertSentOnce(stage);
});

scenario("the line is in the language of the page, and leads to the widget", {}, async (stage) => {
  const { page } = stage;
  await toCode(stage);
  await page.reload();
  await assertKept(stage);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.localName), "sca-widget");
  await page.locator("#language").selectOption("ar");
  await page.getByText("احتفظنا بمكانك.").filter({ visible: true }).waitFor();
});

scenario("a customer who is elsewhere on the page stays there", {}, async (stage) => {
  const { page, proxy } = stage;
  await toPin(stage);
  let answer;
  proxy.fault("GET", "/api/approvals", (exchange) => (answer = exchange.pass));
  await page.reload();
  await page.locator("#wire input").focus();
  await stage.until(() => answer !== undefined);
  await answer();
  await stage.widget.pinField.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), "amount");
});

scenario("a second tab goes on with the same approval, and the call is executed once", {}, async (stage) => {
  await askForTransfer(stage);
  await stage.widget.enterPin(PIN);
  await stage.widget.choose(text.sms);
  await stage.widget.codeField.waitFor();
  const second = await stage.tab("/");
  await assertKept(second);
  await second.widget.enterCode(CODE);
  // Both pages send the call again. The gate sends it once, and answers the other page that it was sent.
  const heading = ({ page }) => page.getByRole("heading", { name: /^(Transfer sent|Your bank has this already)$/ });
  await heading(stage).waitFor();
  await heading(second).waitFor();
  const said = [await heading(stage).textContent(), await heading(second).textContent()];
  assert.deepEqual(said.sort(), ["Transfer sent", "Your bank has this already"]);
  await assertSentOnce(stage);
  assert.deepEqual((await stage.customer.now()).codesSent, ["SMS"]);
  assertOneApproval(stage);
});

scenario("a second device of the customer goes on with the same approval", {}, async (stage) => {
  const { proxy, page, customer } = stage;
  await toCode(stage);
  await page.close();
  const context = await engine.openContext({ proxy, camera: "granted", backForwardCache: false, baseURL: proxy.origin, locale: "en-GB", timezoneId: "UTC" });
  try {
    const device = await context.newPage();
    await device.goto("/");
    const second = { ...stage, page: device, context, widget: new Widget(device) };
    await assertKept(second);
    await second.widget.enterCode(CODE);
    await statementShown(second);
    await assertNoSecretKept(second);
  } finally {
    await context.close();
  }
  assert.deepEqual((await customer.now()).codesSent, ["SMS"]);
  assertOneApproval(stage);
});

scenario("a call that was approved while the page was away is made when the page is back", {}, async (stage) => {
  const { page } = stage;
  await askForTransfer(stage);
  await stage.widget.pinField.waitFor();
  const second = await stage.tab("/strict.html");
  await page.close();
  await second.page.evaluate(async (clientSecret) => {
    const { mount } = await import("/pkg/index.js");
    window.result = mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en" }).result;
  }, stage.approvals[0].clientSecret);
  await confirmInWidget(second);
  assert.equal((await second.page.evaluate(() => window.result)).outcome, "approved");
  const back = await stage.tab("/");
  await transferSent(back);
  await assertSentOnce(stage);
  assertOneApproval(stage);
  await reloadToNothing({ ...stage, ...back });
});

scenario("a wire that was approved while the page was away is shown as executed, once", {}, async (stage) => {
  const { page } = stage;
  await toFrame(stage);
  const wire = wireOf(stage);
  await page.goto("/strict.html");
  await wire.play("verified");
  await wire.heard("executions");
  await page.goto("/");
  await executedShown(stage);
  assert.equal(await page.locator("sca-widget").count(), 0);
  await assertExecutedOnce(wire);
  await reloadToNothing(stage);
});

scenario("a cancelled approval is not shown again", {}, async (stage) => {
  const { widget } = stage;
  await toCode(stage);
  await widget.cancel();
  await widget.heading(text.cancelled).waitFor();
  await nothingHappened(stage);
  await reloadToNothing(stage);
});

scenario("an expired approval is not shown again", { customer: { behaviour: { oneTimeTokenSeconds: 50 } }, movesTime: true }, async (stage) => {
  const { widget, customer } = stage;
  await toPin(stage);
  await customer.advance(50);
  await stage.time.pass(50_000);
  await widget.heading(text.expired).waitFor();
  await reloadToNothing(stage);
});
