// Starts programs in the foreground, waits until they listen, and ends every one of them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** How long a program may take to listen. A development server compiles first. */
const LISTENS_WITHIN = 90_000;
/** How long a program may take to end after it was asked to. */
const ENDS_WITHIN = 3_000;
const LOOKS_EVERY = 50;

const running = new Set();
/** For everything that is written meanwhile; removed at the end. */
export const folder = mkdtempSync(join(tmpdir(), "sca-tests-"));

process.once("exit", () => {
  for (const program of running) signal(program, "SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => process.exit(1));

/** A program and those that it starts are one group, and end together. */
function signal({ pid }, name) {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

const given = new Set();

/** A port of this machine that is free and was not given before. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  if (given.has(port)) return freePort();
  given.add(port);
  return port;
}

/** Starts a program. Its output goes to a file in `cwd`; `said` is its text so far. */
export function start([file, ...options], { cwd, environment }) {
  const log = join(cwd, "output.txt");
  const output = openSync(log, "a");
  // The backend refuses SCA_ variables that are not settings, such as those of the test tools.
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SCA_")));
  const child = spawn(file, options, { cwd, detached: true, stdio: ["ignore", output, output], env: { ...inherited, ...environment } });
  closeSync(output);
  const program = { pid: child.pid, failure: undefined };
  if (child.pid) running.add(program);
  child.once("error", (error) => (program.failure = error));
  const ended = new Promise((settle) => {
    child.once("error", settle);
    child.once("exit", settle);
  });
  program.said = () => readFileSync(log, "utf8");
  const hasEnded = () => program.failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  /** Waits until `ready` answers something, and returns that. */
  program.until = async (ready) => {
    const deadline = Date.now() + LISTENS_WITHIN;
    for (;;) {
      const found = await ready();
      if (found) return found;
      if (hasEnded() || Date.now() > deadline) {
        throw new Error(`${file} ${hasEnded() ? "ended" : "was not ready in time"}:\n${program.failure ?? program.said().slice(-2_000)}`);
      }
      await pause(LOOKS_EVERY);
    }
  };
  program.stop = async () => {
    if (!running.has(program)) return;
    signal(program, "SIGTERM");
    const patience = setTimeout(() => signal(program, "SIGKILL"), ENDS_WITHIN);
    await ended;
    clearTimeout(patience);
    // The program's own children may outlive it.
    signal(program, "SIGKILL");
    running.delete(program);
  };
  return program;
}

/** Ends every program. */
export async function stopAll() {
  await Promise.all([...running].map((program) => program.stop()));
}
