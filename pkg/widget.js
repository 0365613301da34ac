import { ScaError } from "./error.js";
import { showFallback, showOutline } from "./fallback.js";
import { addStyle, containKeys } from "./page.js";
import { languageOf, soon, tagOf } from "./language.js";
import { load } from "./module.js";

/** The results of approvals on this page. Each has one result, even if its secret is set again. */
const ends = new Map();

/** The result on this page of a secret's approval, if it has ended. */
export const endOf = (secret) => ends.get(nameOf(secret));

/** The id of a secret's approval. Not a secret. */
const nameOf = (secret) => String(secret).split("_secret_")[0];

/**
 * One widget in a shadow root: loads the module, opens the widget, sends the page's events, and cleans up. `host` dispatches
 * the events.
 */
export class WidgetHandle {
  ready;
  result;
  #host;
  #root;
  #options;
  /** The current language, once it is fetched: its `locale` and its `phrases`. */
  #language;
  #locale;
  #widget;
  #module;
  #isOver = false;
  #needsHosted = false;
  #approvalId = null;
  #settleReady;
  #failReady;
  #settleResult;

  constructor(host, root, options) {
    this.#host = host;
    this.#root = root;
    this.#options = { ...options };
    containKeys(root);
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = resolve;
      this.#failReady = reject;
    });
    this.result = new Promise((resolve) => (this.#settleResult = resolve));
    // A page that listens for `sca-error` need not handle the promise.
    this.ready.catch(() => {});
    const end = endOf(options.clientSecret);
    if (end) {
      // Nothing to show and no event, but the promises settle.
      this.#end(end);
      this.#settleReady();
    } else {
      this.#open();
      if (options.arrival === "focus") this.focus();
      else if (options.arrival === "scroll") this.#scroll();
    }
  }

  focus() {
    this.#scroll();
    this.#focusQuestion();
  }

  update(options) {
    const fixed = ["clientSecret", "baseUrl", "frameOrigins", "faceLink", "faceCapture", "isolatedOrigin"];
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
    this.#show(showOutline, this.#options);
    try {
      const [module] = await Promise.all([load({ ...this.#options, needsHosted: this.#needsHosted, root: this.#root }), this.#speakFirst()]);
      // Unmounted meanwhile.
      if (this.#isOver) return;
      this.#module = module;
      module.crashListeners.add(this.#onCrash);
      this.#show((root) => {
        const outline = root.firstChild;
        this.#widget = module.Widget.open(root, { ...this.#options, ...this.#language }, this.#onEnd);
        outline.remove();
      });
    } catch (error) {
      // For invalid options the module throws only a code.
      this.#fail(error instanceof ScaError ? error : new ScaError(error));
      return;
    }
    this.#settleReady();
    this.#tell("sca-ready");
  }

  /** Waits for the options' language, or for English if it is late. */
  async #speakFirst() {
    await soon(this.#speak());
    if (this.#language) return;
    const english = await languageOf("en", this.#options.wasmUrl);
    if (!english) throw new ScaError("load-failed");
    this.#language ??= english;
  }

  /** Applies the options' language when it is fetched. */
  async #speak() {
    const locale = tagOf(this.#options.locale);
    this.#locale = locale;
    // The frame of isolated mode fetches its own.
    const language = this.#options.isolatedOrigin ? { locale } : await languageOf(locale, this.#options.wasmUrl);
    // Another was requested meanwhile, or not even English could be fetched.
    if (this.#locale !== locale || !language) return;
    this.#language = language;
    this.#living?.update(this.#language);
  }

  /** Without a result: only the module with hosted challenges can go on. */
  #onEnd = (end) => {
    if (!end) {
      this.#needsHosted = true;
      // When the module's code has returned.
      queueMicrotask(() => {
        if (!this.#living) return;
        this.#close();
        this.#open();
      });
      return;
    }
    const [outcome, approvalId, reason] = end;
    const result = { outcome, approvalId, reason };
    // When the module's code has returned: the page may unmount the widget in its listener.
    queueMicrotask(() => {
      if (this.#isOver) return;
      ends.set(nameOf(this.#options.clientSecret), result);
      this.#end(result);
      this.#tell("sca-result", result);
    });
  };

  #onCrash = (error = new ScaError("widget-crashed")) => this.#fail(error);

  #fail(error) {
    if (this.#isOver) return;
    this.#close();
    try {
      this.#show(showFallback, error, this.#options, () => this.#open());
    } catch {
      // Even if no element can be created, the page gets the event.
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

  /** Changes what the root shows. If the focus was in it, it stays in it. */
  #show(draw, ...given) {
    const isInside = this.#root.activeElement;
    draw(this.#root, ...given);
    addStyle(this.#root, this.#options.wasmUrl);
    if (isInside) this.#focusQuestion();
  }

  /** Brings the widget into sight, as much of it as there is room for, from its top. */
  #scroll() {
    this.#host.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  /** Focuses the field or else the heading, even of the outline: then the first screen takes the focus. */
  #focusQuestion() {
    const [question] = ["input", ".sca-heading", "button", "iframe"].flatMap((kind) => this.#root.querySelector(kind) ?? []);
    question?.focus();
  }

  #knownApprovalId() {
    return this.#living?.approvalId ?? this.#approvalId;
  }

  /** The widget, unless its module has crashed: then it must not be called or freed. */
  get #living() {
    return this.#module?.hasCrashed ? undefined : this.#widget;
  }

  #tell(name, detail = null) {
    this.#host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}
