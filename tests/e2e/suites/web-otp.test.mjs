// The code of a text message, read by the browser (WebOTP). The browser's half is simulated: no engine here has text messages.

import assert from "node:assert/strict";
import { CODE, PIN, calls, newSecret, statementShown, toCode } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** A browser with text messages: `window.requests` has what the page asks of it. */
function withMessages() {
  window.OTPCredential = class {};
  window.requests = [];
  const get = ({ otp, signal }) =>
    new Promise((resolve, reject) => {
      const request = { otp, state: "open" };
      window.requests.push(request);
      request.receive = (code) => {
        request.state = "received";
        resolve({ code });
      };
      request.refuse = () => {
        request.state = "refused";
        reject(new DOMException("refused", "NotAllowedError"));
      };
      signal.addEventListener("abort", () => {
        if (request.state === "open") request.state = "aborted";
        reject(signal.reason);
      });
    });
  Object.defineProperty(navigator, "credentials", { value: { get } });
}

const fillCodes = ({ page }, selector = "sca-widget") =>
  page.evaluate(async (selector) => {
    const { fillCodes } = await import("/pkg/web-otp.js");
    window.stopFilling = fillCodes(document.querySelector(selector));
  }, selector);

const states = ({ page }) => page.evaluate(() => window.requests.map(({ state }) => state));
const last = ({ page }, act, code) => page.evaluate(([act, code]) => window.requests.at(-1)[act](code), [act, code]);

scenario("the code of a text message is entered, the customer confirms it, and nothing is asked after that", { init: withMessages }, async (stage) => {
  const { page, widget, proxy } = stage;
  await toCode(stage);
  const before = proxy.sent("POST", calls.verify).length;
  await fillCodes(stage);
  assert.deepEqual(await page.evaluate(() => window.requests.map(({ otp }) => otp)), [{ transport: ["sms"] }]);
  await last(stage, "receive", "999999");
  await page.waitForFunction(() => window.requests.length === 2);
  assert.equal(await widget.codeField.inputValue(), "999999");
  await last(stage, "receive", CODE);
  await page.waitForFunction(() => window.requests.length === 3);
  assert.equal(await widget.codeField.inputValue(), CODE, "a newer message replaces the code");
  assert.equal(proxy.sent("POST", calls.verify).length, before, "nothing is submitted by itself");
  await widget.confirm.click();
  await statementShown(stage);
  assert.deepEqual(await states(stage), ["received", "received", "aborted"]);
});

scenario("messages are asked for while the field is shown, and not again after a refusal", { init: withMessages }, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await fillCodes(stage);
  await widget.button(text.otherFactor).click();
  await page.waitForFunction(() => window.requests[0].state === "aborted");
  await widget.choose(text.sms);
  await page.waitForFunction(() => window.requests.length === 2);
  await last(stage, "refuse");
  await widget.codeField.click();
  await page.keyboard.type(CODE);
  assert.deepEqual(await states(stage), ["aborted", "refused"]);
  await page.evaluate(() => window.stopFilling());
  await widget.confirm.click();
  await statementShown(stage);
  assert.deepEqual(await states(stage), ["aborted", "refused"]);
});

scenario("a mounted widget gets the code, too, and a place without a widget is an error", { page: "/strict.html", init: withMessages }, async (stage) => {
  const { page, widget } = stage;
  const thrown = await page.evaluate(async () => {
    const { fillCodes } = await import("/pkg/web-otp.js");
    try {
      fillCodes(document.getElementById("approval"));
    } catch (error) {
      return error.name;
    }
  });
  assert.equal(thrown, "TypeError");
  const clientSecret = await newSecret(stage);
  await page.evaluate(async (clientSecret) => {
    const { mount } = await import("/pkg/index.js");
    mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en" });
  }, clientSecret);
  await fillCodes(stage, "#approval");
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await page.waitForFunction(() => window.requests.length === 1);
  await last(stage, "receive", CODE);
  await page.waitForFunction(() => window.requests.length === 2);
  assert.equal(await widget.codeField.inputValue(), CODE);
});

scenario("a browser without text messages loses nothing", {}, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => delete window.OTPCredential);
  await toCode(stage);
  await fillCodes(stage);
  await widget.enterCode(CODE);
  await statementShown(stage);
});
