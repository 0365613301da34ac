import { ScaError } from "./error.js";
import { showFallback } from "./fallback.js";
import { GRACE, addStyle } from "./page.js";

const SECRET = "client-secret";

/** How long an element waits for its secret before it says so, in milliseconds. */
const PATIENCE = 4_000;

const isGiven = (value) => value !== null && value !== undefined;

/** On a server there are no elements. The class can be imported there, but not used. */
const Base = globalThis.HTMLElement ?? class {};

/**
 * What both elements have: a secret that leaves the markup, options that are attributes and properties, and a life that follows the page's.
 * `properties` names the property of each attribute.
 */
export function elementWith(properties) {
  /** What each attribute means, also in the spelling of frameworks that render properties on a server. */
  const meant = {};
  for (const name of [SECRET, ...Object.keys(properties)]) meant[name.replace("-", "")] = meant[name] = name;

  class ScaElement extends Base {
    static observedAttributes = Object.keys(meant);

    #life;
    /** Undefined until the first one is set; null once it is forgotten. */
    #secret;
    /** The last value of each attribute: a framework may remove one that a property has set. */
    #given = {};
    #isOpen = false;
    #isStarting = false;

    /**
     * `life.open(secret, forget)` shows the element, `life.stop()` ends that, `life.speak()` applies another locale, and `life.isOver(secret)`
     * says whether a secret starts nothing any more.
     */
    constructor(life) {
      super();
      this.#life = life;
      this.attachShadow({ mode: "open" });
    }

    static accessorOf(name) {
      return {
        get() {
          return this.#given[name] ?? null;
        },
        set(value) {
          if (isGiven(value)) return this.setAttribute(name, value);
          delete this.#given[name];
          this.removeAttribute(name);
        },
      };
    }

    set clientSecret(secret) {
      if (!isGiven(secret) || secret === this.#secret || this.#life.isOver(secret)) return;
      this.#secret = secret;
      this.#restart();
    }

    connectedCallback() {
      // Properties that were set before the element was defined hide the accessors of the class.
      for (const name of ["clientSecret", ...Object.values(properties)]) {
        if (!Object.hasOwn(this, name)) continue;
        const value = this[name];
        delete this[name];
        this[name] = value;
      }
      this.#startSoon();
      // For instance in a page that was restored from a copy of its markup: the secret is not in it.
      setTimeout(() => {
        if (!this.isConnected || this.shadowRoot.firstChild || this.#secret !== undefined) return;
        const error = new ScaError("client-secret-missing");
        console.error(error.message);
        showFallback(this.shadowRoot, error, this);
        addStyle(this.shadowRoot, this.wasmUrl);
        this.dispatchEvent(new CustomEvent("sca-error", { bubbles: true, composed: true, detail: error }));
      }, PATIENCE);
    }

    /** The styles of one document do not apply in another. */
    adoptedCallback() {
      this.#restart();
    }

    disconnectedCallback() {
      setTimeout(() => {
        if (!this.isConnected) this.#stop();
      }, GRACE);
    }

    attributeChangedCallback(spelled, before, after) {
      const name = meant[spelled];
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
      if (name === "locale") this.#life.speak();
      else if (name !== "theme" && name !== "arrival") this.#restart();
    }

    #restart() {
      this.#stop();
      this.#startSoon();
    }

    /** Starts once all attributes and properties of this task are set. */
    #startSoon() {
      if (this.#isStarting) return;
      this.#isStarting = true;
      queueMicrotask(() => {
        this.#isStarting = false;
        if (this.#isOpen || !this.isConnected || !isGiven(this.#secret)) return;
        this.#isOpen = true;
        this.#life.open(this.#secret, () => (this.#secret = null));
      });
    }

    #stop() {
      this.#isOpen = false;
      this.#life.stop();
    }
  }

  for (const [name, property] of Object.entries(properties)) Object.defineProperty(ScaElement.prototype, property, ScaElement.accessorOf(name));
  // A plain property, so that frameworks set it as one.
  ScaElement.prototype.faceCapture = undefined;
  return ScaElement;
}
