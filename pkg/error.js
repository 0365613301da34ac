/** What each code means: whose move it is, whether trying again can help, and a sentence for the engineer. */
const FACTS = {
  "target-missing": ["integration", false, "mount() takes an element of the page, or a selector that finds one."],
  "client-secret-missing": ["integration", false, "There is no client secret."],
  "client-secret-malformed": ["integration", false, "The client secret is not one that sca-backend gave out."],
  "base-url-missing": ["integration", false, "There is no base URL: the address under which sca-backend is mounted."],
  "base-url-malformed": ["integration", false, "The base URL is not an http(s) address without query, fragment and password."],
  "base-url-insecure": ["integration", false, "The base URL is neither https nor an address of this machine."],
  "frame-origin-malformed": ["integration", false, "frameOrigins is not a list of https origins, each without a path."],
  "option-fixed": ["integration", false, "Only locale and theme can change: mount another widget."],
  "wasm-blocked": ["environment", false, "WebAssembly is blocked: the page's content security policy needs script-src 'wasm-unsafe-eval'."],
  "wasm-unsupported": ["environment", false, "This browser has no WebAssembly, or it is switched off."],
  "load-failed": ["network", true, "The widget's WebAssembly module or its texts could not be downloaded, or are not the files of this version."],
  "widget-crashed": ["internal", true, "The widget met a defect of its own. Nothing was approved by that."],
};

/** An error of the widget. The customer's choices are never errors: those are results. */
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
