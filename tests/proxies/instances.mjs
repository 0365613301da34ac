// Finds the proxies of this machine, and starts them.

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../e2e/harness/programs.mjs";
import { folder, freePort, start } from "../programs.mjs";
import { call } from "./calls.mjs";

// Some proxies run under an account of their own.
chmodSync(folder, 0o755);

export function found(name) {
  return onPath([name]) ?? [join("/usr/sbin", name)].find(existsSync);
}

export function versionOf(program, options) {
  const said = execFileSync("sh", ["-c", '"$0" "$@" 2>&1', program, ...options], { encoding: "utf8" });
  return /\d+\.\d+(\.\d+)*/.exec(said)[0];
}

/** Starts a proxy before `upstream`, and answers its port once calls pass through it. */
export async function startInstance({ proxy, program, lines }, upstream) {
  const listen = await freePort();
  const place = join(folder, `${proxy.name.split(/[ ,]/)[0]}-${listen}`);
  mkdirSync(place);
  // The accounts of the proxies write there.
  chmodSync(place, 0o777);
  const { files = {}, command, environment } = proxy.start({ listen, upstream, folder: place, program, lines });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
  const running = start(command, { cwd: place, environment });
  await running.until(() => isServing(listen));
  return { ...running, port: listen };
}

/** Whether a call through a port is answered by what is behind it. */
async function isServing(port) {
  const { status } = await call(port, "GET", "/healthz", { within: 2_000 });
  return status === 200;
}
