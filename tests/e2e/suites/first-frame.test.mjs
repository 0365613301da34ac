// The widget has its height in the first frame, and nothing on the page moves when its module and its first screen come.

import assert from "node:assert/strict";
import { engine } from "../harness/engine.mjs";
import { held } from "../harness/faults.mjs";
import { newSecret } from "../harness/journey.mjs";
import { languages, phrasesOf } from "../harness/languages.mjs";
import { scenario } from "../harness/scenario.mjs";

const MODULE = "/pkg/dist/sca_widget_bg.wasm";

/** A slow mobile network: 150 ms for each request, 1.6 Mbit/s down, 750 kbit/s up. */
const SLOW = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };

/** Runs before the page: records every height of the widget, frame by frame, and every shift of the layout. */
const record = () => {
  window.heights = [];
  window.shifts = [];
  const look = () => {
    const widget = document.querySelector("sca-widget");
    const height = widget?.getBoundingClientRect().height;
    if (widget && window.heights.at(-1) !== height) window.heights.push(height);
    requestAnimationFrame(look);
  };
  look();
  if (!PerformanceObserver.supportedEntryTypes.includes("layout-shift")) return;
  const keep = (entries) => window.shifts.push(...entries.map(({ value, hadRecentInput, startTime }) => ({ value, hadRecentInput, startTime })));
  window.shiftObserver = new PerformanceObserver((list) => keep(list.getEntries()));
  window.shiftObserver.observe({ type: "layout-shift", buffered: true });
  window.shiftsSoFar = () => {
    keep(window.shiftObserver.takeRecords());
    return window.shifts;
  };
};

const sizes = [
  { width: 360, height: 640 },
  { width: 320, height: 568 },
  { width: 1280, height: 800 },
];
const firstScreens = ["statement", "transfer"];

for (const language of languages) {
  // The others are taller in a narrow place alone.
  const isShort = ["en", "ar"].includes(language);
  for (const viewport of isShort ? sizes : sizes.slice(0, 1)) {
    for (const form of isShort ? firstScreens : ["transfer"]) {
      const name = `${form}, ${language}, ${viewport.width} x ${viewport.height}`;
      scenario(`${name}: one height from the first frame to the first screen`, { context: { viewport }, init: record, language }, async (stage) => {
        const { page, widget } = stage;
        await page.locator(`#${form}`).getByRole("button").click();
        await widget.pinField.waitFor();
        const heights = await page.evaluate(() => new Promise((settle) => requestAnimationFrame(() => requestAnimationFrame(() => settle(window.heights)))));
        assert.equal(heights.length, 1, `heights: ${heights}`);
        assert.ok(heights[0] > 0);
      });
    }
  }
}

for (const viewport of sizes) {
  for (const form of firstScreens) {
    const name = `${form}, ${viewport.width} x ${viewport.height}`;
    scenario(`${name}: no layout shift on a slow network`, { page: "", context: { viewport }, init: record }, async (stage) => {
      const { page, widget } = stage;
      const network = await page.context().newCDPSession(page);
      await network.send("Network.enable");
      await network.send("Network.emulateNetworkConditions", SLOW);
      await page.goto("/");
      await page.locator(`#${form}`).getByRole("button").click();
      // The page makes room for the widget, which moves what is below: that is one frame.
      const inserted = await page.waitForFunction(() => document.querySelector("sca-widget")?.getBoundingClientRect().height > 0);
      await inserted.dispose();
      const shown = await page.evaluate(() => new Promise((settle) => requestAnimationFrame(() => setTimeout(() => settle(performance.now())))));
      await widget.pinField.waitFor();
      const shifts = await page.evaluate(() => new Promise((settle) => requestAnimationFrame(() => setTimeout(() => settle(window.shiftsSoFar())))));
      const sum = (some) => some.reduce((all, { value }) => all + value, 0);
      assert.ok(sum(shifts.filter(({ startTime }) => startTime > shown)) < 0.001, `after the first frame: ${JSON.stringify(shifts)}`);
      assert.ok(sum(shifts.filter(({ hadRecentInput }) => !hadRecentInput)) < 0.001, `without a press: ${JSON.stringify(shifts)}`);
    });
  }
}

scenario("the outline is there in the first frame, in the look of the page, and says that it is busy", { page: "/strict.html", context: engine.colorSchemes.includes("dark") ? { colorScheme: "dark" } : {} }, async (stage) => {
  const { page, proxy, widget } = stage;
  const module = held();
  proxy.fault("GET", MODULE, module.act);
  const clientSecret = await newSecret(stage);
  const seen = await page.evaluate(async (secret) => {
    const { mount } = await import("/pkg/index.js");
    const approval = document.getElementById("approval");
    approval.style.setProperty("--sca-card", "rgb(1, 2, 3)");
    mount(approval, { clientSecret: secret, baseUrl: "/sca", locale: "ar", theme: "light" });
    const { shadowRoot } = approval.lastElementChild;
    const outline = shadowRoot.firstElementChild;
    return {
      height: approval.lastElementChild.getBoundingClientRect().height > 200,
      colour: getComputedStyle(outline, "::before").backgroundColor,
      scheme: getComputedStyle(outline).colorScheme,
      surface: getComputedStyle(outline).backgroundColor,
      direction: getComputedStyle(outline).direction,
      busy: outline.getAttribute("aria-busy"),
    };
  }, clientSecret);
  assert.deepEqual(seen, { height: true, colour: "rgb(1, 2, 3)", scheme: "light", surface: "rgb(255, 255, 255)", direction: "rtl", busy: "true" });
  module.release();
  await widget.page.locator("#approval input").waitFor();
});

for (const language of ["en", "el", "he"]) {
  scenario(`while the module loads, ${language}: a screen reader hears so, in its language`, { language }, async (stage) => {
    const { page, proxy, widget } = stage;
    const module = held();
    await page.goto("/strict.html");
    proxy.fault("GET", MODULE, module.act);
    await page.evaluate(async ([clientSecret, locale]) => {
      const { mount } = await import("/pkg/index.js");
      mount("#approval", { clientSecret, baseUrl: "/sca", locale });
    }, [await newSecret(stage), language]);
    const status = page.locator("#approval").getByRole("status").filter({ hasText: phrasesOf(language).checking });
    await status.waitFor();
    assert.equal(await status.count(), 1);
    module.release();
    await widget.pinField.waitFor();
  });
}
