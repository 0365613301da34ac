/** For each code: the category, and a message for developers. */
const FACTS = {
  "target-missing": ["integration", "mount() takes an element, or a selector that finds one."],
  "client-secret-missing": ["integration", "There is no client secret."],
  "client-secret-malformed": ["integration", "This is no client secret."],
  "base-url-missing": ["integration", "There is no base URL."],
  "base-url-malformed": ["integration", "The base URL is not an http(s) address without query, fragment and password."],
  "base-url-insecure": ["integration", "The base URL is neither https nor an address of this machine."],
  "frame-origin-malformed": ["integration", "frameOrigins is not a list of https origins, each without a path."],
  "isolated-origin-malformed": ["integration", "isolatedOrigin is not an https origin, or the base URL is at another one."],
  "isolated-unreachable": ["network", "The frame of isolatedOrigin does not answer."],
  "option-fixed": ["integration", "Only locale and theme can change: mount another widget."],
  "wasm-blocked": ["environment", "The page's policy blocks WebAssembly: it needs script-src 'wasm-unsafe-eval'."],
  "wasm-unsupported": ["environment", "This browser has no WebAssembly, or is too old for the module."],
  "wasm-url-unknown": ["integration", "The module has no URL: set wasmUrl."],
  "out-of-memory": ["internal", "The browser has no memory for the module."],
  "load-failed": ["network", "A file could not be downloaded, or is not of this version: see the cause."],
  "widget-crashed": ["internal", "The widget crashed. It approved nothing."],
};

/** An error of the widget. The customer's choices are results, never errors. */
export class ScaError extends Error {
  constructor(code, options) {
    const [category, message] = FACTS[code] ?? FACTS["widget-crashed"];
    super(message, options);
    this.name = "ScaError";
    this.code = code in FACTS ? code : "widget-crashed";
    this.category = category;
    // The others need a change of the page or of the browser.
    this.retryable = category === "network" || category === "internal";
  }
}
