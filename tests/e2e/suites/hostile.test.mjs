// A page that interferes with the widget, and pages that remove it.

import assert from "node:assert/strict";
import { held } from "../harness/faults.mjs";
import { CODE, PIN, calls, statementShown, toCode, toPin } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const hostile = { page: "/hostile.html" };
const show = ({ page }) => page.getByText("Show my statement").click();

scenario("CSS resets, a replaced fetch, intercepted keys and polluted prototypes do not prevent an approval", hostile, async (stage) => {
  const { page, widget } = stage;
  await show(stage);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await page.getByText(/Your statement has \d+ entries/).waitFor();
});

scenario("a CSS reset does not affect the widget", hostile, async (stage) => {
  const { widget } = stage;
  await show(stage);
  await widget.pinField.waitFor();
  const style = await widget.confirm.evaluate((button) => {
    const { fontSize, display, color, letterSpacing, visibility } = getComputedStyle(button);
    return { fontSize, display, color, letterSpacing, visibility, height: button.getBoundingClientRect().height };
  });
  assert.ok(Number.parseFloat(style.fontSize) >= 16, style.fontSize);
  assert.notEqual(style.display, "inline");
  assert.notEqual(style.color, "rgb(255, 0, 0)");
  assert.equal(style.letterSpacing, "normal");
  assert.ok(style.height >= 44);
});

scenario("a fetch that rejects with any value counts as a lost answer and does not crash the widget", hostile, async (stage) => {
  const { page, widget } = stage;
  await show(stage);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.codeField.waitFor();
  for (const value of ["undefined", "null", "'a string'", "42", "Symbol('s')", "{ message: { toString: null } }"]) {
    await page.evaluate((thrown) => window.hostile.rejectNext((0, [undefined, null, "a string", 42, Symbol("s"), { message: { toString: null } }])[thrown]), [
      "undefined", "null", "'a string'", "42", "Symbol('s')", "{ message: { toString: null } }",
    ].indexOf(value));
    await widget.enterCode("909317");
    await widget.notice(text.noAnswer).waitFor();
  }
  await widget.enterCode(CODE);
  await page.getByText(/Your statement has \d+ entries/).waitFor();
});

scenario("the page sees only bullets and key events of the PIN", hostile, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => {
    window.values = [];
    for (const kind of ["beforeinput", "input", "change"]) {
      window.addEventListener(kind, (event) => window.values.push(String(event.target.value), String(event.composedPath()[0].value)), true);
    }
  });
  await show(stage);
  await widget.enterPin(PIN);
  await widget.heading(text.chooseTitle).waitFor();
  assert.doesNotMatch((await page.evaluate(() => window.values)).join(" "), /\d/);
});

const enterPin = ({ widget }) => widget.enterPin(PIN);
const chooseSms = ({ widget }) => widget.choose(text.sms);
const enterCode = ({ widget }) => widget.enterCode(CODE);

for (const [where, fault, before, after] of [
  ["during the first read", ["GET", calls.approval], [], [enterPin, chooseSms, enterCode]],
  ["while the PIN is being submitted", ["POST", calls.verify], [enterPin], [chooseSms, enterCode]],
  ["while a code is being sent", ["POST", calls.start], [enterPin, chooseSms], [enterCode]],
]) {
  scenario(`removed ${where}: no error, no further call, and a new widget works`, {}, async (stage) => {
    const { page, proxy } = stage;
    const call = held();
    proxy.fault(...fault, call.act);
    await page.locator("#statement").getByRole("button").click();
    for (const take of before) await take(stage);
    await call.arrived;
    await page.evaluate(() => {
      window.taken = document.querySelector("sca-widget");
      window.taken.remove();
    });
    await page.waitForFunction(() => window.taken.handle === null);
    const made = proxy.seen.length;
    call.release();
    await call.over;
    assert.equal(await page.evaluate(() => window.taken.shadowRoot.childElementCount), 0);
    assert.equal(proxy.seen.length, made, "a removed widget makes no call");
    // The page goes on with the same approval.
    await page.reload();
    for (const take of after) await take(stage);
    await statementShown(stage);
  });
}

scenario("a moved element keeps the typed digits", {}, async (stage) => {
  const { page, widget, proxy } = stage;
  await toCode(stage);
  await widget.codeField.click();
  await page.keyboard.type("111");
  const looks = proxy.sent("GET", calls.approval).length;
  await page.evaluate(() => document.querySelector("main").append(document.querySelector("sca-widget")));
  assert.equal(await widget.codeField.inputValue(), "111");
  await widget.codeField.click();
  await page.keyboard.type("111");
  await widget.confirm.click();
  await statementShown(stage);
  assert.ok(proxy.sent("GET", calls.approval).length <= looks + 1);
});

scenario("two widgets on one page do not affect each other", {}, async (stage) => {
  const { page } = stage;
  await page.locator("#statement").getByRole("button").click();
  await page.locator("#transfer").getByRole("button").click();
  const [first, second] = ["statement", "transfer"].map((name) => page.locator(`[data-place=${name}]`));
  for (const place of [first, second]) await place.getByRole("textbox", { name: text.pinTitle }).waitFor();
  await first.getByRole("textbox").click();
  await page.keyboard.type("12");
  await second.getByRole("textbox").click();
  await page.keyboard.type(PIN);
  await page.keyboard.press("Enter");
  await second.getByRole("heading", { name: text.chooseTitle }).waitFor();
  assert.equal(await first.getByRole("textbox").inputValue(), "••");
  const ids = await page.evaluate(() =>
    [...document.querySelectorAll("sca-widget")].flatMap(({ shadowRoot }) => [...shadowRoot.querySelectorAll("[id]")].map(({ id }) => id)),
  );
  assert.equal(new Set(ids).size, ids.length);
});

scenario("the widget works inside a dialog and inside another shadow root", { page: "/strict.html" }, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => {
    const dialog = document.createElement("dialog");
    const outer = document.createElement("div");
    const place = document.createElement("div");
    place.style.setProperty("transform", "translateX(0)");
    outer.attachShadow({ mode: "open" }).append(place);
    dialog.append(outer);
    document.body.append(dialog);
    dialog.showModal();
    // The page's own script mounts into the element with this id.
    document.getElementById("approval").id = "";
    window.place = place;
  });
  await toStatementIn(stage);
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await widget.heading(text.approved).waitFor();
});

async function toStatementIn({ page }) {
  await page.evaluate(async () => {
    const session = (await (await fetch("/api/demo/customer", { method: "POST" })).json()).session;
    const refusal = await fetch("/api/statement?from=2026-07-01&to=2026-09-30", { headers: { "x-demo-session": session } });
    const { approval } = await refusal.json();
    const { mount } = await import("/pkg/index.js");
    await mount(window.place, { clientSecret: approval.clientSecret, baseUrl: "/sca" }).ready;
  });
}
