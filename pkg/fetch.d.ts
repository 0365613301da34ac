import type { Outcome, ScaOptions } from "./index.js";

/** The options of `mount()`, any of which may be undefined. */
type Optional<Options> = { [Name in keyof Options]?: Options[Name] | undefined };

/** An approval that your server requires: its client secret, and options of `mount()` for this approval alone. */
export type RequiredApproval = { clientSecret: string } & Optional<Omit<ScaOptions, "clientSecret" | "baseUrl" | "arrival">>;

export interface ScaFetchOptions extends Optional<Omit<ScaOptions, "clientSecret" | "baseUrl">> {
  /** As in {@link ScaOptions}. */
  baseUrl: string;
  /**
   * Where the widget is shown: an element, a selector, or a function that returns one of them when the widget is needed. Without it, the
   * widget is shown in a modal dialog of its own, which takes the focus and returns it.
   */
  target?: Element | string | (() => Element | string | null) | null | undefined;
  /**
   * Finds the required approval in an answer; null if it requires none. It gets a copy, whose body it may read. By default: the gate's own
   * answer, status 403 with `{ "code": "approval-required", "approval": { "clientSecret": … } }`, as your server passes it on.
   */
  approvalOf?: ((response: Response) => RequiredApproval | null | Promise<RequiredApproval | null>) | undefined;
  /**
   * The header with the approval's id that the repeated call has in addition; `x-sca-approval` by default. Null for none: your server then
   * finds the id in its own store.
   */
  approvalHeader?: string | null | undefined;
  /** Downloads the widget's module at once, as `load()` does, and not when the first call is refused. */
  preload?: boolean | undefined;
  /** Ends what is asked of the customer, as when a part of your page goes away. Calls that need no approval go on. */
  signal?: AbortSignal | undefined;
  /** Makes the calls; the page's `fetch` by default. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/**
 * Returns a function like `fetch`. If your server answers that the call needs an approval, it shows the widget, and repeats the call once
 * after the customer has approved: the same method, address, headers and bytes of the body, with {@link ScaFetchOptions.approvalHeader}. The
 * answer to the repeated call is returned as it is, also if it is another refusal. Approvals of the whole page are shown one after the other.
 *
 * Rejects as `fetch` does; with the signal's reason when a signal is aborted, which also removes the widget; with {@link ScaApprovalError}
 * when the call was not approved. On a server it shows nothing, and returns the refusal.
 *
 * A body that is a stream is read to its end before the call is made.
 */
export function createScaFetch(options: ScaFetchOptions): (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** A call that needed an approval and did not get it. It was not repeated. */
export class ScaApprovalError extends Error {
  readonly name: "ScaApprovalError";
  /** How the approval ended. As every result of the widget it is a hint: your server asks sca-backend. */
  readonly outcome: Exclude<Outcome, "approved">;
  /** The approval's id, the same as on your server; null if the widget never learnt it. */
  readonly approvalId: string | null;
  /**
   * As in `ScaResult`. After the customer has closed the dialog: null if the backend has confirmed that the approval is cancelled, otherwise
   * `unmounted`, and the approval may still be open.
   */
  readonly reason: string | null;
  /** The `ScaError` that kept the widget from being shown, if that is why. */
  readonly cause?: unknown;
}
