// How a widget arrives: in sight and with the focus if the page asks for that, and otherwise without touching either.

import assert from "node:assert/strict";
import { engine } from "../harness/engine.mjs";
import { answer, held } from "../harness/faults.mjs";
import { askForStatement, newSecret, toPin } from "../harness/journey.mjs";
import { focusComesTo, nameOfFocus } from "../harness/keyboard.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const MODULE = "/pkg/dist/sca_widget_bg.wasm";
const phone = { context: { viewport: { width: 360, height: 640 } } };
const bare = { page: "/strict.html" };

/** Puts an element into a page that does nothing by itself. `asked` says when the page calls its `focus()`. */
async function place(stage, options, asked = "never") {
  const clientSecret = await newSecret(stage);
  await stage.page.evaluate(
    async ([setting, when]) => {
      await import("/pkg/define.js");
      const other = Object.assign(document.createElement("input"), { name: "another field" });
      document.getElementById("show").after(other);
      document.getElementById("show").focus();
      window.secret = setting.clientSecret;
      window.element = document.createElement("sca-widget");
      if (when === "before it has its secret") window.element.focus();
      Object.assign(window.element, setting);
      document.getElementById("approval").append(window.element);
      if (when === "before it is ready") window.element.focus();
      if (when === "while it loads") setTimeout(() => window.element.focus());
    },
    [{ ...options, baseUrl: "/sca", locale: "en", clientSecret }, asked],
  );
}

/** How many places of the field are filled. */
const filled = (page) => page.evaluate(() => document.querySelector("sca-widget").shadowRoot.querySelectorAll("[data-filled]").length);

/** What the live region holds for a screen reader. */
const spoken = (page) => page.evaluate(() => document.querySelector("sca-widget").shadowRoot.querySelector("[role=status]").textContent.trim());

if (engine.isResizable) {
  scenario("after the press on a phone, what is approved is in sight and the field has the focus", phone, async (stage) => {
    const { page } = stage;
    await toPin(stage);
    await focusComesTo(page, text.pinTitle);
    const seen = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector("sca-widget");
      return [".sca-summary", ".sca-field"].map((part) => {
        const { top, bottom } = shadowRoot.querySelector(part).getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      });
    });
    assert.deepEqual(seen, [true, true], "summary and field are in the window");
  });
}

scenario("digits that are typed as soon as the field is there arrive, ten times out of ten", bare, async (stage) => {
  const { page, widget } = stage;
  await place(stage, { arrival: "focus" });
  for (let time = 1; time <= 10; time += 1) {
    await widget.pinField.waitFor();
    await page.keyboard.type("7294");
    assert.equal(await filled(page), 4, `of four digits, the ${time}. time`);
    await page.evaluate(() => {
      const { element } = window;
      const fresh = document.createElement("sca-widget");
      Object.assign(fresh, { arrival: "focus", baseUrl: "/sca", locale: "en", clientSecret: window.secret });
      element.replaceWith(fresh);
      window.element = fresh;
    });
  }
});

scenario("without being asked for, the focus stays on the page's button, and the question is announced", bare, async (stage) => {
  const { page, widget } = stage;
  await place(stage, {});
  await widget.pinField.waitFor();
  assert.equal(await nameOfFocus(page), "Show my statement");
  assert.equal(await spoken(page), `Account statement, Step 1 of 2, ${text.pinTitle}`);
});

scenario("with the focus, the question is not announced as well", bare, async (stage) => {
  await place(stage, { arrival: "focus" });
  await stage.widget.pinField.waitFor();
  await focusComesTo(stage.page, text.pinTitle);
  assert.equal(await spoken(stage.page), "");
});

scenario("a widget that only scrolls comes into sight and leaves the focus", bare, async (stage) => {
  const { page, widget } = stage;
  await page.evaluate(() => {
    const above = document.createElement("canvas");
    above.height = 3_000;
    document.getElementById("show").after(above);
  });
  await place(stage, { arrival: "scroll" });
  await widget.pinField.waitFor();
  assert.equal(await nameOfFocus(page), "Show my statement");
  const top = await page.evaluate(() => window.element.getBoundingClientRect().top);
  assert.ok(top >= -1 && top < 100, `the widget's top is at ${top}`);
});

for (const when of ["before it has its secret", "before it is ready", "while it loads"]) {
  scenario(`focus() ${when} gives the focus to the first question`, bare, async (stage) => {
    const { page, proxy } = stage;
    const module = held();
    proxy.fault("GET", MODULE, module.act);
    await place(stage, {}, when);
    await module.arrived;
    module.release();
    await focusComesTo(page, text.pinTitle);
    assert.equal(await spoken(page), "");
  });
}

scenario("focus() of a mounted widget gives the focus to its question, before it is ready and later", bare, async (stage) => {
  const { page } = stage;
  const clientSecret = await newSecret(stage);
  await page.evaluate(async (secret) => {
    const { mount } = await import("/pkg/index.js");
    window.widget = mount("#approval", { clientSecret: secret, baseUrl: "/sca", locale: "en" });
    window.widget.focus();
  }, clientSecret);
  await focusComesTo(page, text.pinTitle);
  await page.locator("#show").focus();
  await page.evaluate(() => window.widget.focus());
  assert.equal(await nameOfFocus(page), text.pinTitle);
});

scenario("a customer who goes elsewhere while the widget loads stays there", bare, async (stage) => {
  const { page, proxy, widget } = stage;
  const module = held();
  proxy.fault("GET", MODULE, module.act);
  await place(stage, { arrival: "focus" });
  await module.arrived;
  const other = page.locator("input[name='another field']");
  await other.click();
  await page.keyboard.type("12");
  module.release();
  await widget.pinField.waitFor();
  await page.keyboard.type("34");
  assert.equal(await other.inputValue(), "1234");
  assert.equal(await spoken(page), `Account statement, Step 1 of 2, ${text.pinTitle}`, "the question is announced instead");
});

scenario("the focus goes on from the button that tries again", { ...bare, expected: [/sca_widget_bg\.wasm/] }, async (stage) => {
  const { page, proxy } = stage;
  proxy.fault("GET", MODULE, answer(503, ""), 2);
  await place(stage, { arrival: "focus" });
  await focusComesTo(page, "Try again");
  await page.keyboard.press("Enter");
  await focusComesTo(page, text.pinTitle);
});
