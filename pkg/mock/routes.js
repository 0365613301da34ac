import { decrypted, encryptionKey } from "./key.js";
import { Problem, isProblem } from "./problem.js";

/** The name of each call in a script, by method and what follows the approval's id in its path. */
const CALLS = {
  "GET ": "approval",
  "GET /events": "events",
  "GET /encryption-key": "encryption-key",
  "POST /start": "start",
  "POST /verify": "verify",
  "POST /cancel": "cancel",
  "POST /deny": "deny",
  "POST /face/session": "face-session",
  "POST /face": "face",
};

/** How often a stream looks for changes, and how often it sends a comment, in milliseconds. */
const LOOKS_EVERY = 200;
const SPEAKS_EVERY = 15_000;

/** A function that answers the widget's calls about an approval. `path` is what follows the base URL. */
export function routesOf(approval, script) {
  const faults = script.faults.map((fault) => ({ skip: 0, times: Infinity, ...fault }));
  return async (request, path) => {
    const rest = path.replace(/^\/v1\/approval\/[^/]+/, "");
    const call = path.startsWith(`/v1/approval/${approval.id}`) ? CALLS[`${request.method} ${rest}`] : undefined;
    // The widget wipes the bytes of a body later.
    const body = request.method === "POST" ? await request.text() : "";
    await pause(script.latency, request.signal);
    const fault = dueOf(faults, call);
    if (fault && fault.fault !== "answer-lost") return failed(fault, request.signal);
    const answer = await answered(approval, script, call, request, body).catch((error) => {
      if (error instanceof Problem) return error.response();
      throw error;
    });
    if (fault) throw new TypeError("sca-widget/mock: the answer was lost");
    return answer;
  };
}

/** The first fault of the script that this call meets. */
function dueOf(faults, call) {
  for (const fault of faults) {
    if (fault.on !== call && fault.on !== "any") continue;
    if (fault.skip > 0) fault.skip -= 1;
    else if (fault.times > 0) {
      fault.times -= 1;
      return fault;
    }
  }
}

/** The answer of a call that a fault meets. */
function failed({ fault, retryAfter }, signal) {
  if (isProblem(fault)) return new Problem(fault, retryAfter).response();
  if (fault === "proxy-error") return new Response("<h1>502 Bad Gateway</h1>", { status: 502, headers: { "content-type": "text/html" } });
  if (fault === "no-answer") return pause(Infinity, signal);
  // As `fetch` does without a connection.
  throw new TypeError("sca-widget/mock: the network is down");
}

async function answered(approval, script, call, request, body) {
  if (!call) throw new Problem("not-found");
  if (request.headers.get("authorization") !== `Bearer ${approval.clientSecret}`) throw new Problem("unauthorized");
  if (request.method === "POST" && !request.headers.get("idempotency-key")) throw new Problem("idempotency-key-missing");
  const said = () => readBody(body, approval);
  switch (call) {
    case "approval":
      return Response.json(approval.snapshot());
    case "events":
      return new Response(eventsOf(approval, request.signal), { headers: { "content-type": "text/event-stream" } });
    case "encryption-key":
      return Response.json(await encryptionKey());
    case "start": {
      const { challenge, factor } = said();
      approval.start(challenge, factor);
      return Response.json(approval.snapshot());
    }
    case "verify": {
      const { challenge, factor, entry } = said();
      const verdict = await approval.verify(challenge, factor, (factor) => judged(script, factor, entry));
      return Response.json({ verdict, approval: approval.snapshot() });
    }
    case "cancel":
      approval.stop("cancelled");
      return Response.json(approval.snapshot());
    case "deny":
      approval.stop("declined", "denied");
      return Response.json(approval.snapshot());
    case "face-session":
      return Response.json({ sessionToken: "mock" });
    case "face": {
      const verdict = await approval.verify(said().challenge, "face-scan", () => script.scan === "match");
      return Response.json({ verdict, approval: approval.snapshot() });
    }
  }
}

function readBody(body, approval) {
  let said;
  try {
    said = JSON.parse(body);
  } catch {
    throw new Problem("invalid-request");
  }
  if (said.shown?.approval !== approval.id) throw new Problem("shown-mismatch");
  return said;
}

/** Whether what was entered is right. Undefined if it cannot be decrypted. */
async function judged(script, factor, { jwe, code }) {
  if (code !== undefined) return code === script.code;
  const document = await decrypted(jwe);
  if (!document) return undefined;
  return factor === "pin" ? document.pin === script.pin : Boolean(document.deviceFingerprint) && script.device === "recognised";
}

/** The approval as server-sent events: at once, and after each change. Ends when it is settled. */
function eventsOf(approval, signal) {
  const bytes = (text) => new TextEncoder().encode(text);
  let looking;
  const stop = () => clearInterval(looking);
  return new ReadableStream({
    start(controller) {
      let [sent, spokenAt] = [undefined, 0];
      const look = () => {
        const snapshot = approval.snapshot();
        const isNew = snapshot.version !== sent;
        if (!isNew && Date.now() - spokenAt < SPEAKS_EVERY) return;
        [sent, spokenAt] = [snapshot.version, Date.now()];
        controller.enqueue(bytes(isNew ? `event: approval\ndata: ${JSON.stringify(snapshot)}\n\n` : ":\n\n"));
        if (snapshot.status === "pending") return;
        stop();
        controller.close();
      };
      signal.addEventListener("abort", () => {
        stop();
        controller.error(signal.reason);
      });
      looking = setInterval(look, LOOKS_EVERY);
      look();
    },
    cancel: stop,
  });
}

/** Waits, unless the call is aborted. */
function pause(seconds, signal) {
  if (seconds === 0 && !signal.aborted) return undefined;
  return new Promise((resolve, reject) => {
    const timer = seconds === Infinity ? undefined : setTimeout(resolve, seconds * 1_000);
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
  });
}
