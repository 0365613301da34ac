// Languages are fetched on demand: which files, what the widget shows until then, and what it shows if the fetch fails. English has no list of
// the others.

import assert from "node:assert/strict";
import { engine } from "../harness/engine.mjs";
import { answer, brokenBody, held, html } from "../harness/faults.mjs";
import { newSecret, toPin } from "../harness/journey.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { languages, phrasesOf } from "../harness/languages.mjs";
import { words } from "../harness/words.mjs";

const fileOf = (language) => `/pkg/dist/${language}.txt`;
const FILE = fileOf("ar");
/** The list of all languages but English. */
const LIST = "/pkg/dist/languages.js";
const MODULE = "/pkg/dist/sca_widget_bg.wasm";
const fetched = ({ proxy }, language = "ar") => proxy.sent("GET", fileOf(language)).length;
const pin = ({ page }, language) => page.getByRole("textbox", { name: words[language].pinTitle });

/** Changes the language of the page's widget. */
const speak = ({ page }, locale) =>
  page.locator("sca-widget").evaluate((widget, tag) => void (widget.locale = tag), locale);

scenario("an English page fetches neither another language nor the list of them", {}, async (stage) => {
  await toPin(stage);
  assert.deepEqual([fetched(stage, "en"), fetched(stage), stage.proxy.sent("GET", LIST).length], [1, 0, 0]);
});

scenario("a page in a language without translation gets English", {}, async (stage) => {
  await toPin(stage);
  await speak(stage, "ar");
  await pin(stage, "ar").waitFor();
  await speak(stage, "zh-HK");
  await pin(stage, "en").waitFor();
  assert.equal(await stage.page.locator("sca-widget section").getAttribute("lang"), "en");
});

scenario(
  "if even English cannot be fetched, the customer sees an error and can retry",
  { page: "", expected: [/\.txt/] },
  async (stage) => {
    // Each is fetched once more, past the caches. The page loads English ahead, before it is Arabic.
    for (const [language, times] of [["ar", 2], ["en", 6]]) {
      stage.proxy.fault("GET", fileOf(language), answer(404, "", { "content-type": "text/plain" }), times);
    }
    await stage.page.goto("/");
    await stage.until(() => fetched(stage, "en") === 2);
    await stage.page.locator("#language").selectOption("ar");
    await stage.page.locator("#statement").getByRole("button").click();
    const again = stage.page.locator('sca-widget [part="fallback"]').getByRole("button");
    await again.click();
    await pin(stage, "ar").waitFor();
  },
);

scenario(
  "an Arabic page shows Arabic from the start, and no English before it",
  { language: "ar", init: rememberHeadings, clock: true },
  async (stage) => {
    const { page, proxy } = stage;
    const file = held();
    await stage.clock.stop();
    proxy.fault("GET", FILE, file.act);
    const asked = toPin(stage);
    await file.arrived;
    // The module arrives long before and waits.
    await stage.until(() => proxy.sent("GET", MODULE).some(({ status }) => status === 200));
    file.release();
    await asked;
    assert.equal(fetched(stage), 1);
    const headings = await page.evaluate(() => window.headings);
    assert.ok(headings.length > 0);
    for (const heading of headings) assert.doesNotMatch(heading, /[a-z]/i);
    assert.equal(await page.locator("sca-widget section").getAttribute("dir"), "rtl");
    assert.equal(await page.locator("sca-widget section").getAttribute("lang"), "ar");
  },
);

scenario("a change of the language while the widget is open keeps the typed digits", {}, async (stage) => {
  const { page } = stage;
  await toPin(stage);
  await pin(stage, "en").click();
  await page.keyboard.type("12");
  const painted = () => page.locator("sca-widget [data-filled]").count();
  assert.equal(await painted(), 2);
  await speak(stage, "ar-EG");
  await pin(stage, "ar").waitFor();
  await speak(stage, "en-GB");
  await pin(stage, "en").waitFor();
  await speak(stage, "ar");
  await pin(stage, "ar").waitFor();
  assert.equal(fetched(stage), 1, "a language is fetched once");
  assert.equal(await painted(), 2);
  assert.equal(await pin(stage, "ar").evaluate((field) => field.getRootNode().activeElement === field), true);
});

scenario("of two languages requested in a row the last one is shown", {}, async (stage) => {
  const { page, proxy } = stage;
  await toPin(stage);
  const file = held();
  proxy.fault("GET", FILE, file.act);
  await speak(stage, "ar");
  await file.arrived;
  await speak(stage, "en-GB");
  file.release();
  await file.over;
  await page.evaluate(() => fetch("/pkg/dist/ar.txt"));
  assert.equal(await page.locator("sca-widget section").getAttribute("lang"), "en-GB");
  assert.equal(await pin(stage, "en").isVisible(), true);
});

for (const [what, act] of [
  ["is missing", answer(404, "", { "content-type": "text/plain" })],
  ["is a login page", html()],
  ["is cut off", brokenBody],
  ["has other bytes", changedBytes],
]) {
  scenario(
    `a language whose file ${what} is replaced by English, and fetched again at the next request`,
    { language: "ar", expected: [/ar\.txt/] },
    async (stage) => {
      stage.proxy.fault("GET", FILE, act, 2);
      await stage.page.locator("#statement").getByRole("button").click();
      await pin(stage, "en").waitFor();
      assert.equal(await stage.page.locator("sca-widget section").getAttribute("dir"), "ltr");
      await speak(stage, "en");
      await speak(stage, "ar");
      await pin(stage, "ar").waitFor();
    },
  );
}

scenario("a late language is shown when it arrives, and English after three seconds", { language: "ar", clock: true }, async (stage) => {
  const file = held();
  stage.proxy.fault("GET", FILE, file.act);
  await stage.clock.stop();
  await stage.page.locator("#statement").getByRole("button").click();
  await file.arrived;
  await stage.until(() => stage.proxy.sent("GET", MODULE).some(({ status }) => status === 200));
  assert.equal(await stage.page.locator("sca-widget section").count(), 0);
  await stage.clock.forward(3);
  await pin(stage, "en").waitFor();
  file.release();
  await pin(stage, "ar").waitFor();
});

scenario("without the list of languages the widget is in English, and the list is fetched again at the next request", { page: "", expected: [/languages\.js/] }, async (stage) => {
  const { page, proxy } = stage;
  proxy.fault("GET", LIST, answer(404, "", { "content-type": "text/plain" }));
  await page.goto("/");
  await page.locator("#language").selectOption("ar");
  await page.locator("#statement").getByRole("button").click();
  await pin(stage, "en").waitFor();
  assert.equal(await page.locator("sca-widget section").getAttribute("dir"), "ltr");
  // Firefox keeps a failed import until the page is loaded again.
  if (engine.name === "firefox") return;
  await speak(stage, "en");
  await speak(stage, "ar");
  await pin(stage, "ar").waitFor();
});

scenario("a list of languages that does not arrive is waited for as long as a language", { page: "", clock: true }, async (stage) => {
  const { page, proxy } = stage;
  const list = held();
  proxy.fault("GET", LIST, list.act);
  await page.goto("/");
  await stage.clock.stop();
  await page.locator("#language").selectOption("ar");
  await page.locator("#statement").getByRole("button").click();
  await list.arrived;
  await stage.until(() => proxy.sent("GET", MODULE).some(({ status }) => status === 200));
  // The page has asked for the list before; the widget waits from when it is mounted.
  await page.locator(".sca[data-place=loading]").waitFor();
  await stage.clock.forward(3);
  await pin(stage, "en").waitFor();
  list.release();
  await pin(stage, "ar").waitFor();
});

scenario("a language that is written from right to left has its outline so before its file", { page: "/strict.html" }, async (stage) => {
  const { page, proxy } = stage;
  const list = held();
  proxy.fault("GET", LIST, list.act);
  const directions = await page.evaluate(async (tags) => {
    const { mount } = await import("/pkg/index.js");
    const direction = (locale) => {
      const place = document.createElement("div");
      document.getElementById("approval").append(place);
      const handle = mount(place, { clientSecret: `appr_1_secret_${"a".repeat(43)}`, baseUrl: "/sca", locale });
      const { dir } = place.lastElementChild.shadowRoot.firstElementChild;
      handle.unmount();
      return dir;
    };
    return tags.map(direction);
  }, languages);
  assert.deepEqual(directions, languages.map((language) => phrasesOf(language).direction));
  list.release();
});

scenario(
  "what the customer reads when the module cannot run is in English until the language's file has come",
  { page: "", expected: [/wasm/] },
  async (stage) => {
    const { page, proxy } = stage;
    const file = held();
    await page.goto("/strict.html");
    proxy.fault("GET", MODULE, answer(404, "", { "content-type": "text/plain" }), 2);
    proxy.fault("GET", FILE, file.act);
    await page.evaluate(async (clientSecret) => {
      const { mount } = await import("/pkg/index.js");
      window.error = new Promise((settle) => document.addEventListener("sca-error", ({ detail }) => settle(detail.code)));
      mount("#approval", { clientSecret, baseUrl: "/sca", locale: "ar" });
    }, await newSecret(stage));
    const fallback = page.locator('#approval [part="fallback"]');
    const said = () => fallback.evaluate(({ lang, dir, textContent }) => ({ lang, dir, textContent }));
    await page.getByRole("alert").filter({ hasText: "This step didn’t load." }).waitFor();
    assert.equal(await page.evaluate(() => window.error), "load-failed");
    assert.deepEqual(await said(), { lang: "en", dir: "ltr", textContent: "This step didn’t load. Check your connection and try again.Try again" });
    file.release();
    const text = phrasesOf("ar");
    await page.getByRole("alert").filter({ hasText: text["fallback.failed"] }).waitFor();
    assert.deepEqual(await said(), { lang: "ar", dir: "rtl", textContent: text["fallback.failed"] + text["fallback.retry"] });
    await fallback.getByRole("button", { name: text["fallback.retry"] }).click();
    await pin(stage, "ar").waitFor();
  },
);

scenario("load() also fetches the language", { page: "/strict.html" }, async (stage) => {
  await stage.page.evaluate(async () => {
    const { load } = await import("/pkg/index.js");
    await load({ locale: "ar-AE" });
  });
  assert.equal(fetched(stage), 1);
});

/** Runs in the page before its scripts: records every heading that a widget shows, in the page and out of sight. */
function rememberHeadings() {
  window.headings = [];
  window.outOfSight = [];
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    const look = () => (root.isConnected ? window.headings : window.outOfSight).push(...[...root.querySelectorAll("h2")].map((heading) => heading.textContent));
    new MutationObserver(look).observe(root, { childList: true, characterData: true, subtree: true });
    return root;
  };
}

async function changedBytes(exchange) {
  const real = await exchange.forward();
  const body = await bodyOf(real);
  exchange.outgoing.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  exchange.outgoing.end(body.toString().replace("\n", " \n"));
}

scenario("load() shows a question out of sight, and requests nothing for it", { page: "/strict.html", init: rememberHeadings }, async ({ page, proxy }) => {
  await page.evaluate(async () => {
    const { load } = await import("/pkg/index.js");
    await load({ locale: "en" });
  });
  await page.waitForFunction((title) => window.outOfSight.includes(title), words.en.pinTitle);
  assert.deepEqual(await page.evaluate(() => window.headings), []);
  assert.deepEqual(proxy.seen.filter(({ path }) => path.startsWith("/sca/")), []);
});
