// Payments through Weavr in the browser: the four kinds, large and small, with each factor.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { calls } from "../harness/journey.mjs";
import {
  WEAVR_CODE,
  assertNotPaid,
  assertPaid,
  openPhone,
  paidShown,
  pay,
  phoneAwaited,
  tapPhone,
  toPhone,
  toWays,
  toWeavrCode,
  weavrOf,
} from "../harness/payments.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** What the widget shows of each basket before the confirmation. */
const baskets = {
  wire: { count: 1, seen: ["€1,250.00", "Acme Corp", "3000"] },
  wires: {
    count: 3,
    seen: ["3 payments", "€1,730.50", "£365.00", "Acme Corp", "€1,250.00", "Brightside Studio GmbH", "€480.50", "Harbour Coffee Ltd"],
  },
  send: { count: 1, seen: ["€640.00", "Carla Dean"] },
  sends: { count: 3, seen: ["3 payments", "€855.00", "£900.00", "Carla Dean", "€640.00", "Ann Bell", "€215.00"] },
};

for (const [what, { count, seen }] of Object.entries(baskets)) {
  scenario(`${what}: shown with Weavr's data, confirmed by a code, executed once`, {}, async (stage) => {
    const { widget, proxy } = stage;
    await toWays(stage, what);
    const weavr = weavrOf(stage);
    for (const each of seen) await widget.says(each);
    assert.equal((await weavr.requests()).length, 0, "nothing is sent before the choice");
    await widget.choose(text.sms);
    await widget.codeField.waitFor();
    await widget.says(/0123/);
    await widget.says(text.codeLife);
    for (const each of seen) await widget.says(each);
    await assertNotPaid(weavr);

    await widget.enterCode(WEAVR_CODE);
    await paidShown(stage);
    await assertPaid(weavr, count);
    assert.equal((await weavr.requests()).length, 1, "one code for all payments");
    assert.equal(proxy.sent("POST", "/api/weavr/payments").length, 1, "no payment is created twice");
    assert.equal(await stage.page.locator("sca-widget").count(), 0);
  });
}

scenario("confirmed in Authy, by a tap on the customer's phone", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toPhone(stage, "sends");
  const weavr = weavrOf(stage);
  for (const each of baskets.sends.seen) await widget.says(each);
  await widget.says(text.phoneLife);
  const phone = await openPhone(stage);
  await assertNotPaid(weavr);
  await tapPhone(stage, "approve", phone);
  await phone.close();
  await paidShown(stage);
  await assertPaid(weavr, baskets.sends.count);
  assert.equal(proxy.sent("POST", calls.verify).length, 0);
});

scenario("small amounts need no approval: no widget appears, and the page says why", {}, async (stage) => {
  await pay(stage, "wires", "small");
  await paidShown(stage);
  assert.equal(await stage.page.locator("sca-widget").count(), 0);
  assert.equal(await stage.page.getByRole("cell", { name: "Executed, no confirmation needed" }).count(), baskets.wires.count);
  await assertPaid(weavrOf(stage), baskets.wires.count);
});

scenario("confirmed by fingerprint or face on the phone", {}, async (stage) => {
  await toPhone(stage, "wire", text.biometric);
  const phone = await openPhone(stage);
  assert.equal(await phone.locator("li[data-channel=BIOMETRIC]").count(), 1);
  await tapPhone(stage, "approve", phone);
  await phone.close();
  await paidShown(stage);
  await assertPaid(weavrOf(stage), 1);
});

scenario("a customer with only codes set up is offered nothing else", { customer: { weavr: { factors: { SMS: "ACTIVE" } } } }, async (stage) => {
  await pay(stage);
  await stage.widget.heading(text.chooseTitle).waitFor();
  assert.equal(await stage.widget.way(text.push).count(), 0);
  await stage.widget.choose(text.sms);
  await stage.widget.enterCode(WEAVR_CODE);
  await paidShown(stage);
});

scenario("a customer without factors sees a message of the page, and nothing is paid", { customer: { weavr: { factors: {} } } }, async (stage) => {
  await pay(stage);
  await stage.page.getByRole("heading", { name: "You have not set up a way to confirm yet" }).waitFor();
  assert.equal(await stage.page.locator("sca-widget").count(), 0);
  await assertNotPaid(weavrOf(stage));
});

/** How long the backend waits for a webhook of Weavr's before it polls, in milliseconds, and a little more. */
const POLL_MS = 6_000;
const noWebhooks = { weavr: { behaviour: { events: { deliver: "never" } } } };

scenario("without webhook and stream an answer on the phone is still noticed", { movesTime: true, customer: noWebhooks }, async (stage) => {
  stage.proxy.fault("GET", calls.events, ({ outgoing }) => void outgoing.writeHead(502).end(), Number.POSITIVE_INFINITY);
  await toPhone(stage);
  await weavrOf(stage).answerPush("approve");
  await stage.time.pass(POLL_MS);
  await paidShown(stage);
});

/** How long a code of Weavr's is accepted, in milliseconds. */
const CODE_MS = 300_000;

scenario("once a code has expired, the main action is another one, and the expired one uses no attempt", { movesTime: true, customer: { weavr: { behaviour: { coolDownSeconds: 0 } } } }, async (stage) => {
  const { page, widget, proxy } = stage;
  const color = (button) => button.evaluate((element) => getComputedStyle(element).backgroundColor);
  await toWeavrCode(stage);
  const main = await color(widget.confirm);
  assert.notEqual(await color(widget.button(text.resend)), main);
  await widget.codeField.click();
  await page.keyboard.type(WEAVR_CODE);
  await stage.time.pass(CODE_MS);
  await widget.says(text.codeOver);
  await page.keyboard.press("Enter");
  await widget.confirm.evaluate((button) => button.click());
  assert.equal(proxy.sent("POST", calls.verify).length, 0);
  assert.equal(await color(widget.button(text.resend)), main);
  await widget.button(text.resend).click();
  await widget.notice(text.sentAgain).waitFor();
  assert.notEqual(await color(widget.button(text.resend)), main);
  await widget.enterCode(WEAVR_CODE);
  await paidShown(stage);
  assert.equal(proxy.sent("POST", calls.verify).length, 1);
});

scenario("the complete flow in Arabic", { language: "ar" }, async (stage) => {
  await toPhone(stage, "wires");
  await tapPhone(stage, "approve");
  await stage.page.getByRole("heading", { name: "تم الدفع" }).waitFor();
});

scenario("switching between phone and code sends no second request while one is open", {}, async (stage) => {
  const { widget } = stage;
  await toPhone(stage);
  const weavr = weavrOf(stage);
  await widget.button(text.codeInstead).click();
  await widget.codeField.waitFor();
  await widget.button(text.otherFactor).click();
  await widget.choose(text.push);
  await phoneAwaited(stage);
  assert.equal((await weavr.calls("issuePush")).length, 1);
  await weavr.answerPush("approve");
  await paidShown(stage);
});

