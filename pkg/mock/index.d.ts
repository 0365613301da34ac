import type { FaceCapture, Outcome } from "../index.js";

/** A factor that can clear a challenge. */
export type MockFactor = "pin" | "sms" | "whatsapp" | "voice" | "push" | "biometric" | "device" | "face" | "face-scan";

/** An amount in the currency's minor unit: 1250.00 EUR is 125000. */
export interface MockMoney {
  minor: number;
  currency: string;
}

/** What is approved, as the backend freezes it. */
export type MockAction =
  | { payments: { amount: MockMoney; payee: string; accountTail?: string; reference?: string }[] }
  | { payees: { name: string; accountTail?: string }[] }
  | { statement: { account: string; from: string; to: string } }
  | { access: "account" | "security" };

/** A call of the widget, named by the end of its path; `approval` reads the approval. */
export type MockCall = "approval" | "events" | "encryption-key" | "start" | "verify" | "cancel" | "deny" | "face-session" | "face";

export interface MockFault {
  /** The calls that it meets. */
  on: MockCall | "any";
  /**
   * What happens to them:
   *
   * - `offline`: there is no connection, and nothing is sent;
   * - `no-answer`: no answer comes;
   * - `answer-lost`: the bank carries the call out, and its answer is lost;
   * - `proxy-error`: a proxy answers 502 with a page of its own;
   * - any other: the backend answers with this problem.
   */
  fault:
    | "offline"
    | "no-answer"
    | "answer-lost"
    | "proxy-error"
    | "approval-settled"
    | "factor-not-available"
    | "internal"
    | "provider-error"
    | "provider-session-ended"
    | "provider-timeout"
    | "request-in-progress"
    | "service-unavailable"
    | "shown-mismatch"
    | "too-many-requests"
    | "unauthorized";
  /** How many such calls pass before it; 0 by default. */
  skip?: number;
  /** How many calls it meets; all by default. */
  times?: number;
  /** With `too-many-requests`: after how many seconds the backend accepts a retry. */
  retryAfter?: number;
}

/** The script of a bank. All times are in seconds. */
export interface MockBankOptions {
  /** The URL under which the bank answers; `https://mock.invalid/sca` by default, which no server can have. Or a path of your own. */
  baseUrl?: string;
  /**
   * The challenges, in their order: a factor, or a list of which any one clears it. `["pin", ["sms", "whatsapp", "voice"]]` by default. `face`
   * is FaceSign's check: the mock shows no page of FaceSign, and goes on as if the customer had completed it.
   */
  challenges?: (MockFactor | MockFactor[])[];
  /** What is approved; a payment by default. */
  action?: MockAction;
  /** The right PIN; `1234` by default. The bank decrypts what the widget sends. */
  pin?: string;
  /** The right code; `111111` by default. */
  code?: string;
  /** The factor by which a code or a request was sent already, as after a reload of the page. */
  sent?: MockFactor | null;
  /** How many attempts in a row may fail before the approval is declined; 5 by default. */
  attempts?: number;
  /** After how many failed attempts the provider blocks a factor; never by default. */
  blockAfter?: number | null;
  /** Factors that cannot be used, and why. */
  unavailable?: Partial<Record<MockFactor, "blocked" | "not-set-up" | "cooling-off">>;
  /** When the approval expires; 600 by default. */
  lifetime?: number;
  /** When a code expires; with the approval by default. */
  codeLifetime?: number | null;
  /** How many codes are sent for the approval; 5 by default. */
  codes?: number;
  /** After how many seconds another code may be requested; 30 by default. */
  resendAfter?: number;
  /** What the customer does on the phone, when, and how long a request stays open: `{ answer: "approve", after: 5, lifetime: 300 }`. */
  phone?: { answer?: "approve" | "reject" | "none"; after?: number; lifetime?: number };
  /**
   * How FaceSign's check ends, and when: `{ result: "approved", after: 3 }`. With `no-face`, `inconclusive`, `code-not-delivered`, `abandoned` and
   * `session-expired` the customer can try again. `origin` is that of FaceSign's page, one of the widget's `frameOrigins`.
   */
  face?: {
    result?: "approved" | "no-face" | "inconclusive" | "code-not-delivered" | "abandoned" | "session-expired" | "denied" | "unclear" | "not-verified" | "code-failed";
    after?: number;
    origin?: string;
  };
  /** What the face server finds in a scan (`face-scan`); `match` by default. */
  scan?: "match" | "no-match";
  /** Whether the provider recognises this browser as a device; `recognised` by default. */
  device?: "recognised" | "not-recognised";
  /** Whether {@link MockBank.faceCapture} can use the camera; `granted` by default. */
  camera?: "granted" | "denied";
  /** How long each answer takes; 0 by default. */
  latency?: number;
  /** Calls that go wrong. The first that applies to a call is used. */
  faults?: MockFault[];
  /** How the approval has ended already, when the widget reads it first. */
  ended?: { status: Outcome; reason?: string } | null;
}

/** A scripted bank with one approval. */
export interface MockBank {
  /** The `baseUrl` for the widget. */
  readonly baseUrl: string;
  /** The approval, as the gate's answer has it. Its id begins with `mock_`, and no backend knows it. */
  readonly approval: { readonly id: string; readonly clientSecret: string; readonly expiresAt: number; readonly factors: readonly MockFactor[] };
  /** The approval's status now. */
  readonly status: "pending" | Outcome;
  /** Answers the calls of this page under {@link baseUrl} until {@link uninstall}: it wraps the page's `fetch` for exactly these. */
  install(): void;
  uninstall(): void;
  /** Answers one call, without being installed. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Whether a URL is under {@link baseUrl}. */
  answers(url: string): boolean;
  /** The gate's answer to a call that needs this approval, for `createScaFetch()`: 403 `approval-required`. */
  refusal(): Response;
  /** Answers the request that is open on the customer's phone. Throws if there is none. */
  answerPhone(answer: "approve" | "reject"): void;
  /** Ends the approval, whatever the customer does. */
  end(status: Outcome, reason?: string): void;
  /** For the widget's option `faceCapture`: a scan at once, or a `NotAllowedError` if the camera is denied. */
  readonly faceCapture: FaceCapture;
  /** Makes this browser a device of the customer, for the factor `device`, before the widget is mounted. It stays one until `removeDevice()`. */
  addDevice(): Promise<void>;
  removeDevice(): Promise<void>;
}

/**
 * A bank that plays the backend's routes for the widget in this page, without a server: for development and tests. It logs a warning in the
 * console, approves nothing, and never belongs into production.
 */
export function createMockBank(options?: MockBankOptions): MockBank;
