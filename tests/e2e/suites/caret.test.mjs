// Corrections in the middle of an entry: what is typed goes where the caret is painted.

import assert from "node:assert/strict";
import { PIN, calls, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** The places that are painted as the next ones. */
const painted = (field) =>
  field.evaluate((field) => [...field.parentElement.querySelectorAll(".sca-slot")].flatMap((slot, place) => ("next" in slot.dataset ? [place] : [])));

const press = async ({ page }, keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

/** What is pressed after 123456, the code then, and the places that are painted. */
const corrections = {
  "a digit that is deleted before the caret and typed again": [["ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "Backspace", "9"], "193456", [2]],
  "the first digit, deleted forward": [["Home", "Delete"], "23456", [0]],
  "the last digits, selected": [["Shift+ArrowLeft", "Shift+ArrowLeft", "9"], "12349", [5]],
  "a selection": [["Shift+ArrowLeft", "Shift+ArrowLeft"], "123456", [4, 5]],
  "everything, selected": [["Shift+Home", "9"], "9", [1]],
  "a digit in the middle of a complete code": [["Home", "ArrowRight", "9"], "193456", [2]],
};

for (const [name, [keys, code, places]] of Object.entries(corrections)) {
  scenario(`correct in a code: ${name}`, {}, async (stage) => {
    const { page, widget } = stage;
    await toCode(stage);
    await widget.codeField.click();
    await page.keyboard.type("123456");
    await press(stage, keys);
    assert.equal(await widget.codeField.inputValue(), code);
    assert.deepEqual(await painted(widget.codeField), places);
  });
}

scenario("a digit that is typed after a click on a place of a complete code replaces the digit there", {}, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await widget.codeField.click();
  await page.keyboard.type("111711");
  const { width, height } = await widget.codeField.boundingBox();
  await widget.codeField.click({ position: { x: (3.5 * width) / 6, y: height / 2 } });
  assert.deepEqual(await painted(widget.codeField), [3]);
  await page.keyboard.type("1");
  await widget.confirm.click();
  await statementShown(stage);
});

scenario("a click into an incomplete code continues at its end", {}, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await widget.codeField.click();
  await page.keyboard.type("12");
  await widget.codeField.click({ position: { x: 15, y: 15 } });
  assert.deepEqual(await painted(widget.codeField), [2]);
  await page.keyboard.type("3");
  assert.equal(await widget.codeField.inputValue(), "123");
});

scenario("a digit of a PIN is corrected where the caret is", {}, async (stage) => {
  const { page, widget, proxy } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type(`${PIN.slice(0, 2)}9${PIN.slice(3)}`);
  await press(stage, ["ArrowLeft", "ArrowLeft"]);
  assert.deepEqual(await painted(widget.pinField), [2]);
  await page.keyboard.type(PIN[2]);
  await page.keyboard.press("Enter");
  await widget.heading(text.chooseTitle).waitFor();
  assert.equal(proxy.sent("POST", calls.verify).length, 1);
});
