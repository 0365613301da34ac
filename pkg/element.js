import { elementWith } from "./base.js";
import { WidgetHandle, endOf } from "./widget.js";

const Base = elementWith({
  "base-url": "baseUrl",
  locale: "locale",
  theme: "theme",
  arrival: "arrival",
  "frame-origins": "frameOrigins",
  "face-link": "faceLink",
  "isolated-origin": "isolatedOrigin",
  "wasm-url": "wasmUrl",
});

/** `<sca-widget>`. Starts as soon as it is in a page and has its client secret. */
export class ScaWidgetElement extends Base {
  #handle = null;
  #forget;
  /** Whether the page has asked for the focus before there was a widget to take it. */
  #takesFocus = false;

  constructor() {
    super({
      isOver: endOf,
      open: (clientSecret, forget) => {
        this.#forget = forget;
        const { baseUrl, locale, frameOrigins, faceLink, isolatedOrigin, faceCapture, wasmUrl } = this;
        const arrival = this.#takesFocus ? "focus" : this.arrival;
        this.#takesFocus = false;
        const options = { clientSecret, baseUrl, locale, arrival, frameOrigins, faceLink, isolatedOrigin, faceCapture, wasmUrl };
        this.#handle = new WidgetHandle(this, this.shadowRoot, options);
      },
      stop: () => {
        this.#handle?.unmount();
        this.#handle = null;
      },
      speak: () => this.#handle?.update({ locale: this.locale }),
    });
    // An approval ends once. Its secret starts nothing after that.
    this.addEventListener("sca-result", () => this.#forget());
  }

  get handle() {
    return this.#handle;
  }

  focus() {
    if (this.#handle) this.#handle.focus();
    else this.#takesFocus = true;
  }

  get frameOrigins() {
    return super.frameOrigins?.split(/\s+/).filter(Boolean) ?? null;
  }

  set frameOrigins(origins) {
    super.frameOrigins = Array.isArray(origins) ? origins.join(" ") : origins;
  }
}
