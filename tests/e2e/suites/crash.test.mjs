// A trap in the module, such as a panic: the widget ends without a claim, wipes the module's memory, and another module goes on.

import assert from "node:assert/strict";
import { CODE, PIN, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";

/**
 * Has the exports of each module that starts trap while `window.traps` is true: they run an `unreachable` instruction. The memories of the
 * modules are in `window.memories`.
 */
function trapped() {
  const unreachable = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
  const { trap } = new WebAssembly.Instance(new WebAssembly.Module(unreachable)).exports;
  const { instantiate } = WebAssembly;
  window.memories = [];
  window.traps = false;
  WebAssembly.instantiate = async (...given) => {
    const { exports } = await instantiate.apply(WebAssembly, given);
    window.memories.push(exports.memory);
    const trapping = ([name, item]) => [name, typeof item === "function" ? (...values) => (window.traps ? trap() : item(...values)) : item];
    return { exports: Object.fromEntries(Object.entries(exports).map(trapping)) };
  };
}

const crashing = { init: trapped, expected: [/unreachable/i, /wasm-function/] };

/** How many bytes of the first module's memory are not zero. */
const left = ({ page }) => page.evaluate(() => new Uint8Array(window.memories[0].buffer).reduce((count, byte) => count + (byte !== 0), 0));

const recordErrors = ({ page }) =>
  page.evaluate(() => {
    window.errors = [];
    document.addEventListener("sca-error", ({ detail }) => window.errors.push([detail.code, detail.retryable]));
  });

const trapNow = async (stage) => {
  await stage.page.evaluate(() => (window.traps = true));
  await stage.page.keyboard.press("9");
  await stage.page.getByRole("alert").getByText("Something went wrong here.").waitFor();
  await stage.page.evaluate(() => (window.traps = false));
};

scenario("a trap while a PIN is typed ends the widget once, and nothing of the PIN stays in the module's memory", crashing, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await recordErrors(stage);
  await widget.pinField.focus();
  await page.keyboard.type(PIN.slice(0, 3));
  assert.ok((await left(stage)) > 1_000);
  await trapNow(stage);
  assert.deepEqual(await page.evaluate(() => window.errors), [["widget-crashed", true]]);
  assert.equal(await left(stage), 0);
  assert.equal(await widget.pinField.count(), 0);
});

scenario("after a trap another module goes on with the same approval, at the customer's press", crashing, async (stage) => {
  const { page, widget } = stage;
  await toCode(stage);
  await widget.codeField.focus();
  await trapNow(stage);
  await page.getByRole("button", { name: "Try again" }).click();
  await widget.codeField.waitFor();
  assert.equal(await page.evaluate(() => window.memories.length), 2);
  await widget.enterCode(CODE);
  await statementShown(stage);
});
