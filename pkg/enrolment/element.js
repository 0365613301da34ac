import { elementWith } from "../base.js";
import { css as ownCss } from "../dist/enrolment-style.js";
import { css } from "../dist/style.js";
import { ScaError } from "../error.js";
import { showFallback, showOutline } from "../fallback.js";
import { soon, tagOf } from "../language.js";
import { addStyle, containKeys } from "../page.js";
import * as countries from "./countries.js";
import * as deviceKeys from "./device.js";
import { faceCaptureOf } from "./face.js";
import { bothLanguagesOf, load } from "./module.js";

const Base = elementWith({ "base-url": "baseUrl", locale: "locale", theme: "theme", "wasm-url": "wasmUrl" });

/** `<sca-enrolment>`. Starts as soon as it is in a page and has its client secret. */
export class ScaEnrolmentElement extends Base {
  #secret;
  #forget;
  /** The enrolment that has ended in this element: its secret starts nothing here, even if it is set again. */
  #ended;
  /** What is shown: the module and its view. */
  #module;
  #view;
  /** Counts the openings, so that one that was stopped while it loaded shows nothing. */
  #opening = 0;

  constructor() {
    super({
      isOver: (secret) => this.#ended === secretName(secret),
      open: (secret, forget) => {
        this.#secret = secret;
        this.#forget = () => {
          this.#secret = undefined;
          forget();
        };
        this.#open();
      },
      stop: () => {
        this.#opening++;
        this.#close();
        this.shadowRoot.replaceChildren();
        this.shadowRoot.adoptedStyleSheets = [];
      },
      speak: () => this.#speak(),
    });
    containKeys(this.shadowRoot);
  }

  async #open() {
    const opening = ++this.#opening;
    const tag = tagOf(this.locale);
    let isComplete;
    this.#show(showOutline, this);
    try {
      const [module, wanted] = await Promise.all([load({ wasmUrl: this.wasmUrl }), soon(bothLanguagesOf(tag, this.wasmUrl))]);
      isComplete = wanted !== undefined;
      const language = wanted ?? (await bothLanguagesOf("en", this.wasmUrl));
      if (opening !== this.#opening) return;
      if (!language) throw new ScaError("load-failed");
      this.#module = module;
      module.crashListeners.add(this.#onCrash);
      const outline = this.shadowRoot.firstChild;
      this.#view = module.EnrolmentElement.open(
        this.shadowRoot,
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
      outline.remove();
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

  #show(draw, ...given) {
    draw(this.shadowRoot, ...given);
    addStyle(this.shadowRoot, this.wasmUrl, css + ownCss);
  }

  async #speak() {
    if (!this.#living) return;
    const tag = tagOf(this.locale);
    const language = await bothLanguagesOf(tag, this.wasmUrl);
    // Another was requested meanwhile, or not even English could be fetched.
    if (tag === tagOf(this.locale) && language) this.#living?.update(language);
  }

  #onEnd = ([outcome, enrolmentId]) => {
    const opening = this.#opening;
    // When the module's code has returned: the page may remove the element in its listener.
    queueMicrotask(() => {
      if (opening !== this.#opening) return;
      this.#ended = secretName(this.#secret);
      this.#forget();
      this.#tell("sca-enrolment-result", { outcome, enrolmentId, reason: null });
    });
  };

  #onCrash = () => this.#fail(new ScaError("widget-crashed"));

  #fail(error) {
    this.#close();
    try {
      this.#show(showFallback, error, this, () => this.#open());
    } catch {
      // Even if no element can be created, the page gets the events.
    }
    // Before the events: a listener may set another secret.
    if (!error.retryable) this.#forget();
    this.#tell("sca-error", error);
    if (!error.retryable) this.#tell("sca-enrolment-result", { outcome: "failed", enrolmentId: null, reason: error.code });
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

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

/** The id of a secret's enrolment. Not a secret. */
const secretName = (secret) => String(secret).split("_secret_")[0];

/** A name for this device that the customer can change: its platform, if the browser tells it. */
const deviceName = () => globalThis.navigator?.userAgentData?.platform ?? "";
