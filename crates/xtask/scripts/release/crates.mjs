// The crates of a program: what is compiled into it, and what runs only while it is compiled.
//
// `cargo tree` resolves the features of one package for one target. `cargo metadata` knows only those of the whole workspace, in which the
// backend's features would add crates to the widget. So this one names the crates, and `cargo metadata` describes them.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, version } from "./pack.mjs";

/** What is shipped, each with the target that it is compiled for. */
export const WIDGET = { package: "sca-widget", target: "wasm32-unknown-unknown" };
export const ENROLMENT = { package: "sca-enrolment-module", target: "wasm32-unknown-unknown" };
export const BACKEND = { package: "sca-backend", target: "x86_64-unknown-linux-gnu" };

/** The standard library that is compiled in as well. */
export const rust = /^release: (\S+)$/m.exec(run("rustc", ["--version", "--verbose"]))[1];

const locked = lockedIn(readFileSync(join(root, "Cargo.lock"), "utf8"));
const described = describe();

/**
 * The crates of some programs, sorted by name: name, version, authors, description, licence (an SPDX expression), `licenceFile`, repository,
 * folder, `checksum` (the SHA-256 of a crate of the registry; undefined for one of this workspace), `isCompiledIn`, and `needs`, the keys of
 * the crates that it needs. A key is `name@version`.
 */
export function cratesOf(...programs) {
  const needs = new Map();
  const compiledIn = new Set();
  for (const program of programs) {
    for (const key of tree(program, "normal,no-proc-macro").keys()) compiledIn.add(key);
    for (const [key, needed] of tree(program, "normal,build")) needs.set(key, new Set([...(needs.get(key) ?? []), ...needed]));
  }
  return [...needs.keys()].sort().map((key) => ({
    ...described.get(key),
    key,
    checksum: locked.get(key)?.checksum,
    isCompiledIn: compiledIn.has(key),
    needs: [...needs.get(key)].sort(),
  }));
}

/** The key of a program's own crate. */
export const keyOf = (program) => `${program.package}@${version}`;

/** A crate of the registry of which Cargo.lock has one version. */
export const lockedCrate = (wanted) => [...locked.values()].find(({ name }) => name === wanted);

/** What each crate of a program needs, along some kinds of edges. */
function tree(program, edges) {
  const options = ["--package", program.package, "--target", program.target, "--edges", edges, "--prefix", "depth", "--format", " {p}"];
  const needs = new Map();
  const path = [];
  for (const line of cargo(["tree", ...options]).trim().split("\n")) {
    const [, depth, name, number] = /^(\d+) (\S+) v(\S+)/.exec(line);
    const key = `${name}@${number}`;
    if (!needs.has(key)) needs.set(key, new Set());
    path.length = Number(depth);
    if (path.length > 0) needs.get(path.at(-1)).add(key);
    path.push(key);
  }
  return needs;
}

/** What `cargo metadata` says about each crate, by key. */
function describe() {
  const { packages } = JSON.parse(cargo(["metadata", "--format-version=1"]));
  const entries = packages.map(({ name, version, authors, description, license, license_file, repository, manifest_path }) => {
    // Older crates separate alternatives by a slash.
    const licence = license?.replace(/\s*\/\s*/g, " OR ");
    const [licenceFile, folder] = [license_file, dirname(manifest_path)];
    return [`${name}@${version}`, { name, version, authors, description: description?.trim(), licence, licenceFile, repository, folder }];
  });
  return new Map(entries);
}

/** The crates of the registry in Cargo.lock, by key: name, version, and the SHA-256 of the crate. */
function lockedIn(lock) {
  const entries = lock.matchAll(/^name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "(.+)"$/gm);
  return new Map([...entries].map(([, name, version, checksum]) => [`${name}@${version}`, { name, version, checksum }]));
}

function cargo([command, ...options]) {
  return run(process.env.CARGO ?? "cargo", [command, "--locked", ...options]);
}

function run(program, options) {
  return execFileSync(program, options, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 27, stdio: ["ignore", "pipe", "pipe"] });
}
