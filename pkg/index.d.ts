/** How an approval ended, as far as the page can know. Your server asks sca-backend before it acts on it. */
export type Outcome =
  /** Every required step is cleared: repeat the call that was refused. */
  | "approved"
  /** The customer was refused, for instance after too many wrong entries. */
  | "declined"
  /** The customer stopped, or the widget was unmounted before the end (reason `unmounted`; the approval is still open). */
  | "cancelled"
  /** The time was up. */
  | "expired"
  /** It could not be completed, through no decision of the customer. */
  | "failed";

export interface ScaResult {
  readonly outcome: Outcome;
  /** The approval's public name, the same as on your server; null when it never became known. */
  readonly approvalId: string | null;
  /**
   * Why, where there is a reason to tell: `too-many-attempts`, `factor-blocked`, `factor-not-set-up`, `session-ended`,
   * `provider-refused`, `denied`, `unclear`, `not-verified`, `code-failed`, `changed`, `unsupported`, `unreachable`,
   * `unmounted`, or the code of a {@link ScaError} that is not retryable.
   * New reasons may be added.
   */
  readonly reason: string | null;
}

export interface ScaOptions {
  /** The client secret that sca-backend gave out for this approval. It is sent in a header and kept nowhere else. */
  clientSecret: string;
  /** Where sca-backend is mounted, such as `https://pay.example.com/sca` or `/sca`. Must be https, or this machine. */
  baseUrl: string;
  /**
   * The language as a BCP 47 tag; the page's `lang` by default. Each language is a file of the package that is
   * fetched with the module. One that the widget does not speak, or cannot fetch, becomes English.
   */
  locale?: string | null;
  /** `auto`, the default, follows the page's `color-scheme`. */
  theme?: "light" | "dark" | "auto";
  /**
   * The origins that FaceSign's pages may come from, such as `https://session.facesign.ai`, which is the default. A page from
   * anywhere else is not shown. Your content security policy has to name the same ones in `frame-src`.
   */
  frameOrigins?: readonly string[] | null;
  /**
   * How FaceSign's page is opened where it cannot be shown inside yours: in a tab of its own, the default, or in place of
   * your page, for web views without tabs. Nothing leads back from there by itself.
   */
  faceLink?: "new-tab" | "same-tab" | null;
  /**
   * Where `dist/sca_widget_bg.wasm` is served, for setups that cannot find it by themselves. Same file, same version. The languages,
   * such as `dist/ar.txt`, are fetched from the same folder then.
   */
  wasmUrl?: string | URL;
}

/** A widget in a page. */
export interface ScaHandle {
  /** Resolves when the widget is to be seen. Rejects with a {@link ScaError} when it cannot be shown. */
  readonly ready: Promise<void>;
  /** Resolves once, when the approval has ended or the widget is unmounted. Never rejects. */
  readonly result: Promise<ScaResult>;
  /** Changes language or theme at once; a language that has to be fetched first, when it is there. */
  update(options: Pick<ScaOptions, "locale" | "theme">): void;
  /** Takes the widget out of the page. The approval stays open: mounted again with the same secret, it goes on. */
  unmount(): void;
  /** As `unmount`; resolves when nothing is left. Both can be called any number of times. */
  destroy(): Promise<void>;
}

/**
 * Puts a widget into an element of the page, or into the one that a selector finds. Events come from inside it. For an approval
 * that has ended on this page nothing is shown or told again: `result` is how it ended.
 */
export function mount(target: Element | string, options: ScaOptions): ScaHandle;

/**
 * Downloads and starts the widget's module before it is needed, and downloads the language. A failed download is tried again at
 * the next call; a language that cannot be had is no failure.
 */
export function load(options?: Pick<ScaOptions, "locale" | "wasmUrl">): Promise<void>;

export type ScaErrorCode =
  | "target-missing"
  | "client-secret-missing"
  | "client-secret-malformed"
  | "base-url-missing"
  | "base-url-malformed"
  | "base-url-insecure"
  | "frame-origin-malformed"
  | "option-fixed"
  | "wasm-blocked"
  | "wasm-unsupported"
  | "load-failed"
  | "widget-crashed";

/** Something is wrong that is not the customer's doing. */
export class ScaError extends Error {
  /** Stable: branch on this. */
  readonly code: ScaErrorCode;
  /** Whose move it is: yours, the browser's, the network's, ours. */
  readonly category: "integration" | "environment" | "network" | "internal";
  /** Whether trying again can help. The widget then offers that to the customer, too. */
  readonly retryable: boolean;
  constructor(code: ScaErrorCode, options?: ErrorOptions);
}

/** Bubbles from the widget through shadow roots, so that one listener on the document hears all widgets. */
export interface ScaEventMap {
  /** The widget is to be seen. */
  "sca-ready": CustomEvent<null>;
  /** The approval has ended. */
  "sca-result": CustomEvent<ScaResult>;
  /** The widget cannot be shown or has stopped working. */
  "sca-error": CustomEvent<ScaError>;
}

declare global {
  interface HTMLElementEventMap extends ScaEventMap {}
  interface DocumentEventMap extends ScaEventMap {}
  interface WindowEventMap extends ScaEventMap {}
}
