#!/usr/bin/env bash
# WebKitGTK sends a form that has a file, but cannot read it.
#
# Seen in webkit2gtk-driver 2.50.6-1~deb12u2 (Debian 12), 2026-12-03. `text()` of a `Request` or a `Response` whose body is a `FormData` with
# a `File` is rejected with an InvalidStateError. The Fetch standard reads any such body
# (https://fetch.spec.whatwg.org/#concept-bodyinit-extract); a form of texts alone is read, and the same form arrives whole at a server, also as a
# copy. So a script that has to make a call a second time keeps a clone of the request, and cannot keep the bytes.
#
# Prints what each reader got:
#   a text, read: the value is there
#   a file, read: InvalidStateError
#   a file, read of a copy: InvalidStateError
#   a file, read of a response: InvalidStateError
#   a file, sent: the value is there
#   a file, sent as a copy: the value is there
# and fails when that changes. Needs: webkit2gtk-driver, xvfb, Node.js 20.
set -euo pipefail
dpkg-query --show webkit2gtk-driver
cd "$(mktemp -d)"
cat > page.mjs <<'SCRIPT'
export const answer = (request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => response.end(request.method === "POST" ? Buffer.concat(chunks).toString() : "<!doctype html>"));
};
export const script = `
  const form = (value) => {
    const form = new FormData();
    form.append("statement", value);
    return form;
  };
  const file = () => new File(["ABCD"], "statement.txt", { type: "text/plain" });
  const has = (text) => text.includes("ABCD") ? "the value is there" : "the value is missing";
  const read = (body) => body.then(has, (error) => error.name);
  return (async () => [
    "a text, read: " + await read(new Request("/", { method: "POST", body: form("ABCD") }).text()),
    "a file, read: " + await read(new Request("/", { method: "POST", body: form(file()) }).text()),
    "a file, read of a copy: " + await read(new Request("/", { method: "POST", body: form(file()) }).clone().text()),
    "a file, read of a response: " + await read(new Response(form(file())).text()),
    "a file, sent: " + await read((await fetch("/", { method: "POST", body: form(file()) })).text()),
    "a file, sent as a copy: " + await read((await fetch(new Request("/", { method: "POST", body: form(file()) }).clone())).text()),
  ])();`;
export const expected = [
  "a text, read: the value is there",
  "a file, read: InvalidStateError",
  "a file, read of a copy: InvalidStateError",
  "a file, read of a response: InvalidStateError",
  "a file, sent: the value is there",
  "a file, sent as a copy: the value is there",
];
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
