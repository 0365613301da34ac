// Loads the package that `wasm-pack build` has made (its folder is in PACKAGE) and calls into it and back.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";

const folder = process.env.PACKAGE;
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
let widget;

before(async () => {
  widget = await import(pathToFileURL(join(folder, manifest.main)));
  widget.initSync({ module: readFileSync(join(folder, "sca_widget_bg.wasm")) });
});

test("the manifest names the script and its types", () => {
  assert.equal(manifest.name, "sca-widget");
  assert.match(readFileSync(join(folder, manifest.types), "utf8"), /export class Widget\b/);
});

test("the module starts and exports the widget", () => {
  assert.equal(typeof widget.Widget, "function");
});

test("a call into the module comes back with its error", () => {
  assert.throws(() => widget.Widget.open({}, {}, () => {}), (code) => code === "client-secret-missing");
});
