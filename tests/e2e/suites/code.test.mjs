// The code: wrong ones, another one, another way.

import assert from "node:assert/strict";
import "../harness/own_programs.mjs";
import { problem } from "../harness/faults.mjs";
import { CODE, calls, nothingHappened, statementShown, toChoice, toCode } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

scenario("five wrong codes end it, the last try is announced, and it can be begun anew", {}, async (stage) => {
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

scenario("another code cannot be had before the countdown is over", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toCode(stage);
  await widget.says(text.resendIn("(30|[12]?\\d)"));
  await widget.button(text.resend).click({ force: true });
  await widget.enterCode(CODE);
  await statementShown(stage);
  assert.equal(proxy.sent("POST", calls.start).length, 1, "pressing it early asks for nothing");
});

/** How long the server sends no other code, in milliseconds. */
const COUNTDOWN_MS = 30_000;

scenario("when the countdown is over, another code is sent and told", { movesTime: true }, async (stage) => {
  const { widget, proxy, customer } = stage;
  await toCode(stage);
  await stage.time.pass(COUNTDOWN_MS);
  await widget.button(text.resend).click();
  await widget.notice(text.sentAgain).waitFor();
  assert.equal(proxy.sent("POST", calls.start).length, 2);
  assert.deepEqual((await customer.now()).codesSent, ["SMS", "SMS"]);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("a server that wants another code asked for later says when", { movesTime: true }, async (stage) => {
  const { widget, proxy } = stage;
  await toCode(stage);
  await stage.time.pass(COUNTDOWN_MS);
  proxy.fault("POST", calls.start, problem(429, "too-many-requests", { retryAfter: 60 }, { "retry-after": "60" }));
  await widget.button(text.resend).click();
  await widget.says(text.waitFor);
});

scenario("another way and back again loses nothing: no second code is sent, and the first one is good", {}, async (stage) => {
  const { widget, proxy } = stage;
  await toCode(stage);
  await widget.button(text.otherFactor).click();
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  assert.equal(proxy.sent("POST", calls.start).length, 1, "the code that was sent is still on its way");
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("wrong entries are counted over all ways together", {}, async (stage) => {
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

scenario("a code that could not be sent is told, and the customer can try again or another way", {}, async (stage) => {
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

scenario("the code field is what a phone fills in by itself", {}, async (stage) => {
  const { widget } = stage;
  await toCode(stage);
  assert.equal(await widget.codeField.getAttribute("autocomplete"), "one-time-code");
  assert.equal(await widget.codeField.getAttribute("inputmode"), "numeric");
  // An autofill replaces the value as a whole.
  await widget.codeField.fill(CODE);
  await widget.confirm.click();
  await statementShown(stage);
});
