// The sandbox and the partner's checkout, as the demo starts them, on ports of their own and with everything they
// print kept in a file each.

import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

export const root = join(import.meta.dirname, "../../..");
export const results = join(root, "tests/e2e/results");

/** Starts both; `environment` is what the suites need to find them, `stop` ends them. */
export async function startPrograms({ profile = "debug", logLevel = "debug" } = {}) {
  mkdirSync(join(results, "logs"), { recursive: true });
  const target = compiled(profile);
  const listeners = ["facesign api on ", "facesign pages on ", "weavr api on ", "weavr phone on "];
  const sandbox = await start(join(target, "sca-sandbox"), ["--listen", "127.0.0.1:0"], "sandbox", logLevel, listeners);
  const [facesign, facesignPages, weavr, weavrPhone] = sandbox.others;
  const providers = ["--wise", sandbox.address, "--facesign", facesign, "--facesign-frame-origin", facesignPages, "--weavr", weavr, "--weavr-phone", weavrPhone];
  const partner = (name, ...options) =>
    start(
      join(target, "examples/checkout"),
      ["--listen", "127.0.0.1:0", ...providers, "--www", "www", "--pkg", "pkg", ...options],
      name,
      logLevel,
    );
  const started = [sandbox];
  const stop = () => Promise.all(started.map((program) => program.stop()));
  try {
    const checkout = await partner("checkout");
    started.push(checkout);
    // Nobody wants to wait half a minute for another code in a test, or a quarter for a look at FaceSign or Weavr.
    // Their webhooks go to one address each, which is the other partner's.
    const waits = ["--resend-after", "2s", "--facesign-poll-interval", "1s", "--weavr-resend-after", "1s", "--weavr-poll-interval", "1s", "--weavr-request-lifetime", "15s"];
    const hasty = await partner("hasty checkout", "--no-facesign-webhook", "--no-weavr-webhook", ...waits);
    started.push(hasty);
    return {
      sandbox,
      checkout,
      environment: {
        SCA_SANDBOX: sandbox.address,
        SCA_CHECKOUT: checkout.address,
        SCA_HASTY_CHECKOUT: hasty.address,
        SCA_FACESIGN_PAGES: facesignPages,
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

/** The first of some programs that is on the path, or undefined. */
export function onPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** Where the programs are. `cargo xtask` has compiled them and says so; run by hand, they are compiled here. */
function compiled(profile) {
  if (process.env.SCA_TARGET_DIR && profile === "debug") return join(process.env.SCA_TARGET_DIR, "debug");
  const flags = profile === "release" ? ["--release"] : [];
  const cargo = (...what) => execFileSync("cargo", ["build", "--quiet", ...flags, ...what], { cwd: root, stdio: "inherit" });
  cargo("--package=sca-sandbox", "--bins");
  cargo("--package=sca-backend", "--example=checkout");
  return join(process.env.SCA_TARGET_DIR ?? process.env.CARGO_TARGET_DIR ?? join(root, "target"), profile);
}

/** Starts a program and waits until it has said where it listens, and what comes after each of the `others`. */
async function start(file, options, name, logLevel, others = []) {
  // A log for each run: two may go on at the same time.
  const log = join(results, "logs", `${name} ${process.pid}.log`);
  const kept = createWriteStream(log);
  const program = spawn(file, options, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, RUST_LOG: logLevel, RUST_BACKTRACE: "1" },
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
