// axe-core over the whole page, open shadow roots included.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Every rule that maps to WCAG 2.0 to 2.2, A and AA, and axe's own best practices. */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * Contrasts that axe cannot determine. The field's own text is transparent: the places behind it show the digits. A single digit
 * is too little text for axe; it has the colour and background of all other text.
 */
const UNDECIDABLE = /class="sca-(input|digit)"/;

/** The rules about a whole page, which a document in a frame is not. */
const WHOLE_PAGE = ["landmark-one-main", "page-has-heading-one", "region"];

/** Asserts that axe finds no violation and nothing that it could not decide, in a page or, if it `isFramed`, in the document of a frame. */
export async function assertAccessible(page, where, { isFramed = false } = {}) {
  await settled(page);
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const found = [
    await runAxe(page, {
      runOnly: { type: "tag", values: tags },
      // The one rule of WCAG 2.2 is off by default; colours are checked below. FaceSign is responsible for the content of its
      // frame.
      rules: {
        "target-size": { enabled: true },
        "frame-tested": { enabled: false },
        "color-contrast": { enabled: false },
        ...(isFramed && Object.fromEntries(WHOLE_PAGE.map((rule) => [rule, { enabled: false }]))),
      },
    }),
    // Axe cannot determine colours of text that is scrolled out of view, so everything is made visible.
    await withEverythingInSight(page, () => runAxe(page, { runOnly: { type: "rule", values: ["color-contrast"] } })),
  ];
  const [violations, incomplete] = ["violations", "incomplete"].map((kind) => found.flatMap((results) => results[kind]));
  for (const rule of incomplete) {
    if (rule.id === "color-contrast") rule.nodes = rule.nodes.filter(({ html }) => !UNDECIDABLE.test(html));
  }
  const described = (kind, rules) =>
    rules.flatMap((rule) =>
      rule.nodes.map((node) => `${kind} ${rule.id}: ${node.target.flat().join(" ")}: ${node.failureSummary ?? node.html}`),
    );
  assert.deepEqual([...described("violation", violations), ...described("undecided", incomplete)], [], `axe, ${where}`);
}

const runAxe = (page, options) =>
  page.evaluate(
    (options) => window.axe.run(document, { ...options, iframes: false, resultTypes: ["violations", "incomplete"] }),
    options,
  );

async function withEverythingInSight(page, look) {
  const sheet = await page.evaluateHandle(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".sca-scroll { max-block-size: none !important }");
    for (const { shadowRoot } of document.querySelectorAll("*")) shadowRoot?.adoptedStyleSheets.push(sheet);
    return sheet;
  });
  const results = await look();
  await sheet.evaluate((sheet) => sheet.replaceSync(""));
  return results;
}

/** Waits for the end of all finite animations. */
const settled = (page) =>
  page.evaluate(() =>
    Promise.all(
      [document, ...[...document.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ?? [])]
        .flatMap((root) => root.getAnimations())
        .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
        .map(({ finished }) => finished.catch(() => {})),
    ),
  );

/** Asserts that nothing overflows: neither the page nor anything in it can be scrolled sideways. */
export async function assertNoSidewaysScroll(page, where) {
  const wide = await page.evaluate(() => {
    const found = [];
    const look = (root) => {
      for (const element of root.querySelectorAll("*")) {
        if (element.shadowRoot) look(element.shadowRoot);
        const { overflowX } = getComputedStyle(element);
        const scrolls = overflowX === "auto" || overflowX === "scroll" || element === document.scrollingElement;
        if (scrolls && element.scrollWidth > element.clientWidth + 1) {
          found.push(`${element.localName}.${element.className}: ${element.scrollWidth} in ${element.clientWidth}`);
        }
        const box = element.getBoundingClientRect();
        if (box.width > 1 && box.right > document.documentElement.clientWidth + 1) {
          found.push(`${element.localName}.${element.className} ends at ${box.right}`);
        }
      }
    };
    look(document);
    return found;
  });
  assert.deepEqual(wide, [], `${where}: sticks out of ${page.viewportSize()?.width} px`);
}

/** The smallest target size in WCAG 2.2's level AAA criterion, in CSS pixels. */
const TARGET = 44;

/** Asserts that every control of the widget has that size. */
export async function assertTargetSizes(page, where) {
  const small = await page.evaluate((least) => {
    const pressed = document.querySelector("sca-enrolment, sca-widget").shadowRoot.querySelectorAll("button, input, select, a[href]");
    return [...pressed]
      .map((element) => ({ name: element.textContent || element.localName, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < least || box.height < least))
      .map(({ name, box }) => `${name}: ${box.width} x ${box.height}`);
  }, TARGET);
  assert.deepEqual(small, [], `${where}: too small to press`);
}

/** Asserts that with the text spacing of WCAG 1.4.12 nothing is cut off and nothing overflows. */
export async function assertTextSpacing(page, where) {
  await page.evaluate(() => {
    const spacing = new CSSStyleSheet();
    spacing.replaceSync(
      "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }",
    );
    document.querySelector("sca-enrolment, sca-widget").shadowRoot.adoptedStyleSheets.push(spacing);
  });
  await assertNothingCut(page, `${where}, wider spacing`);
  await assertNoSidewaysScroll(page, `${where}, wider spacing`);
}

/** Asserts that no text of the widget is cut off. */
export async function assertNothingCut(page, where) {
  const cut = await page.evaluate(() =>
    [...document.querySelector("sca-enrolment, sca-widget").shadowRoot.querySelectorAll("*")]
      .filter((element) => !["visible", "auto"].includes(getComputedStyle(element).overflow) && element.localName !== "input")
      .filter((element) => element.clientWidth > 1 && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1))
      .map((element) => `${element.localName}.${element.className}: ${element.textContent}`),
  );
  assert.deepEqual(cut, [], `${where}: cut off`);
}
