// The npm package as a partner gets it. Needs what `cargo xtask build` makes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createPackageFromTarballData, checkPackage } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { INLINE, LANGUAGE, integrityOf, pack, root } from "../../crates/xtask/scripts/release/pack.mjs";

/** All that the package may have. A new file is added here on purpose, or it is not published. */
const FILES = `
  LICENSE-APACHE LICENSE-MIT third-party-licences.txt README.md package.json custom-elements.json
  base.js cancel.js define.d.ts define.js dialog.js download.js element.js error.js fallback.js fetch.d.ts fetch.js hosted.js index.d.ts index.js
  inline.d.ts inline.js isolated-frame.js isolated.js language.js loader.js module.js page.js phrases.d.ts phrases.js react.d.ts react.js
  web-otp.d.ts web-otp.js widget.js
  enrolment/countries.js enrolment/device.js enrolment/element.js enrolment/face.js enrolment/index.d.ts enrolment/index.js enrolment/module.js
  mock/approval.js mock/index.d.ts mock/index.js mock/installed.js mock/key.js mock/problem.js mock/routes.js
  dist/enrolment-languages.js dist/enrolment-manifest.js dist/enrolment-phrases.js dist/enrolment-style.js
  dist/hosted-manifest.js dist/languages.js dist/manifest.js dist/phrases.js dist/sca_enrolment.js dist/sca_enrolment_bg.wasm dist/sca_hosted.js
  dist/sca_hosted_bg.wasm dist/sca_translation.js dist/sca_widget.js dist/sca_widget_bg.wasm dist/style.css dist/style.js
`.trim().split(/\s+/);

const folder = mkdtempSync(join(tmpdir(), "sca-package-"));
const manifest = JSON.parse(readFileSync(join(root, "pkg/package.json"), "utf8"));
let archive;
let files;

before(() => ({ archive, files } = pack(folder)));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the package has these files and no other", () => {
  const paths = files.map(({ path }) => path);
  assert.deepEqual(paths.filter((path) => !LANGUAGE.test(path) && !INLINE.test(path)), [...FILES].sort());
  // Each language brings a file for each of the two elements.
  const languages = paths.filter((path) => LANGUAGE.test(path));
  const named = (prefix) => languages.map((path) => LANGUAGE.exec(path)).filter(([, found]) => found === prefix).map(([, , name]) => name);
  assert.ok(named(undefined).includes("en"));
  assert.deepEqual(named("enrolment-"), named(undefined));
  // Each module and each language, as a script. English is in those of the modules.
  const texts = languages.map((path) => path.replace(/^dist\/(.*)\.txt$/, "$1")).filter((name) => !/^(enrolment-)?en$/.test(name));
  const inline = paths.filter((path) => INLINE.test(path)).map((path) => INLINE.exec(path)[1]);
  assert.deepEqual(inline.sort(), ["widget", "hosted", "enrolment", ...texts].sort());
});

test("the scripts that bring a module or a language have exactly the bytes of its file", async () => {
  const { inlined } = await import("../../pkg/download.js");
  for (const { path } of files.filter(({ path }) => INLINE.test(path))) await import(`../../pkg/${path}`);
  const built = files.filter(({ path }) => path.endsWith(".wasm") || LANGUAGE.test(path));
  assert.equal(inlined.size, built.length);
  for (const { path, bytes } of built) assert.ok(bytes.equals(Buffer.from(inlined.get(integrityOf(bytes))())), path);
});

test("each name that a partner imports leads to a file, and each script of an import to its types", () => {
  const isThere = (pattern) => {
    const [begin, end = ""] = pattern.replace("./", "").split("*");
    return files.some(({ path }) => (pattern.includes("*") ? path.startsWith(begin) && path.endsWith(end) : path === begin));
  };
  for (const [name, target] of Object.entries(manifest.exports)) {
    const led = typeof target === "string" ? [target] : [target.types, target.default];
    for (const path of led) assert.ok(isThere(path), `${name}: ${path}`);
  }
  for (const path of [manifest.types, `./${manifest.customElements}`, ...manifest.sideEffects]) assert.ok(isThere(path), path);
});

test("nothing in it names a folder of the machine that built it", () => {
  const places = [root, process.env.HOME, "/.cargo/", "/rustup/", "sourceMappingURL", "file://"].filter((place) => place?.length > 1);
  for (const { path, bytes } of files) {
    for (const place of places) assert.ok(!bytes.includes(place), `${path} has ${place}`);
  }
});

test("the licences in it are those of the repository, and name every crate of the modules", () => {
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) assert.equal(textOf(name), readFileSync(join(root, name), "utf8"), name);
  assert.equal(manifest.license, "MIT OR Apache-2.0");
  for (const crate of ["leptos@", "wasm-bindgen@", "zeroize@", "Rust's standard library"]) {
    assert.ok(textOf("third-party-licences.txt").includes(crate), crate);
  }
});

test("it is published with provenance, and installing it runs nothing and brings nothing else", () => {
  assert.equal(manifest.publishConfig.provenance, true);
  assert.equal(manifest.type, "module");
  for (const member of ["scripts", "dependencies", "optionalDependencies", "bundledDependencies", "bin"]) {
    assert.ok(!(member in manifest), member);
  }
  // React is the partner's own, where they use it.
  assert.deepEqual(Object.keys(manifest.peerDependencies), ["react"]);
  assert.equal(manifest.peerDependenciesMeta.react.optional, true);
});

test("the scripts accept exactly the modules and languages that are in it", () => {
  const built = files.filter(({ path }) => path.endsWith(".wasm") || LANGUAGE.test(path));
  const lists = ["manifest", "hosted-manifest", "languages", "enrolment-manifest", "enrolment-languages"];
  const manifests = lists.map((name) => textOf(`dist/${name}.js`)).join("\n");
  const accepted = [...manifests.matchAll(/sha384-[A-Za-z0-9+/]+={0,2}/g)].map(([value]) => value);
  assert.deepEqual(accepted.sort(), built.map(({ bytes }) => integrityOf(bytes)).sort());
});

test("packing it again gives the same bytes", () => {
  const again = mkdtempSync(join(folder, "again-"));
  assert.ok(readFileSync(pack(again).archive).equals(readFileSync(archive)));
});

test("publint finds nothing that a bundler or a browser would stumble over", async () => {
  const tarball = readFileSync(archive);
  const { messages } = await publint({ strict: true, pack: { tarball: new Uint8Array(tarball).buffer } });
  assert.deepEqual(messages.map((message) => formatMessage(message, manifest, { color: false })), []);
});

test("TypeScript finds the types of every import, with a bundler and in Node.js", async () => {
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(archive)));
  assert.ok(analysis.types, "there are types");
  // There is no CommonJS in the package, and its types say so.
  const problems = analysis.problems.filter(({ kind }) => kind !== "CJSResolvesToESM");
  assert.deepEqual(problems, []);
});

/** What a script of the mock bank has, and nothing else. */
const MOCK = /sca-widget\/mock|mock\.invalid|mock_/;

test("no other script of the package imports the mock bank, and a bundle of all other imports has nothing of it", async () => {
  const isMock = (path) => path.startsWith("mock/");
  for (const { path, bytes } of files.filter(({ path }) => path.endsWith(".js") && !isMock(path))) assert.doesNotMatch(bytes.toString(), /["'/]mock[/"']/, path);
  const bundled = async (names) => {
    const contents = names.map((name) => `export * as ${name.replace(/\W/g, "_")} from "./${name}";`).join("\n");
    const { outputFiles, metafile } = await build({ stdin: { contents, resolveDir: join(root, "pkg") }, bundle: true, format: "esm", external: ["react"], metafile: true, write: false });
    return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
  };
  const named = Object.values(manifest.exports).flatMap(({ default: script }) => script?.slice(2) ?? []);
  const inline = files.map(({ path }) => path).filter((path) => INLINE.test(path));
  const scripts = [...new Set(named.flatMap((name) => (name === "dist/inline/*.js" ? inline : name)))];
  const production = await bundled(scripts.filter((path) => !isMock(path)));
  assert.ok(production.inputs.some((path) => path.endsWith("pkg/fetch.js")));
  assert.deepEqual(production.inputs.filter((path) => path.includes("/mock/")), []);
  assert.doesNotMatch(production.text, MOCK);
  assert.match((await bundled(scripts.filter(isMock))).text, MOCK);
});

test("the archive that is published unpacks to these files", () => {
  const listed = execFileSync("tar", ["--list", "--file", archive], { encoding: "utf8" }).trim().split("\n");
  assert.deepEqual(listed.sort(), files.map(({ path }) => `package/${path}`).sort());
});

function textOf(wanted) {
  return files.find(({ path }) => path === wanted).bytes.toString();
}
