// Every state in a browser that has little: neither WebAssembly nor constructed style sheets, its text twice as large, and the customer's own colours.

import assert from "node:assert/strict";
import { assertNoSidewaysScroll, assertNothingCut, assertTargetSizes } from "../harness/accessibility.mjs";
import { engine } from "../harness/engine.mjs";
import { scenario } from "../harness/scenario.mjs";
import { states } from "../harness/states.mjs";
import { noConstructedSheets } from "../harness/style_sheets.mjs";
import { noWebAssembly } from "../harness/webassembly.mjs";

const looks = [
  { text: "100%", forcedColors: "none" },
  { text: "200%", forcedColors: "none" },
  { text: "200%", forcedColors: "active" },
];

for (const { name, clock, camera, customer, reach } of states) {
  scenario(`${name}: undressed`, { clock, camera, customer, init: [noWebAssembly, noConstructedSheets] }, async (stage) => {
    const { page } = stage;
    await reach(stage);
    await page.waitForFunction(isStyled);
    if (engine.isResizable) await page.setViewportSize({ width: 320, height: 640 });
    for (const { text, forcedColors } of looks) {
      await page.emulateMedia({ forcedColors });
      await page.evaluate((text) => void (document.documentElement.style.fontSize = text), text);
      const where = `${name}, text ${text}, forced colours ${forcedColors}`;
      await assertTargetSizes(page, where);
      await assertNoSidewaysScroll(page, where);
      await assertNothingCut(page, where);
      assert.deepEqual(await page.evaluate(unhidden), [], `${where}: hidden, and still seen`);
      if (forcedColors === "active") assert.deepEqual(await page.evaluate(unbounded), [], `${where}: without an edge`);
    }
  });
}

/** Whether the style has come, as a file. */
const isStyled = () => {
  const { shadowRoot } = document.querySelector("sca-widget");
  return shadowRoot.adoptedStyleSheets.length === 0 && getComputedStyle(shadowRoot.querySelector(".sca-spoken")).position === "absolute";
};

/** What is there for a screen reader alone, or not yet, and takes room on the screen. */
const unhidden = () =>
  [...document.querySelector("sca-widget").shadowRoot.querySelectorAll("[hidden], .sca-spoken")]
    .filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      return width > 1 || height > 1;
    })
    .map((element) => `${element.localName}.${element.className}: ${element.textContent}`);

/** The buttons, and the places of a field, that only a colour of the background would show. */
const unbounded = () =>
  [...document.querySelector("sca-widget").shadowRoot.querySelectorAll("button, .sca-slot")]
    .filter((element) => element.getClientRects().length > 0)
    .filter((element) => {
      const { borderTopWidth, borderTopStyle, borderTopColor, backgroundColor, textDecorationLine } = getComputedStyle(element);
      const hasEdge = Number.parseFloat(borderTopWidth) > 0 && borderTopStyle !== "none" && borderTopColor !== backgroundColor;
      return !hasEdge && textDecorationLine !== "underline";
    })
    .map((element) => `${element.localName}.${element.className}: ${element.textContent}`);
