import { ScaError } from "../error.js";
import { showFallback } from "../fallback.js";
import { tagOf } from "../language.js";
import * as countries from "./countries.js";
import * as deviceKeys from "./device.js";
import { bothLanguagesOf, load } from "./module.js";

/** On a server there are no elements. The class can be imported there, but not used. */
const Base = globalThis.HTMLElement ?? class {};

/** `<sca-enrolment>`. Starts as soon as it is in a page and has its client secret. */
export class ScaEnrolmentElement extends Base {
  static observedAttributes = ["client-secret", "base-url", "locale"];

  #root;
  #secret;
  #wasmUrl;
  /** The element that is shown: its module and its view. */
  #module;
  #view;
  /** Counts the starts, so that one that was stopped while it loaded shows nothing. */
  #start = 0;
  #isStarting = false;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
  }

  set clientSecret(secret) {
    if (secret === null || secret === undefined || secret === this.#secret) return;
    this.#secret = secret;
    this.#restart();
  }

  get baseUrl() {
    return this.getAttribute("base-url");
  }

  set baseUrl(url) {
    this.#reflect("base-url", url);
  }

  get locale() {
    return this.getAttribute("locale");
  }

  set locale(tag) {
    this.#reflect("locale", tag);
  }

  get theme() {
    return this.getAttribute("theme");
  }

  set theme(name) {
    this.#reflect("theme", name);
  }

  /** The URL of `dist/sca_enrolment_bg.wasm`, if the bundler cannot find it. */
  set wasmUrl(url) {
    this.#wasmUrl = url;
  }

  connectedCallback() {
    // Properties that were set before the element was defined hide the accessors of the class.
    for (const name of ["clientSecret", "baseUrl", "locale", "theme", "wasmUrl"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#restart();
  }

  disconnectedCallback() {
    // A moved element is connected again before this microtask, and keeps its state.
    queueMicrotask(() => {
      if (!this.isConnected) this.#stop();
    });
  }

  attributeChangedCallback(name, before, after) {
    if (name === "client-secret") {
      if (after === null) return;
      // Keeps the secret out of the markup and of copies of it.
      this.removeAttribute(name);
      this.clientSecret = after;
    } else if (before !== after) {
      if (name === "locale") this.#speak();
      else this.#restart();
    }
  }

  /** Starts once all attributes and properties of this task are set. */
  #restart() {
    if (this.#isStarting) return;
    this.#isStarting = true;
    queueMicrotask(() => {
      this.#isStarting = false;
      if (!this.isConnected || this.#secret === undefined) return;
      this.#stop();
      this.#open();
    });
  }

  async #open() {
    const start = ++this.#start;
    const options = { wasmUrl: this.#wasmUrl };
    try {
      const [module, language] = await Promise.all([load(options), bothLanguagesOf(tagOf(this.locale), options.wasmUrl)]);
      if (start !== this.#start) return;
      if (!language) throw new ScaError("load-failed");
      this.#root.replaceChildren();
      this.#module = module;
      module.crashListeners.add(this.#onCrash);
      this.#view = module.EnrolmentElement.open(
        this.#root,
        { clientSecret: this.#secret, baseUrl: this.baseUrl, deviceKeys, countries, deviceName: deviceName(), ...language },
        this.#onEnd,
      );
    } catch (error) {
      if (start !== this.#start) return;
      // For invalid options the module throws only a code.
      this.#fail(error instanceof ScaError ? error : new ScaError(error));
      return;
    }
    this.#tell("sca-ready");
  }

  async #speak() {
    const tag = tagOf(this.locale);
    const language = await bothLanguagesOf(tag, this.#wasmUrl);
    // Another was requested meanwhile, or not even English could be fetched.
    if (tag === tagOf(this.locale) && language) this.#living?.update(language);
  }

  #onEnd = ([outcome, enrolmentId]) => {
    const start = this.#start;
    // When the module's code has returned: the page may remove the element in its listener.
    queueMicrotask(() => {
      if (start !== this.#start) return;
      // An enrolment ends once. Its secret starts nothing after that, unless it is set again.
      this.#secret = undefined;
      this.#tell("sca-enrolment-result", { outcome, enrolmentId, reason: null });
    });
  };

  #onCrash = () => this.#fail(new ScaError("widget-crashed"));

  #fail(error) {
    this.#close();
    try {
      showFallback(this.#root, error, this.locale, () => this.#open());
    } catch {
      // Even if no element can be created, the page gets the event.
    }
    this.#tell("sca-error", error);
    if (error.retryable) return;
    this.#secret = undefined;
    this.#tell("sca-enrolment-result", { outcome: "failed", enrolmentId: null, reason: error.code });
  }

  #stop() {
    this.#start++;
    this.#close();
    this.#root.replaceChildren();
    this.#root.adoptedStyleSheets = [];
  }

  #close() {
    this.#module?.crashListeners.delete(this.#onCrash);
    this.#living?.free();
    this.#view = undefined;
    this.#module = undefined;
  }

  /** The view, unless its module has crashed: then it must not be called or freed. */
  get #living() {
    return this.#module?.hasCrashed ? undefined : this.#view;
  }

  #reflect(name, value) {
    if (value === null || value === undefined) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

/** A name for this device that the customer can change: its platform, if the browser tells it. */
const deviceName = () => globalThis.navigator?.userAgentData?.platform ?? "";
