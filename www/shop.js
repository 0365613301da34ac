// The calls to the partner's own server. One that needs an approval answers 403, with the approval.

/** The result of a call: the data, an approval that is required first, or an error. */
// { kind: "done", body } | { kind: "approval-required", approval: { id, clientSecret } } | { kind: "trouble", code }

/** The key under which this tab stores the session, so that a reload keeps the customer. Nothing of an approval is stored. */
const KEPT = "brightside-session";

let session;

/** Signs a new demo customer in, unless this tab has one. A real shop uses its own session. */
async function signIn() {
  const kept = sessionStorage.getItem(KEPT);
  if (kept !== null) return kept;
  const answer = await fetch("/api/demo/customer", { method: "POST" });
  if (!answer.ok) throw new Error(`signing in answered ${answer.status}`);
  const { session: fresh } = await answer.json();
  sessionStorage.setItem(KEPT, fresh);
  return fresh;
}

async function call(method, path, body, approvalId) {
  try {
    session ??= signIn();
    const headers = { "x-demo-session": await session };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (approvalId !== undefined) headers["x-sca-approval"] = approvalId;
    const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const said = await answer.json();
    if (said.code === "unauthorized") signOut();
    if (answer.ok) return { kind: "done", body: said };
    if (said.code === "approval-required") return { kind: "approval-required", ...said };
    return { kind: "trouble", code: said.code };
  } catch {
    // The sign-in failed: the next call tries again.
    if (session !== undefined) await session.catch(() => (session = undefined));
    return { kind: "trouble" };
  }
}

/** The server no longer knows this session: the next call starts another. */
function signOut() {
  sessionStorage.removeItem(KEPT);
  session = undefined;
}

/**
 * The approvals that were open when the customer left the page, the newest first: `[{ call, approval, isApproved }]`. `call.kind` is
 * `statement`, `transfer`, `wire`, `weavr` or `security`. The server knows them by the customer's session; this page stores none.
 */
export async function openApprovals() {
  const { kind, body } = await call("GET", "/api/approvals");
  return kind === "done" ? body.approvals : [];
}

/** The statement of the EUR account between two days. */
export function statement(from, to) {
  return (approvalId) => call("GET", `/api/statement?from=${from}&to=${to}`, undefined, approvalId);
}

/** The transfers that wait for their payment: `{ id, payee, amount: { minor, currency } }`. */
export function transfers() {
  return call("GET", "/api/transfers");
}

/** Pays one of them. */
export function fundTransfer(id) {
  return (approvalId) => call("POST", `/api/transfers/${id}/fund`, undefined, approvalId);
}

/** How long to poll the bank or Weavr for the execution, and the pause between two polls, in milliseconds. */
const BANK_PATIENCE = 60_000;
const BANK_PAUSE = 500;

/**
 * Sends a transfer; the amount is in minor units. After the approval the backend notifies the bank, which executes the transfer. The
 * page only polls whether it has. `transfer` is the id of one that was begun before.
 */
export function wire(amount, transfer) {
  return async (approvalId) => {
    if (approvalId === undefined) {
      const answer = await call("POST", "/api/wires", { amount });
      transfer = answer.transfer ?? answer.body?.transfer;
      if (answer.kind !== "done") return answer;
    }
    return executed(transfer);
  };
}

const executed = (transfer) => until(`/api/wires/${transfer}`, ({ state }) => state === "executed");

/**
 * Pays through Weavr: `what` is wire, wires, send or sends; `amounts` is large or small. The server creates the payments before the
 * customer confirms them, and Weavr executes them after that. The page only polls whether it has.
 */
export function payments(what, amounts) {
  return (approvalId) =>
    approvalId === undefined ? call("POST", "/api/weavr/payments", { what, amounts }).then(paymentsDone) : paymentsDone({ kind: "done" });
}

/** The customer's phone: `{ phone }`. */
export function weavr() {
  return call("GET", "/api/weavr");
}

/** Begins to manage the ways to confirm payments: `{ enrolment: { id, clientSecret } }`. */
export function manageSecurity() {
  return (approvalId) => call("POST", "/api/security", undefined, approvalId);
}

/** What was begun before and is still open, after a reload for instance: `{ enrolment }`, or `{ enrolment: null }`. */
export function security() {
  return call("GET", "/api/security");
}

/** What the bank would mail the customer: `[{ type, enrolment, factor, device, happenedAt }]`, the oldest first. */
export function securityMail() {
  return call("GET", "/api/security/mail");
}

const OVER = ["done", "exempt", "stopped"];

async function paymentsDone(answer) {
  if (answer.kind !== "done") return answer;
  return until("/api/weavr/payments", ({ payments: list }) => list.every(({ state }) => OVER.includes(state)));
}

/** Polls until `isOver` accepts the answer or the time is up. `body` is the last answer. */
async function until(path, isOver) {
  let body;
  for (const end = Date.now() + BANK_PATIENCE; Date.now() < end; ) {
    const answer = await call("GET", path);
    if (answer.kind === "done") ({ body } = answer);
    if (answer.kind === "done" && isOver(body)) return answer;
    await new Promise((over) => setTimeout(over, BANK_PAUSE));
  }
  return { kind: "under-way", body };
}
