// Each generator makes a client of the OpenAPI document. The client compiles, and makes every call of `calls.json` to a backend of its own.
// `cargo xtask clients` installs the generators, and passes their folder and that of the programs.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { root } from "../e2e/harness/programs.mjs";
import { stopAll } from "../programs.mjs";
import { startBackend } from "./backend.mjs";
import { generators, program } from "./typescript.mjs";

const { SCA_PROGRAMS: programs, SCA_CLIENTS: tools } = process.env;
const run = promisify(execFile);
const npmTool = async ([script, ...options], cwd) => {
  const { stdout } = await run(process.execPath, [join(tools, "node_modules", script), ...options], { cwd }).catch((error) => Promise.reject(new Error(error.stdout + error.stderr)));
  return stdout;
};
const compiler = ["typescript/bin/tsc", "-p", "."];
const compilerOptions = { strict: true, noEmit: true, target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom", "dom.iterable"], types: [] };
const python = join(tools, "venv/bin/python");
const examples = join(root, "examples/clients");

after(stopAll);

const text = (await run(join(programs, "sca-backend"), ["--openapi"], { maxBuffer: 2 ** 24 })).stdout;
const document = JSON.parse(text);
const file = join(tools, "openapi.json");
writeFileSync(file, text);

const operations = Object.fromEntries(
  Object.entries(document.paths).flatMap(([url, methods]) => Object.entries(methods).map(([method, operation]) => [operation.operationId, { ...operation, url, method }])),
);
/** The calls, with what the document says about each. */
const steps = JSON.parse(readFileSync(join(import.meta.dirname, "calls.json"), "utf8")).map((step) => {
  const { url, method, parameters = [], responses } = operations[step.operation];
  const { status = 200, answer = {}, keep = {} } = step;
  const [[media, content] = []] = Object.entries(responses[status].content ?? {});
  return {
    ...step,
    url,
    method,
    status,
    pathNames: parameters.filter(({ in: place }) => place === "path").map(({ name }) => name),
    hasKey: parameters.some(({ name }) => name === "idempotency-key"),
    isText: media !== undefined && !media.endsWith("json"),
    isStream: media === "text/event-stream",
    isJson: media === "application/json",
    isProblem: status >= 400,
    type: content?.schema.$ref?.split("/").at(-1),
    members: [...Object.keys(answer), ...Object.values(keep)],
  };
});

test("every operation of the document is called", () => {
  const called = new Set(steps.map(({ operation }) => operation));
  assert.deepEqual(Object.keys(operations).filter((operation) => !called.has(operation)), []);
});

for (const [name, generator] of Object.entries(generators)) {
  describe(name, () => {
    const folder = folderOf(name);

    test("its client compiles, with a program that makes every call", async () => {
      for (const file of generator.files ?? []) cpSync(join(import.meta.dirname, file), join(folder, file));
      writeFileSync(join(folder, "program.ts"), program(generator, steps));
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
      await npmTool(generator.run, folder);
      await npmTool(compiler, folder);
    });

    makesEveryCall(async (address) => {
      process.env.SCA_ADDRESS = address;
      const outfile = join(folder, "program.mjs");
      await build({ entryPoints: [join(folder, "program.ts")], bundle: true, platform: "node", format: "esm", outfile });
      const { calls } = await import(pathToFileURL(outfile));
      return { call: ({ number, known }) => calls[number](known), stop: () => {} };
    });
  });
}

describe("openapi-python-client", () => {
  const folder = folderOf("openapi-python-client");

  test("its client compiles", async () => {
    await generatePython(folder);
    await run(python, ["-m", "compileall", "-q", folder]);
  });

  makesEveryCall((address) => {
    const environment = { ...process.env, PYTHONPATH: folder, SCA_ADDRESS: address };
    const child = spawn(python, [join(import.meta.dirname, "python.py")], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    return {
      call: async ({ step }) => {
        const line = Promise.race([once(lines, "line"), once(lines, "close")]);
        child.stdin.write(`${JSON.stringify(step)}\n`);
        const answer = JSON.parse((await line)[0] ?? '{ "error": "the program ended" }');
        assert.equal(answer.error, undefined);
        return answer;
      },
      stop: () => child.stdin.end(),
    };
  });
});

/** Makes the calls one after the other, since each builds on those before it. */
function makesEveryCall(begin) {
  test("its client makes every call", async (context) => {
    const { address, known, prepare, stop } = await startBackend(programs);
    const client = await begin(address);
    for (const [number, step] of steps.entries()) {
      await context.test(`${number + 1}: ${step.operation}, ${step.status}`, async () => {
        await prepare(step);
        const { status, type, answer, read } = await client.call({ number, known, step: filled(step, known) });
        assert.equal(status, step.status, JSON.stringify(answer));
        if (type && step.type) assert.equal(type, step.type);
        for (const [member, value] of Object.entries(step.answer ?? {})) assert.equal(read[member], value, `${member} of ${JSON.stringify(answer)}`);
        if (step.contains) assert.ok(answer.includes(step.contains), answer);
        for (const [name, member] of Object.entries(step.keep ?? {})) {
          assert.ok(read[member], `${member} of ${JSON.stringify(answer)}`);
          known[name] = read[member];
        }
      });
    }
    client.stop();
    await stop();
  });
}

/** A call with the values that it refers to. */
function filled(step, known) {
  return JSON.parse(JSON.stringify(step).replaceAll(/"\$(\w+)"/g, (_, name) => JSON.stringify(known[name] ?? `no ${name}`)));
}

describe("the examples", () => {
  const said = async ([program, options, cwd], address, key) =>
    (await run(program, options, { cwd, env: { ...process.env, SCA_URL: address, SCA_KEY: key } })).stdout;
  const commands = {
    TypeScript: async () => {
      const folder = exampleIn("typescript");
      await npmTool(compiler, folder);
      return [process.execPath, ["example.js"], folder];
    },
    Python: async () => {
      const folder = exampleIn("python");
      await generatePython(folder);
      return [python, ["example.py"], folder];
    },
  };
  for (const [language, prepare] of Object.entries(commands)) {
    test(`that in ${language} has a transfer held, and shows the code of a problem`, async () => {
      const command = await prepare();
      const { address, known, stop } = await startBackend(programs);
      assert.match(await said(command, address, known.apiKey), /^held appr_[\w-]+\n$/);
      assert.equal(await said(command, address, known.wrongKey), "unauthorized\n");
      await stop();
    });
  }

  test("the committed schema.d.ts is what the generator makes", () => {
    const [fresh, committed] = [join(tools, "openapi-typescript/schema.d.ts"), join(examples, "typescript/schema.d.ts")];
    assert.equal(readFileSync(committed, "utf8"), readFileSync(fresh, "utf8"), `copy ${fresh} over ${committed}`);
  });
});

/** An empty folder. Packages are found in the folder above it. */
function folderOf(name) {
  const folder = join(tools, name.replace("@", "").replaceAll("/", "-"));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

/** A copy of an example, without what was made in its folder. */
function exampleIn(language) {
  const folder = folderOf(`example-${language}`);
  const made = ["node_modules", "example.js", "sca_backend_client"];
  cpSync(join(examples, language), folder, { recursive: true, filter: (path) => !made.includes(basename(path)) });
  return folder;
}

/** Makes the package `sca_backend_client` in a folder. */
function generatePython(folder) {
  const settings = join(examples, "python/settings.yaml");
  const options = ["--path", file, "--config", settings, "--meta", "none", "--output-path", join(folder, "sca_backend_client"), "--overwrite"];
  // It formats what it makes with ruff.
  const PATH = `${join(tools, "venv/bin")}${delimiter}${process.env.PATH}`;
  return run("openapi-python-client", ["generate", ...options], { env: { ...process.env, PATH } });
}
