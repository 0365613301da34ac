/** How an approval ended. A hint for the page only: your server asks sca-backend before it acts on it. */
export type Outcome =
  /** The customer has cleared every required challenge. Repeat the call that was refused. */
  | "approved"
  /** The customer was refused, for instance after too many failed attempts. */
  | "declined"
  /** The customer cancelled, or the widget was unmounted before the end (reason `unmounted`; the approval is still open). */
  | "cancelled"
  /** The approval was not settled in time. */
  | "expired"
  /** It could not be completed, through no decision of the customer. */
  | "failed";

export interface ScaResult {
  readonly outcome: Outcome;
  /** The approval's id, the same as on your server; null if the widget never learnt it. */
  readonly approvalId: string | null;
  /**
   * Why it ended, if there is a reason: `too-many-attempts`, `factor-blocked`, `factor-not-set-up`,
   * `factor-cooling-off`, `session-ended`, `provider-refused`, `denied`, `unclear`, `not-verified`, `code-failed`, `changed`, `unsupported`, `unreachable`,
   * `unmounted`, or the code of a {@link ScaError} that is not retryable.
   * New reasons may be added.
   */
  readonly reason: string | null;
}

export interface ScaOptions {
  /** The client secret that sca-backend issued for this approval. The widget sends it in a header and stores it nowhere. */
  clientSecret: string;
  /** The URL where sca-backend is mounted, such as `https://pay.example.com/sca` or `/sca`. Must be https or loopback. */
  baseUrl: string;
  /**
   * The language as a BCP 47 tag; the page's `lang` by default. The widget fetches the language's file with the module. If
   * there is no such file, or it cannot be fetched, the widget is in English.
   */
  locale?: string | null;
  /** `auto`, the default, follows the page's `color-scheme`. */
  theme?: "light" | "dark" | "auto";
  /**
   * How the widget arrives when it is mounted. `none`, the default: it moves nothing. `scroll`: it comes into sight, at once and without an
   * animation. `focus`: it also takes the focus, and its first screen has it as soon as it is there: the field if it asks for digits,
   * otherwise the heading. If the customer goes elsewhere on the page before that, they stay there.
   */
  arrival?: "none" | "scroll" | "focus" | null;
  /**
   * The allowed origins of FaceSign's pages; `["https://session.facesign.ai"]` by default. The widget shows no page of another
   * origin. Your content security policy has to name the same origins in `frame-src`. If you use FaceSign, name its origin here and in
   * {@link load}: the page then downloads the module that can show a frame at once. Otherwise it begins with a smaller one, and changes when an
   * approval needs a frame. An empty list: no frame is ever shown.
   */
  frameOrigins?: readonly string[] | null;
  /**
   * Where FaceSign's page is opened if it cannot be shown inside yours: in a tab of its own, the default, or in place of your
   * page, for web views without tabs. FaceSign's page does not lead back to yours.
   */
  faceLink?: "new-tab" | "same-tab" | null;
  /**
   * Isolated mode: the widget runs in a frame of this origin, which the page cannot read. Exactly an origin, such as
   * `https://sca.example.com`, where sca-backend has the section `[isolated]` and {@link baseUrl} is: `/sca` is then a path of that origin. Your
   * content security policy has to name it in `frame-src`. {@link faceLink}, {@link faceCapture} and {@link wasmUrl} are not used: the factor
   * `face-scan` is not offered, and `device` only to a browser that was added on that origin.
   */
  isolatedOrigin?: string | null;
  /**
   * Captures the customer's face with the SDK of your face server, for the factor `face-scan`. Without it, that factor is not offered.
   * The widget then downloads a bigger module. Pass it to {@link load} as well.
   */
  faceCapture?: FaceCapture | null;
  /**
   * The URL of `dist/sca_widget_bg.wasm`, if your bundler cannot find it. It must be the file of the same version. The widget then
   * fetches the module that can show frames (`dist/sca_hosted_bg.wasm`), the languages, such as `dist/ar.txt`, and in some browsers `style.css`, from the same folder. The factors `device` and `face-scan` are not possible then.
   */
  wasmUrl?: string | URL;
}

/** What a capture of a face gets. */
export interface FaceCaptureRequest {
  /** The token of your face server for one scan. */
  readonly sessionToken: string;
  /** Aborted when nothing waits for the scan any more: stop the camera and remove what you show. */
  readonly signal: AbortSignal;
}

/** The scan of a face: three texts in standard base64, as your SDK gives them. */
export interface FaceScan {
  faceScan: string;
  auditTrailImage: string;
  lowQualityAuditTrailImage: string;
  /** What the SDK says about itself, for the face server's header `X-User-Agent`. At most 512 visible ASCII characters. */
  userAgent?: string;
  /** Called once with your face server's result for the SDK, or with null if there is none. Not called after `signal` was aborted. */
  finished?(scanResult: string | null): void;
}

/**
 * Shows the steps of your SDK to the customer, on top of the page, and resolves with the scan. Resolves with null, or rejects with an
 * `AbortError`, if the customer cancels. Any other error counts as a failed capture: the customer can try again, and the page gets it as
 * an uncaught one. The widget waits for three minutes.
 */
export type FaceCapture = (request: FaceCaptureRequest) => Promise<FaceScan | null>;

/** A widget in a page. */
export interface ScaHandle {
  /** Resolves when the widget is visible. Rejects with a {@link ScaError} when it cannot be shown. */
  readonly ready: Promise<void>;
  /** Resolves once, when the approval has ended or the widget is unmounted. Never rejects. */
  readonly result: Promise<ScaResult>;
  /**
   * Brings the widget into sight and gives it the focus: the field if it asks for digits, otherwise the heading. Before `ready`, the first
   * screen takes the focus when it is there, unless the customer has gone elsewhere.
   */
  focus(): void;
  /** Changes the language or the theme at once, or as soon as the language's file has been fetched. */
  update(options: Pick<ScaOptions, "locale" | "theme">): void;
  /** Removes the widget from the page. The approval stays open: mount a widget with the same secret to continue it. */
  unmount(): void;
  /** As `unmount`; resolves when the widget is removed. Both can be called any number of times. */
  destroy(): Promise<void>;
}

/**
 * Mounts a widget in an element, or in the one that a selector finds. The events bubble from inside it. If the approval has already
 * ended on this page, the widget shows nothing and sends no event; `result` resolves with the earlier result.
 */
export function mount(target: Element | string, options: ScaOptions): ScaHandle;

/**
 * Downloads and starts the widget's module before it is needed, and downloads the language. Rejects with a {@link ScaError} if the
 * module cannot be loaded; the next call tries again. A language that cannot be fetched is not an error.
 */
export function load(options?: Pick<ScaOptions, "locale" | "wasmUrl" | "frameOrigins" | "faceCapture" | "isolatedOrigin">): Promise<void>;

export type ScaErrorCode =
  | "target-missing"
  | "client-secret-missing"
  | "client-secret-malformed"
  | "base-url-missing"
  | "base-url-malformed"
  | "base-url-insecure"
  | "frame-origin-malformed"
  | "isolated-origin-malformed"
  | "isolated-unreachable"
  | "option-fixed"
  | "wasm-blocked"
  | "wasm-unsupported"
  | "wasm-url-unknown"
  | "out-of-memory"
  | "load-failed"
  | "widget-crashed";

/** An error that the customer did not cause. */
export class ScaError extends Error {
  /** The stable code to branch on. */
  readonly code: ScaErrorCode;
  /** What has to change: your integration, the browser or page policy, the network, or the widget. */
  readonly category: "integration" | "environment" | "network" | "internal";
  /** Whether a retry can help. The widget then offers it to the customer. */
  readonly retryable: boolean;
  constructor(code: ScaErrorCode, options?: { cause?: unknown });
}

/** The events bubble out of shadow roots, so one listener on the document receives those of all widgets. */
export interface ScaEventMap {
  /** The widget is visible. */
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
