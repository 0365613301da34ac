#!/usr/bin/env bash
# Next.js and the query of a call that a rewrite passes on to another server.
#
# Seen with next 16.4.6, react 19.3.1, Node.js 20, on 2026-12-02. A rewrite to another host parses the query and writes it anew, in the
# development server and in a production build. What the other server gets has other bytes, so a signature or a fingerprint of the target no longer
# fits: `+` becomes `%20`, lower-case hexadecimal upper-case, `'` `%27`, an empty member and a lone `?` are gone. A router or a
# proxy that compares the target of a repeated call has to be before or behind Next.js both times.
#
# Prints what arrives at the other server, from the development server and from the build:
#   /a?b=1+2%2B3 -> /a?b=1%202%2B3 | /a?b=1%202%2B3
#   /a?b=%c3%a9 -> /a?b=%C3%A9 | /a?b=%C3%A9
#   /a?b='c' -> /a?b=%27c%27 | /a?b=%27c%27
#   /a?b=1&&c=2 -> /a?b=1&c=2 | /a?b=1&c=2
#   /a? -> /a | /a
#   /a?b[]=1 -> /a?b%5B%5D=1 | /a?b%5B%5D=1
# and fails when that changes. Needs: Node.js 20, npm.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --save-exact next@16.4.6 react@19.3.1 react-dom@19.3.1
mkdir pages
echo 'export default function Page() { return null; }' >pages/index.js
cat >run.mjs <<'SCRIPT'
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, get } from "node:http";

const targets = ["/a?b=1+2%2B3", "/a?b=%c3%a9", "/a?b='c'", "/a?b=1&&c=2", "/a?", "/a?b[]=1"];
const other = createServer(({ url }, response) => response.end(url)).listen(0, "127.0.0.1");
await once(other, "listening");
const destination = `http://127.0.0.1:${other.address().port}/:path*`;
const rewrites = { beforeFiles: [{ source: "/:path*", destination }] };
writeFileSync("next.config.mjs", `export default { rewrites: async () => (${JSON.stringify(rewrites)}) };`);
const next = "node_modules/next/dist/bin/next";
const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };

async function arrived(port, path) {
  const [response] = await once(get({ host: "127.0.0.1", port, path }), "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}

async function through(command) {
  const server = spawn(process.execPath, [next, command, "--hostname", "127.0.0.1", "--port", "0"], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  await new Promise((ready) => server.stdout.on("data", (chunk) => /Ready in/.test((said += chunk)) && ready()));
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)[1]);
  const seen = [];
  for (const target of targets) seen.push(await arrived(port, target));
  server.kill();
  return seen;
}

const development = await through("dev");
execFileSync(process.execPath, [next, "build"], { env: environment, stdio: "ignore" });
const production = await through("start");
targets.forEach((target, place) => console.log(`${target} -> ${development[place]} | ${production[place]}`));
process.exit();
SCRIPT
seen=$(node run.mjs)
printf '%s\n' "$seen"
cd - >/dev/null
diff <(sed -n 's/^#   //p' "$0") <(printf '%s\n' "$seen")
