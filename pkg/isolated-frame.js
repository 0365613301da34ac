// Runs in the page that sca-backend serves for isolated mode. The page around it gets heights, events and the key Escape, and nothing else.

import { cancel } from "./cancel.js";
import { mount } from "./index.js";

/** The origins of the pages that may show this one, from the backend's configuration. */
const parents = document.querySelector("meta[name=sca-parents]").content.split(" ");

/** Where sca-backend is mounted on this origin. */
const baseUrl = new URL("..", location.href).href;

const root = document.documentElement;
document.body.style.margin = "0";
root.style.overflow = "hidden";

addEventListener("message", greet);
// It has no content, so it may go to any page. Only the answer of an allowed one counts.
if (parent !== window) parent.postMessage("sca-isolated", "*");

function greet({ isTrusted, source, origin, data, ports }) {
  const isAllowed = isTrusted && source === parent && source !== window && parents.includes(origin);
  if (!isAllowed || data?.kind !== "sca-hello" || !/^[0-9a-f]{32}$/.test(data.nonce) || ports.length !== 1) return;
  removeEventListener("message", greet);
  serve(ports[0], data.nonce);
}

function serve(port, nonce) {
  let handle;
  let secret;
  /** Whether the focus is elsewhere in the page around this one. */
  let isAway = false;
  const tell = (kind, more) => port.postMessage({ nonce, kind, ...more });
  const measure = () => tell("height", { height: document.body.getBoundingClientRect().height });

  const receivers = {
    open({ clientSecret, locale, frameOrigins, look }) {
      if (handle) return;
      wear(look);
      secret = String(clientSecret);
      root.lang = String(locale);
      handle = mount(document.body, { clientSecret: secret, baseUrl, locale: String(locale), frameOrigins });
      // To `blur()` would take the focus from that page in some browsers. Without a focused element no new screen takes it.
      const { shadowRoot } = document.body.lastElementChild;
      const { get: focused } = Object.getOwnPropertyDescriptor(ShadowRoot.prototype, "activeElement");
      Object.defineProperty(shadowRoot, "activeElement", { get: () => (isAway ? null : focused.call(shadowRoot)) });
      for (const kind of ["focusin", "pointerdown"]) addEventListener(kind, () => (isAway = false), true);
      new ResizeObserver(measure).observe(document.body);
    },
    look: ({ look }) => wear(look),
    update({ locale }) {
      root.lang = String(locale);
      handle?.update({ locale: String(locale) });
    },
    focus() {
      isAway = false;
      handle?.focus();
    },
    left() {
      isAway = true;
      // Some browsers focus no button that is pressed, so the widget remembers the press until something loses the focus.
      document.body.lastElementChild?.shadowRoot.querySelector(".sca")?.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    },
    async cancel() {
      tell("cancelled", { isCancelled: secret !== undefined && (await cancel(baseUrl, secret)) });
    },
  };

  document.addEventListener("sca-ready", () => {
    measure();
    tell("ready");
  });
  document.addEventListener("sca-error", ({ detail }) => tell("error", { code: detail.code }));
  document.addEventListener("sca-result", ({ detail }) => {
    secret = undefined;
    const { outcome, approvalId, reason } = detail;
    tell("result", { outcome, approvalId, reason });
  });
  document.addEventListener("keydown", ({ key, isComposing, defaultPrevented }) => {
    if (key === "Escape" && !isComposing && !defaultPrevented) tell("escape");
  });
  port.onmessage = ({ data }) => {
    if (data?.nonce === nonce && Object.hasOwn(receivers, data.kind)) receivers[data.kind](data);
  };
}

/** Applies the style of the page around this one. Nothing in it can load or reach anything. */
function wear({ scheme, fontSize, properties }) {
  if (/^[a-z ]{1,40}$/.test(scheme)) root.style.colorScheme = scheme;
  if (/^[\d.]{1,8}px$/.test(fontSize)) root.style.fontSize = fontSize;
  const given = new Map(properties);
  for (const name of [...root.style]) if (name.startsWith("--sca-") && !given.has(name)) root.style.removeProperty(name);
  for (const [name, value] of given) {
    if (/^--sca-[\w-]{1,40}$/.test(name) && value.length <= 300 && !/url|image|[;{}\\]/i.test(value)) root.style.setProperty(name, value);
  }
}
