import { ScaWidgetElement } from "./element.js";

// Not on a server, and not if another copy of this package has defined the element.
if (globalThis.customElements && !customElements.get("sca-widget")) {
  customElements.define("sca-widget", ScaWidgetElement);
}
