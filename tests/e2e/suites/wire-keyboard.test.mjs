// A wire without a mouse: every control in reach, the focus where something new begins, and never lost.

import assert from "node:assert/strict";
import { nameOfFocus, tabTo } from "../harness/keyboard.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";
import { assertExecutedOnce, executedShown, frameElement, inFrame, wireOf } from "../harness/wire.mjs";

const text = words.en;

scenario("a whole wire by keyboard alone", {}, async (stage) => {
  const { page, widget } = stage;
  await page.locator("#wire input").focus();
  await page.keyboard.press("Enter");
  await widget.heading(text.faceTitle).waitFor();
  await tabTo(page, text.faceStart);
  await page.keyboard.press("Enter");

  const frame = inFrame(stage);
  const press = async (control) => {
    await frame.locator(control).first().waitFor();
    // Into the frame by Tab, as far as it takes.
    for (let presses = 0; presses < 30; presses += 1) {
      if (await frame.locator(control).first().evaluate((element) => element.ownerDocument.hasFocus() && element === element.ownerDocument.activeElement)) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
  };
  await press("#continue");
  await press("button[data-outcome]");
  await frame.locator("#code").focus();
  await page.keyboard.type("111111");
  await page.keyboard.press("Enter");
  await press("#continue");
  await executedShown(stage);
  assert.equal(await nameOfFocus(page), "Executed");
  await assertExecutedOnce(wireOf(stage));
});

scenario("the focus is never lost when the frame comes and goes", {}, async (stage) => {
  const { page, widget } = stage;
  await page.locator("#wire input").focus();
  await page.keyboard.press("Enter");
  await widget.heading(text.faceTitle).waitFor();
  await tabTo(page, text.faceStart);
  await page.keyboard.press("Enter");
  await frameElement(stage).waitFor();
  const wire = wireOf(stage);
  await tabTo(page, text.faceNewTab);
  await wire.play("noFace");
  await widget.says(text.noFace);
  // In the widget, not at the page's start.
  await page.waitForFunction(() => document.activeElement?.localName === "sca-widget");
});

scenario("stopping is in reach by keyboard while the frame is shown", {}, async (stage) => {
  const { page, widget } = stage;
  await page.locator("#wire input").focus();
  await page.keyboard.press("Enter");
  await widget.heading(text.faceTitle).waitFor();
  await tabTo(page, text.faceStart);
  await page.keyboard.press("Enter");
  await inFrame(stage).locator("main[data-state=asking]").waitFor();
  await tabTo(page, text.cancel);
  await page.keyboard.press("Enter");
  await widget.heading(text.cancelled).waitFor();
});
