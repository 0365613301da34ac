// The partner's own server, as this page talks to it. A call that needs an approval answers 403 and says which.

/** What the server said to a call: what was asked for, an approval that is needed first, or trouble. */
// { kind: "done", body } | { kind: "approval-required", approval: { id, clientSecret } } | { kind: "trouble", code }

/** Where this tab keeps who is signed in, so that a reload goes on as the same customer. Nothing of an approval is kept. */
const KEPT = "brightside-session";

let session;

/** Signs a fresh demo customer in, unless this tab has one; a real shop has its own session here. */
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
    // Not signed in after all: the next call tries again.
    if (session !== undefined) await session.catch(() => (session = undefined));
    return { kind: "trouble" };
  }
}

/** The server does not know this session any more: the next call begins another. */
function signOut() {
  sessionStorage.removeItem(KEPT);
  session = undefined;
}

/** The statement of the EUR account between two days. */
export function statement(from, to) {
  return (approvalId) => call("GET", `/api/statement?from=${from}&to=${to}`, undefined, approvalId);
}

/** The transfers that wait to be paid: `{ id, payee, amount: { minor, currency } }`. */
export function transfers() {
  return call("GET", "/api/transfers");
}

/** Pays one of them. */
export function fundTransfer(id) {
  return (approvalId) => call("POST", `/api/transfers/${id}/fund`, undefined, approvalId);
}

/** For how long the bank or Weavr may take to carry out what was approved, and how often it is asked. */
const BANK_PATIENCE = 60_000;
const BANK_PAUSE = 500;

/**
 * Sends a wire, in minor units. What was approved is executed by the bank, which hears of it from the server; all that is
 * left to do here is to ask whether it has.
 */
export function wire(amount) {
  let transfer;
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
 * Pays through Weavr: `what` is wire, wires, send or sends; `amounts` is large or small. The payments are made before they are
 * confirmed, and Weavr carries them out once they are: all that is left to do here is to ask whether it has.
 */
export function payments(what, amounts) {
  return (approvalId) =>
    approvalId === undefined ? call("POST", "/api/weavr/payments", { what, amounts }).then(carriedOut) : carriedOut({ kind: "done" });
}

/** The customer's phone, and payments that were waiting to be confirmed when the page was left: `{ phone, approval }`. */
export function weavr() {
  return call("GET", "/api/weavr");
}

/** Goes on with payments that wait to be confirmed. */
export function waitingPayments(approval) {
  return async (approvalId) =>
    approvalId === undefined ? { kind: "approval-required", approval } : carriedOut({ kind: "done" });
}

const OVER = ["done", "exempt", "stopped"];

async function carriedOut(answer) {
  if (answer.kind !== "done") return answer;
  return until("/api/weavr/payments", ({ payments: list }) => list.every(({ state }) => OVER.includes(state)));
}

/** Asks again and again, until what is answered is as wanted or patience ends; `body` is the last answer. */
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
