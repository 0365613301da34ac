// The sandbox and the partner's checkout, started as in the demo, on ports of their own. The output of each goes to a file.

import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

export const root = join(import.meta.dirname, "../../..");
export const results = join(root, "tests/e2e/results");

/** Starts both, the checkout with more `options`. `environment` has the variables for the suites, `stop` ends both. */
export async function startPrograms({ profile = "debug", logLevel = "debug", options = [] } = {}) {
  mkdirSync(join(results, "logs"), { recursive: true });
  const target = compiled(profile);
  const listeners = ["facesign api on ", "facesign pages on ", "weavr api on ", "weavr phone on "];
  const sandbox = await start(join(target, "sca-sandbox"), ["--listen", "127.0.0.1:0"], "sandbox", logLevel, listeners);
  const [facesign, facesignPages, weavr, weavrPhone] = sandbox.others;
  const providers = ["--wise", sandbox.address, "--facesign", facesign, "--facesign-frame-origin", facesignPages, "--weavr", weavr, "--weavr-phone", weavrPhone];
  const started = [sandbox];
  const stop = () => Promise.all(started.map((program) => program.stop()));
  try {
    const addresses = ["--listen", "127.0.0.1:0", ...providers, "--www", "www", "--pkg", "pkg"];
    const checkout = await start(join(target, "examples/checkout"), [...addresses, ...options], "checkout", logLevel, ["isolated on "]);
    started.push(checkout);
    return {
      sandbox,
      checkout,
      environment: {
        SCA_PROGRAMS: target,
        SCA_SANDBOX: sandbox.address,
        SCA_CHECKOUT: checkout.address,
        SCA_FACESIGN_PAGES: facesignPages,
        SCA_ISOLATED: checkout.others[0],
        SCA_WEAVR_PHONE: weavrPhone,
        SCA_LOGS: started.map(({ log }) => log).join("\n"),
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first of these programs that is on the PATH, or undefined. */
export function onPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** The folder of the programs. `cargo xtask` compiles them and passes it in the environment; otherwise they are compiled here. */
function compiled(profile) {
  if (process.env.SCA_PROGRAMS && profile === "debug") return process.env.SCA_PROGRAMS;
  if (process.env.SCA_TARGET_DIR && profile === "debug") return join(process.env.SCA_TARGET_DIR, "debug");
  const flags = profile === "release" ? ["--release"] : [];
  const cargo = (...what) => execFileSync("cargo", ["build", "--quiet", ...flags, ...what], { cwd: root, stdio: "inherit" });
  cargo("--package=sca-sandbox", "--bins");
  cargo("--package=sca-backend", "--bins", "--example=checkout");
  return join(process.env.SCA_TARGET_DIR ?? process.env.CARGO_TARGET_DIR ?? join(root, "target"), profile);
}

/** Starts a program, and waits until it has printed its URL, and the text after each of the `others`. */
export async function start(file, options, name, logLevel, others = [], { cwd = root, env = process.env } = {}) {
  // A log for each process, since two runs may overlap.
  const log = join(results, "logs", `${name} ${process.pid}.log`);
  const kept = createWriteStream(log);
  const program = spawn(file, options, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, RUST_LOG: logLevel, RUST_BACKTRACE: "1" },
  });
  const ended = new Promise((settle) => program.once("close", settle));
  process.once("exit", () => program.kill());
  program.stderr.pipe(kept, { end: false });
  program.stdout.pipe(kept, { end: false });
  const stop = async () => {
    program.kill("SIGTERM");
    await ended;
    kept.end();
  };

  const wanted = ["listening on ", ...others];
  const [address, ...rest] = await new Promise((settle, fail) => {
    program.once("error", fail);
    program.once("exit", (code) => fail(new Error(`${name} ended with ${code} before it listened, see ${log}`)));
    const said = new Map();
    createInterface({ input: program.stdout }).on("line", (line) => {
      const words = wanted.find((words) => line.startsWith(words));
      if (words) said.set(words, line.slice(words.length).trim());
      if (said.size === wanted.length) settle(wanted.map((words) => said.get(words)));
    });
  });
  program.removeAllListeners("exit");
  return { address, others: rest, log, stop, pid: program.pid };
}
