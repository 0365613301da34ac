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

/** Waits until the element of that name has the focus, which follows the screens. */
export async function focusComesTo(page, name) {
  const deadline = Date.now() + 5_000;
  let focused;
  do focused = await nameOfFocus(page);
  while (focused !== name && Date.now() < deadline);
  assert.equal(focused, name, "the focus follows the screens");
}

/** The name of the focused element, also inside the shadow root. */
export const nameOfFocus = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (element?.localName === "iframe") return element.title;
    const label = element?.getRootNode().getElementById(element.getAttribute("aria-labelledby")?.split(" ")[0]);
    return element?.textContent.trim() || element?.name || label?.textContent.trim() || element?.localName;
  });
