// The partner's own server, as this page talks to it. A call that needs an approval answers 403 and says which.

/** What the server said to a call: what was asked for, an approval that is needed first, or trouble. */
// { kind: "done", body } | { kind: "approval-required", approval: { id, clientSecret } } | { kind: "trouble" }

let session;

/** Signs a fresh demo customer in; a real shop has its own session here. */
async function signIn() {
  const answer = await fetch("/api/demo/customer", { method: "POST" });
  if (!answer.ok) throw new Error(`signing in answered ${answer.status}`);
  return (await answer.json()).session;
}

async function call(method, path, body, approvalId) {
  try {
    session ??= signIn();
    const headers = { "x-demo-session": await session };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (approvalId !== undefined) headers["x-sca-approval"] = approvalId;
    const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const said = await answer.json();
    if (answer.ok) return { kind: "done", body: said };
    if (said.code === "approval-required") return { kind: "approval-required", ...said };
    return { kind: "trouble" };
  } catch {
    // Not signed in after all: the next call tries again.
    if (session !== undefined) await session.catch(() => (session = undefined));
    return { kind: "trouble" };
  }
}

/** The statement of the EUR account between two days. */
export function statement(from, to) {
  return (approvalId) => call("GET", `/api/statement?from=${from}&to=${to}`, undefined, approvalId);
}

/** The transfers that wait to be paid: `{ id, payee, amount: { value, currency } }`, the amount in minor units. */
export function transfers() {
  return call("GET", "/api/transfers");
}

/** Pays one of them. */
export function fundTransfer(id) {
  return (approvalId) => call("POST", `/api/transfers/${id}/fund`, undefined, approvalId);
}

/** For how long the bank may take to carry out a wire that was approved, and how often it is asked. */
const BANK_PATIENCE = 60_000;
const BANK_PAUSE = 500;

/**
 * Sends a wire, in minor units. What was approved is carried out by the bank, which hears of it from the server; all that is
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

async function executed(transfer) {
  for (const end = Date.now() + BANK_PATIENCE; Date.now() < end; ) {
    const answer = await call("GET", `/api/wires/${transfer}`);
    if (answer.kind === "done" && answer.body.state === "executed") return answer;
    await new Promise((over) => setTimeout(over, BANK_PAUSE));
  }
  return { kind: "under-way" };
}
