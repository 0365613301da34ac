#!/usr/bin/env bash
# WebKitGTK does not copy the bytes of a request's body when the request is made.
#
# Seen in webkit2gtk-driver 2.50.6-1~deb12u2 (Debian 12), 2026-11-29. `new Request(url, { body: bytes })` keeps the array: bytes
# written into it before `fetch` are sent. The Fetch standard copies the bytes when the body is extracted
# (https://fetch.spec.whatwg.org/#concept-bodyinit-extract); Chromium 156 and Firefox 153 do.
#
# Prints, for "ABCD" overwritten with zeros, what a server received:
#   request, wipe, fetch: 00000000
#   fetch, wipe: 41424344
#   request of a Blob, wipe, fetch: 41424344
# and fails when that changes. Needs: webkit2gtk-driver, xvfb, Node.js 20.
set -euo pipefail
dpkg-query --show webkit2gtk-driver
cd "$(mktemp -d)"
cat > page.mjs <<'SCRIPT'
export const answer = (request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => response.end(request.method === "POST" ? Buffer.concat(chunks).toString("hex") : "<!doctype html>"));
};
export const script = `
  const bytes = () => new TextEncoder().encode("ABCD");
  const told = async (answer) => (await answer).text();
  return (async () => {
    const first = bytes();
    const request = new Request("/", { method: "POST", body: first });
    first.fill(0);
    const second = bytes();
    const sent = fetch("/", { method: "POST", body: second });
    second.fill(0);
    const third = bytes();
    const blob = new Request("/", { method: "POST", body: new Blob([third]) });
    third.fill(0);
    return ["request, wipe, fetch: " + await told(fetch(request)), "fetch, wipe: " + await told(sent), "request of a Blob, wipe, fetch: " + await told(fetch(blob))];
  })();`;
export const expected = ["request, wipe, fetch: 00000000", "fetch, wipe: 41424344", "request of a Blob, wipe, fetch: 41424344"];
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
