// Every common format of pasted digits. The clipboard is shared by the whole browser, so only this file uses it.

import assert from "node:assert/strict";
import { engine } from "../harness/engine.mjs";
import { CODE, PIN, calls, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { phrasesOf } from "../harness/languages.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const clipboard = { context: { permissions: ["clipboard-read", "clipboard-write"] } };

const shapes = {
  "as it is": "111111",
  "with a space": "111 111",
  "with a hyphen": "111-111",
  "with a line break and spaces around": "  111111\n",
  "with no-break and zero-width spaces": "111\u00a0\u200b111",
  "in Arabic-Indic digits": "١١١١١١",
  "in Persian digits": "۱۱۱۱۱۱",
  "in Devanagari digits": "१११ १११",
  "in full-width digits": "１１１-１１１",
  "in a message": "Your code is 111111. Do not share it.",
  "with a prefix": "G-111111",
  "in the message that browsers read": "111111 is your code.\n\n@shop.example #111111",
};

scenario("a code can be pasted in every common format", clipboard, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  for (const [shape, pasted] of Object.entries(shapes)) {
    await widget.codeField.click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.press("Delete");
    assert.equal(await widget.codeField.inputValue(), "", shape);
    await widget.paste(pasted);
    assert.equal(await widget.codeField.inputValue(), CODE, shape);
  }
  await widget.confirm.click();
  await statementShown(stage);
});

scenario("a pasted message about another amount is warned about, and its code can still be used", clipboard, async (stage) => {
  const { page, widget } = stage;
  const warning = phrasesOf("en").other_amount;
  await page.locator("#transfer").getByRole("button").click();
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  for (const [pasted, isOther] of [
    ["111111 is your code for EUR 1,250.00 to Brightside.", false],
    ["111111 is your code for EUR 5,000.00 to Mallory.", true],
    ["TAN 111111 für 1.250,00 € an Brightside", false],
    ["€500000.00 to Mallory: 111111", true],
    ["111111", false],
  ]) {
    await widget.codeField.click();
    await page.keyboard.press("ControlOrMeta+A");
    await widget.paste(pasted);
    assert.equal(await widget.codeField.inputValue(), CODE, pasted);
    if (isOther) await widget.says(warning);
    assert.equal(await page.locator("sca-widget").getByText(warning).isVisible(), isOther, pasted);
    assert.notEqual(await widget.codeField.getAttribute("aria-invalid"), "true", pasted);
    // The warning is gone with the digits.
    await page.keyboard.press("Backspace");
    assert.equal(await page.locator("sca-widget").getByText(warning).isVisible(), false, pasted);
  }
  await widget.codeField.click();
  await page.keyboard.press("ControlOrMeta+A");
  await widget.paste("111111 is your code for EUR 5,000.00 to Mallory.");
  await widget.says(warning);
  await widget.confirm.click();
  await page.locator("sca-widget").waitFor({ state: "detached" });
});

scenario("a pasted text that is not a code is reported and not sent", clipboard, async (stage) => {
  const { page, widget, proxy } = stage;
  await toCode(stage);
  for (const [pasted, message] of [
    ["1".repeat(10_000), /too long/],
    ["x".repeat(10_000), text.digitsOnly],
    ["<img src=x onerror=alert(1)>", text.digitsOnly],
    ["¹²³①②③", text.digitsOnly],
    ["one two three", text.digitsOnly],
    ["either 111111 or 222222", text.digitsOnly],
  ]) {
    await widget.codeField.click();
    await widget.paste(pasted);
    await widget.says(message);
    assert.equal(await widget.codeField.inputValue(), "");
    // The hint disappears with the next digit.
    await page.keyboard.type("1");
    await page.keyboard.press("Backspace");
  }
  assert.equal(proxy.sent("POST", calls.verify).length, 1, "only the PIN was sent");
  await widget.enterCode(CODE);
  await statementShown(stage);
});

scenario("the PIN can be pasted, and is shown as bullets only", clipboard, async (stage) => {
  const { widget } = stage;
  await toPin(stage);
  await widget.pinField.click();
  await widget.paste(PIN);
  assert.equal(await widget.pinField.inputValue(), "••••");
  await widget.confirm.click();
  await widget.heading(text.chooseTitle).waitFor();
});

scenario("a PIN cannot be copied out of its field", clipboard, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await engine.clipboard.write(page, "before");
  await widget.pinField.click();
  await page.keyboard.type(PIN);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("ControlOrMeta+C");
  assert.doesNotMatch(await engine.clipboard.read(page), /\d/);
});

scenario("a code can be dragged into the field", {}, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await page.evaluate(() => {
    const message = Object.assign(document.createElement("p"), { id: "message", textContent: "Your code is 111111." });
    document.querySelector("sca-widget").before(message);
    getSelection().selectAllChildren(message);
  });
  await page.locator("#message").dragTo(widget.codeField, { sourcePosition: { x: 20, y: 8 } });
  assert.equal(await widget.codeField.inputValue(), CODE);
  await widget.confirm.click();
  await statementShown(stage);
});
