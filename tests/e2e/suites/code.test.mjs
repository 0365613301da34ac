// The code: wrong codes, another code, another factor.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { problem } from "../harness/faults.mjs";
import { CODE, calls, nothingHappened, statementShown, toChoice, toCode } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

scenario("five wrong codes end the approval, the last attempt is announced, and the customer can start again", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toCode(stage);
  for (const left of [4, 3, 2]) {
    await widget.enterCode("999999");
    await widget.notice(text.attemptsLeft(left)).waitFor();
    assert.equal(await widget.codeField.inputValue(), "");
  }
  await widget.enterCode("999999");
  await widget.notice(text.lastAttempt).waitFor();
  await widget.enterCode("999999");
  await widget.heading(text.declined).waitFor();
  await widget.says(text.tooManyAttempts);
  await nothingHappened(stage);
  assert.equal(proxy.sent("POST", calls.verify).length, 1 + 5);
  assert.equal(proxy.sent("GET", "/api/statement").length, 1, "the call is not repeated");

  await toCode(stage);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("another code cannot be requested before the countdown is over", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toCode(stage);
  await widget.says(text.resendIn("(30|[12]?\\d)"));
  await widget.button(text.resend).click({ force: true });
  await widget.enterCode(CODE);
  await statementShown(stage);
  assert.equal(proxy.sent("POST", calls.start).length, 1, "pressing it early requests nothing");
});

/** The wait before another code can be sent, in milliseconds. */
const COUNTDOWN_MS = 30_000;

scenario("after the countdown another code can be sent, and the widget says so", { movesTime: true }, async (stage) => {
  const { widget, proxy, customer } = stage;
  await toCode(stage);
  await stage.time.pass(COUNTDOWN_MS);
  await widget.button(text.resend).click();
  await widget.notice(text.sentAgain).waitFor();
  assert.equal(await widget.codeField.evaluate((field) => field.getRootNode().activeElement === field), true, "the field has the focus again");
  assert.equal(proxy.sent("POST", calls.start).length, 2);
  assert.deepEqual((await customer.now()).codesSent, ["SMS", "SMS"]);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("a later time for another code from the server is shown", { movesTime: true }, async (stage) => {
  const { widget, proxy } = stage;
  await toCode(stage);
  await stage.time.pass(COUNTDOWN_MS);
  proxy.fault("POST", calls.start, problem(429, "too-many-requests", { retryAfter: 60 }, { "retry-after": "60" }));
  await widget.button(text.resend).click();
  await widget.notice(text.wait).waitFor();
  await widget.says(text.resendIn(60));
});

scenario("switching to another factor and back sends no second code, and the first one is still valid", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toCode(stage);
  await widget.button(text.otherFactor).click();
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  assert.equal(proxy.sent("POST", calls.start).length, 1, "the delivery of the code is unchanged");
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("failed attempts of all factors are counted together", {}, async (stage) => {
  const { widget } = stage;
  await toCode(stage);
  await widget.enterCode("999999");
  await widget.notice(text.attemptsLeft(4)).waitFor();
  await widget.button(text.otherFactor).click();
  await widget.choose(text.voice);
  await widget.says("We are calling");
  await widget.enterCode("999999");
  await widget.notice(text.attemptsLeft(3)).waitFor();
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("a code that could not be sent is reported, and the customer can retry or use another factor", {}, async (stage) => {
  const { widget, customer } = stage;
  await toChoice(stage);
  await customer.fault("code-trigger", { kind: "serverError" }, { times: 3 });
  await widget.choose(text.sms);
  await widget.says("We could not send the text message.");
  await customer.forgetFaults();
  await widget.choose(text.whatsApp);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("phones can fill the code field automatically", {}, async (stage) => {
  const { widget } = stage;
  await toCode(stage);
  assert.equal(await widget.codeField.getAttribute("autocomplete"), "one-time-code");
  assert.equal(await widget.codeField.getAttribute("inputmode"), "numeric");
  // Autofill replaces the whole value.
  await widget.codeField.fill(CODE);
  await widget.confirm.click();
  await statementShown(stage);
});
