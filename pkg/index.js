import { ScaError } from "./error.js";
import { languageOf, tagOf } from "./language.js";
import { load as loadModule } from "./module.js";
import { GRACE, addStyle } from "./page.js";
import { WidgetHandle } from "./widget.js";

export { ScaError };

export async function load(options) {
  // The page itself needs no module then.
  if (options?.isolatedOrigin) return void (await loadModule(options));
  const [module, language] = await Promise.all([loadModule(options), languageOf(tagOf(options?.locale), options?.wasmUrl)]);
  // When the page has nothing else to do.
  if (language) (globalThis.requestIdleCallback ?? setTimeout)(() => warmUp(module, language));
}

/**
 * Shows a question outside the page for a moment. Browsers compile a function when it is called first: after this, the first question of a
 * widget is there sooner. Requests nothing.
 */
function warmUp(module, language) {
  if (module.hasCrashed) return;
  const root = document.createElement("div").attachShadow({ mode: "open" });
  const options = { clientSecret: "warm_secret_up", baseUrl: "https://localhost", ...language, warmUp: true };
  const widget = module.Widget.open(root, options, () => {});
  setTimeout(() => module.hasCrashed || widget.free());
}

export function mount(target, options = {}) {
  // There is no page, for example on a server.
  if (!globalThis.document) throw new ScaError("target-missing");
  const element = typeof target === "string" ? document.querySelector(target) : target;
  // One of another document, such as a frame's, is an instance of another class.
  if (element?.nodeType !== 1) throw new ScaError("target-missing");
  const host = element.ownerDocument.createElement("div");
  // Some pages hide what is empty. A text beside the shadow root is not shown.
  host.append(" ");
  if (options.theme) host.setAttribute("theme", options.theme);
  element.append(host);
  return new MountedHandle(host, options);
}

/** A handle whose host element is removed with the widget. */
class MountedHandle extends WidgetHandle {
  #host;
  #watch;

  constructor(host, options) {
    super(host, host.attachShadow({ mode: "open" }), options);
    this.#host = host;
    // The page may remove it without a word, or move it to another document. Not a number until it has been in the page.
    let away = host.isConnected ? 0 : NaN;
    this.#watch = setInterval(() => {
      away = host.isConnected ? 0 : away + 1;
      addStyle(host.shadowRoot, options.wasmUrl);
      if (away > 1) this.unmount();
    }, GRACE);
  }

  update(options) {
    super.update(options);
    if ("theme" in options) this.#host.setAttribute("theme", options.theme);
  }

  unmount() {
    clearInterval(this.#watch);
    super.unmount();
    this.#host.remove();
  }
}
