// The widget claims what is known and no more, says it once, and lets the customer take a "Cancel" back.

import assert from "node:assert/strict";

import * as faults from "../harness/faults.mjs";
import { CODE, PIN, calls, nothingHappened, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** Records the texts of the live region, from now on, in `window.announced`. */
const recordAnnouncements = ({ page }) =>
  page.evaluate(() => {
    window.announced = [];
    const region = document.querySelector("[data-place=statement]").firstElementChild.shadowRoot.querySelector("[role=status]");
    new MutationObserver(() => window.announced.push(region.innerText)).observe(region, { subtree: true, childList: true, characterData: true });
  });

scenario("a wrong PIN whose answer is lost may have counted, and the next answer counts both", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toPin(stage);
  proxy.fault("POST", calls.verify, faults.answerLost);
  await widget.enterPin("9999");
  await widget.notice(text.noAnswer).waitFor();
  await widget.enterPin("9999");
  await widget.notice(text.attemptsLeft(3)).waitFor();
  await widget.notice("That PIN is not right.").waitFor();
});

scenario("cancelling is taken back: no digit is lost, and nothing is cancelled", { clock: true }, async (stage) => {
  const { page, widget, proxy, clock } = stage;
  await toCode(stage);
  await widget.codeField.click();
  await page.keyboard.type(CODE.slice(0, 3));
  await widget.cancel();
  await widget.says(text.cancelSoon);
  await widget.button(text.cancelUndo).click();
  await clock.forward(10);
  await widget.codeField.click();
  await page.keyboard.type(CODE.slice(3));
  await widget.confirm.click();
  await statementShown(stage);
  assert.deepEqual(proxy.sent("POST", calls.cancel), []);
});

scenario("cancelling takes effect after five seconds", { clock: true }, async (stage) => {
  const { widget, proxy, clock } = stage;
  await toPin(stage);
  await clock.stop();
  await widget.cancel();
  await clock.forward(4);
  assert.deepEqual(proxy.sent("POST", calls.cancel), []);
  await clock.forward(2);
  await widget.heading(text.cancelled).waitFor();
  assert.equal(proxy.sent("POST", calls.cancel).length, 1);
});

scenario("a customer who says that the action is not theirs ends it: nothing is done, and the page is told why", { clock: true }, async (stage) => {
  const { page, widget, proxy, clock } = stage;
  await toCode(stage);
  await page.evaluate(() => document.addEventListener("sca-result", ({ detail }) => (window.ended = [detail.outcome, detail.reason])));
  await clock.stop();
  await widget.deny();
  await widget.says(text.cancelSoon);
  await widget.button(text.cancelUndo).click();
  await clock.forward(10);
  assert.deepEqual(proxy.sent("POST", calls.deny), []);
  await widget.deny();
  await clock.forward(6);
  await widget.heading(text.declined).waitFor();
  await widget.says(text.denied);
  assert.equal(proxy.sent("POST", calls.deny).length, 1);
  assert.deepEqual(proxy.sent("POST", calls.cancel), []);
  assert.deepEqual(await page.evaluate(() => window.ended), ["declined", "denied"]);
  await nothingHappened(stage);
});

scenario("a call is said when it begins and once more when it takes long", { clock: true }, async (stage) => {
  const { widget, proxy, clock } = stage;
  await toPin(stage);
  await clock.stop();
  await recordAnnouncements(stage);
  const verify = faults.held();
  proxy.fault("POST", calls.verify, verify.act);
  await widget.enterPin(PIN);
  await verify.arrived;
  await clock.forward(12);
  const announced = await stage.page.evaluate(() => window.announced);
  const said = announced.map((each) => each.trim().split("\n").at(-1));
  assert.deepEqual(said.filter((each, at) => each !== said[at - 1]), ["Confirming…", "Still checking…"]);
  await widget.button(text.stillChecking).waitFor();
  verify.release();
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("the page's next step is shown at the end, and not before", { page: "/strict.html" }, async (stage) => {
  const { page, widget } = stage;
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.pinField.waitFor();
  await page.evaluate(async (clientSecret) => {
    await import("/pkg/define.js");
    const element = document.createElement("sca-widget");
    Object.assign(element, { clientSecret, baseUrl: "/sca", locale: "en" });
    const next = document.createElement("button");
    next.slot = "next";
    next.textContent = "Start again";
    element.append(next);
    document.querySelector("#approval").replaceChildren(element);
  }, stage.approvals[0].clientSecret);
  const next = page.getByRole("button", { name: "Start again" });
  await widget.pinField.waitFor();
  assert.equal(await next.isVisible(), false);
  await widget.cancel();
  await widget.heading(text.cancelled).waitFor();
  await next.waitFor();
});
