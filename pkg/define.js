import { ScaWidgetElement } from "./element.js";

// Not on a server, and not over an element that another copy of this package has defined.
if (globalThis.customElements && !customElements.get("sca-widget")) {
  customElements.define("sca-widget", ScaWidgetElement);
}
