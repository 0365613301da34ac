// Whether an amount breaks or is cut off.

import assert from "node:assert/strict";
import { engine } from "./engine.mjs";

/** 320 pixels are 1280 at 400 %, which magnifies the text as well. Otherwise the text alone is twice as large. */
const sizes = [
  { width: 360, height: 640, text: "200%" },
  { width: 320, height: 640, text: "200%" },
  { width: 320, height: 256, text: "100%" },
];

/** Asserts that at all sizes each amount of the widget is in one line and in its place, and nothing sticks out of the widget. */
export async function assertAmountsWhole(page, where, least = 0) {
  for (const { text, ...size } of engine.isResizable ? sizes : [{ text: "200%" }]) {
    if (engine.isResizable) await page.setViewportSize(size);
    await page.evaluate((text) => void (document.documentElement.style.fontSize = text), text);
    const found = await page.locator("sca-widget").evaluate(linesOfAmounts);
    assert.ok(found.length >= least, `${where}: ${found.length} amounts`);
    for (const { amount, ...drawn } of found) assert.deepEqual(drawn, { lines: 1, isCut: false }, `${where}, ${size.width} px, text ${text}: ${amount}`);
    const wide = await page.locator("sca-widget").evaluate(whatSticksOut);
    assert.deepEqual(wide, [], `${where}, ${size.width} px, text ${text}: sticks out of the widget`);
  }
  await page.evaluate(() => void (document.documentElement.style.fontSize = ""));
}

/** How many lines each amount has, with the ones on buttons, and whether it sticks out of what is around it. */
const linesOfAmounts = ({ shadowRoot }) => {
  const values = [...shadowRoot.querySelectorAll(".sca-amount dd bdi")];
  const ranges = values.map((value) => {
    const range = document.createRange();
    range.selectNodeContents(value);
    return { range, around: value.closest("dl, .sca-item, .sca-summary") };
  });
  for (const label of shadowRoot.querySelectorAll(".sca-button-label")) {
    const text = label.firstChild;
    const [from, to] = [text.data.indexOf("\u2066"), text.data.indexOf("\u2069")];
    if (from < 0 || to < 0) continue;
    const range = document.createRange();
    range.setStart(text, from + 1);
    range.setEnd(text, to);
    ranges.push({ range, around: label.closest("button") });
  }
  return ranges.map(({ range, around }) => {
    const boxes = [...range.getClientRects()].filter(({ width }) => width > 0);
    const [place, box] = [around.getBoundingClientRect(), range.getBoundingClientRect()];
    return {
      amount: range.toString(),
      lines: new Set(boxes.map(({ bottom }) => Math.round(bottom))).size,
      isCut: box.left < place.left - 1 || box.right > place.right + 1,
    };
  });
};

/** The elements that are not wholly between the sides of the widget. */
const whatSticksOut = (host) => {
  const { left, right } = host.getBoundingClientRect();
  return [...host.shadowRoot.querySelectorAll("*")]
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 1 && (box.left < left - 1 || box.right > right + 1))
    .map(({ element, box }) => `${element.localName}.${element.className}: ${box.left} to ${box.right} in ${left} to ${right}`);
};
