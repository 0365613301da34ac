// The page's calls. The client secret goes in a header, never into another address.

const secret = new URLSearchParams(location.search).get("cs") ?? "";

async function call(path, options = {}) {
  const answer = await fetch(path, {
    cache: "no-store",
    ...options,
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
  });
  if (!answer.ok) {
    throw new Error(`${path} answered ${answer.status}`);
  }
  return answer.json();
}

const post = (path, body) => call(path, { method: "POST", body: JSON.stringify(body) });

export const open = () => post("/page/open", {});
export const step = (nodeId, outcome, reason) => post("/page/step", { nodeId, outcome, reason });
export const enterCode = (nodeId, code) => post("/page/code", { nodeId, code });
export const leave = () => post("/page/leave", {});
export const state = () => call("/page/state");
/// Answers once the session is no longer at this version, or after a while.
export const stateAfter = (version) => call(`/page/state?after=${version}`);
