// A person at a keyboard.

import assert from "node:assert/strict";

/** Presses Tab until something holds the focus, as its name says; fails when it is out of reach. */
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

/** What has the focus, looked for through the shadow root. */
export const nameOfFocus = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.localName === "iframe" ? element.title : element?.textContent.trim() || element?.name || element?.localName;
  });
