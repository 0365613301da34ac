import { Approval } from "./approval.js";
import { install, uninstall } from "./installed.js";
import { routesOf } from "./routes.js";

const DEFAULTS = {
  // A name that no server can have (RFC 6761).
  baseUrl: "https://mock.invalid/sca",
  challenges: ["pin", ["sms", "whatsapp", "voice"]],
  action: { payments: [{ amount: { minor: 125_000, currency: "EUR" }, payee: "Acme Corp", accountTail: "7890", reference: "Invoice 4711" }] },
  pin: "1234",
  code: "111111",
  sent: null,
  attempts: 5,
  blockAfter: null,
  unavailable: {},
  lifetime: 600,
  codeLifetime: null,
  codes: 5,
  resendAfter: 30,
  phone: { answer: "approve", after: 5, lifetime: 300 },
  face: { result: "approved", after: 3, origin: "https://session.facesign.ai" },
  scan: "match",
  device: "recognised",
  camera: "granted",
  latency: 0,
  faults: [],
  ended: null,
};

const WARNING = "sca-widget/mock: a scripted bank answers on this page. It approves nothing. Keep it out of production.";

export function createMockBank(options = {}) {
  for (const name of Object.keys(options)) if (!Object.hasOwn(DEFAULTS, name)) throw new TypeError(`sca-widget/mock: there is no option "${name}"`);
  const script = { ...DEFAULTS, ...options };
  for (const name of ["phone", "face"]) script[name] = { ...DEFAULTS[name], ...options[name] };
  script.challenges = script.challenges.map((factors) => [factors].flat());
  script.browserKey = "mock-customer";
  const baseUrl = new URL(script.baseUrl, globalThis.document?.baseURI).href.replace(/\/+$/, "");
  const approval = new Approval(script);
  const answer = routesOf(approval, script);
  warn();

  const bank = {
    baseUrl,
    get approval() {
      const { id, clientSecret, expiresAt, factors } = approval;
      return { id, clientSecret, expiresAt, factors };
    },
    get status() {
      return approval.snapshot().status;
    },
    answers: (url) => url.startsWith(`${baseUrl}/`),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      return answer(request, new URL(request.url).pathname.slice(new URL(baseUrl).pathname.length));
    },
    install: () => install(bank),
    uninstall: () => uninstall(bank),
    refusal: () => Response.json({ code: "approval-required", approval: bank.approval }, { status: 403 }),
    answerPhone: (answer) => approval.answerPhone(answer),
    end: (status, reason) => approval.end(status, reason),
    faceCapture: async () => {
      if (script.camera === "denied") throw new DOMException("sca-widget/mock: the camera is denied", "NotAllowedError");
      return { faceScan: "bW9jaw==", auditTrailImage: "bW9jaw==", lowQualityAuditTrailImage: "bW9jaw==" };
    },
    addDevice: async () => void (await (await import("../enrolment/device.js")).register(script.browserKey)),
    removeDevice: async () => (await import("../enrolment/device.js")).forget(script.browserKey),
  };
  return bank;
}

/** Says once for the page what answers. */
let isSaid = false;
function warn() {
  if (!isSaid) console.warn(WARNING);
  isSaid = true;
}
