import type { ScaError, ScaOptions } from "../index.js";

/** How an enrolment ended on this page. Your server learns of each change by its webhooks `factor.enrolled` and `factor.removed`. */
export interface ScaEnrolmentResult {
  /**
   * `done`: the customer is done. `ended`: it has expired, or was ended elsewhere. `failed`: the element cannot be shown, for the `reason`:
   * the code of a {@link ScaError} that is not retryable.
   */
  readonly outcome: "done" | "ended" | "failed";
  /** The enrolment's id, the same as on your server; null if the element never learnt it. */
  readonly enrolmentId: string | null;
  readonly reason: string | null;
}

/**
 * `<sca-enrolment client-secret base-url locale theme wasm-url>`: a customer sets up, changes and removes factors. Starts when it is in a page and
 * has a client secret. The element reads the attribute `client-secret` and removes it from the markup at once. Moving the element keeps its
 * state; removing it for longer than a second stops it, and the enrolment stays open.
 */
export class ScaEnrolmentElement extends HTMLElement {
  /** The client secret that sca-backend issued for this enrolment. Write-only. Another secret starts another enrolment. */
  set clientSecret(secret: string | null | undefined);
  /** The URL where sca-backend is mounted. Must be https or loopback. */
  baseUrl: string | null;
  /** The language as a BCP 47 tag; the page's `lang` by default. */
  locale: string | null;
  theme: ScaOptions["theme"] | null;
  /** Captures the customer's face with the SDK of your face server. Without it, no face can be added. Set it before the client secret. */
  faceCapture?: ScaOptions["faceCapture"];
  /**
   * The URL of `dist/sca_enrolment_bg.wasm`, if your bundler cannot find it. It must be the file of the same version, and the languages and
   * `style.css` must be in the same folder. A `URL` becomes a string. Set it before the client secret.
   */
  get wasmUrl(): string | null;
  set wasmUrl(url: string | URL | null | undefined);
}

export interface ScaEnrolmentEventMap {
  /** The element is visible. */
  "sca-ready": CustomEvent<null>;
  /** The enrolment has ended on this page. */
  "sca-enrolment-result": CustomEvent<ScaEnrolmentResult>;
  /** The element cannot be shown or has stopped working. */
  "sca-error": CustomEvent<ScaError>;
}

declare global {
  interface HTMLElementTagNameMap {
    "sca-enrolment": ScaEnrolmentElement;
  }
  interface HTMLElementEventMap extends ScaEnrolmentEventMap {}
  interface DocumentEventMap extends ScaEnrolmentEventMap {}
  interface WindowEventMap extends ScaEnrolmentEventMap {}
  namespace JSX {
    interface IntrinsicElements {
      "sca-enrolment": {
        "client-secret"?: string;
        "base-url"?: string;
        locale?: string;
        theme?: ScaOptions["theme"];
        "wasm-url"?: string;
      } & Record<string, any>;
    }
  }
}
