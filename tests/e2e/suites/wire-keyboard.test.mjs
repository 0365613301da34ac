// A wire without a pointer: every control can be reached, and the focus follows the screens and is never lost.

import assert from "node:assert/strict";
import { focusComesTo, tabTo } from "../harness/keyboard.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";
import { assertExecutedOnce, executedShown, frameElement, inFrame, wireOf } from "../harness/wire.mjs";

const text = words.en;

scenario("a complete wire by keyboard alone", {}, async (stage) => {
  const { page, widget } = stage;
  await page.locator("#wire input").focus();
  await page.keyboard.press("Enter");
  await widget.heading(text.faceTitle).waitFor();
  await tabTo(page, text.faceStart);
  await page.keyboard.press("Enter");

  const frame = inFrame(stage);
  const press = async (control) => {
    await frame.locator(control).first().waitFor();
    // Into the frame by Tab.
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
  await focusComesTo(page, "Executed");
  await assertExecutedOnce(wireOf(stage));
});

scenario("the focus is not lost when the frame appears and disappears", {}, async (stage) => {
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
  // The focus is in the widget, not at the start of the page.
  await page.waitForFunction(() => document.activeElement?.localName === "sca-widget");
});

scenario("the cancel button can be reached by keyboard while the frame is shown", {}, async (stage) => {
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
