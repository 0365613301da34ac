// A customer at a keyboard.

import assert from "node:assert/strict";

/** Presses Tab until the element of that name has the focus. Fails if it cannot be reached. */
export async function tabTo(page, name) {
  const seen = [];
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await nameOfFocus(page);
    if (focused === name || (focused.startsWith(name) && focused.length > name.length)) return;
    seen.push(focused);
  }
  assert.fail(`Tab never came to ${name}, only to ${seen.join(", ")}`);
}

/** The name of the focused element, also inside the shadow root. */
export const nameOfFocus = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.localName === "iframe" ? element.title : element?.textContent.trim() || element?.name || element?.localName;
  });
