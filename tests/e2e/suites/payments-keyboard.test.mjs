// Payments without a pointer, on the page and on the phone.

import assert from "node:assert/strict";
import { assertAccessible } from "../harness/accessibility.mjs";
import { engine } from "../harness/engine.mjs";
import { focusComesTo, tabTo } from "../harness/keyboard.mjs";
import { WEAVR_CODE, assertPaid, openPhone, paidShown, phoneAwaited, toPhone, weavrOf } from "../harness/payments.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** From the form to the choice by keyboard alone. */
async function payByKeyboard({ page, widget }, what) {
  await page.locator("#weavr [name=what]").focus();
  for (let presses = 0; (await page.locator("#weavr [name=what]").inputValue()) !== what; presses += 1) {
    assert.ok(presses < 4, "the arrow keys reach every kind");
    await page.keyboard.press("ArrowDown");
  }
  await tabTo(page, "Pay");
  await page.keyboard.press("Enter");
  await widget.heading(text.wayTitle).waitFor();
}

scenario("many payments by keyboard alone: the list can be scrolled, the phone approves", {}, async (stage) => {
  const { page, widget } = stage;
  await payByKeyboard(stage, "wires");
  await tabTo(page, text.push);
  await page.keyboard.press("Enter");
  await phoneAwaited(stage);
  await focusComesTo(page, text.phoneTitle);

  const phone = await openPhone(stage);
  await phone.bringToFront();
  await phone.locator("li[data-kind=PUSH]").waitFor();
  await tabTo(phone, "Approve");
  await phone.keyboard.press("Enter");
  await page.bringToFront();
  await paidShown(stage);
  await focusComesTo(page, "Paid");
  await assertPaid(weavrOf(stage), 3);
  assert.equal(await widget.heading(text.phoneTitle).count(), 0);
});

scenario("from the phone to a code by keyboard alone", {}, async (stage) => {
  const { page, widget } = stage;
  await payByKeyboard(stage, "send");
  await tabTo(page, text.biometric);
  await page.keyboard.press("Space");
  await phoneAwaited(stage);
  await tabTo(page, text.codeInstead);
  await page.keyboard.press("Enter");
  await widget.codeField.waitFor();
  await page.keyboard.type(WEAVR_CODE);
  await page.keyboard.press("Enter");
  await paidShown(stage);
});

scenario("the cancel button can be reached while waiting for the phone", {}, async (stage) => {
  const { page, widget } = stage;
  await toPhone(stage);
  await tabTo(page, text.cancel);
  await page.keyboard.press("Enter");
  await widget.heading(text.cancelled).waitFor();
  await focusComesTo(page, text.cancelled);
});

scenario("the phone's page is accessible when empty, with a code and with a request", {}, async (stage) => {
  const { page, widget } = stage;
  await page.locator("a[data-phone]").waitFor();
  const phone = await openPhone(stage);
  await assertAccessible(phone, "the phone, idle");
  await page.bringToFront();
  await toPhone(stage, "wires");
  await widget.button(text.codeInstead).click();
  await widget.codeField.waitFor();
  await phone.bringToFront();
  await phone.locator("[data-code]").waitFor();
  await phone.locator("li[data-kind=PUSH]").waitFor();
  for (const colorScheme of engine.colorSchemes) {
    if (colorScheme) await phone.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await assertAccessible(phone, `the phone, ${colorScheme ?? "as it is"}`);
  }
});
