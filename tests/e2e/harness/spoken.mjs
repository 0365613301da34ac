// A test for each story in each of some languages: its transcript is the golden file, and keeps the rules.

import assert from "node:assert/strict";
import { changed } from "./faults.mjs";
import { calls, newSecret } from "./journey.mjs";
import { languages, phrasesOf } from "./languages.mjs";
import { listen } from "./reader.mjs";
import { scenario } from "./scenario.mjs";
import { spokenStories, timeOf } from "./spoken_stories.mjs";
import { Transcript, kept } from "./transcript.mjs";

export function tellStories(wanted) {
  for (const language of wanted) {
    for (const { name, title, play, ...setting } of spokenStories) {
      scenario(`${name}, ${language}: spoken`, { init: listen, clock: true, language, ...setting }, async (stage) => {
        const time = timeOf(stage);
        await stage.clock.stop();
        const transcript = await Transcript.open(stage, title);
        await play({ ...stage, time }, transcript, phrasesOf(language));
        transcript.compare(language, name);
      });
    }
    scenario(`${language}: every transcript has its story`, { page: "" }, async () => {
      assert.deepEqual(kept(language), [ARRIVAL, ...spokenStories.map(({ name }) => name)].sort());
    });
  }
}

const ARRIVAL = "arrival";

/** The first screen, in every language. */
export function tellArrivals() {
  scenario("the question about a payment in every language: spoken", { page: "/strict.html", init: listen, clock: true }, async (stage) => {
    const { page, proxy } = stage;
    const action = { payments: [{ amount: { minor: 125_000, currency: "EUR" }, payee: "Brightside Studio GmbH" }] };
    proxy.fault("GET", calls.approval, changed((approval) => Object.assign(approval, { action })), Number.POSITIVE_INFINITY);
    const secret = await newSecret(stage);
    for (const language of languages) {
      const transcript = await Transcript.open(stage, "A payment, by PIN");
      await transcript.moment("The page shows the widget", async () => {
        await page.evaluate(show, [secret, language]);
        await page.getByRole("textbox", { name: phrasesOf(language).pin_title, exact: true }).waitFor();
      });
      await transcript.tabs();
      await transcript.type("12");
      transcript.compare(language, ARRIVAL);
    }
  });
}

async function show([clientSecret, locale]) {
  await import("/pkg/define.js");
  const element = document.createElement("sca-widget");
  Object.assign(element, { clientSecret, locale, baseUrl: "/sca", arrival: "focus" });
  document.getElementById("approval").replaceChildren(element);
}
