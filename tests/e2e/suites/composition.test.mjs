// Digits that an input method composes: each counts once. A doubled digit would cost the customer an attempt at the provider.

import assert from "node:assert/strict";
import { inputMethod, scripts } from "../harness/ime.mjs";
import { CODE, PIN, calls, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const entries = ({ proxy }) => proxy.sent("POST", calls.verify).length;

/** The provider accepted the PIN at the first attempt. */
async function pinTaken(stage) {
  await stage.widget.heading(text.chooseTitle).waitFor();
  assert.equal(entries(stage), 1);
}

/** The text in the painted places. */
const painted = ({ page }) =>
  page.locator("sca-widget").evaluate((host) => {
    const slots = [...host.shadowRoot.querySelectorAll("[part~=slot]")];
    return slots.map((slot) => ({ shown: slot.textContent, hidden: "•" })[slot.dataset.filled] ?? " ").join("");
  });

for (const [script, written] of Object.entries(scripts)) {
  for (const way of ["oneByOne", "atOnce"]) {
    scenario(`a PIN composed ${way} in ${script} digits is the PIN`, {}, async (stage) => {
      const { widget } = stage;
      await toPin(stage);
      await widget.pinField.click();
      const ime = await inputMethod(stage);
      await ime[way](written(PIN));
      assert.equal(await widget.pinField.inputValue(), "••••");
      assert.equal(await painted(stage), "••••");
      await widget.confirm.click();
      await pinTaken(stage);
    });
  }
}

for (const way of ["oneByOne", "atOnce"]) {
  scenario(`a code composed ${way} in any script is the code`, {}, async (stage) => {
    const { page, widget } = stage;
    await toCode(stage);
    const ime = await inputMethod(stage);
    // No two neighbouring digits are equal, so that a doubled digit is visible.
    for (const [script, written] of Object.entries(scripts)) {
      await anew(stage);
      await ime[way](written("123450"));
      assert.equal(await widget.codeField.inputValue(), "123450", script);
      assert.equal(await painted(stage), "123450", script);
    }
    await anew(stage);
    await ime[way](scripts["full-width"](CODE));
    await widget.confirm.click();
    await statementShown(stage);
    assert.equal(entries(stage), 2);

    async function anew() {
      await widget.codeField.click();
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.press("Delete");
    }
  });
}

scenario("composed and typed digits can be mixed", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("1");
  await (await inputMethod(stage)).oneByOne("２٣");
  await page.keyboard.type("4");
  assert.equal(await widget.pinField.inputValue(), "••••");
  await page.keyboard.press("Enter");
  await pinTaken(stage);
});

scenario("a composition is painted, and the widget does not change the field", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("12");
  const ime = await inputMethod(stage);
  await ime.compose("３");
  assert.equal(await widget.pinField.inputValue(), "••３");
  assert.equal(await painted(stage), "••• ");
  await ime.compose("３４");
  assert.equal(await widget.pinField.inputValue(), "••３４");
  assert.equal(await painted(stage), "••••");
  await ime.commit("３４");
  assert.equal(await widget.pinField.inputValue(), "••••");
  await page.keyboard.press("Enter");
  await pinTaken(stage);
});

scenario("Return during a composition submits nothing", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  const ime = await inputMethod(stage);
  await ime.compose("1");
  await page.keyboard.press("Enter");
  await ime.compose(PIN);
  await page.keyboard.press("Enter");
  assert.equal(await widget.pinField.inputValue(), PIN, "the composition continues");
  assert.equal(await page.getByText(text.incomplete(4)).filter({ visible: true }).count(), 0);
  assert.equal(entries(stage), 0);
  await ime.commit(PIN);
  await page.keyboard.press("Enter");
  await pinTaken(stage);
});

scenario("Confirm ends a composition and submits its text", {}, async (stage) => {
  const { widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  const ime = await inputMethod(stage);
  await ime.compose("１２");
  await ime.compose("１２３４");
  await widget.confirm.click();
  await pinTaken(stage);
});

scenario("a composition replaces the selection", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("9994");
  await widget.pinField.evaluate((field) => field.setSelectionRange(0, 3));
  const ime = await inputMethod(stage);
  await ime.compose("1");
  await ime.compose("12");
  await ime.commit("123");
  await widget.confirm.click();
  await pinTaken(stage);
});

scenario("a field that loses the focus during a composition keeps each digit once", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  const ime = await inputMethod(stage);
  await ime.compose("1");
  await ime.compose("12");
  await widget.pinField.evaluate((field) => field.blur());
  assert.equal(await widget.pinField.inputValue(), "••");
  await widget.pinField.click();
  await page.keyboard.type("34");
  await widget.confirm.click();
  await pinTaken(stage);
});

scenario("an element that is removed during a composition starts again without its text", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  const ime = await inputMethod(stage);
  await ime.compose("98");
  await page.evaluate(() => {
    window.element = document.querySelector("sca-widget");
    window.place = window.element.parentElement;
    window.field = window.element.shadowRoot.querySelector("input");
    window.element.remove();
  });
  await page.waitForFunction(() => window.element.handle === null);
  assert.equal(await page.evaluate(() => window.field.value), "");
  await page.evaluate(() => window.place.append(window.element));
  await widget.enterPin(PIN);
  await pinTaken(stage);
});

scenario("a composed text without digits is reported at its end, not before", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("12");
  const ime = await inputMethod(stage);
  for (const composed of ["u", "u0", "u0033"]) {
    await ime.compose(composed);
    assert.equal(await painted(stage), "••  ");
  }
  assert.equal(await page.getByText(text.digitsOnly).filter({ visible: true }).count(), 0);
  await ime.commit("い");
  await widget.says(text.digitsOnly);
  assert.equal(await widget.pinField.inputValue(), "••");
  await ime.oneByOne("３４");
  await widget.confirm.click();
  await pinTaken(stage);
});

scenario("undo after a composition does not restore the composed text", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  const ime = await inputMethod(stage);
  await ime.atOnce("１２");
  for (let times = 0; times < 3; times += 1) await page.keyboard.press("ControlOrMeta+Z");
  const shown = await widget.pinField.inputValue();
  assert.equal((await painted(stage)).trimEnd(), shown, "the places match the field");
  for (let times = 0; times < shown.length; times += 1) await page.keyboard.press("Backspace");
  assert.equal(await widget.pinField.inputValue(), "");
  await page.keyboard.type(PIN);
  await widget.confirm.click();
  await pinTaken(stage);
});
