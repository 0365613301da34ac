// Without a pointer: every control can be reached and used, and the focus is visible and never lost.

import assert from "node:assert/strict";
import { CODE, PIN, nothingHappened, statementShown, toCode } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** The focused element, looked up through shadow roots: its role or name, and whether its outline is visible. */
const focused = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const isRinged = (each) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
    };
    return {
      name: element.localName,
      text: element.textContent.trim(),
      inWidget: element.getRootNode() !== document,
      // A field's focus ring may be on its painted places; in a date field the browser draws it.
      isRinged: element.type === "date" || [element, element.nextElementSibling].some((each) => each && isRinged(each)),
    };
  });

/** Presses Tab until an element with that text has the focus; at most one round. */
async function tabTo(page, wanted) {
  const passed = [];
  for (let presses = 0; presses < 25; presses += 1) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    assert.ok(at.isRinged || at.name === "body", `the focus on ${at.name} "${at.text}" cannot be seen`);
    if (at.text === wanted || at.name === wanted) return;
    passed.push(`${at.name} ${at.text}`);
  }
  assert.fail(`Tab never came to ${wanted}, but to ${passed.join("; ")}`);
}

scenario("a statement is shown without a pointer, and the focus follows the screens", {}, async (stage) => {
  const { page, widget } = stage;
  await tabTo(page, "Show my statement");
  await page.keyboard.press("Enter");
  await widget.pinField.waitFor();
  assert.equal((await focused(page)).name, "input");
  await page.keyboard.type(PIN);
  await page.keyboard.press("Enter");
  await widget.heading(text.chooseTitle).waitFor();
  assert.deepEqual(await focused(page).then(({ name, text: at }) => [name, at]), ["h2", text.chooseTitle]);
  await tabTo(page, text.sms);
  await page.keyboard.press("Space");
  await widget.codeField.waitFor();
  assert.equal((await focused(page)).name, "input");
  await page.keyboard.type(CODE);
  await page.keyboard.press("Enter");
  await statementShown(stage);
  assert.deepEqual(await focused(page).then(({ name, text: at }) => [name, at]), ["h3", "Your statement"]);
});

scenario("Tab moves through the widget and out of it, in both directions", {}, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await widget.codeField.focus();
  await tabTo(page, text.cancel);
  await page.keyboard.press("Tab");
  assert.equal((await focused(page)).text, text.deny);
  await page.keyboard.press("Tab");
  assert.equal((await focused(page)).inWidget, false);
  await page.keyboard.press("Shift+Tab");
  assert.equal((await focused(page)).text, text.deny);
  for (let presses = 0; (await focused(page)).inWidget; presses += 1) {
    assert.ok(presses < 10, "Shift+Tab leads out");
    await page.keyboard.press("Shift+Tab");
  }
  assert.equal((await focused(page)).text, "Show my statement");
});

scenario("after a wrong PIN the focus is back in the field, which is described by the error", {}, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await widget.codeField.focus();
  await page.keyboard.type("999999");
  await page.keyboard.press("Enter");
  await widget.notice(text.wrong).waitFor();
  assert.equal((await focused(page)).name, "input");
  assert.equal(await widget.codeField.getAttribute("aria-invalid"), "true");
  const described = await widget.codeField.evaluate((field) =>
    field
      .getAttribute("aria-describedby")
      .split(" ")
      .map((id) => field.getRootNode().getElementById(id)?.textContent)
      .join(" "),
  );
  assert.ok(described.includes(text.wrong), `the field is described by: ${described}`);
  await page.keyboard.type(CODE);
  await page.keyboard.press("Enter");
  await statementShown(stage);
});

scenario("the widget can be cancelled without a pointer, and the focus is on the outcome", {}, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await widget.codeField.focus();
  await tabTo(page, text.cancel);
  await page.keyboard.press("Enter");
  await widget.heading(text.cancelled).waitFor();
  await nothingHappened(stage);
  assert.deepEqual(await focused(page).then(({ name, text: at }) => [name, at]), ["h2", text.cancelled]);
});

scenario("a customer can say without a pointer that the action is not theirs, and the focus is on the outcome", {}, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await widget.codeField.focus();
  await tabTo(page, text.deny);
  await page.keyboard.press("Enter");
  await widget.heading(text.declined).waitFor();
  await nothingHappened(stage);
  assert.deepEqual(await focused(page).then(({ name, text: at }) => [name, at]), ["h2", text.declined]);
});

scenario("a widget that appears does not take the focus from another part of the page", {}, async (stage) => {
  const { page, widget } = stage;
  await page.locator("#statement").getByRole("button").click();
  await page.locator("#language").focus();
  await widget.pinField.waitFor();
  assert.equal((await focused(page)).name, "select");
});
