import { ScaError } from "./error.js";
import { showFallback } from "./fallback.js";
import { languageOf, tagOf } from "./language.js";
import { load } from "./loader.js";

/** How long a widget waits for its language before it begins in English, in milliseconds. */
const LANGUAGE_DEADLINE = 3_000;

/** How the approvals of this page have ended. Each gives one result, however often its secret comes back. */
const ends = new Map();

/** How the approval of a secret has ended on this page, if it has. */
export const endOf = (secret) => ends.get(nameOf(secret));

/** The approval that a secret is for, which is no secret itself. */
const nameOf = (secret) => String(secret).split("_secret_")[0];

/**
 * One widget in a shadow root: loads the module, opens the widget, tells the page, and cleans up. `host` is the element
 * that the events come from.
 */
export class WidgetHandle {
  ready;
  result;
  #host;
  #root;
  #options;
  /** The language that is spoken, once there is one: its `locale` and its `phrases`. */
  #language;
  #locale;
  #widget;
  #module;
  #isOver = false;
  #approvalId = null;
  #settleReady;
  #failReady;
  #settleResult;

  constructor(host, root, options) {
    this.#host = host;
    this.#root = root;
    this.#options = { ...options };
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = resolve;
      this.#failReady = reject;
    });
    this.result = new Promise((resolve) => (this.#settleResult = resolve));
    // Whoever listens for `sca-error` need not handle the promise, too.
    this.ready.catch(() => {});
    const end = endOf(options.clientSecret);
    if (end) {
      // There is nothing to show or to tell any more; whoever waits is answered.
      this.#end(end);
      this.#settleReady();
    } else {
      this.#open();
    }
  }

  update(options) {
    const fixed = ["clientSecret", "baseUrl", "frameOrigins", "faceLink"];
    if (fixed.some((name) => name in options)) throw new ScaError("option-fixed");
    Object.assign(this.#options, options);
    this.#speak();
  }

  unmount() {
    this.#end({ outcome: "cancelled", approvalId: this.#knownApprovalId(), reason: "unmounted" });
    this.#close();
    this.#root.replaceChildren();
    this.#root.adoptedStyleSheets = [];
  }

  async destroy() {
    this.unmount();
    await this.result;
  }

  async #open() {
    try {
      const [module] = await Promise.all([load(this.#options), this.#speakFirst()]);
      // Unmounted in the meantime.
      if (this.#isOver) return;
      this.#root.replaceChildren();
      this.#module = module;
      module.crashListeners.add(this.#onCrash);
      this.#widget = module.Widget.open(this.#root, { ...this.#options, ...this.#language }, this.#onEnd);
    } catch (error) {
      // The module names what is wrong with the options by its code alone.
      this.#fail(error instanceof ScaError ? error : new ScaError(error));
      return;
    }
    this.#settleReady();
    this.#tell("sca-ready");
  }

  /** Waits for a first language: that of the options, or English where it is late. */
  async #speakFirst() {
    await atMost(LANGUAGE_DEADLINE, this.#speak());
    if (this.#language) return;
    const english = await languageOf("en", this.#options.wasmUrl);
    if (!english) throw new ScaError("load-failed");
    this.#language ??= english;
  }

  /** Speaks the language of the options as soon as it is there. */
  async #speak() {
    const locale = tagOf(this.#options.locale);
    this.#locale = locale;
    const language = await languageOf(locale, this.#options.wasmUrl);
    // Another one was asked for in the meantime, or not even English could be had.
    if (this.#locale !== locale || !language) return;
    this.#language = language;
    this.#living?.update(this.#language);
  }

  #onEnd = ([outcome, approvalId, reason]) => {
    const result = { outcome, approvalId, reason };
    // Told once the module has come to rest: the page may unmount the widget there and then.
    queueMicrotask(() => {
      if (this.#isOver) return;
      ends.set(nameOf(this.#options.clientSecret), result);
      this.#end(result);
      this.#tell("sca-result", result);
    });
  };

  #onCrash = () => this.#fail(new ScaError("widget-crashed"));

  #fail(error) {
    if (this.#isOver) return;
    this.#close();
    try {
      showFallback(this.#root, error, this.#options.locale, () => this.#open());
    } catch {
      // A page in which no element can be made shows nothing, but is told all the same.
    }
    if (!error.retryable) this.#end({ outcome: "failed", approvalId: this.#knownApprovalId(), reason: error.code });
    this.#failReady(error);
    this.#tell("sca-error", error);
  }

  #end(result) {
    if (this.#isOver) return;
    this.#isOver = true;
    delete this.#options.clientSecret;
    this.#settleResult(result);
  }

  #close() {
    this.#approvalId = this.#knownApprovalId();
    this.#module?.crashListeners.delete(this.#onCrash);
    this.#living?.free();
    this.#widget = undefined;
    this.#module = undefined;
  }

  #knownApprovalId() {
    return this.#living?.approvalId ?? this.#approvalId;
  }

  /** The widget, unless its module has crashed: nothing of that may be called or freed any more. */
  get #living() {
    return this.#module?.hasCrashed ? undefined : this.#widget;
  }

  #tell(name, detail = null) {
    this.#host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

/** Waits for a promise, but not longer than this. */
async function atMost(milliseconds, promise) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
