// What `cargo xtask release-files` writes. Needs what `cargo xtask build` makes.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { inventory } from "../../crates/xtask/scripts/release/inventory.mjs";
import { digest, root, version } from "../../crates/xtask/scripts/release/pack.mjs";
import { writeReleaseFiles } from "../../crates/xtask/scripts/release/write.mjs";

const folder = mkdtempSync(join(tmpdir(), "sca-release-"));
const [widget, backend] = [`sca-widget-${version}`, `sca-backend-${version}`];
const bills = [`${widget}.cdx.json`, `${backend}.cdx.json`];
const read = (name, at = "one") => readFileSync(join(folder, at, name));
const billOf = (name) => JSON.parse(read(`${name}.cdx.json`));
const named = (bill, name) => bill.components.filter((component) => component.name === name);

before(() => {
  for (const at of ["one", "two"]) writeReleaseFiles(join(folder, at));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("every run writes the same bytes, without the folder of the checkout", () => {
  const names = readdirSync(join(folder, "one"));
  const ofWidget = ["cdx.json", "integrity.json", "licences.txt", "scripts.md", "tgz"].map((kind) => `${widget}.${kind}`);
  assert.deepEqual(names, ["SHA384SUMS", `${backend}.cdx.json`, `${backend}.licences.txt`, ...ofWidget].sort());
  for (const name of names) {
    assert.ok(read(name).equals(read(name, "two")), name);
    assert.ok(!read(name).includes(root), name);
  }
});

test("the checksums are those of all other files", () => {
  const sums = readdirSync(join(folder, "one")).filter((name) => name !== "SHA384SUMS").map((name) => `${digest(read(name), "hex")}  ${name}\n`);
  assert.equal(read("SHA384SUMS").toString(), sums.join(""));
});

for (const bill of bills) {
  test(`${bill} follows CycloneDX's schema, and each dependency in it is a component`, async () => {
    const text = read(bill).toString();
    assert.equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text), null);
    const { metadata, components, dependencies } = JSON.parse(text);
    const refs = [metadata.component, ...components].map((component) => component["bom-ref"]);
    assert.equal(new Set(refs).size, refs.length);
    for (const { ref, dependsOn } of dependencies) {
      for (const needed of [ref, ...dependsOn]) assert.ok(refs.includes(needed), needed);
    }
    assert.equal(new Set(dependencies.map(({ ref }) => ref)).size, dependencies.length);
  });

  test(`every crate of the registry in ${bill} has the checksum of Cargo.lock and a licence`, () => {
    const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
    const crates = JSON.parse(read(bill)).components.filter(({ purl }) => purl?.startsWith("pkg:cargo/"));
    assert.ok(crates.length > 100);
    for (const { name, version, hashes, licenses } of crates) {
      const entry = lock.split("\n\n").find((entry) => entry.includes(`name = "${name}"\nversion = "${version}"\n`));
      assert.ok(entry.includes(`checksum = "${hashes[0].content}"`), name);
      assert.ok(licenses[0].expression, name);
    }
  });
}

test("the package's bill has every file of the archive, and what is compiled into the modules", () => {
  const bill = billOf(widget);
  const integrity = JSON.parse(read(`${widget}.integrity.json`));
  for (const path of Object.keys(integrity)) {
    const [{ hashes }] = named(bill, path);
    assert.equal(`sha384-${Buffer.from(hashes[0].content, "hex").toString("base64")}`, integrity[path], path);
  }
  for (const crate of ["leptos", "wasm-bindgen", "zeroize", "sca-jose", "sca-protocol"]) {
    assert.equal(named(bill, crate)[0].scope, "required", crate);
  }
  for (const tool of ["leptos_macro", "serde_derive", "wasm-bindgen-cli-support", "binaryen", "esbuild"]) {
    assert.equal(named(bill, tool)[0].scope, "excluded", tool);
  }
  // The server's crates are not in the browser.
  for (const crate of ["tokio", "axum", "sqlx", "ring"]) assert.deepEqual(named(bill, crate), [], crate);
});

test("the backend's bill has its crates, and the code in C that one of them brings", () => {
  const bill = billOf(backend);
  assert.equal(bill.metadata.component.name, "sca-backend");
  for (const part of ["axum", "rustls", "ring", "sqlx", "sqlite", "sca-core"]) assert.equal(named(bill, part)[0].scope, "required", part);
  for (const crate of ["leptos", "josekit", "sca-sandbox", "proptest"]) assert.deepEqual(named(bill, crate), [], crate);
});

test("the inventory has each file that a page fetches, once, with its integrity", () => {
  const integrity = JSON.parse(read(`${widget}.integrity.json`));
  const rows = read(`${widget}.scripts.md`).toString().split("\n").filter((line) => line.startsWith("| `"));
  const cells = rows.map((row) => row.split("|").map((cell) => cell.trim().replace(/^`|`$/g, "")));
  assert.deepEqual(Object.fromEntries(cells.map((row) => [row[1], row[5]])), integrity);
  assert.equal(rows.length, Object.keys(integrity).length);
  const checkedBy = Object.fromEntries(cells.map((row) => [row[1], row[4]]));
  assert.equal(checkedBy["dist/sca_widget_bg.wasm"], "browser");
  assert.equal(checkedBy["index.js"], "page");
});

test("a script without a purpose, or that nothing loads, is not in the inventory but an error", () => {
  const manifest = { exports: { ".": "./index.js" } };
  const file = (path, text = "") => ({ path, bytes: Buffer.from(text) });
  assert.throws(() => inventory([file("index.js"), file("new.js")], manifest), /does not say why a page has new\.js/);
  assert.throws(() => inventory([file("index.js"), file("error.js")], manifest), /nothing loads error\.js/);
  assert.match(inventory([file("index.js", 'import "./error.js";'), file("error.js")], manifest), /`error\.js`.+\| `index\.js` \|/);
});
