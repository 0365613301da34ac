// While the customer uses the phone, the page is suspended, hidden, offline or reloaded. When the customer returns, it shows what was
// answered on the phone meanwhile.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { calls } from "../harness/journey.mjs";
import { WEAVR_CODE, assertPaid, paidShown, phoneAwaited, tapPhone, toPhone, toWeavrCode, weavrOf } from "../harness/payments.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";
import { addressOf } from "../harness/shown.mjs";

const text = words.en;

/** Mounts the widget on a page that has only the client secret. */
async function secondTab(stage) {
  const tab = await stage.tab("/strict.html");
  await tab.page.evaluate(async (clientSecret) => {
    const { mount } = await import("/pkg/index.js");
    const handle = mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en" });
    window.result = handle.result;
    await handle.ready;
  }, stage.approvals.at(-1).clientSecret);
  return tab;
}

scenario("a reload while waiting for the phone keeps waiting for the same request", {}, async (stage) => {
  const { page } = stage;
  await toPhone(stage);
  const weavr = weavrOf(stage);
  await page.reload();
  await phoneAwaited(stage);
  await tapPhone(stage, "approve");
  await paidShown(stage);
  assert.equal((await weavr.calls("issuePush")).length, 1);
  await assertPaid(weavr, 1);
});

scenario("an answer on the phone while the page is away is found when the page is back", {}, async (stage) => {
  const { page, context } = stage;
  await toPhone(stage);
  const weavr = weavrOf(stage);
  await page.close();
  await weavr.answerPush("approve");
  await settled(stage);
  const back = await context.newPage();
  // The same customer in another tab: the page does not ask for a confirmed payment again.
  await back.goto("/");
  await back.locator("a[data-phone]").waitFor();
  assert.equal(await back.locator("sca-widget").count(), 0);
  await assertPaid(weavr, 1);
});

/** Waits until the approval is settled at the backend: its event stream then ends. */
async function settled({ approvals }) {
  const { clientSecret } = approvals.at(-1);
  const authorization = `Bearer ${clientSecret}`;
  await (await fetch(`${process.env.SCA_CHECKOUT}${addressOf(calls.events, clientSecret)}`, { headers: { authorization } })).text();
}

scenario("after a reload on the code screen the same code is valid", {}, async (stage) => {
  const { page, widget } = stage;
  await toWeavrCode(stage);
  await page.reload();
  await widget.codeField.waitFor();
  await widget.enterCode(WEAVR_CODE);
  await paidShown(stage);
  assert.equal((await weavrOf(stage).calls("issueOtp")).length, 1);
});

scenario("the customer answers on the phone while the page is offline", {}, async (stage) => {
  const { context, proxy } = stage;
  await toPhone(stage);
  await context.setOffline(true);
  proxy.dropConnections();
  await weavrOf(stage).answerPush("approve");
  await weavrOf(stage).reached("COMPLETED");
  await context.setOffline(false);
  await paidShown(stage);
});

scenario("the customer answers on the phone while the page is hidden, or suspended for an hour", { clock: true }, async (stage) => {
  const { page, proxy } = stage;
  // No event stream wakes a suspended page.
  proxy.fault("GET", calls.events, ({ outgoing }) => void outgoing.writeHead(502).end(), Number.POSITIVE_INFINITY);
  await toPhone(stage);
  await setVisibility(page, "hidden");
  await weavrOf(stage).answerPush("approve");
  await weavrOf(stage).reached("COMPLETED");
  await page.clock.fastForward(3_600_000);
  await setVisibility(page, "visible");
  await paidShown(stage);
});

const setVisibility = (page, state) =>
  page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => value });
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value === "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);

scenario("the customer answers on the phone while the page is in the back/forward cache", { backForwardCache: true }, async (stage) => {
  const { page } = stage;
  await toPhone(stage);
  await page.evaluate(() => addEventListener("pageshow", (event) => (window.cameBack = event.persisted)));
  await page.goto("/strict.html");
  await weavrOf(stage).answerPush("approve");
  await weavrOf(stage).reached("COMPLETED");
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => window.cameBack === true);
  await paidShown(stage);
});

scenario("two tabs wait for one request, and both show the answer", {}, async (stage) => {
  await toPhone(stage);
  const second = await secondTab(stage);
  await second.widget.heading(text.phoneTitle).waitFor();
  await tapPhone(stage, "approve");
  await second.widget.heading(text.approved).waitFor();
  await paidShown(stage);
  assert.equal((await weavrOf(stage).calls("issuePush")).length, 1);
});

scenario("a code in one tab settles the approval in the other", {}, async (stage) => {
  await toPhone(stage);
  const second = await secondTab(stage);
  await second.widget.heading(text.phoneTitle).waitFor();
  await second.widget.button(text.codeInstead).click();
  await second.widget.enterCode(WEAVR_CODE);
  await second.widget.heading(text.approved).waitFor();
  await paidShown(stage);
  await assertPaid(weavrOf(stage), 1);
});

scenario("cancelling in one tab ends the other, and nothing is paid", {}, async (stage) => {
  await toPhone(stage);
  const second = await secondTab(stage);
  await second.widget.cancel();
  await second.widget.heading(text.cancelled).waitFor();
  await stage.widget.heading(text.cancelled).waitFor();
});

/** How long the backend waits for an answer on the phone, in milliseconds. */
const REQUEST_LIFETIME_MS = 300_000;

scenario("a request that is not answered is reported, and the customer can choose another or a code", { movesTime: true }, async (stage) => {
  const { widget } = stage;
  await toPhone(stage);
  await weavrOf(stage).answerPush("expire");
  // Weavr does not report the expiry: the backend knows the lifetime of a request.
  await stage.time.pass(REQUEST_LIFETIME_MS);
  await widget.page.getByText(text.requestExpired).first().waitFor();
  await widget.heading(text.wayTitle).waitFor();
  await widget.choose(text.push);
  await phoneAwaited(stage);
  await weavrOf(stage).answerPush("approve");
  await paidShown(stage);
});
