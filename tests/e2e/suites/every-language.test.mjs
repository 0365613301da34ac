// Every language in a narrow page: amounts, days and durations, the direction, the room for its words, and no English left.

import assert from "node:assert/strict";
import { assertNoSidewaysScroll } from "../harness/accessibility.mjs";
import { engine } from "../harness/engine.mjs";
import { askForStatement, PIN } from "../harness/journey.mjs";
import { languages, phrasesOf } from "../harness/languages.mjs";
import { scenario } from "../harness/scenario.mjs";

/** Regions whose calendar or digits are others by default in some engines. */
const REGIONS = ["ar-EG", "ar-SA"];

/** The languages do not depend on the engine, but `Intl` does: two that it treats most differently, and the ones with the longest words. */
const tags = engine.name === "chromium" ? [...languages, ...REGIONS] : ["ar", ...REGIONS, "de", "el", "he", "pl"];

const english = phrasesOf("en");

for (const tag of tags) {
  const [language] = tag.split("-");
  const text = phrasesOf(language);
  scenario(`${tag}: digits, calendar, direction, room, and no English`, { context: { viewport: { width: 320, height: 640 } }, language }, async (stage) => {
    const { page, widget } = stage;
    const choose = (place) => page.locator(`[data-place=${place}] sca-widget`).evaluate((element, tag) => void (element.locale = tag), tag);

    await askForStatement(stage);
    await widget.pinField.waitFor();
    await choose("statement");
    const period = await shown(stage, "statement", tag, text);
    for (const day of ["1", "30", "2026"]) assert.ok(numbers(period).includes(day), `${day} in: ${period}`);

    await widget.enterPin(PIN);
    await widget.choose(widget.words.sms);
    await widget.codeField.waitFor();
    const code = await shown(stage, "statement", tag, text);
    assert.ok(numbers(code).some((number) => Number(number) > 0), `a duration in: ${code}`);

    await page.locator("#transfer").getByRole("button").click();
    await widget.pinField.waitFor();
    await choose("transfer");
    const transfer = await shown(stage, "transfer", tag, text);
    assert.match(transfer.replaceAll(/[^0-9\n]/g, ""), /125000/, `the amount in: ${transfer}`);
  });
}

scenario("the browser asks for no plural form that a language's file does not have", { page: "/strict.html" }, async ({ page }) => {
  const forms = Object.fromEntries(languages.map((language) => [language, phrasesOf(language).plurals.split(" | ")]));
  const missing = await page.evaluate(
    (forms) =>
      Object.entries(forms).flatMap(([language, known]) => {
        const rules = new Intl.PluralRules(language);
        const asked = new Set(Array.from({ length: 1_001 }, (_, number) => rules.select(number)));
        return [...asked].filter((form) => !known.includes(form)).map((form) => `${language}: ${form}`);
      }),
    forms,
  );
  assert.deepEqual(missing, []);
});

/** Asserts what holds on every screen. Returns what the customer reads. */
async function shown({ page }, place, tag, text) {
  const root = page.locator(`[data-place=${place}] sca-widget section[lang="${tag}"]`);
  await root.waitFor();
  assert.equal(await root.getAttribute("dir"), text.direction);
  await assertNoSidewaysScroll(page, tag);
  const cut = await root.evaluate((section) =>
    [...section.querySelectorAll("button, a, h2, summary")]
      .filter(({ clientWidth, clientHeight, scrollWidth, scrollHeight }) => clientWidth > 1 && (scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1))
      .map(({ textContent }) => textContent),
  );
  assert.deepEqual(cut, [], `${tag}: cut off`);
  const read = await root.innerText();
  assert.doesNotMatch(read, /(?![0-9])\p{Nd}/u, `${tag}: digits of another script`);
  if (tag.startsWith("en")) return read;
  // Longer parts first, so that a short English phrase is not found in the language's own.
  for (const [name, phrase] of Object.entries(english)) {
    for (const part of phrase.split(/\{\w+\}|\|/).map((part) => part.trim())) {
      if (!part.includes(" ") || text[name].includes(part)) continue;
      assert.ok(!read.includes(part), `${tag}: English is left: ${part}`);
    }
  }
  return read;
}

/** The numbers in a text. */
const numbers = (text) => text.match(/[0-9]+/g) ?? [];
