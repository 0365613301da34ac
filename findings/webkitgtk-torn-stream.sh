#!/usr/bin/env bash
# In WebKitGTK a chunked response that breaks off looks like a complete one.
#
# Seen in webkit2gtk-driver 2.50.6-1~deb12u2 (Debian 12), 2026-11-29. A server sends one chunk and closes the connection without the
# last chunk. `read()` returns `done: true`. Chromium 156 and Firefox 153 reject with a TypeError, because an incomplete message is a
# network error (RFC 9112, section 8). With a content-length that is not reached, WebKitGTK rejects, too.
#
# Prints
#   chunked, torn off: done
#   shorter than its length, torn off: TypeError
# and fails when that changes. Needs: webkit2gtk-driver, xvfb, Node.js 20.
set -euo pipefail
dpkg-query --show webkit2gtk-driver
cd "$(mktemp -d)"
cat > page.mjs <<'SCRIPT'
export const answer = ({ url }, response) => {
  if (url === "/") return response.end("<!doctype html>");
  if (url === "/length") response.setHeader("content-length", "100");
  response.write("some", () => response.destroy());
};
export const script = `
  const end = async (path) => {
    try {
      const reader = (await fetch(path)).body.getReader();
      for (;;) if ((await reader.read()).done) return "done";
    } catch ({ name }) {
      return name;
    }
  };
  return (async () => ["chunked, torn off: " + await end("/chunked"), "shorter than its length, torn off: " + await end("/length")])();`;
export const expected = ["chunked, torn off: done", "shorter than its length, torn off: TypeError"];
SCRIPT
cat > drive.mjs <<'SCRIPT'
// Opens the page in MiniBrowser on a display of its own, runs the script, compares.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { answer, expected, script } from "./page.mjs";

const libraries = "/usr/lib/x86_64-linux-gnu";
const browser = readdirSync(libraries).map((folder) => `${libraries}/${folder}/MiniBrowser`).find(existsSync);
const started = [];
const start = (name, options, env = {}) => {
  const program = spawn(name, options, { detached: true, stdio: ["ignore", "ignore", "ignore", "pipe"], env: { ...process.env, ...env } });
  started.push(program);
  return program;
};
process.once("exit", () => {
  for (const { pid } of started) try { process.kill(-pid, "SIGKILL"); } catch {}
});

const server = createServer(answer).listen(0, "127.0.0.1");
await once(server, "listening");
const [display] = await once(start("Xvfb", ["-displayfd", "3", "-nolisten", "tcp"]).stdio[3], "data", { signal: AbortSignal.timeout(20_000) });
const free = createServer().listen(0, "127.0.0.1");
await once(free, "listening");
const { port } = free.address();
free.close();
const quiet = { DISPLAY: `:${String(display).trim()}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", WEBKIT_DISABLE_COMPOSITING_MODE: "1" };
start("WebKitWebDriver", [`--port=${port}`], quiet);
const call = async (method, path, body) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(value));
  return value;
};
for (let tries = 0; ; tries += 1) {
  try {
    await call("GET", "/status");
    break;
  } catch (error) {
    if (tries === 100) throw error;
    await pause(100);
  }
}
const { sessionId } = await call("POST", "/session", { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": { binary: browser, args: ["--automation"] } } } });
await call("POST", `/session/${sessionId}/url`, { url: `http://127.0.0.1:${server.address().port}/` });
const seen = await call("POST", `/session/${sessionId}/execute/sync`, { script, args: [] });
console.log(seen.join("\n"));
await call("DELETE", `/session/${sessionId}`);
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
SCRIPT
exec timeout 120 node drive.mjs
