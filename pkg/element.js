import { WidgetHandle } from "./widget.js";

const PROPERTIES = {
  "base-url": "baseUrl",
  locale: "locale",
  theme: "theme",
  "frame-origins": "frameOrigins",
  "face-link": "faceLink",
};

/** On a server there are no elements; the class can be imported there and is of no use. */
const Base = globalThis.HTMLElement ?? class {};

/** `<sca-widget>`. Starts as soon as it is in a page and has its client secret. */
export class ScaWidgetElement extends Base {
  static observedAttributes = ["client-secret", ...Object.keys(PROPERTIES)];

  #root;
  #secret;
  #handle = null;
  #isStarting = false;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    // An approval ends once; after that its secret is worth nothing.
    this.addEventListener("sca-result", () => (this.#secret = undefined));
  }

  get handle() {
    return this.#handle;
  }

  set clientSecret(secret) {
    if (secret === null || secret === undefined || secret === this.#secret) return;
    this.#secret = secret;
    // Another secret is another approval.
    this.#stop();
    this.#startSoon();
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

  get frameOrigins() {
    return this.getAttribute("frame-origins")?.split(/\s+/).filter(Boolean) ?? null;
  }

  set frameOrigins(origins) {
    this.#reflect("frame-origins", Array.isArray(origins) ? origins.join(" ") : origins);
  }

  get faceLink() {
    return this.getAttribute("face-link");
  }

  set faceLink(way) {
    this.#reflect("face-link", way);
  }

  connectedCallback() {
    for (const name of ["clientSecret", ...Object.values(PROPERTIES)]) this.#takeEarlyProperty(name);
    this.#startSoon();
  }

  disconnectedCallback() {
    // An element that is only moved is back before the microtask, and keeps its state.
    queueMicrotask(() => {
      if (!this.isConnected) this.#stop();
    });
  }

  attributeChangedCallback(name, before, after) {
    if (after === before) return;
    if (name === "client-secret") {
      if (after === null) return;
      // Out of the page's markup, and out of every copy that is made of it.
      this.removeAttribute(name);
      this.clientSecret = after;
    } else if (name === "locale") {
      this.#handle?.update({ locale: after });
    } else if (name !== "theme") {
      this.#stop();
      this.#startSoon();
    }
  }

  /** Starts once all attributes and properties of this turn are there. */
  #startSoon() {
    if (this.#isStarting) return;
    this.#isStarting = true;
    queueMicrotask(() => {
      this.#isStarting = false;
      if (this.#handle || !this.isConnected || this.#secret === undefined) return;
      this.#handle = new WidgetHandle(this, this.#root, {
        clientSecret: this.#secret,
        baseUrl: this.baseUrl,
        locale: this.locale,
        frameOrigins: this.frameOrigins,
        faceLink: this.faceLink,
      });
    });
  }

  #stop() {
    this.#handle?.unmount();
    this.#handle = null;
  }

  /** Frameworks may set properties before the element is defined; those hide the accessors of the class. */
  #takeEarlyProperty(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  #reflect(name, value) {
    if (value === null || value === undefined) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }
}
