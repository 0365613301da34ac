// The scripts that run in WebKit's pages: Playwright's own search by roles, names and texts, so that a locator means the same in
// every engine. WebDriver Classic has no such search.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Playwright's scripts for pages are strings in its bundle, and are not exported; its version is pinned in package.json. */
function playwrightScript(name) {
  const bundle = readFileSync(require.resolve("playwright-core/lib/coreBundle"), "utf8");
  const marked = bundle.slice(bundle.indexOf(`// packages/playwright-core/src/generated/${name}.ts`));
  const [, literal] = /^ {4}source\d* = ('.*');$/m.exec(marked) ?? [];
  if (!literal) throw new Error(`this playwright-core has no ${name} where it was expected`);
  return new Function(`return ${literal}`)();
}

const OPTIONS = {
  isUnderTest: false,
  sdkLanguage: "javascript",
  frameSeq: 0,
  testIdAttributeName: "data-testid",
  stableRafCount: 1,
  browserName: "webkit",
  shouldPrependErrorPrefix: false,
  isUtilityWorld: true,
  customEngines: [],
};

/** The body of a script that installs {@link helper} in a document. */
export const installation = `
  const module = {};
  ${playwrightScript("injectedScriptSource")}
  const injected = new (module.exports.InjectedScript())(globalThis, ${JSON.stringify(OPTIONS)});
  Object.defineProperty(globalThis, Symbol.for("sca harness"), { value: (${helper})(injected) });
`;

/** Installs the test's clock before the page's scripts, as `globalThis.__pwClock.controller`. */
export const clockInstallation = () => `(() => {
  const module = {};
  ${playwrightScript("clockSource")}
  globalThis.__pwClock ??= (module.exports.inject())(globalThis, "webkit");
})();`;

/** Runs in the page. All functions return JSON, except for elements. */
function helper(injected) {
  const pending = new Map();
  const kept = [];
  const { stringify } = JSON;
  // The originals, which the test's clock does not affect.
  const { builtins } = injected.utils;

  const all = (selector) => injected.querySelectorAll(injected.parseSelector(selector), document);
  const one = (selector) => {
    const found = all(selector);
    if (found.length > 1) throw injected.strictModeViolationError(injected.parseSelector(selector), found);
    return found[0];
  };
  const is = (element, state) => injected.elementState(element, state, true).matches === true;
  const report = (error) => ({ error: String(error?.message ?? error), stack: String(error?.stack ?? "") });

  return {
    /** How many elements match, and whether a single one is visible and usable. */
    look: (selector) => {
      const element = one(selector);
      if (!element) return { count: 0 };
      return { count: 1, isVisible: is(element, "visible"), isEnabled: is(element, "enabled") };
    },
    count: (selector) => all(selector).length,
    isVisible: (selector) => {
      const element = one(selector);
      return element !== undefined && is(element, "visible");
    },
    element: (selector) => one(selector),
    /** The element to press, if it is visible, enabled and not covered. */
    target: (selector, isForced) => {
      const element = one(selector);
      if (!element) return { not: "there" };
      if (!is(element, "visible")) return { not: "visible" };
      if (!isForced && !is(element, "enabled")) return { not: "enabled" };
      const inView = ({ top, left, bottom, right }) => top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
      if (!inView(element.getBoundingClientRect())) element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      const { x, y, width, height } = element.getBoundingClientRect();
      const hit = isForced ? "done" : injected.expectHitTarget({ x: x + width / 2, y: y + height / 2 }, element);
      if (hit !== "done") return { not: `free of ${hit.hitTargetDescription}` };
      return { element, place: [x, y, width, height].join() };
    },
    focus: (selector) => injected.focusNode(one(selector)),
    fill: (selector, value) => {
      const element = one(selector);
      if (!is(element, "visible") || !is(element, "enabled") || !is(element, "editable")) return "not yet";
      if (injected.fill(element, value) === "needsinput") document.execCommand(value === "" ? "delete" : "insertText", false, value);
      return "done";
    },
    select: (selector, options) => {
      const answer = injected.selectOptions(one(selector), options);
      return typeof answer === "string" ? answer : "done";
    },
    dispatch: (selector, type, members) => injected.dispatchEvent(one(selector), type, members),
    read: (selector, what, name) => {
      const element = one(selector);
      if (!element) return undefined;
      const value = what === "attribute" ? element.getAttribute(name) : what === "value" ? injected.retarget(element, "follow-label").value : element[what];
      return { value };
    },
    box: (selector) => {
      const { x, y, width, height } = one(selector).getBoundingClientRect();
      return { x, y, width, height };
    },
    /** Calls a function of the test. `outcome` returns the result of an asynchronous one. */
    call: (run, { selector, handle, argument, isKept }) => {
      const given = handle !== undefined ? [kept[handle]] : selector !== undefined ? [one(selector)] : [];
      if (selector !== undefined && given[0] === undefined) return { absent: true };
      const answer = (value) => (isKept ? { handle: kept.push(value) - 1 } : { value: stringify({ value }) });
      const value = run(...given, argument);
      if (typeof value?.then !== "function") return answer(value);
      const number = pending.size;
      pending.set(number, undefined);
      value.then((settled) => pending.set(number, answer(settled)), (error) => pending.set(number, report(error)));
      return { number };
    },
    outcome: (number) => pending.get(number),
    /** Whether the document's scripts have run. Returns after it was painted. */
    isComplete: () =>
      new Promise((settle) => {
        const { requestAnimationFrame } = builtins;
        requestAnimationFrame(() => requestAnimationFrame(() => settle(document.readyState === "complete")));
      }),
    report,
  };
}
