// Playwright's locators: the search starts only with an action, which waits for the element.

import { setTimeout as pause } from "node:timers/promises";
import { Refused } from "./driver.mjs";

/** The pause between two searches, in milliseconds. */
const LOOK = 25;

const pattern = (text, isExact) => (text instanceof RegExp ? String(text) : `${JSON.stringify(text)}${isExact ? "s" : "i"}`);

/** The methods that create a locator; `within(selector)` is the locator of a selector. */
const searches = {
  locator(selector) {
    return this.within(selector);
  },
  getByRole(role, { name, exact = false } = {}) {
    return this.within(`internal:role=${role}${name === undefined ? "" : `[name=${pattern(name, exact)}]`}`);
  },
  getByText(text, { exact = false } = {}) {
    return this.within(`internal:text=${pattern(text, exact)}`);
  },
  getByLabel(text, { exact = false } = {}) {
    return this.within(`internal:label=${pattern(text, exact)}`);
  },
  frameLocator(selector) {
    return this.within(selector).contentFrame();
  },
};

export const canSearch = (prototype) => Object.assign(prototype, searches);

/** Waits until `look` returns something, at most for the page's timeout. */
export async function waitUntil(what, patience, look) {
  const deadline = Date.now() + patience;
  for (let why = "not seen yet"; ; ) {
    try {
      const answer = await look((reason) => void (why = reason));
      if (answer !== undefined) return answer;
    } catch (error) {
      // The element or its document is gone: search again.
      const isPassing = error instanceof Refused && ["stale element reference", "no such element", "no such frame"].includes(error.code);
      if (!isPassing) throw error;
      why = error.message;
    }
    if (Date.now() > deadline) throw new Error(`${what}: ${why} after ${patience} ms`);
    await pause(LOOK);
  }
}

export class Locator {
  constructor(page, selector, frames = []) {
    Object.assign(this, { page, selector, frames });
  }

  within(selector) {
    return new Locator(this.page, `${this.selector} >> ${selector}`, this.frames);
  }

  contentFrame() {
    return new FrameLocator(this.page, [...this.frames, this.selector]);
  }

  filter({ hasText, visible } = {}) {
    let found = this;
    if (hasText !== undefined) found = found.within(`internal:has-text=${pattern(hasText, false)}`);
    if (visible !== undefined) found = found.within(`visible=${visible}`);
    return found;
  }

  nth(index) {
    return this.within(`nth=${index}`);
  }

  first() {
    return this.nth(0);
  }

  last() {
    return this.nth(-1);
  }

  or(other) {
    return this.within(`internal:or=${JSON.stringify(other.selector)}`);
  }

  and(other) {
    return this.within(`internal:and=${JSON.stringify(other.selector)}`);
  }

  #ask(name, ...given) {
    return this.page.ask(this.frames, name, this.selector, ...given);
  }

  /** Waits until exactly one element matches and `act` has returned something. */
  #wait(what, { timeout = this.page.patience } = {}, act) {
    return waitUntil(`${what} ${this.selector}`, timeout, act);
  }

  async waitFor({ state = "visible", ...options } = {}) {
    await this.#wait(state, options, async () => {
      const { count, isVisible = false } = await this.#ask("look");
      return { attached: count > 0, detached: count === 0, visible: isVisible, hidden: !isVisible }[state] || undefined;
    });
  }

  count() {
    return this.#ask("count");
  }

  isVisible() {
    return this.#ask("isVisible");
  }

  isEnabled(options) {
    return this.#wait("state of", options, async () => (await this.#ask("look")).isEnabled);
  }

  async isDisabled(options) {
    return !(await this.isEnabled(options));
  }

  async all() {
    return Array.from({ length: await this.count() }, (_, index) => this.nth(index));
  }

  async #press(times, { force = false, position, ...options } = {}) {
    const box = position && (await this.boundingBox(options));
    const from = { x: box ? Math.round(position.x - box.width / 2) : 0, y: box ? Math.round(position.y - box.height / 2) : 0 };
    let before;
    await this.#wait("press", options, (because) =>
      this.page.alone(this.frames, async (run, send) => {
        const { element, place, not } = await run("target", this.selector, force);
        if (not) return because(`not ${not}`);
        // An element that still moves is not pressed.
        if (place !== before) return void (before = place);
        await send("POST", "/actions", { actions: [pointer(element, times, from)] });
        return true;
      }),
    );
  }

  click(options) {
    return this.#press(1, options);
  }

  dblclick(options) {
    return this.#press(2, options);
  }

  async focus(options) {
    await this.waitFor({ state: "attached", ...options });
    await this.#ask("focus");
  }

  async press(key, options) {
    await this.focus(options);
    await this.page.keyboard.press(key);
  }

  async pressSequentially(text, options) {
    await this.focus(options);
    await this.page.keyboard.type(text);
  }

  async fill(value, options) {
    await this.waitFor(options);
    await this.#wait("fill", options, async () => ((await this.#ask("fill", value)) === "done" ? true : undefined));
  }

  async selectOption(option, options) {
    await this.waitFor(options);
    const wanted = typeof option === "string" ? { valueOrLabel: option } : option;
    await this.#wait("option of", options, async (because) => {
      const answer = await this.#ask("select", [wanted]);
      return answer === "done" ? true : because(answer);
    });
  }

  async dispatchEvent(type, members = {}, options) {
    await this.waitFor({ state: "attached", ...options });
    await this.#ask("dispatch", type, members);
  }

  async #read(what, options, name) {
    const { value } = await this.#wait(what, options, async () => (await this.#ask("read", what, name)) ?? undefined);
    return value;
  }

  inputValue(options) {
    return this.#read("value", options);
  }

  textContent(options) {
    return this.#read("textContent", options);
  }

  innerText(options) {
    return this.#read("innerText", options);
  }

  getAttribute(name, options) {
    return this.#read("attribute", options, name);
  }

  async boundingBox(options) {
    await this.waitFor({ state: "attached", ...options });
    return this.#ask("box");
  }

  async evaluate(run, argument, options) {
    await this.waitFor({ state: "attached", ...options });
    return this.page.call(this.frames, run, { selector: this.selector, argument });
  }
}

canSearch(Locator.prototype);

export class FrameLocator {
  constructor(page, frames) {
    Object.assign(this, { page, frames });
  }

  within(selector) {
    return new Locator(this.page, selector, this.frames);
  }
}

canSearch(FrameLocator.prototype);

/** Presses beside the middle of an element. WebDriver's own click does not work in a shadow root. */
const pointer = (element, times, { x, y }) => ({
  type: "pointer",
  id: "mouse",
  parameters: { pointerType: "mouse" },
  actions: [
    { type: "pointerMove", duration: 0, origin: element, x, y },
    ...Array.from({ length: times }, () => [{ type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }]).flat(),
  ],
});
