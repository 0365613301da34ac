import { cancel } from "./cancel.js";
import { openDialog } from "./dialog.js";
import { ScaError, load, mount } from "./index.js";

/** The header in which the gate of sca-backend expects the approval's id. */
const APPROVAL = "x-sca-approval";

/** A call that needed an approval and did not get it. It was not repeated. */
export class ScaApprovalError extends Error {
  constructor({ outcome, approvalId, reason }, options) {
    super(`The call was not approved: ${reason ? `${outcome}, ${reason}` : outcome}.`, options);
    this.name = "ScaApprovalError";
    this.outcome = outcome;
    this.approvalId = approvalId;
    this.reason = reason;
  }
}

export function createScaFetch({ approvalOf = approvalOfGate, approvalHeader = APPROVAL, fetch, preload, signal: life, ...options }) {
  // If this fails, the widget tries again.
  if (preload && globalThis.document) load(options).catch(() => {});
  return async (input, init) => {
    const signal = init?.signal === undefined ? input?.signal : init.signal;
    throwIfAborted(signal);
    const request = new Request(input, init?.body ? { ...init, body: await fixed(init.body, signal) } : init);
    const send = fetch ?? globalThis.fetch;
    // A copy of a form has the same boundary.
    const response = await send(request.clone());
    const approval = await approvalIn(response, approvalOf);
    throwIfAborted(signal);
    // A server has no customer to ask.
    if (!approval || !globalThis.document) return response;
    response.body?.cancel().catch(() => {});
    const approvalId = await inTurn([signal, life].filter(Boolean), (aborted) => approved(approval, options, aborted));
    if (approvalHeader !== null) request.headers.set(approvalHeader, approvalId);
    return send(request);
  };
}

/** The approval that the gate requires. */
async function approvalOfGate(response) {
  if (response.status !== 403 || !/json/i.test(response.headers.get("content-type"))) return null;
  const said = await response.json().catch(() => null);
  return said?.code === "approval-required" && said.approval ? { clientSecret: said.approval.clientSecret } : null;
}

async function approvalIn(response, approvalOf) {
  const copy = response.clone();
  try {
    return await approvalOf(copy);
  } finally {
    // What is not read of a copy would be kept.
    if (!copy.bodyUsed) copy.body?.cancel().catch(() => {});
  }
}

/** The body with the bytes that it has now. Not every browser can send a stream, and some send an array with what it holds by then. */
async function fixed(body, signal) {
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new Blob([body]);
  if (typeof body?.getReader !== "function") return body;
  const reader = body.getReader();
  const stop = () => reader.cancel(reasonOf(signal)).catch(() => {});
  signal?.addEventListener("abort", stop);
  try {
    for (const chunks = []; ; ) {
      const { done, value } = await reader.read();
      throwIfAborted(signal);
      if (done) return new Blob(chunks);
      chunks.push(value);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** Resolves when the last approval of the page that was asked for is over. */
let queue = Promise.resolve();

/** Runs `ask` when no other approval is shown. It gets a promise that rejects when one of the signals is aborted. */
async function inTurn(signals, ask) {
  const before = queue;
  let leave;
  queue = new Promise((resolve) => (leave = resolve));
  let stop;
  const aborted = new Promise((_, reject) => {
    stop = ({ target }) => reject(reasonOf(target));
    for (const signal of signals) {
      if (signal.aborted) reject(reasonOf(signal));
      signal.addEventListener("abort", stop);
    }
  });
  try {
    await Promise.race([aborted, before]);
    return await ask(aborted);
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", stop);
    before.then(leave);
  }
}

/** The widget that shows in its place how the last approval ended. */
let ended;

/** Asks the customer, and resolves with the approval's id. */
async function approved(approval, { target, ...options }, aborted) {
  ended?.unmount();
  ended = undefined;
  const dialog = target === undefined || target === null ? openDialog({ ...options, ...approval }) : undefined;
  let widget;
  try {
    const shown = { ...options, ...approval, ...dialog?.options };
    widget = mount(dialog?.place ?? (typeof target === "function" ? target() : target), shown);
    dialog?.show(() => widget.focus());
    let isReady = false;
    let problem;
    widget.ready.then(() => (isReady = true), (error) => (problem = error));
    const ends = [aborted, widget.result];
    if (dialog) ends.push(dialog.closed);
    const result = await Promise.race(ends);
    if (!result) throw new ScaApprovalError(await Promise.race([aborted, dismissed(widget, shown, isReady)]));
    if (result.outcome === "approved") return result.approvalId;
    // The widget shows why. The customer who has cancelled knows.
    if (dialog && result.outcome !== "cancelled") await Promise.race([aborted, dialog.closed]);
    if (!dialog) ended = widget;
    throw new ScaApprovalError(result, problem?.code === result.reason ? { cause: problem } : {});
  } catch (error) {
    if (!(error instanceof ScaError)) throw error;
    // There is no such place.
    throw new ScaApprovalError({ outcome: "failed", approvalId: null, reason: error.code }, { cause: error });
  } finally {
    if (!ended) widget?.unmount();
    dialog?.close();
  }
}

/** The result after the customer has closed the dialog. If the backend says that it has cancelled the approval, there is no reason. */
async function dismissed(widget, { baseUrl, clientSecret, isolatedOrigin }, isReady) {
  // Its backend accepts the frame's calls, and the frame goes with the widget.
  const byFrame = isolatedOrigin && isReady ? await (await import("./isolated.js")).cancel(clientSecret) : undefined;
  widget.unmount();
  const result = await widget.result;
  // Only then the widget has found the secret and the address to be valid.
  if (!isReady) return result;
  const [approvalId] = clientSecret.split("_secret_");
  const isCancelled = byFrame ?? (await cancel(baseUrl, clientSecret));
  return { ...result, approvalId, reason: isCancelled ? null : result.reason };
}

const reasonOf = (signal) => signal.reason ?? new DOMException("The call was aborted.", "AbortError");

function throwIfAborted(signal) {
  if (signal?.aborted) throw reasonOf(signal);
}
