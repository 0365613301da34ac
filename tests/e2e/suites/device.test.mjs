// This browser as a factor of an approval: one press, no entry. Before that, the customer has added it on the page "Security".

import assert from "node:assert/strict";
import { assertAccessible, assertNoSidewaysScroll, assertTargetSizes } from "../harness/accessibility.mjs";
import { addThisBrowser, bare, deleteKeys, deviceOffered, deviceOrCode, openCheckout, requestedOfEnrolment, toCheckoutWithDevice, toDevice } from "../harness/device.mjs";
import { toOverview } from "../harness/enrolment.mjs";
import { answer, answerLost } from "../harness/faults.mjs";
import { CODE, PIN, askForStatement, calls, statementShown, toPin } from "../harness/journey.mjs";
import { tabTo } from "../harness/keyboard.mjs";
import { assertAbsent } from "../harness/leaks.mjs";
import { scenario } from "../harness/scenario.mjs";
import { factorsOf, fingerprintIn, onSecurity } from "../harness/security.mjs";
import { Widget } from "../harness/widget.mjs";

const attempts = ({ proxy }) => proxy.sent("POST", calls.verify);

/** How many verification attempts the widget made. A browser repeats a call whose connection broke, with the same key. */
const attemptsMade = (stage) => new Set(attempts(stage).map(({ attempt }) => attempt)).size;

/** The challenge that asks for the device is cleared with a code instead. */
async function codeInstead(stage) {
  const { widget } = stage;
  await widget.choose(widget.words.sms);
  await widget.enterCode(CODE);
  await statementShown(stage);
}

scenario("added on the page Security, this browser confirms after the PIN, and its fingerprint stays secret", onSecurity, async (stage) => {
  const { page, widget, proxy } = stage;
  const element = await toOverview(stage);
  await element.addBrowser("Phone");
  await element.notice("This browser is one of your devices now.").waitFor();
  await openCheckout(stage, { challenges: ["pin", "device"] });
  await toPin(stage);
  await widget.says(widget.words.step(1, 2));
  const before = attempts(stage).length;
  await widget.enterPin(PIN);
  await deviceOffered(stage);
  await widget.says(widget.words.step(2, 2));
  await widget.says(widget.words.deviceUse);
  await widget.choose(widget.words.device);
  await statementShown(stage);
  const [, { body }] = attempts(stage).slice(before);
  assert.match(JSON.parse(body).entry.jwe, /^[\w-]+(\.[\w-]+){4}$/);
  const secret = { fingerprint: await fingerprintIn(stage) };
  for (const { url, body } of proxy.seen) assertAbsent(secret, "a call", `${url} ${body}`);
  assertAbsent(secret, "the console", stage.console.join("\n"));
  assertAbsent(secret, "the page's storage", await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])));
});

scenario("by keyboard this browser confirms before a code, and a second press is no second attempt", bare, async (stage) => {
  const { page, widget } = stage;
  await toCheckoutWithDevice(stage, { challenges: ["device", "phone"] });
  await toDevice(stage);
  const before = attemptsMade(stage);
  await tabTo(page, widget.words.device);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await widget.heading(widget.words.chooseTitle).waitFor();
  assert.equal(attemptsMade(stage), before + 1);
  await codeInstead(stage);
});

scenario("a browser whose key was deleted is told so without an attempt, and a code confirms instead", bare, async (stage) => {
  const { page, widget } = stage;
  await toCheckoutWithDevice(stage, deviceOrCode);
  await deleteKeys(page);
  await toDevice(stage);
  const before = attemptsMade(stage);
  await widget.choose(widget.words.device);
  await widget.notice(widget.words.deviceKeyMissing).waitFor();
  assert.equal(await widget.way(widget.words.device).count(), 0, "it is not offered again");
  assert.equal(attemptsMade(stage), before);
  assert.equal(await page.evaluate(() => localStorage.getItem("sca-device")), null, "the next page needs the smaller module alone");
  await codeInstead(stage);
});

scenario("a browser that Wise does not recognise is told so, the attempt counts, and a code confirms instead", bare, async (stage) => {
  const { widget } = stage;
  await toCheckoutWithDevice(stage, deviceOrCode);
  await factorsOf(stage).set({ deviceFingerprints: ["another browser of the same customer"] });
  await toDevice(stage);
  const before = attemptsMade(stage);
  await widget.choose(widget.words.device);
  await widget.notice(widget.words.deviceNotRecognised).waitFor();
  await widget.notice(widget.words.attemptsLeft(4)).waitFor();
  assert.equal(await widget.way(widget.words.device).count(), 0, "it is not offered again");
  assert.equal(attemptsMade(stage), before + 1);
  await codeInstead(stage);
});

scenario("after a lost answer the widget asks the backend, and claims nothing before", bare, async (stage) => {
  const { widget, proxy } = stage;
  await toCheckoutWithDevice(stage, { challenges: ["device", "phone"] });
  await toDevice(stage);
  const before = attemptsMade(stage);
  proxy.fault("POST", calls.verify, answerLost);
  await widget.choose(widget.words.device);
  // The backend knows that the challenge is cleared.
  await widget.heading(widget.words.chooseTitle).waitFor();
  assert.equal(attemptsMade(stage), before + 1);
  await codeInstead(stage);
});

scenario("a checkout of a customer without a device requests nothing of the bigger module", { customer: { behaviour: { challenges: ["device"] } } }, async (stage) => {
  await askForStatement(stage);
  await stage.widget.heading(stage.widget.words.cannotBeDone).waitFor();
  assert.deepEqual(requestedOfEnrolment(stage), []);
});

const withoutStorage = () => Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("made up by a test", "SecurityError"); } });
scenario("a browser that refuses the mark uses the smaller module, and a code confirms instead", { ...bare, init: withoutStorage }, async (stage) => {
  const { widget, proxy } = stage;
  await toCheckoutWithDevice(stage, deviceOrCode);
  const before = proxy.seen.length;
  await toDevice(stage);
  await widget.says(widget.words.notPossible);
  assert.equal(await widget.way(widget.words.device).count(), 0);
  assert.deepEqual(requestedOfEnrolment(stage, before), []);
  await codeInstead(stage);
});

const unloadable = { ...bare, expected: [/sca_enrolment_bg\.wasm/] };
scenario("if the bigger module cannot be loaded, the smaller one is used, and a code confirms instead", unloadable, async (stage) => {
  const { widget, proxy } = stage;
  await addThisBrowser(stage);
  // The checkout loads the module ahead.
  proxy.fault("GET", "/pkg/dist/sca_enrolment_bg.wasm", answer(503, ""), Number.POSITIVE_INFINITY);
  await openCheckout(stage, deviceOrCode);
  await toDevice(stage);
  await widget.says(widget.words.notPossible);
  await codeInstead(stage);
});

for (const language of ["en", "ar"]) {
  scenario(`the choice and its notice, ${language}: axe, targets, reflow`, bare, async (stage) => {
    const { page } = stage;
    await toCheckoutWithDevice(stage, deviceOrCode);
    await toDevice(stage);
    // The widget changes its language while it is shown.
    if (language !== "en") await page.locator("#language").selectOption(language);
    const widget = new Widget(page, language);
    await widget.says(widget.words.deviceUse);
    await assertAccessible(page, `the choice, ${language}`);
    await assertTargetSizes(page, "the choice");
    await assertNoSidewaysScroll(page, "the choice");
    await deleteKeys(page);
    await widget.choose(widget.words.device);
    await widget.notice(widget.words.deviceKeyMissing).waitFor();
    await assertAccessible(page, `the notice, ${language}`);
  });
}
