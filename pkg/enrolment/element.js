import { ScaError } from "../error.js";
import { showFallback } from "../fallback.js";
import { soon, tagOf } from "../language.js";
import { GRACE, addStyle, containKeys } from "../page.js";
import * as countries from "./countries.js";
import * as deviceKeys from "./device.js";
import { faceCaptureOf } from "./face.js";
import { bothLanguagesOf, load } from "./module.js";

/** On a server there are no elements. The class can be imported there, but not used. */
const Base = globalThis.HTMLElement ?? class {};

/** What a page gives by attribute. The secret is not kept there. */
const ATTRIBUTES = ["base-url", "locale", "theme"];

/** `<sca-enrolment>`. Starts as soon as it is in a page and has its client secret. */
export class ScaEnrolmentElement extends Base {
  static observedAttributes = ["client-secret", ...ATTRIBUTES];

  #root;
  #secret;
  #wasmUrl;
  /** The last value of each attribute: a framework may remove one that a property has set. */
  #given = {};
  /** What is shown: the module and its view. */
  #module;
  #view;
  /** Whether it was opened and not stopped since. */
  #isOpen = false;
  /** Counts the openings, so that one that was stopped while it loaded shows nothing. */
  #opening = 0;
  #isStarting = false;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    containKeys(this.#root);
  }

  set clientSecret(secret) {
    if (secret === null || secret === undefined || secret === this.#secret) return;
    this.#secret = secret;
    // A new secret is a new enrolment.
    this.#stop();
    this.#startSoon();
  }

  get baseUrl() {
    return this.#given["base-url"] ?? null;
  }

  set baseUrl(url) {
    this.#reflect("base-url", url);
  }

  get locale() {
    return this.#given.locale ?? null;
  }

  set locale(tag) {
    this.#reflect("locale", tag);
  }

  get theme() {
    return this.#given.theme ?? null;
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
    this.#startSoon();
  }

  disconnectedCallback() {
    setTimeout(() => {
      if (!this.isConnected) this.#stop();
    }, GRACE);
  }

  attributeChangedCallback(name, before, after) {
    if (name === "client-secret") {
      if (after === null) return;
      // Keeps the secret out of the markup and of copies of it.
      this.removeAttribute(name);
      this.clientSecret = after;
      return;
    }
    const given = this.#given[name];
    if (after === given || (after === null && given !== undefined)) return;
    this.#given[name] = after ?? undefined;
    if (name === "locale") {
      this.#speak();
    } else if (name !== "theme") {
      this.#stop();
      this.#startSoon();
    }
  }

  /** Starts once all attributes and properties of this task are set. */
  #startSoon() {
    if (this.#isStarting) return;
    this.#isStarting = true;
    queueMicrotask(() => {
      this.#isStarting = false;
      if (!this.#isOpen && this.isConnected && this.#secret !== undefined) this.#open();
    });
  }

  async #open() {
    const opening = ++this.#opening;
    this.#isOpen = true;
    const tag = tagOf(this.locale);
    let isComplete;
    try {
      const [module, wanted] = await Promise.all([load({ wasmUrl: this.#wasmUrl }), soon(bothLanguagesOf(tag, this.#wasmUrl))]);
      isComplete = wanted !== undefined;
      const language = wanted ?? (await bothLanguagesOf("en", this.#wasmUrl));
      if (opening !== this.#opening) return;
      if (!language) throw new ScaError("load-failed");
      this.#root.replaceChildren();
      this.#module = module;
      module.crashListeners.add(this.#onCrash);
      this.#view = module.EnrolmentElement.open(
        this.#root,
        {
          clientSecret: this.#secret,
          baseUrl: this.baseUrl,
          deviceKeys,
          faceCapture: faceCaptureOf(this.faceCapture),
          countries,
          deviceName: deviceName(),
          ...language,
        },
        this.#onEnd,
      );
      addStyle(this.#root, this.#wasmUrl);
    } catch (error) {
      if (opening !== this.#opening) return;
      // For invalid options the module throws only a code.
      this.#fail(error instanceof ScaError ? error : new ScaError(error));
      return;
    }
    // The language was late, or has changed meanwhile.
    if (!isComplete || tag !== tagOf(this.locale)) this.#speak();
    this.#tell("sca-ready");
  }

  async #speak() {
    if (!this.#living) return;
    const tag = tagOf(this.locale);
    const language = await bothLanguagesOf(tag, this.#wasmUrl);
    // Another was requested meanwhile, or not even English could be fetched.
    if (tag === tagOf(this.locale) && language) this.#living?.update(language);
  }

  #onEnd = ([outcome, enrolmentId]) => {
    const opening = this.#opening;
    // When the module's code has returned: the page may remove the element in its listener.
    queueMicrotask(() => {
      if (opening !== this.#opening) return;
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
      // Even if no element can be created, the page gets the events.
    }
    // Before the events: a listener may set another secret.
    if (!error.retryable) this.#secret = undefined;
    this.#tell("sca-error", error);
    if (!error.retryable) this.#tell("sca-enrolment-result", { outcome: "failed", enrolmentId: null, reason: error.code });
  }

  #stop() {
    this.#opening++;
    this.#isOpen = false;
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
    if (value === null || value === undefined) {
      delete this.#given[name];
      this.removeAttribute(name);
    } else this.setAttribute(name, value);
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

/** A plain property, so that frameworks set it as one. */
ScaEnrolmentElement.prototype.faceCapture = undefined;

/** A name for this device that the customer can change: its platform, if the browser tells it. */
const deviceName = () => globalThis.navigator?.userAgentData?.platform ?? "";
