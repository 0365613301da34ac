// A session with WebKitGTK: WebKitWebDriver with its MiniBrowser, on a display of its own. WebDriver Classic, one command at a time,
// each with a timeout.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { onPath } from "../../programs.mjs";

/** How long a command may take, in milliseconds; a new session has a browser to start. */
const COMMAND = 20_000;
const START = 60_000;

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** An element as WebDriver names it. */
export const isElement = (value) => value !== null && typeof value === "object" && ELEMENT in value;

/**
 * Runs a program in a process group of its own. The group is killed when this process ends for any reason, because its end of
 * the pipe then closes.
 */
const LEASH = 'exec 4<&0; "$@" & program=$!; { read -r _ <&4; kill -KILL 0; } & wait $program';

/** A command failed; `code` is WebDriver's error code. */
export class Refused extends Error {
  constructor(command, { error, message }) {
    super(`${command}: ${error}${message ? `: ${message}` : ""}`);
    this.code = error;
  }
}

/** The driver or its browser has ended or no longer answers. Later errors of the session are irrelevant. */
export class DriverLost extends Error {}

export class Driver {
  /** The started programs, in the order in which they are ended. */
  #programs = [];
  #folder = mkdtempSync(join(tmpdir(), "sca-webkit-"));
  #lost;
  #last = Promise.resolve();
  #at;
  /** The context of the last command: a window and the frames in it. */
  at;

  static async start() {
    const driver = new Driver();
    try {
      await driver.#start();
      return driver;
    } catch (error) {
      await driver.stop();
      throw error;
    }
  }

  async #start() {
    process.once("exit", this.#kill);
    const display = await this.#startDisplay();
    this.display = `:${display}`;
    const port = await freePort();
    this.#at = `http://127.0.0.1:${port}`;
    this.#run("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"]);
    const deadline = Date.now() + START;
    while (!(await this.#isReady())) {
      if (Date.now() > deadline) throw new DriverLost("WebKitWebDriver does not listen");
      await pause(50);
    }
    const browserOptions = { binary: miniBrowser(), args: ["--automation", "--enable-mock-capture-devices=true"] };
    // The driver's script timeout uses the page's clock, which tests move. The timeout here does not.
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": browserOptions, timeouts: { script: null } } };
    const { sessionId } = await this.#send("POST", "/session", { capabilities }, START);
    this.#at += `/session/${sessionId}`;
    this.home = await this.command("GET", "/window");
  }

  async #startDisplay() {
    const server = this.#run("Xvfb", ["-displayfd", "3", "-screen", "0", "1400x1200x24", "-nolisten", "tcp"]);
    const [number] = await Promise.race([
      once(server.stdio[3], "data", { signal: AbortSignal.timeout(START) }),
      once(server, "exit").then(() => Promise.reject(new DriverLost("Xvfb ended at once"))),
    ]);
    return String(number).trim();
  }

  #run(name, options) {
    const file = onPath([name]);
    if (!file) throw new Error(`${name} is not on the path: install xvfb and webkit2gtk-driver`);
    const program = spawn("sh", ["-c", LEASH, "sh", file, ...options], {
      stdio: ["pipe", "ignore", "ignore", "pipe"],
      detached: true,
      env: {
        ...process.env,
        DISPLAY: this.display,
        TZ: "UTC",
        LANG: "en_GB.UTF-8",
        LANGUAGE: "en_GB",
        // Nothing is stored, and animations are off.
        XDG_CONFIG_HOME: settings(this.#folder),
        XDG_CACHE_HOME: this.#folder,
        XDG_DATA_HOME: this.#folder,
        WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
        WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      },
    });
    program.once("error", (error) => (this.#lost ??= `${name}: ${error.message}`));
    program.once("exit", (code, signal) => (this.#lost ??= `${name} ended with ${code ?? signal}`));
    this.#programs.unshift(program);
    return program;
  }

  async #isReady() {
    if (this.#lost) throw new DriverLost(this.#lost);
    try {
      return (await this.#send("GET", "/status", undefined, 1_000)).ready !== false;
    } catch {
      return false;
    }
  }

  /** Whether this session can no longer be used. */
  get isLost() {
    return this.#lost !== undefined;
  }

  /** Runs some work while nothing else sends commands. */
  alone(work) {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** One command of the session. */
  async command(method, path, body) {
    if (this.#lost) throw new DriverLost(this.#lost);
    try {
      return await this.#send(method, path, body, COMMAND);
    } catch (error) {
      if (error instanceof Refused && error.code !== "invalid session id") throw error;
      this.#lost ??= error instanceof Refused ? "the browser ended" : `${method} ${path} got no answer: ${error.message}`;
      throw new DriverLost(this.#lost, { cause: error });
    }
  }

  async #send(method, path, body, limit) {
    const answer = await fetch(`${this.#at}${path}`, {
      method,
      body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
      signal: AbortSignal.timeout(limit),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Refused(`${method} ${path}`, value);
    return value;
  }

  #kill = () => {
    for (const { pid } of this.#programs) {
      try {
        if (pid) process.kill(-pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    this.#programs = [];
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  };

  async stop() {
    process.off("exit", this.#kill);
    if (!this.#lost) await this.command("DELETE", "").catch(() => {});
    this.#lost ??= "it was stopped";
    this.#kill();
  }
}

/** GTK's settings. Without animations, pages see `prefers-reduced-motion`. */
function settings(folder) {
  mkdirSync(join(folder, "gtk-3.0"), { recursive: true });
  writeFileSync(join(folder, "gtk-3.0/settings.ini"), "[Settings]\ngtk-enable-animations=0\n");
  return folder;
}

/** MiniBrowser is not on the PATH. */
function miniBrowser() {
  const versions = ["webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0"];
  const folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/lib64", "/usr/libexec"];
  const places = folders.flatMap((folder) => versions.map((version) => join(folder, version, "MiniBrowser")));
  const found = process.env.MINIBROWSER_PATH ?? places.find(existsSync);
  if (!found) throw new Error("no MiniBrowser of WebKitGTK found: install webkit2gtk-driver, or say where it is in MINIBROWSER_PATH");
  return found;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
