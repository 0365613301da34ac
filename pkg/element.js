import { ScaError } from "./error.js";
import { showFallback } from "./fallback.js";
import { GRACE } from "./page.js";
import { WidgetHandle, endOf } from "./widget.js";

const PROPERTIES = {
  "base-url": "baseUrl",
  locale: "locale",
  theme: "theme",
  "frame-origins": "frameOrigins",
  "face-link": "faceLink",
};

const SECRET = "client-secret";

/** How a framework that renders on a server may spell an attribute, and what is meant. */
const MEANT = {};
for (const name of [SECRET, ...Object.keys(PROPERTIES)]) MEANT[name.replace("-", "")] = MEANT[name] = name;

/** How long an element waits for its secret before it says so, in milliseconds. */
const PATIENCE = 4_000;

/** On a server there are no elements. The class can be imported there, but not used. */
const Base = globalThis.HTMLElement ?? class {};

/** `<sca-widget>`. Starts as soon as it is in a page and has its client secret. */
export class ScaWidgetElement extends Base {
  static observedAttributes = Object.keys(MEANT);

  #root;
  /** Undefined until the first one is set; null once its approval has ended. */
  #secret;
  /** The last value of each attribute: a framework may remove one that a property has set. */
  #given = {};
  #handle = null;
  #isStarting = false;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    // An approval ends once. Its secret starts nothing after that.
    this.addEventListener("sca-result", () => (this.#secret = null));
  }

  get handle() {
    return this.#handle;
  }

  set clientSecret(secret) {
    if (secret === null || secret === undefined || secret === this.#secret || endOf(secret)) return;
    this.#secret = secret;
    // A new secret is a new approval.
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

  get frameOrigins() {
    return this.#given["frame-origins"]?.split(/\s+/).filter(Boolean) ?? null;
  }

  set frameOrigins(origins) {
    this.#reflect("frame-origins", Array.isArray(origins) ? origins.join(" ") : origins);
  }

  get faceLink() {
    return this.#given["face-link"] ?? null;
  }

  set faceLink(way) {
    this.#reflect("face-link", way);
  }

  connectedCallback() {
    for (const name of ["clientSecret", ...Object.values(PROPERTIES)]) this.#takeEarlyProperty(name);
    this.#startSoon();
    // For instance in a page that was restored from a copy of its markup: the secret is not in it.
    setTimeout(() => {
      if (!this.isConnected || this.#root.firstChild || this.#secret !== undefined) return;
      const error = new ScaError("client-secret-missing");
      console.error(error.message);
      showFallback(this.#root, error, this.locale);
      this.dispatchEvent(new CustomEvent("sca-error", { bubbles: true, composed: true, detail: error }));
    }, PATIENCE);
  }

  /** The styles of one document do not apply in another. */
  adoptedCallback() {
    this.#stop();
    this.#startSoon();
  }

  disconnectedCallback() {
    setTimeout(() => {
      if (!this.isConnected) this.#stop();
    }, GRACE);
  }

  attributeChangedCallback(spelled, before, after) {
    const name = MEANT[spelled];
    if (name === SECRET) {
      if (after === null) return;
      // Keeps the secret out of the markup and of copies of it.
      this.removeAttribute(spelled);
      this.clientSecret = after;
      return;
    }
    const given = this.#given[name];
    if (after === given || (after === null && given !== undefined)) return;
    this.#given[name] = after ?? undefined;
    if (name === "locale") {
      this.#handle?.update({ locale: after });
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
      if (this.#handle || !this.isConnected || (this.#secret ?? null) === null) return;
      this.#handle = new WidgetHandle(this, this.#root, {
        clientSecret: this.#secret,
        baseUrl: this.baseUrl,
        locale: this.locale,
        frameOrigins: this.frameOrigins,
        faceLink: this.faceLink,
        faceCapture: this.faceCapture,
      });
    });
  }

  #stop() {
    this.#handle?.unmount();
    this.#handle = null;
  }

  /** Properties that were set before the element was defined hide the accessors of the class. */
  #takeEarlyProperty(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  #reflect(name, value) {
    if (value === null || value === undefined) {
      delete this.#given[name];
      this.removeAttribute(name);
    } else this.setAttribute(name, value);
  }
}

/** A plain property, so that frameworks set it as one. */
ScaWidgetElement.prototype.faceCapture = undefined;
