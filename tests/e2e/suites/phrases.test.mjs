// Phrases of the page itself: some of a language that the widget has, and a language that it does not have.

import assert from "node:assert/strict";
import { answer } from "../harness/faults.mjs";
import { CODE, PIN, newSecret } from "../harness/journey.mjs";
import { phrasesOf } from "../harness/languages.mjs";
import { scenario } from "../harness/scenario.mjs";

const bare = { page: "/strict.html" };

/** Sets phrases, and shows the widget in a language. `more` are phrases of a whole language beside English ones. */
async function show(stage, language, { some, more }) {
  const clientSecret = await newSecret(stage);
  await stage.page.evaluate(
    async ([locale, some, more, clientSecret]) => {
      const { englishPhrases, setPhrases } = await import("/pkg/phrases.js");
      setPhrases(locale.split("-")[0], some ?? { ...englishPhrases, ...more });
      const { mount } = await import("/pkg/index.js");
      window.result = mount("#approval", { clientSecret, baseUrl: "/sca", locale }).result;
    },
    [language, some, more, clientSecret],
  );
}

const root = ({ page }) => page.locator("#approval .sca");
const fallback = Object.fromEntries(["blocked", "failed", "crashed", "misused", "retry"].map((name) => [`fallback.${name}`, `متن ${name}`]));
const persian = { direction: "rtl", plurals: "one | other", pin_title: "پین خود را وارد کنید", confirm: "تأیید", ...fallback };

scenario("some phrases of a language: those are the page's, the others the widget's", bare, async (stage) => {
  const { page } = stage;
  const theirs = phrasesOf("de");
  await show(stage, "de-AT", { some: { pin_title: "Geben Sie Ihren Kenncode ein", pin_digits: "{n} Ziffer | {n} Ziffern" } });
  const field = page.getByRole("textbox", { name: "Geben Sie Ihren Kenncode ein" });
  await field.waitFor();
  await page.getByText("4 Ziffern", { exact: true }).waitFor();
  await page.getByRole("button", { name: theirs.cancel, exact: true }).waitFor();
  await field.fill("12");
  await field.press("Enter");
  await page.locator("#approval [role=status]").getByText(theirs.incomplete.split(" | ")[1].replace("{n}", "4")).waitFor();
});

scenario("a language of the page's own, from right to left, to the end", bare, async (stage) => {
  const { page, proxy } = stage;
  await show(stage, "fa", { more: persian });
  assert.equal(await root(stage).getAttribute("dir"), "rtl", "the outline too");
  const field = page.getByRole("textbox", { name: persian.pin_title });
  await field.waitFor();
  assert.deepEqual([await root(stage).getAttribute("dir"), await root(stage).getAttribute("lang")], ["rtl", "fa"]);
  await field.fill(PIN);
  await page.getByRole("button", { name: persian.confirm }).click();
  await page.getByRole("button", { name: phrasesOf("en")["factors.sms"] }).click();
  await page.getByRole("textbox", { name: phrasesOf("en").code_title }).fill(CODE);
  await page.getByRole("button", { name: persian.confirm }).click();
  assert.equal((await page.evaluate(() => window.result)).outcome, "approved");
  assert.equal(proxy.seen.filter(({ path }) => /\/(fa\.txt|languages\.js)$/.test(path)).length, 0, "nothing is fetched for it");
});

scenario("a language of the page's own has its texts for a module that does not come", { ...bare, expected: [/\.wasm/, /404/] }, async (stage) => {
  stage.proxy.fault("GET", "/pkg/dist/sca_widget_bg.wasm", answer(404, "", { "content-type": "text/plain" }), Number.POSITIVE_INFINITY);
  await show(stage, "fa", { more: persian });
  await stage.page.getByRole("alert").getByText(fallback["fallback.failed"]).waitFor();
  await stage.page.getByRole("button", { name: fallback["fallback.retry"] }).waitFor();
});

scenario("phrases that are missing, unknown or without their values are refused, and each is named", bare, async ({ page }) => {
  const refusals = await page.evaluate(async () => {
    const { englishEnrolmentPhrases, englishPhrases, setEnrolmentPhrases, setPhrases } = await import("/pkg/phrases.js");
    const refusal = (set, ...given) => {
      try {
        set(...given);
        return "";
      } catch (error) {
        return `${error.name}: ${error.message.split("\n").slice(1).join("; ") || error.message}`;
      }
    };
    return {
      unknown: refusal(setPhrases, "de", { pin_titel: "PIN" }),
      region: refusal(setPhrases, "de-AT", { pin_title: "PIN" }),
      value: refusal(setPhrases, "de", { confirm_amount: "Bestätigen" }),
      otherValue: refusal(setPhrases, "de", { confirm_amount: "{amount} an {payee}" }),
      forms: refusal(setPhrases, "ar", { pin_digits: "{n}" }),
      lines: refusal(setPhrases, "de", { pin_title: "PIN\nSMS" }),
      direction: refusal(setPhrases, "de", { direction: "rtl" }),
      override: refusal(setPhrases, "de", { pin_title: "PIN \u202eSMS" }),
      missing: refusal(setPhrases, "sr", { ...englishPhrases }),
      first: refusal(setEnrolmentPhrases, "sr", { ...englishEnrolmentPhrases }),
      none: refusal(setPhrases, "de", {}),
      enrolment: refusal(setEnrolmentPhrases, "de", { pin_titel: "PIN" }),
    };
  });
  assert.deepEqual(refusals, {
    unknown: "TypeError: pin_titel: there is no such phrase",
    region: 'TypeError: "de-AT" is no name of a language without a region, such as "de".',
    value: "TypeError: confirm_amount: the values are {amount}",
    otherValue: "TypeError: confirm_amount: the values are {amount}",
    forms: "TypeError: pin_digits: 1 forms instead of 6",
    lines: "TypeError: pin_title: is one line of text",
    direction: "TypeError: direction: is that of the language's other phrases",
    override: "TypeError: pin_title: is one line of text",
    missing: `TypeError: ${Object.keys(fallback).map((name) => `${name}: is missing`).join("; ")}`,
    first: 'TypeError: Call setPhrases() for "sr" before.',
    none: "",
    enrolment: "TypeError: pin_titel: there is no such phrase",
  });
});
