// Names that this version does not know are shown as unsupported and never count as passed.

import assert from "node:assert/strict";
import { changed, html } from "../harness/faults.mjs";
import { CODE, PIN, calls, nothingHappened, statementShown, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

scenario("an unknown challenge with a known alternative is cleared by the alternative", { customer: { behaviour: { delivery: "unknownFirst" } } }, async (stage) => {
  const { page, widget } = stage;
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.says("Not possible here");
  await widget.choose("PIN");
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("an unknown challenge without a known alternative is reported, and the customer can cancel", {}, async (stage) => {
  const { page, widget, customer } = stage;
  await customer.fault("statement", { kind: "unknownChallenge" });
  await page.getByRole("button", { name: "Show my statement" }).click();
  await widget.heading(text.cannotBeDone).waitFor();
  await widget.cancel();
  await widget.heading(text.cancelled).waitFor();
  await nothingHappened(stage);
  assert.equal(await page.getByRole("heading", { name: "Your statement" }).count(), 0);
});

scenario("an unknown status is not an approval", {}, async (stage) => {
  stage.proxy.fault("GET", calls.approval, changed((approval) => void (approval.status = "half-approved")));
  stage.proxy.fault("GET", calls.events, html(503), Number.POSITIVE_INFINITY);
  await stage.page.getByRole("button", { name: "Show my statement" }).click();
  await stage.widget.heading(text.failed).waitFor();
  assert.equal(stage.proxy.sent("GET", "/api/statement").length, 1, "the call is not repeated");
});

scenario("members that this version does not know change nothing", {}, async (stage) => {
  stage.proxy.fault("GET", calls.approval, changed((approval) => Object.assign(approval, { mood: { colour: ["blue"] } })));
  await toPin(stage);
});
