// A stage for one test: a customer, a browser context and a proxy that nobody else uses.

import { join } from "node:path";
import { newCustomer } from "./customer.mjs";
import { engine } from "./engine.mjs";
import { results } from "./programs.mjs";
import { openProxy } from "./proxy.mjs";
import { watch } from "./watch.mjs";
import { Widget } from "./widget.mjs";

/**
 * Sets the stage. `setting` may have
 *
 * - `customer`: what to ask of the sandbox's customer;
 * - `context`: options of the browser context;
 * - `init`: a function, or several, to run in the page before its scripts;
 * - `page`: which page to open (`/` unless told);
 * - `clock`: whether the test moves the page's time;
 * - `movesTime`: whether it moves the backend's time with it. For that its suite imports `own_programs.mjs`;
 * - `language`: what the page speaks, English unless told;
 * - `camera`: "granted" unless told: whether the customer lets the page have it, `denied`, `asked`, or there is none, `missing`;
 * - `backForwardCache`: whether the browser keeps a page that is left, and shows it again by the back button;
 * - `expected`: patterns of complaints that belong to the test.
 */
export async function open({ customer = {}, context: contextOptions = {}, init, page: path = "/", movesTime = false, clock = movesTime, language = "en", camera = "granted", backForwardCache = false, expected = [] } = {}) {
  const partner = process.env.SCA_CHECKOUT;
  const proxy = await openProxy(partner);
  const person = await newCustomer(customer);
  const context = await engine.openContext({
    proxy,
    camera,
    backForwardCache,
    baseURL: proxy.origin,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    ...contextOptions,
  });
  context.setDefaultTimeout(15_000);
  const allowCamera = () => context.grantPermissions(["camera", "microphone"], { origin: proxy.origin });
  // Whoever grants one thing takes away what was granted before.
  if (camera === "granted" && contextOptions.permissions === undefined) await allowCamera();
  const watched = await watch(context, proxy.origin);
  for (const script of [init ?? []].flat()) await context.addInitScript(script);

  // The page signs in as this test's customer, whom it does not choose itself.
  proxy.fault("POST", "/api/demo/customer", person.signIn, Number.POSITIVE_INFINITY);
  // What the page is told to show the widget with; only tests that act as another page need it.
  const approvals = [];
  const answers = [];
  proxy.watchAnswers((record, said) => {
    answers.push({ path: record.path, said });
    if (said.code === "approval-required") approvals.push(said.approval);
  });

  const page = await context.newPage();
  if (clock) await page.clock.install();
  if (path) await page.goto(path);
  // A browser without a window answers for the customer, and keeps the answer: no.
  if (camera === "denied") await page.evaluate(() => navigator.mediaDevices.getUserMedia({ video: true }).catch(() => {}));
  if (language !== "en") await page.locator("#language").selectOption(language);
  // Its tabs, without the pages of others.
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
    widget: new Widget(page, language),
    approvals,
    answers,
    clock: {
      /** Time passes in the page; everything that is due in it happens. */
      forward: (seconds) => page.clock.runFor(seconds * 1000),
      /** Time stands still in the page, an hour from now, until it is moved on: however long the test takes, nothing is late. */
      stop: () => page.clock.pauseAt(Date.now() + 3_600_000),
    },
    time: {
      /** Time passes at the backend, which does what is due, and then in every tab. */
      pass: async (milliseconds) => {
        await advance(milliseconds);
        // In some engines all tabs have one clock.
        for (const moved of new Set(pages.map((tab) => tab.clock))) await moved.fastForward(milliseconds);
      },
      /** What time it is at the backend, in milliseconds since 1970. */
      now: async () => (await advance(0)).now,
    },
    until: proxy.until,
    /** The customer changes the browser's settings. */
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
      // Before the picture is taken: for that Playwright adds a style to the page, which its policy refuses.
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
