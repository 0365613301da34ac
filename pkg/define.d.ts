import type { ScaHandle, ScaOptions } from "./index.js";

/**
 * `<sca-widget client-secret base-url locale theme arrival frame-origins face-link
 * isolated-origin wasm-url>`. Starts when it is in a page and has a client
 * secret. The element reads the attribute `client-secret` and removes it from the markup at once. Moving the element keeps
 * its state; removing it unmounts the widget.
 */
export interface ScaWidgetElement extends HTMLElement {
  /** The client secret. Write-only. Another secret starts another approval. */
  set clientSecret(secret: string | null | undefined);
  baseUrl: string | null;
  locale: string | null;
  theme: ScaOptions["theme"] | null;
  arrival: ScaOptions["arrival"];
  /** In the attribute `frame-origins`, separated by spaces. */
  frameOrigins: readonly string[] | null;
  faceLink: ScaOptions["faceLink"];
  isolatedOrigin: string | null;
  /** As in {@link ScaOptions}; a `URL` becomes a string. Set it before the client secret. */
  get wasmUrl(): string | null;
  set wasmUrl(url: string | URL | null | undefined);
  /** Set it before the client secret. */
  faceCapture?: ScaOptions["faceCapture"];
  /** The widget that is shown now. */
  readonly handle: ScaHandle | null;
  /** As {@link ScaHandle.focus}, even before the element has its secret. */
  focus(): void;
}

export interface ScaWidgetAttributes {
  "client-secret"?: string;
  "base-url"?: string;
  locale?: string;
  theme?: ScaOptions["theme"];
  arrival?: NonNullable<ScaOptions["arrival"]>;
  "frame-origins"?: string;
  "face-link"?: NonNullable<ScaOptions["faceLink"]>;
  "isolated-origin"?: string;
  "wasm-url"?: string;
}

declare global {
  interface HTMLElementTagNameMap {
    "sca-widget": ScaWidgetElement;
  }
  namespace JSX {
    interface IntrinsicElements {
      "sca-widget": ScaWidgetAttributes & Record<string, any>;
    }
  }
}
