// Languages come on demand: who fetches what, what is seen until it is there, and what is spoken when it cannot be had.

import assert from "node:assert/strict";
import { answer, brokenBody, held, html } from "../harness/faults.mjs";
import { toPin } from "../harness/journey.mjs";
import { bodyOf } from "../harness/proxy.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const fileOf = (language) => `/pkg/dist/${language}.txt`;
const FILE = fileOf("ar");
const fetched = ({ proxy }, language = "ar") => proxy.sent("GET", fileOf(language)).length;
const pin = ({ page }, language) => page.getByRole("textbox", { name: words[language].pinTitle });

/** Has the page's widget speak a language from now on. */
const speak = ({ page }, locale) =>
  page.locator("sca-widget").evaluate((widget, tag) => void (widget.locale = tag), locale);

scenario("an English page fetches no other language", {}, async (stage) => {
  await toPin(stage);
  assert.deepEqual([fetched(stage, "en"), fetched(stage)], [1, 0]);
});

scenario("a page in a language that there is no translation for speaks English", {}, async (stage) => {
  await toPin(stage);
  await speak(stage, "ar");
  await pin(stage, "ar").waitFor();
  await speak(stage, "de-CH");
  await pin(stage, "en").waitFor();
  assert.equal(await stage.page.locator("sca-widget section").getAttribute("lang"), "en");
});

scenario(
  "when not even English can be had, the customer is told so and can try again",
  { language: "ar", expected: [/\.txt/] },
  async (stage) => {
    for (const language of ["ar", "en", "en"]) {
      stage.proxy.fault("GET", fileOf(language), answer(404, "", { "content-type": "text/plain" }));
    }
    await stage.page.locator("#statement").getByRole("button").click();
    const again = stage.page.locator('sca-widget [part="fallback"]').getByRole("button");
    await again.click();
    await pin(stage, "ar").waitFor();
  },
);

scenario(
  "an Arabic page sees Arabic from the start, and no English before it",
  { language: "ar", init: rememberHeadings, clock: true },
  async (stage) => {
    const { page, proxy } = stage;
    const file = held();
    await stage.clock.stop();
    proxy.fault("GET", FILE, file.act);
    const asked = toPin(stage);
    await file.arrived;
    // The module is there long before, and waits.
    await stage.until(() => proxy.sent("GET", "/pkg/dist/sca_widget_bg.wasm").some(({ status }) => status === 200));
    file.release();
    await asked;
    assert.deepEqual([fetched(stage), fetched(stage, "en")], [1, 0]);
    const headings = await page.evaluate(() => window.headings);
    assert.ok(headings.length > 0);
    for (const heading of headings) assert.doesNotMatch(heading, /[a-z]/i);
    assert.equal(await page.locator("sca-widget section").getAttribute("dir"), "rtl");
    assert.equal(await page.locator("sca-widget section").getAttribute("lang"), "ar");
  },
);

scenario("the language changes while the widget is there, and what was typed stays", {}, async (stage) => {
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

scenario("of two languages asked for one after the other the last is spoken", {}, async (stage) => {
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
  ["is not there", answer(404, "", { "content-type": "text/plain" })],
  ["is a page for signing in", html()],
  ["stops in the middle", brokenBody],
  ["is another one", changedBytes],
]) {
  scenario(
    `a language whose file ${what} is English, and is tried again when it is asked for again`,
    { language: "ar", expected: [/ar\.txt/] },
    async (stage) => {
      stage.proxy.fault("GET", FILE, act);
      await stage.page.locator("#statement").getByRole("button").click();
      await pin(stage, "en").waitFor();
      assert.equal(await stage.page.locator("sca-widget section").getAttribute("dir"), "ltr");
      await speak(stage, "en");
      await speak(stage, "ar");
      await pin(stage, "ar").waitFor();
    },
  );
}

scenario("a language that comes late is waited for a while, and spoken when it comes", { language: "ar", clock: true }, async (stage) => {
  const file = held();
  stage.proxy.fault("GET", FILE, file.act);
  await stage.clock.stop();
  await stage.page.locator("#statement").getByRole("button").click();
  await file.arrived;
  await stage.until(() => stage.proxy.sent("GET", "/pkg/dist/sca_widget_bg.wasm").some(({ status }) => status === 200));
  assert.equal(await stage.page.locator("sca-widget section").count(), 0);
  await stage.clock.forward(3);
  await pin(stage, "en").waitFor();
  file.release();
  await pin(stage, "ar").waitFor();
});

scenario("load() brings the language along", { page: "/strict.html" }, async (stage) => {
  await stage.page.evaluate(async () => {
    const { load } = await import("/pkg/index.js");
    await load({ locale: "ar-AE" });
  });
  assert.equal(fetched(stage), 1);
});

/** Runs in the page before its scripts: keeps every heading that was ever to be seen in a widget. */
function rememberHeadings() {
  window.headings = [];
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    const look = () => window.headings.push(...[...root.querySelectorAll("h2")].map((heading) => heading.textContent));
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
