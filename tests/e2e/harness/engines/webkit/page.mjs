// Playwright's context and pages for WebKitGTK, as far as the suites use them. The test's proxy does what WebDriver Classic cannot:
// it injects scripts before the page's own, receives the page's reports, and takes the page offline.

import { EventEmitter } from "node:events";
import { writeFile } from "node:fs/promises";
import { Refused, isElement } from "./driver.mjs";
import { clockInstallation, installation } from "./inpage.mjs";
import { Keyboard } from "./keyboard.mjs";
import { Locator, canSearch, waitUntil } from "./locator.mjs";

/** How long a function of the test may run in the page, in milliseconds. The test's own timeout is shorter. */
const CALL = 150_000;

export class Context extends EventEmitter {
  patience = 15_000;
  #bindings = new Map();
  #scripts = [reportEverything];

  constructor(driver, proxy) {
    super();
    this.driver = driver;
    this.proxy = proxy;
    this.pages = [];
    proxy.hook({ script: () => this.#scripts.map((script) => `(${script})();`).join("\n"), report: (report) => this.#receive(report) });
  }

  #receive({ kind, ...report }) {
    if (kind === "binding") this.#bindings.get(report.name)?.({}, ...report.given);
    if (kind === "console") this.emit("console", { type: () => report.type, text: () => report.text, location: () => ({ url: report.url }) });
    if (kind === "error") this.emit("weberror", { error: () => ({ stack: report.stack }) });
    if (kind === "request") this.emit("request", { url: () => report.url });
  }

  setDefaultTimeout(milliseconds) {
    this.patience = milliseconds;
  }

  async addInitScript(script) {
    this.#scripts.push(script);
  }

  async exposeBinding(name, heard) {
    this.#bindings.set(name, heard);
    const called = JSON.stringify(name);
    this.#scripts.push(`() => { window[${called}] = (...given) => window.tellTest({ kind: "binding", name: ${called}, given }) }`);
  }

  async grantPermissions() {}

  async clearPermissions() {}

  /** The proxy lets nothing through, and the pages get the browser's offline event. */
  async setOffline(isOffline) {
    this.proxy.takeOffline(isOffline);
    const tell = (isOffline) => {
      Object.defineProperty(Navigator.prototype, "onLine", { configurable: true, get: () => !isOffline });
      window.dispatchEvent(new Event(isOffline ? "offline" : "online"));
    };
    for (const page of this.pages) await page.evaluate(tell, isOffline);
  }

  async newPage() {
    const { handle } = await this.driver.alone(async () => {
      // The last used window may be closed.
      await this.driver.command("POST", "/window", { handle: this.driver.home });
      this.driver.at = undefined;
      return this.driver.command("POST", "/window/new", { type: "window" });
    });
    const page = new Page(this, handle);
    this.pages.push(page);
    await page.setViewportSize({ width: 1280, height: 720 });
    return page;
  }

  /** The page that the next press opens. */
  async waitForEvent(event, { timeout = this.patience } = {}) {
    if (event !== "page") throw new Error(`the event ${event} is not supported`);
    const known = await this.#handles();
    const handle = await waitUntil("another page", timeout, async () => (await this.#handles()).find((each) => !known.includes(each)));
    const page = new Page(this, handle);
    this.pages.push(page);
    await page.settle();
    return page;
  }

  #handles() {
    return this.driver.alone(() => this.driver.command("GET", "/window/handles"));
  }

  async cookies() {
    return this.pages[0].alone([], (_, send) => send("GET", "/cookie"));
  }

  async close() {
    // With a lost driver all its windows are lost.
    if (this.driver.isLost) return;
    for (const page of [...this.pages]) await page.close();
    await this.driver.alone(async () => {
      await this.driver.command("POST", "/window", { handle: this.driver.home });
      this.driver.at = undefined;
    });
  }
}

export class Page {
  #url = "about:blank";
  #size;

  constructor(context, handle) {
    this.handle = handle;
    this.keyboard = new Keyboard(this);
    this.clock = new Clock(this, context);
    this.context = () => context;
  }

  get patience() {
    return this.context().patience;
  }

  within(selector) {
    return new Locator(this, selector);
  }

  /** The keyboard for a frame that has the focus. */
  keyboardIn(frame) {
    return new Keyboard(this, [frame]);
  }

  on() {
    // A crashed page is noticed by the next command, which fails.
  }

  /**
   * Runs some work in this page, or in a frame of it, while nothing else sends commands. `run` calls the helper in the
   * document, `send` sends a command.
   */
  alone(frames, work) {
    const { driver } = this.context();
    const send = (method, path, body) => driver.command(method, path, body);
    return driver.alone(async () => {
      const at = [this.handle, ...frames].join(" > ");
      if (driver.at !== at || frames.length > 0) {
        driver.at = undefined;
        await send("POST", "/window", { handle: this.handle });
        await send("POST", "/frame", { id: null });
        for (const frame of frames) {
          const element = await askHelper(send, "element", [frame]);
          if (!isElement(element)) throw new Refused("into the frame", { error: "no such frame", message: frame });
          await send("POST", "/frame", { id: element });
        }
        driver.at = at;
      }
      return work((name, ...given) => askHelper(send, name, given), send);
    });
  }

  /** Calls one function of the helper in the document. */
  ask(frames, name, ...given) {
    return this.alone(frames, (run) => run(name, ...given));
  }

  /** Calls a function of the test in the document, and waits for its promise. */
  async call(frames, run, { argument, ...given }) {
    const inDocument = (work) => this.alone(frames, (_, send) => work(send));
    if (typeof run === "string") return inDocument(async (send) => void (await send("POST", "/execute/sync", { script: run, args: [] })));
    const begun = await waitUntil("a document", this.patience, async () => {
      const answer = await inDocument((send) => callHelper(send, run, { ...given, argument }));
      return answer.absent ? undefined : answer;
    });
    const isOver = begun.number === undefined;
    const look = async () => (await inDocument((send) => outcome(send, begun.number))) ?? undefined;
    const over = isOver ? begun : await waitUntil("an answer from the page", CALL, look);
    if (over.handle !== undefined) return new Handle(this, over.handle);
    return over.value === undefined ? undefined : JSON.parse(over.value).value;
  }

  evaluate(run, argument) {
    return this.call([], run, { argument });
  }

  evaluateHandle(run, argument) {
    return this.call([], run, { argument, isKept: true });
  }

  waitForFunction(run, argument, { timeout = this.patience } = {}) {
    return waitUntil(String(run), timeout, async () => (await this.evaluate(run, argument)) || undefined);
  }

  async goto(address) {
    const { proxy } = this.context();
    await this.alone([], (_, send) => send("POST", "/url", { url: new URL(address, proxy.origin).href }));
    await this.settle();
  }

  async reload() {
    await this.alone([], (_, send) => send("POST", "/refresh"));
    await this.settle();
  }

  async goBack() {
    await this.alone([], (_, send) => send("POST", "/back"));
    await this.settle();
  }

  /** Waits until the document's scripts have run and it is painted: presses before that are lost. */
  async settle() {
    this.#url = await waitUntil("the document", this.patience, () =>
      this.alone([], async (run, send) => ((await run("isComplete")) ? send("GET", "/url") : undefined)),
    );
  }

  url() {
    return this.#url;
  }

  title() {
    return this.alone([], (_, send) => send("GET", "/title"));
  }

  async bringToFront() {
    await this.alone([], async () => {});
  }

  async setViewportSize(size) {
    this.#size = size;
    await this.alone([], async (run, send) => {
      await send("POST", "/window/rect", { ...size });
      // The window has a toolbar above the page.
      const inner = await send("POST", "/execute/sync", { script: "return [innerWidth, innerHeight]", args: [] });
      await send("POST", "/window/rect", { width: 2 * size.width - inner[0], height: 2 * size.height - inner[1] });
    });
  }

  viewportSize() {
    return this.#size ?? null;
  }

  async screenshot({ path }) {
    await writeFile(path, Buffer.from(await this.alone([], (_, send) => send("GET", "/screenshot")), "base64"));
  }

  async close() {
    const { driver, pages } = this.context();
    const at = pages.indexOf(this);
    if (at < 0) return;
    pages.splice(at, 1);
    await this.alone([], async (_, send) => {
      // Cookies belong to the host, whatever its port, so the next test would have them.
      await send("DELETE", "/cookie");
      await send("DELETE", "/window");
      driver.at = undefined;
    });
  }
}

canSearch(Page.prototype);

/** A handle to a value in the page. */
class Handle {
  constructor(page, number) {
    Object.assign(this, { page, number });
  }

  evaluate(run, argument) {
    return this.page.call([], run, { argument, handle: this.number });
  }
}

/** The page's clock, which the test moves: Playwright's own. */
class Clock {
  #page;
  #context;

  constructor(page, context) {
    this.#page = page;
    this.#context = context;
  }

  async install() {
    const begin = `() => { ${clockInstallation()} globalThis.__pwClock.controller.install(${Date.now()}) }`;
    await this.#context.addInitScript(begin);
    await this.#page.evaluate(`(${begin})()`);
  }

  runFor(milliseconds) {
    return this.#control("runFor", milliseconds);
  }

  fastForward(milliseconds) {
    return this.#control("fastForward", milliseconds);
  }

  pauseAt(time) {
    return this.#control("pauseAt", Number(time));
  }

  async #control(move, time) {
    await this.#page.evaluate(([move, time]) => globalThis.__pwClock.controller[move](time), [move, time]);
  }
}

const HELPER = `globalThis[Symbol.for("sca harness")]`;

/** Runs a script that needs the helper, and installs the helper if the document has none. */
async function withHelper(send, script, args) {
  const body = `
    const helper = ${HELPER};
    if (!helper) return { isNew: true };
    try { ${script} } catch (error) { return helper.report(error); }
  `;
  for (;;) {
    const answer = (await send("POST", "/execute/sync", { script: body, args })) ?? undefined;
    if (answer?.error !== undefined) throw Object.assign(new Error(`in the page: ${answer.error}`), { inPage: answer.stack });
    if (!answer?.isNew) return answer;
    await send("POST", "/execute/sync", { script: installation, args: [] });
  }
}

async function askHelper(send, name, given) {
  const asked = "return Promise.resolve(helper[arguments[0]](...arguments[1])).then((answer) => ({ answer }), helper.report);";
  return (await withHelper(send, asked, [name, given])).answer ?? undefined;
}

const callHelper = (send, run, given) => withHelper(send, `return helper.call(${run}, arguments[0]);`, [given]);

/** The result of an asynchronous call. If the page has navigated away, there is none. */
async function outcome(send, number) {
  const script = `const helper = ${HELPER}; return helper ? helper.outcome(arguments[0]) ?? null : { error: "the page was left" };`;
  const answer = await send("POST", "/execute/sync", { script, args: [number] });
  if (answer?.error !== undefined) throw new Error(`in the page: ${answer.error}`);
  return answer;
}

/** Runs in the page before its scripts: reports its console output, errors and requests to the test. */
function reportEverything() {
  const { fetch, String, JSON } = window;
  const tell = (report) => {
    const body = JSON.stringify(report);
    fetch("/harness", { method: "POST", body, keepalive: body.length < 60_000, credentials: "omit" }).catch(() => {});
  };
  Object.defineProperty(window, "tellTest", { value: tell });
  for (const type of ["log", "info", "debug", "warn", "error"]) {
    const print = console[type];
    console[type] = (...given) => {
      print.apply(console, given);
      tell({ kind: "console", type: type === "warn" ? "warning" : type, text: given.map(String).join(" "), url: location.href });
    };
  }
  addEventListener("error", ({ error, message }) => tell({ kind: "error", stack: String(error?.stack ?? message) }));
  addEventListener("unhandledrejection", ({ reason }) => tell({ kind: "error", stack: `${reason} ${reason?.stack ?? ""}` }));
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) if (new URL(name).origin !== location.origin) tell({ kind: "request", url: name });
  }).observe({ type: "resource", buffered: true });
}
