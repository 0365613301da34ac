// Password managers that fire unusual events or none, and fields that a browser restores: the field shows what will be submitted.

import assert from "node:assert/strict";
import { CODE, PIN, calls, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const entries = ({ proxy }) => proxy.sent("POST", calls.verify).length;

async function pinTaken(stage) {
  await stage.widget.heading(text.chooseTitle).waitFor();
  assert.equal(entries(stage), 1);
}

const ways = {
  "fires no event": (field, value) => {
    field.value = value;
  },
  "fires only change": (field, value) => {
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  },
  "leaves the field": (field, value) => {
    field.focus();
    field.value = value;
    field.blur();
  },
  "fires its events first": (field, value) => {
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
    field.value = value;
  },
};

for (const [way, fill] of Object.entries(ways)) {
  scenario(`the text of a password manager that ${way} is submitted`, {}, async (stage) => {
    const { widget } = stage;
    await toPin(stage);
    await widget.pinField.evaluate(fill, PIN);
    await widget.confirm.click();
    await pinTaken(stage);
    await widget.choose(text.sms);
    await widget.codeField.waitFor();
    await widget.codeField.evaluate(fill, CODE);
    await widget.confirm.click();
    await statementShown(stage);
    assert.equal(entries(stage), 2);
  });
}

scenario("a PIN that a password manager sets without an event does not stay readable", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.evaluate(ways["fires no event"], PIN);
  await page.waitForFunction(() => document.querySelector("sca-widget").shadowRoot.querySelector("input").value === "••••");
  await widget.confirm.click();
  await pinTaken(stage);
});

scenario("a key press continues from a password manager's text", {}, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await widget.codeField.evaluate(ways["fires no event"], CODE.slice(1));
  await widget.codeField.focus();
  await page.keyboard.press("End");
  await page.keyboard.type(CODE[0]);
  assert.equal(await widget.codeField.inputValue(), CODE);
  await widget.confirm.click();
  await statementShown(stage);
});

scenario("a field that was emptied from outside is an empty entry", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("12");
  await widget.pinField.evaluate(ways["fires no event"], "");
  await page.keyboard.type(PIN);
  await page.keyboard.press("Enter");
  await pinTaken(stage);
});

scenario("a page that is reloaded during the entry starts with an empty field", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type("12");
  await page.reload();
  await widget.pinField.waitFor();
  assert.equal(await widget.pinField.inputValue(), "");
  await widget.enterPin(PIN);
  await pinTaken(stage);
});

scenario("a page that is left during the entry and restored shows what will be submitted", { backForwardCache: true }, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await page.keyboard.type(PIN.slice(0, 2));
  await page.evaluate(() => addEventListener("pageshow", (event) => (window.cameBack = event.persisted)));
  await page.goto("/strict.html");
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => window.cameBack === true);
  // WebKit has emptied the field, the other engines have not. The places match it before the customer touches it.
  await page.waitForFunction(() => {
    const root = document.querySelector("sca-widget").shadowRoot;
    return root.querySelectorAll("[part~=slot][data-filled]").length === root.querySelector("input").value.length;
  });
  const kept = (await widget.pinField.inputValue()).length;
  await widget.pinField.click();
  await page.keyboard.type(PIN.slice(kept));
  assert.equal(await widget.pinField.inputValue(), "••••");
  await page.keyboard.press("Enter");
  await pinTaken(stage);
});

scenario("a password manager is asked not to offer itself for a PIN, and its text is no blame and wipes nothing", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  const asked = ["data-1p-ignore", "data-bwignore", "data-lpignore", "data-form-type"];
  assert.deepEqual(await widget.pinField.evaluate((field, names) => names.map((name) => field.hasAttribute(name)), asked), [true, true, true, true]);
  await widget.pinField.click();
  await page.keyboard.type("12");
  await widget.pinField.evaluate((field) => {
    field.value = "correct horse";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  assert.equal(await widget.pinField.inputValue(), "••");
  assert.equal(await page.getByText(widget.words.digitsOnly).filter({ visible: true }).count(), 0);
  await page.keyboard.type("34");
  await widget.confirm.click();
  await widget.heading(widget.words.chooseTitle).waitFor();
});
