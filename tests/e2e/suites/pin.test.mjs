// The PIN: wrong, blocked, not set up, and the message for each.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { changed } from "../harness/faults.mjs";
import { CODE, PIN, calls, nothingHappened, statementShown, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** An RSA key of 1024 bits. */
const weakKey = changed((key) => void (key.spki = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "der" }).toString("base64")));

scenario("a wrong PIN is reported, the field is empty again, and the right PIN still works", {}, async (stage) => {
  const { widget } = stage;
  await toPin(stage);
  await widget.enterPin("9999");
  await widget.notice(text.wrong).waitFor();
  await widget.notice(text.attemptsLeft(4)).waitFor();
  assert.equal(await widget.pinField.inputValue(), "");
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("the customer can see the PIN for a moment, and the field does not contain it", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type(PIN.slice(0, 3));
  const painted = () => page.evaluate(() => [...document.querySelector("sca-widget").shadowRoot.querySelectorAll("[part~=slot]")].map((slot) => slot.textContent).join(""));
  assert.equal(await painted(), "");
  await widget.button(text.revealPin).click();
  assert.equal(await painted(), PIN.slice(0, 3));
  assert.equal(await widget.pinField.inputValue(), "•••");
  assert.equal(await widget.pinField.getAttribute("type"), "password");
  await page.waitForFunction(() => [...document.querySelector("sca-widget").shadowRoot.querySelectorAll("[part~=slot]")].every((slot) => !slot.textContent));
  await page.keyboard.press("Space");
  assert.equal(await painted(), PIN.slice(0, 3), "by keyboard, too");
  await widget.pinField.click();
  await page.keyboard.type(PIN.slice(3));
  await widget.confirm.click();
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("a blocked PIN is reported as blocked, not as wrong", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  for (const left of [4, 3, 2]) {
    await widget.enterPin("9999");
    await widget.notice(text.attemptsLeft(left)).waitFor();
  }
  await widget.cancel();
  await widget.heading(text.cancelled).waitFor();
  // The provider counts over all approvals: after two more it blocks the PIN, although this approval has attempts left.
  await toPin(stage);
  for (const left of [4, 3]) {
    await widget.enterPin("9999");
    await widget.notice(text.attemptsLeft(left)).waitFor();
  }
  await widget.enterPin(PIN);
  await widget.heading(text.failed).waitFor();
  await widget.says("blocked for now");
  assert.equal(await page.getByText(text.wrong).filter({ visible: true }).count(), 0);
  await nothingHappened(stage);
});

scenario("a PIN that was never set up is reported as such", { customer: { pin: null } }, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.enterPin(PIN);
  await widget.heading(text.failed).waitFor();
  await widget.says("You have not set up a way to confirm this");
  assert.equal(await page.getByText(text.wrong).filter({ visible: true }).count(), 0);
  await nothingHappened(stage);
});

scenario("five wrong PINs end the approval, the last attempt is announced, and a sixth is impossible", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toPin(stage);
  for (const left of [4, 3, 2]) {
    await widget.enterPin("9999");
    await widget.notice(text.attemptsLeft(left)).waitFor();
  }
  await widget.enterPin("9999");
  await widget.notice(text.lastAttempt).waitFor();
  await widget.enterPin("9999");
  await widget.heading(text.declined).waitFor();
  await widget.says(text.tooManyAttempts);
  await nothingHappened(stage);
  assert.equal(proxy.sent("POST", calls.verify).length, 5);
});

scenario("the field never shows a digit, and accepts no more digits than the PIN has", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("12345678");
  assert.equal(await widget.pinField.inputValue(), "••••");
  const everything = await page.evaluate(() => document.querySelector("sca-widget").shadowRoot.innerHTML);
  assert.doesNotMatch(everything, /1234/);
});

scenario("too few digits are reported, and nothing is sent", {}, async (stage) => {
  const { page, widget, proxy } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("12");
  await widget.confirm.click();
  await widget.says(text.incomplete(4));
  assert.equal(proxy.sent("POST", calls.verify).length, 0);
  await page.keyboard.type("34");
  await widget.confirm.click();
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("letters are reported, and change nothing", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("12x");
  await widget.says(text.digitsOnly);
  await page.keyboard.type("34");
  await page.keyboard.press("Enter");
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("digits can be deleted and typed again", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("1299");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("34");
  await page.keyboard.press("Enter");
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("a PIN of zeros is accepted", { customer: { pin: "0000" } }, async (stage) => {
  await toPin(stage);
  await stage.widget.enterPin("0000");
  await stage.widget.heading(text.chooseTitle).waitFor();
});

scenario("a password manager can fill the PIN in", {}, async (stage) => {
  const { widget } = stage;
  await toPin(stage);
  await widget.pinField.fill(PIN);
  assert.equal(await widget.pinField.inputValue(), "••••");
  await widget.confirm.click();
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("when the provider cannot decrypt, the key is fetched again once and the PIN encrypted again", {}, async (stage) => {
  const { widget, proxy, customer } = stage;
  await toPin(stage);
  await customer.fault("pin-verify", { kind: "serverError" });
  await widget.enterPin(PIN);
  await widget.heading(text.chooseTitle).waitFor();
  const handed = proxy.sent("POST", calls.verify).map(({ body }) => JSON.parse(body).entry.jwe);
  assert.equal(handed.length, 2);
  assert.notEqual(handed[0], handed[1]);
});

scenario("when the provider still cannot decrypt, the customer sees an error and can enter the PIN again", {}, async (stage) => {
  const { widget, proxy, customer } = stage;
  await toPin(stage);
  await customer.fault("pin-verify", { kind: "serverError" }, { times: 2 });
  await widget.enterPin(PIN);
  await widget.says(text.noAnswer);
  assert.equal(proxy.sent("POST", calls.verify).length, 2);
  await widget.enterPin(PIN);
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("a key that is too weak is refused, and the PIN is not sent", {}, async (stage) => {
  const { widget, proxy } = stage;
  proxy.fault("GET", calls.key, weakKey, Number.POSITIVE_INFINITY);
  await toPin(stage);
  await widget.enterPin(PIN);
  await widget.says("could not be protected");
  assert.equal(proxy.sent("POST", calls.verify).length, 0);
});
