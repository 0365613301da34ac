// Software bills of materials in CycloneDX 1.6. The same bytes in every run: without a serial number, and without a time unless
// SOURCE_DATE_EPOCH has one.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BACKEND, ENROLMENT, WIDGET, cratesOf, keyOf, lockedCrate, rust } from "./crates.mjs";
import { digest, root, version } from "./pack.mjs";

const OURS = [{ expression: "MIT OR Apache-2.0" }];
const STANDARD_LIBRARY = "rust-standard-library";

/** The bill of the npm package: its files, the crates in its modules, and the tools that make the modules. `files` are those of `pack`. */
export function packageBom(files) {
  const crates = cratesOf(WIDGET, ENROLMENT);
  const itself = { type: "library", "bom-ref": `pkg:npm/sca-widget@${version}`, name: "sca-widget", version, licenses: OURS };
  itself.purl = itself["bom-ref"];
  const fileRef = (path) => `file:${path}`;
  const inFiles = files.map(({ path, bytes }) => ({
    type: "file",
    "bom-ref": fileRef(path),
    name: path,
    scope: "required",
    hashes: [{ alg: "SHA-384", content: digest(bytes, "hex") }],
  }));
  const moduleOf = { "dist/sca_widget_bg.wasm": WIDGET, "dist/sca_enrolment_bg.wasm": ENROLMENT };
  const tools = [bindgen(), ...["binaryen", "esbuild"].map(npmTool)];
  return bom(itself, [...inFiles, ...crates.map(crateComponent), ...tools], [
    { ref: itself["bom-ref"], dependsOn: files.map(({ path }) => fileRef(path)) },
    ...files.map(({ path }) => ({
      ref: fileRef(path),
      dependsOn: path in moduleOf ? [crateRef(crates, keyOf(moduleOf[path])), STANDARD_LIBRARY] : [],
    })),
    ...crates.map((crate) => crateDependencies(crates, crate)),
  ]);
}

/** The bill of the program `sca-backend`. */
export function backendBom() {
  const crates = cratesOf(BACKEND);
  const isItself = (crate) => crate.key === keyOf(BACKEND);
  const { scope, ...itself } = { ...crateComponent(crates.find(isItself)), type: "application" };
  const sqlite = bundledSqlite(crates.find((crate) => crate.name === "libsqlite3-sys"));
  const dependencies = crates.map((crate) => crateDependencies(crates, crate));
  dependencies.find(({ ref }) => ref === itself["bom-ref"]).dependsOn.push(STANDARD_LIBRARY);
  dependencies.find(({ ref }) => ref.startsWith("pkg:cargo/libsqlite3-sys@")).dependsOn.push(sqlite["bom-ref"]);
  const components = [...crates.filter((crate) => !isItself(crate)).map(crateComponent), sqlite];
  return bom(itself, components, dependencies, [{ name: "sca:target", value: BACKEND.target }]);
}

function bom(component, components, dependencies, properties) {
  const time = process.env.SOURCE_DATE_EPOCH;
  const sorted = [...components, standardLibrary()].sort((one, other) => (one["bom-ref"] < other["bom-ref"] ? -1 : 1));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      ...(time && { timestamp: new Date(Number(time) * 1000).toISOString() }),
      lifecycles: [{ phase: "build" }],
      component,
      ...(properties && { properties }),
    },
    components: sorted,
    dependencies,
  };
}

/** CycloneDX's word for what is used to build something and is not in it is "excluded". */
function crateComponent({ key, name, version, description, licence, licenceFile, repository, checksum, isCompiledIn }) {
  const purl = checksum && `pkg:cargo/${encoded(name, version)}`;
  return {
    type: "library",
    "bom-ref": purl ?? `crate:${key}`,
    name,
    version,
    ...(description && { description }),
    scope: isCompiledIn ? "required" : "excluded",
    ...(checksum && { hashes: [{ alg: "SHA-256", content: checksum }] }),
    licenses: licence ? [{ expression: licence }] : [{ license: { name: licenceFile ?? "unknown" } }],
    ...(purl && { purl }),
    ...(repository && { externalReferences: [{ type: "vcs", url: repository }] }),
  };
}

function crateRef(crates, key) {
  return crateComponent(crates.find((crate) => crate.key === key))["bom-ref"];
}

function crateDependencies(crates, { key, needs }) {
  return { ref: crateRef(crates, key), dependsOn: needs.map((needed) => crateRef(crates, needed)) };
}

function standardLibrary() {
  return {
    type: "library",
    "bom-ref": STANDARD_LIBRARY,
    name: "Rust's standard library",
    version: rust,
    scope: "required",
    licenses: OURS,
    cpe: `cpe:2.3:a:rust-lang:rust:${rust}:*:*:*:*:*:*:*`,
  };
}

/** SQLite's C code, which its crate brings. A scanner that knows only crates would miss it. */
function bundledSqlite(crate) {
  const [, number] = /^#define SQLITE_VERSION\s+"(.+)"$/m.exec(readFileSync(join(crate.folder, "sqlite3/sqlite3.h"), "utf8"));
  return {
    type: "library",
    "bom-ref": `pkg:generic/sqlite@${number}`,
    name: "sqlite",
    version: number,
    scope: "required",
    licenses: [{ expression: "blessing" }],
    cpe: `cpe:2.3:a:sqlite:sqlite:${number}:*:*:*:*:*:*:*`,
    purl: `pkg:generic/sqlite@${number}`,
  };
}

/** The tool that writes the script of each module. */
function bindgen() {
  const { name, version, checksum } = lockedCrate("wasm-bindgen-cli-support");
  const described = { key: `${name}@${version}`, name, version, checksum, licence: "MIT OR Apache-2.0", isCompiledIn: false };
  return { ...crateComponent(described), type: "application" };
}

/** A tool from npm that shapes what is shipped. */
function npmTool(name) {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const { version, license, integrity } = packages[`node_modules/${name}`];
  return {
    type: "application",
    "bom-ref": `pkg:npm/${name}@${version}`,
    name,
    version,
    scope: "excluded",
    hashes: [{ alg: "SHA-512", content: Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex") }],
    licenses: [{ expression: license }],
    purl: `pkg:npm/${name}@${version}`,
  };
}

/** Name and version in a package URL: the plus sign of a version's metadata is escaped there. */
const encoded = (name, number) => `${name}@${number.replaceAll("+", "%2B")}`;
