// The page's calls. The client secret is sent in a header, never in a URL.

const secret = new URLSearchParams(location.search).get("cs") ?? "";

async function call(path, options = {}) {
  const response = await fetch(path, {
    cache: "no-store",
    ...options,
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
  });
  if (!response.ok) {
    throw new Error(`${path}: status ${response.status}`);
  }
  return response.json();
}

const post = (path, body) => call(path, { method: "POST", body: JSON.stringify(body) });

export const open = () => post("/page/open", {});
export const step = (nodeId, outcome, reason) => post("/page/step", { nodeId, outcome, reason });
export const enterCode = (nodeId, code) => post("/page/code", { nodeId, code });
export const leave = () => post("/page/leave", {});
export const state = () => call("/page/state");
/// Long poll: resolves when the session has another version, or after a timeout.
export const stateAfter = (version) => call(`/page/state?after=${version}`);
