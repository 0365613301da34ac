/** For each code: the category, whether a retry can help, and a message for developers. */
const FACTS = {
  "target-missing": ["integration", false, "mount() takes an element of the page, or a selector that finds one."],
  "client-secret-missing": ["integration", false, "There is no client secret."],
  "client-secret-malformed": ["integration", false, "The client secret does not have the form that sca-backend issues."],
  "base-url-missing": ["integration", false, "There is no base URL, where sca-backend is mounted."],
  "base-url-malformed": ["integration", false, "The base URL is not an http(s) address without query, fragment and password."],
  "base-url-insecure": ["integration", false, "The base URL is neither https nor an address of this machine."],
  "frame-origin-malformed": ["integration", false, "frameOrigins is not a list of https origins, each without a path."],
  "option-fixed": ["integration", false, "Only locale and theme can change: mount another widget."],
  "wasm-blocked": ["environment", false, "WebAssembly is blocked: the page's content security policy needs script-src 'wasm-unsafe-eval'."],
  "wasm-unsupported": ["environment", false, "This browser has no WebAssembly, or it is switched off."],
  "load-failed": ["network", true, "The widget's WebAssembly module or its texts could not be downloaded, or are not the files of this version."],
  "widget-crashed": ["internal", true, "The widget crashed. Nothing was approved by that."],
};

/** An error of the widget. The customer's choices are results, never errors. */
export class ScaError extends Error {
  constructor(code, options) {
    const [category, retryable, message] = FACTS[code] ?? FACTS["widget-crashed"];
    super(message, options);
    this.name = "ScaError";
    this.code = code in FACTS ? code : "widget-crashed";
    this.category = category;
    this.retryable = retryable;
  }
}
