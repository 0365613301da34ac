// Searches for a distinctive PIN, code, token and client secret everywhere that they must not be, after flows that succeeded and
// flows that failed.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { answerLost, html } from "../harness/faults.mjs";
import { CODE, calls, nothingHappened, statementShown, toPin } from "../harness/journey.mjs";
import { assertAbsent, leftInPage } from "../harness/leaks.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** Values that nothing else in a run contains. */
const PIN = "0918";
const WRONG_PIN = "0817";
const WRONG_CODE = "909317";

scenario("no secret is left anywhere, and the PIN never leaves the page unencrypted", { customer: { pin: PIN } }, async (stage) => {
  const { page, context, widget, proxy, customer, approvals } = stage;

  // One flow with many faults, which is cancelled; then one that is approved.
  await toPin(stage);
  await widget.enterPin(WRONG_PIN);
  await widget.notice(text.wrong).waitFor();
  proxy.fault("POST", calls.verify, html(500));
  await widget.enterPin(PIN);
  await widget.notice(text.noAnswer).waitFor();
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(WRONG_CODE);
  await widget.notice(text.wrong).waitFor();
  proxy.fault("POST", calls.verify, html(502));
  await widget.enterCode(WRONG_CODE);
  await widget.notice(text.noAnswer).waitFor();
  await widget.codeField.click();
  await page.keyboard.type(WRONG_CODE.slice(0, 5));
  await widget.cancel();
  await nothingHappened(stage);
  const pages = [await leftInPage(page)];

  await toPin(stage);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  proxy.fault("POST", calls.verify, answerLost);
  await widget.enterCode(CODE);
  await statementShown(stage);
  pages.push(await leftInPage(page));

  const { oneTimeTokens } = await customer.now();
  const everybody = {
    PIN,
    "wrong PIN": WRONG_PIN,
    "wrong code": WRONG_CODE,
    "first client secret": approvals[0].clientSecret,
    "second client secret": approvals[1].clientSecret,
    "one-time token": oneTimeTokens[0].oneTimeToken,
    "other one-time token": oneTimeTokens[1].oneTimeToken,
  };
  for (const left of pages) for (const [where, content] of Object.entries(left)) assertAbsent(everybody, where, content);
  assertAbsent(everybody, "the console", stage.console.join("\n"));
  assertAbsent(everybody, "the cookies", JSON.stringify(await context.cookies()));

  // What the page sent: no PIN, and code and client secret only in their places.
  for (const { method, path, url, headers, body } of proxy.seen) {
    const { authorization, ...others } = headers;
    assertAbsent(everybody, `the address of ${method} ${path}`, url);
    assertAbsent(everybody, `the headers of ${method} ${path}`, JSON.stringify(others));
    const { "wrong code": _, ...never } = everybody;
    assertAbsent(path === calls.verify ? never : everybody, `the body of ${method} ${path}`, body.toString());
    if (path === calls.verify) {
      const { factor, entry } = JSON.parse(body);
      assert.deepEqual(Object.keys(entry), [factor === "pin" ? "jwe" : "code"]);
    }
  }
  // What it received: the client secret once, with the refusal, and no other secret.
  for (const { path, said } of stage.answers) {
    const { "first client secret": _, "second client secret": __, ...never } = everybody;
    assertAbsent(path === "/api/statement" ? never : everybody, `the answer of ${path}`, JSON.stringify(said));
  }
  // What the servers logged, at the most verbose level in use.
  for (const file of process.env.SCA_LOGS.split("\n")) {
    assertAbsent(everybody, file, readFileSync(file, "utf8"));
  }
});

scenario("after the end the typed digits are not in the document, even offline", {}, async (stage) => {
  const { page, context, widget } = stage;
  await toPin(stage);
  await page.evaluate(() => (window.field = document.querySelector("sca-widget").shadowRoot.querySelector("input")));
  await widget.pinField.click();
  await page.keyboard.type("09");
  await context.setOffline(true);
  await page.evaluate(() => document.querySelector("sca-widget").remove());
  // A kept reference to the field holds no digits.
  await page.waitForFunction(() => window.field.value === "");
  assert.equal(await page.locator("sca-widget").count(), 0);
});
