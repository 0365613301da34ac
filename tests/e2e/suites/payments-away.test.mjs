// While the customer looks at the phone, the page goes to sleep, out of sight, offline, or is loaded anew. Whatever happens there
// meanwhile is found when it is looked at again.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { calls } from "../harness/journey.mjs";
import { WEAVR_CODE, assertPaid, paidShown, phoneAwaited, tapPhone, toPhone, toWeavrCode, weavrOf } from "../harness/payments.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";
import { addressOf } from "../harness/shown.mjs";

const text = words.en;

/** Mounts the widget on a page that knows nothing but the client secret. */
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

scenario("a reload while the phone is waited for goes on waiting, for the same request", {}, async (stage) => {
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

scenario("an answer that was given while the page was away is found when it is back", {}, async (stage) => {
  const { page, context } = stage;
  await toPhone(stage);
  const weavr = weavrOf(stage);
  await page.close();
  await weavr.answerPush("approve");
  await settled(stage);
  const back = await context.newPage();
  // The same customer in another tab: what was confirmed is not asked for again.
  await back.goto("/");
  await back.locator("a[data-phone]").waitFor();
  assert.equal(await back.locator("sca-widget").count(), 0);
  await assertPaid(weavr, 1);
});

/** Waits until the backend knows the end: its stream of changes is over then. */
async function settled({ approvals }) {
  const { clientSecret } = approvals.at(-1);
  const authorization = `Bearer ${clientSecret}`;
  await (await fetch(`${process.env.SCA_CHECKOUT}${addressOf(calls.events, clientSecret)}`, { headers: { authorization } })).text();
}

scenario("a reload while a code is asked for: the same code is good", {}, async (stage) => {
  const { page, widget } = stage;
  await toWeavrCode(stage);
  await page.reload();
  await widget.codeField.waitFor();
  await widget.enterCode(WEAVR_CODE);
  await paidShown(stage);
  assert.equal((await weavrOf(stage).calls("issueOtp")).length, 1);
});

scenario("offline while the answer is given", {}, async (stage) => {
  const { context, proxy } = stage;
  await toPhone(stage);
  await context.setOffline(true);
  proxy.dropConnections();
  await weavrOf(stage).answerPush("approve");
  await weavrOf(stage).reached("COMPLETED");
  await context.setOffline(false);
  await paidShown(stage);
});

scenario("out of sight while the answer is given, and after an hour's sleep", { clock: true }, async (stage) => {
  const { page, proxy } = stage;
  // No stream wakes a page that sleeps.
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

scenario("back by the back button while the answer was given", { backForwardCache: true }, async (stage) => {
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

scenario("two tabs wait for one request, and both hear of the answer", {}, async (stage) => {
  await toPhone(stage);
  const second = await secondTab(stage);
  await second.widget.heading(text.phoneTitle).waitFor();
  await tapPhone(stage, "approve");
  await second.widget.heading(text.approved).waitFor();
  await paidShown(stage);
  assert.equal((await weavrOf(stage).calls("issuePush")).length, 1);
});

scenario("a code in one tab settles what the other waits for", {}, async (stage) => {
  await toPhone(stage);
  const second = await secondTab(stage);
  await second.widget.heading(text.phoneTitle).waitFor();
  await second.widget.button(text.codeInstead).click();
  await second.widget.enterCode(WEAVR_CODE);
  await second.widget.heading(text.approved).waitFor();
  await paidShown(stage);
  await assertPaid(weavrOf(stage), 1);
});

scenario("stopping in one tab stops the other, and nothing is paid", {}, async (stage) => {
  await toPhone(stage);
  const second = await secondTab(stage);
  await second.widget.cancel();
  await second.widget.heading(text.cancelled).waitFor();
  await stage.widget.heading(text.cancelled).waitFor();
});

/** How long the backend waits for an answer on the phone, in milliseconds. */
const REQUEST_LIFETIME_MS = 300_000;

scenario("a request that nobody answers: the customer is told, and can have another or a code", { movesTime: true }, async (stage) => {
  const { widget } = stage;
  await toPhone(stage);
  await weavrOf(stage).answerPush("expire");
  // Weavr does not tell: it is the backend that knows how long a request lives.
  await stage.time.pass(REQUEST_LIFETIME_MS);
  await widget.page.getByText(text.requestExpired).first().waitFor();
  await widget.heading(text.wayTitle).waitFor();
  await widget.choose(text.push);
  await phoneAwaited(stage);
  await weavrOf(stage).answerPush("approve");
  await paidShown(stage);
});
