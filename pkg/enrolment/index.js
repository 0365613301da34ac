import { ScaEnrolmentElement } from "./element.js";

export { ScaEnrolmentElement };

// Not on a server, and not if another copy of this package has defined the element.
if (globalThis.customElements && !customElements.get("sca-enrolment")) {
  customElements.define("sca-enrolment", ScaEnrolmentElement);
}
