// A stage for one test: a customer, a browser context and a proxy of its own.

import { join } from "node:path";
import { newCustomer } from "./customer.mjs";
import { engine } from "./engine.mjs";
import { results } from "./programs.mjs";
import { openProxy } from "./proxy.mjs";
import { watch } from "./watch.mjs";
import { noWebAssembly } from "./webassembly.mjs";
import { Widget } from "./widget.mjs";

const isWithoutWasm = process.env.SCA_WITHOUT_WASM !== undefined;

/**
 * Sets the stage. `setting` may have
 *
 * - `customer`: the settings of the sandbox's customer;
 * - `context`: options of the browser context;
 * - `init`: a function, or several, to run in the page before its scripts;
 * - `page`: which page to open, `/` by default;
 * - `port`: the port of the page's origin; a free one by default;
 * - `clock`: whether the test moves the page's clock;
 * - `movesTime`: whether it also moves the backend's clock. Its suite then imports `own_programs.mjs`;
 * - `language`: the page's language, English by default;
 * - `camera`: `granted` (the default), `denied`, `asked`, or `missing` for a device without one;
 * - `backForwardCache`: whether the browser restores a page by the back button;
 * - `withWindows`: whether the browser has windows, for Document Picture-in-Picture;
 * - `lockedDown`: whether the browser has neither WebAssembly nor a compiler, as in a lockdown mode;
 * - `expected`: patterns of complaints that the test expects.
 */
export async function open({ customer = {}, context: contextOptions = {}, init, page: path = "/", port, movesTime = false, clock = movesTime, language = "en", camera = "granted", backForwardCache = false, withWindows = false, lockedDown = false, expected = [] } = {}) {
  const partner = process.env.SCA_CHECKOUT;
  const proxy = await openProxy(partner, port);
  const person = await newCustomer(customer);
  const context = await engine.openContext({
    proxy,
    camera,
    backForwardCache,
    withWindows,
    lockedDown,
    baseURL: proxy.origin,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    ...contextOptions,
  });
  context.setDefaultTimeout(15_000);
  const allowCamera = () => context.grantPermissions(["camera", "microphone"], { origin: proxy.origin });
  // A grant replaces all earlier ones.
  if (camera === "granted" && contextOptions.permissions === undefined) await allowCamera();
  const watched = await watch(context, proxy.origin);
  for (const script of [isWithoutWasm ? noWebAssembly : [], init ?? []].flat()) await context.addInitScript(script);

  // The page signs in as this test's customer.
  proxy.fault("POST", "/api/demo/customer", person.signIn, Number.POSITIVE_INFINITY);
  // The approvals that the page receives; only tests that act as another page need them.
  const approvals = [];
  const answers = [];
  proxy.watchAnswers((record, said) => {
    answers.push({ path: record.path, said });
    if (said.code === "approval-required") approvals.push(said.approval);
  });

  const page = await context.newPage();
  if (clock) await page.clock.install();
  if (path) await page.goto(path);
  // A headless browser denies the request and remembers that.
  if (camera === "denied") await page.evaluate(() => navigator.mediaDevices.getUserMedia({ video: true }).catch(() => {}));
  if (language !== "en") await page.locator("#language").selectOption(language);
  // The page's tabs, without pages of other sites.
  const pages = [page];
  const advance = async (milliseconds) => {
    const answer = await fetch(`${partner}/test/advance`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ milliseconds }),
    });
    if (!answer.ok) throw new Error(`/test/advance answered ${answer.status}`);
    return answer.json();
  };
  const stage = {
    page,
    context,
    proxy,
    customer: person,
    language,
    widget: new Widget(page, language),
    approvals,
    answers,
    clock: {
      /** Advances the page's clock and runs all due timers. */
      forward: (seconds) => page.clock.runFor(seconds * 1000),
      /** Stops the page's clock, by default an hour from now, so that no timer is late however long the test takes. */
      stop: (seconds = 3_600) => page.clock.pauseAt(Date.now() + seconds * 1_000),
    },
    time: {
      /** Advances the backend's clock, runs what is due there, and then advances the clock of every tab. */
      pass: async (milliseconds) => {
        await advance(milliseconds);
        // In some engines all tabs share one clock.
        for (const moved of new Set(pages.map((tab) => tab.clock))) await moved.fastForward(milliseconds);
      },
      /** The backend's time, in milliseconds since 1970. */
      now: async () => (await advance(0)).now,
    },
    until: proxy.until,
    /** The customer allows the camera in the browser's settings. */
    allowCamera,
    refuseCamera: () => context.clearPermissions(),
    /** Another tab of the same customer. */
    tab: async (address = path) => {
      const tab = await context.newPage();
      await tab.goto(address);
      pages.push(tab);
      return { page: tab, widget: new Widget(tab) };
    },
    complaints: () => watched.complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint))),
    console: watched.console,
    keepEvidence: async (name, error) => {
      // Before the screenshot: for that Playwright adds a style to the page, which the page's policy refuses.
      const complaints = JSON.stringify(stage.complaints());
      const file = join(results, `failed ${name.replace(/[^\p{L}\p{N} ,-]/gu, "")}.png`);
      await page.screenshot({ path: file }).catch(() => {});
      error.message += `\n  screenshot: ${file}\n  complaints: ${complaints}`;
    },
    close: async () => {
      await context.close();
      await proxy.close();
    },
  };
  return stage;
}
