// Pages for frames, made here so that no server is needed: an origin of its own comes from `localhost` beside `127.0.0.1`.

const frames = [];

/** The same server under its other name: another origin. */
export function otherOrigin() {
  const { hostname, port } = location;
  return `http://${hostname === "localhost" ? "127.0.0.1" : "localhost"}:${port}`;
}

/** Delivers a message to this window as if it came from a window and an origin. */
export function deliver(data, origin, source) {
  dispatchEvent(new MessageEvent("message", { data, origin, source }));
}

export function deliverJson(text, origin, source) {
  deliver(JSON.parse(text), origin, source);
}

/** Messages that throw when they are looked into, or are no messages at all. */
export function deliverOdd(origin, source) {
  const odd = [
    undefined, null, 7, true, "", "{", "[]", "null", '"SESSION_FINISHED"', "SESSION_FINISHED",
    { message: { toString: () => "SESSION_FINISHED" } }, { message: ["SESSION_FINISHED"] }, ["SESSION_FINISHED"],
    { get message() { throw new Error("no"); } }, { data: { message: "SESSION_FINISHED" } },
    { message: "SESSION_FINISHED_NOT" }, { message: " SESSION_FINISHED" }, { type: null },
    new Proxy({}, { get() { throw new Error("no"); } }), new ArrayBuffer(8),
    `{"message":"SESSION_FINISHED","rest":"${"x".repeat(5000)}"}`, { message: "SESSION_FINISHED".repeat(1000) },
  ];
  for (const data of odd) deliver(data, origin, source);
  return odd.length;
}

/** Delivers as many as a hostile frame can, and says how long that took, in milliseconds. */
export function flood(count, data, origin, source) {
  const start = performance.now();
  for (let number = 0; number < count; number += 1) deliver(data, origin, source);
  return performance.now() - start;
}

/** The same to a listener of ten lines that does as much as has to be done: it looks where a message is from and what it says. */
export function floodByHand(count, data, origin, source) {
  let heard = 0;
  const listen = (event) => {
    if (event.source !== source || event.origin !== origin) return;
    const said = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
    if (said?.message === "SESSION_FINISHED" || said?.type === "SESSION_FINISHED") heard += 1;
  };
  addEventListener("message", listen);
  const time = flood(count, data, origin, source);
  removeEventListener("message", listen);
  return time;
}

/** A second frame of the same origin. */
export function anotherFrame(url) {
  const frame = document.createElement("iframe");
  frame.src = url;
  document.body.append(frame);
  frames.push(frame);
  return frame.contentWindow;
}

export function removeFrames() {
  while (frames.length) frames.pop().remove();
}

export function violate(effectiveDirective, blockedURI, disposition) {
  const report = { effectiveDirective, blockedURI, disposition, violatedDirective: effectiveDirective, bubbles: true };
  document.dispatchEvent(Object.assign(new SecurityPolicyViolationEvent("securitypolicyviolation", {
    ...report, documentURI: location.href, originalPolicy: "frame-src 'none'", statusCode: 200,
  })));
}

const put = (target, name, value) => Object.defineProperty(target, name, { configurable: true, ...value });
const stubbed = [];

function stub(target, name, value) {
  put(target, name, { value });
  stubbed.push([target, name]);
}

/** A browser whose camera is as `state` says. Everything that would open one is there to be caught. */
export function pretendCamera(state) {
  const opened = { count: 0 };
  window.cameraOpened = opened;
  const device = (kind) => ({ kind, label: "", deviceId: "" });
  const devices = {
    getUserMedia: () => { opened.count += 1; return Promise.reject(new Error("opened")); },
    enumerateDevices: async () => [device("audioinput"), device("videoinput"), device("audiooutput")],
  };
  const permissions = { query: async ({ name }) => ({ state: name === "camera" ? "prompt" : "denied" }) };
  const policy = { allowsFeature: () => true };
  const states = {
    "ready": () => {},
    "allowed before": () => { permissions.query = async () => ({ state: "granted" }); },
    "refused": () => { permissions.query = async () => ({ state: "denied" }); },
    "none": () => { devices.enumerateDevices = async () => [device("audioinput")]; },
    "permission unknown": () => { permissions.query = () => { throw new TypeError("camera"); }; },
    "permission unknown, later": () => { permissions.query = () => Promise.reject(new TypeError("camera")); },
    "no permissions": () => stub(navigator, "permissions", undefined),
    "list fails": () => { devices.enumerateDevices = () => Promise.reject(new Error("no")); },
    "list is odd": () => { devices.enumerateDevices = async () => ({}); },
    "no media devices": () => stub(navigator, "mediaDevices", undefined),
    "policy says no": () => { policy.allowsFeature = (feature) => feature !== "camera"; },
    "policy throws": () => { policy.allowsFeature = () => { throw new Error("no"); }; },
    "no policy": () => {},
    "insecure": () => stub(window, "isSecureContext", false),
  };
  stub(navigator, "mediaDevices", devices);
  stub(navigator, "permissions", permissions);
  stub(HTMLIFrameElement.prototype, "permissionsPolicy", state === "no policy" ? undefined : policy);
  stub(HTMLIFrameElement.prototype, "featurePolicy", state === "no policy" ? undefined : policy);
  states[state]();
}

/** Puts the browser's own camera back, and says how often one was opened. */
export function realCamera() {
  while (stubbed.length) {
    const [target, name] = stubbed.pop();
    delete target[name];
  }
  return window.cameraOpened.count;
}

/** Says something from inside a frame of this origin, as its page would; resolves once this window has heard it. */
export function say(frame, data) {
  return new Promise((resolve) => {
    addEventListener("message", () => resolve(), { once: true });
    frame.contentWindow.eval("(data) => parent.postMessage(data, '*')")(data);
  });
}

export function loaded(frame) {
  return new Promise((resolve) => frame.addEventListener("load", () => resolve(), { once: true }));
}

/** Resolves when the browser has laid the page out and told everybody who watches sizes. */
export function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}
