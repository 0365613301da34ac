import { titleOf } from "./dialog.js";
import { ScaError } from "./error.js";
import { tagOf } from "./language.js";

/** How long the frame may take to answer, in milliseconds. */
const DEADLINE = 15_000;

/** How long it may take to cancel an approval, in milliseconds. A little more than its own deadline. */
const CANCEL_DEADLINE = 6_000;

const OUTCOMES = ["approved", "declined", "cancelled", "expired", "failed"];

/** Cancels the approval of a secret that is shown, by its frame. */
const cancels = new Map();

/** Cancels an approval that a frame shows. Resolves with whether the backend has confirmed that. */
export async function cancel(clientSecret) {
  return (await cancels.get(clientSecret)?.()) ?? false;
}

/**
 * Shows the widget in a frame of another origin, below the outline in `root`. Resolves when it is visible, with what a module is for a handle.
 * When the frame leaves the root, all that this has started ends. Without a root there is nothing to show yet.
 */
export function load({ root, ...options }) {
  return root && new Promise((settle, fail) => connect(root, options, settle, fail));
}

/** The address of the page in the frame: below the base URL, at exactly the origin. */
function addressOf({ baseUrl, isolatedOrigin }) {
  let address;
  try {
    address = new URL(`${String(baseUrl ?? "").replace(/\/+$/, "")}/isolated/`, isolatedOrigin);
  } catch {
    // It is compared below.
  }
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(address?.hostname);
  if (address?.origin !== isolatedOrigin || address.search || address.hash) throw new ScaError("isolated-origin-malformed");
  if (address.protocol !== "https:" && !isLocal) throw new ScaError("isolated-origin-malformed");
  return address.href;
}

function connect(root, options, settle, fail) {
  const { clientSecret, isolatedOrigin, frameOrigins } = options;
  if (!clientSecret) return fail(new ScaError("client-secret-missing"));
  const { host, ownerDocument: page } = root;
  const view = page.defaultView;
  let locale = tagOf(options.locale);
  const frame = page.createElement("iframe");
  try {
    frame.src = addressOf(options);
  } catch (error) {
    return fail(error);
  }
  frame.title = titleOf(locale);
  frame.referrerPolicy = "no-referrer";
  // For FaceSign's page, which is a frame in this one.
  if (frameOrigins?.length) frame.allow = "camera; microphone";
  Object.assign(frame.style, { display: "block", inlineSize: "100%", blockSize: "0", border: "0" });

  const module = { hasCrashed: false, crashListeners: new Set(), Widget: { open } };
  let port;
  let nonce;
  let height = 0;
  let isShown = false;
  let isOver = false;
  let onEnd;
  let settleCancel;

  /** Its own function is the frame element's: the question in the frame takes the focus, not the frame. */
  frame.focus = () => {
    view.HTMLElement.prototype.focus.call(frame);
    tell("focus");
  };

  const timer = setTimeout(() => fail(new ScaError("isolated-unreachable")), DEADLINE);
  const looks = new MutationObserver(() => tell("look", { look: lookOf(host) }));
  for (let level = host; level; level = level.parentElement ?? level.getRootNode().host) looks.observe(level, { attributes: true });
  const schemes = view.matchMedia("(prefers-color-scheme: dark)");
  // Some browsers report it while the frame is being removed, when nothing else of the root can be.
  const watch = new MutationObserver((records) => records.some(({ removedNodes }) => [...removedNodes].includes(frame)) && setTimeout(dispose));
  watch.observe(root, { childList: true });
  schemes.addEventListener("change", onScheme);
  view.addEventListener("message", onArrival);
  view.addEventListener("focus", onFocus);
  page.addEventListener("focusin", onFocus, true);
  root.append(frame);

  function onScheme() {
    tell("look", { look: lookOf(host) });
  }

  /** In a frame that has lost the focus an element still looks focused, and a new screen would take the focus back. */
  function onFocus() {
    if (isShown && root.activeElement !== frame) tell("left");
  }

  /** The page in the frame says that it is there, again after each time it was loaded. Only it gets the other end of the channel. */
  function onArrival({ isTrusted, source, origin, data }) {
    if (!isTrusted || source !== frame.contentWindow || origin !== isolatedOrigin || data !== "sca-isolated" || isOver) return;
    clearTimeout(timer);
    port?.close();
    nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = onMessage;
    frame.contentWindow.postMessage({ kind: "sca-hello", nonce }, isolatedOrigin, [channel.port2]);
    tell("open", { clientSecret, locale, frameOrigins: frameOrigins && [...frameOrigins], look: lookOf(host) });
  }

  function tell(kind, more) {
    port?.postMessage({ nonce, kind, ...more });
  }

  function onMessage({ data }) {
    if (data?.nonce !== nonce) return;
    if (data.kind === "height" && Number.isFinite(data.height)) resize(data.height);
    else if (data.kind === "ready") settle(module);
    else if (data.kind === "result") end(data);
    else if (data.kind === "error") crash(new ScaError(data.code));
    else if (data.kind === "escape") escape();
    else if (data.kind === "cancelled") settleCancel?.(data.isCancelled === true);
  }

  function resize(wanted) {
    height = Math.min(Math.max(Math.ceil(wanted), 0), 20_000);
    if (isShown) frame.style.blockSize = `${height}px`;
  }

  /** Shows the frame in place of the outline. */
  function open(_root, _options, ended) {
    onEnd = ended;
    isShown = true;
    resize(height);
    cancels.set(clientSecret, () => {
      const answer = new Promise((settled) => (settleCancel = settled));
      setTimeout(settleCancel, CANCEL_DEADLINE, false);
      tell("cancel");
      return answer;
    });
    return {
      approvalId: clientSecret.split("_secret_")[0],
      update(language) {
        locale = language.locale;
        frame.title = titleOf(locale);
        tell("update", { locale });
      },
      free() {
        dispose();
        frame.remove();
      },
    };
  }

  function end({ outcome, approvalId, reason }) {
    const isText = (value) => value === null || typeof value === "string";
    if (!onEnd || !OUTCOMES.includes(outcome) || !isText(approvalId) || !isText(reason)) return;
    onEnd([outcome, approvalId, reason]);
    // What the page shows at the end stays the page's.
    if (!host.querySelector(":scope > [slot=next]")) return;
    const box = page.createElement("div");
    box.className = "sca";
    Object.assign(box.style, { border: "0", background: "none" });
    const slot = page.createElement("slot");
    slot.name = "next";
    box.append(slot);
    root.append(box);
  }

  function crash(error) {
    fail(error);
    if (!onEnd) return;
    for (const listener of [...module.crashListeners]) listener(error);
  }

  /** As the key that the customer has pressed in the frame: for the page's listeners, and then for a modal dialog around the widget. */
  function escape() {
    const isHandled = !frame.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", code: "Escape", bubbles: true, composed: true, cancelable: true }));
    let dialog = host;
    while (dialog && dialog.localName !== "dialog") dialog = dialog.parentElement ?? dialog.getRootNode().host;
    if (isHandled || !dialog?.open || !dialog.matches(":modal")) return;
    if (dialog.dispatchEvent(new Event("cancel", { cancelable: true }))) dialog.close();
  }

  function dispose() {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    for (const observer of [looks, watch]) observer.disconnect();
    schemes.removeEventListener("change", onScheme);
    view.removeEventListener("message", onArrival);
    view.removeEventListener("focus", onFocus);
    page.removeEventListener("focusin", onFocus, true);
    cancels.delete(clientSecret);
    settleCancel?.(false);
    port?.close();
    // The handle has removed the frame, and no longer listens, or the page has.
    crash(new ScaError(onEnd ? "widget-crashed" : "isolated-unreachable"));
  }
}

/** What the frame has to know of the page's style: of the custom properties those that the widget's own style has. */
function lookOf(host) {
  const view = host.ownerDocument.defaultView;
  const style = view.getComputedStyle(host);
  const rules = host.shadowRoot.adoptedStyleSheets?.flatMap(({ cssRules }) => [...cssRules]) ?? [];
  const names = new Set(rules.flatMap(({ cssText }) => cssText.match(/--sca-[\w-]+/g) ?? []));
  const properties = [...names].map((name) => [name, style.getPropertyValue(name).trim()]).filter(([, value]) => value);
  return { scheme: style.colorScheme, fontSize: view.getComputedStyle(host.ownerDocument.documentElement).fontSize, properties };
}
