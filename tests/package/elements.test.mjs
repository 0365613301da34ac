// `custom-elements.json`, which editors and tools read, says what the elements are: held against the sources.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import Ajv from "ajv";
import { root } from "../../crates/xtask/scripts/release/pack.mjs";

const read = (path) => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("pkg/custom-elements.json"));
const elementOf = (tag) => manifest.modules.flatMap(({ declarations }) => declarations).find(({ tagName }) => tagName === tag);

/** The Rust sources of a folder, by path, without their tests. */
const sourcesIn = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((path) => path.endsWith(".rs") && !/(^|[/\\])tests(\.rs$|[/\\])/.test(path))
    .map((path) => join(folder, path).replaceAll("\\", "/"));

const ELEMENTS = [
  {
    tag: "sca-widget",
    script: "element.js",
    types: ["define.d.ts", "ScaWidgetElement"],
    events: ["index.d.ts", "ScaEventMap"],
    own: sourcesIn("src").filter((path) => !path.startsWith("src/enrolment/")),
    shared: [],
    styles: ["src/ui/theme.css"],
  },
  {
    tag: "sca-enrolment",
    script: "enrolment/element.js",
    types: ["enrolment/index.d.ts", "ScaEnrolmentElement"],
    events: ["enrolment/index.d.ts", "ScaEnrolmentEventMap"],
    own: sourcesIn("src/enrolment"),
    // It draws some of these, not all.
    shared: sourcesIn("src/ui/parts"),
    styles: ["src/ui/theme.css", "src/enrolment/ui/enrolment.css"],
  },
];

test("it follows the schema of custom elements manifests", () => {
  const require = createRequire(import.meta.url);
  const ajv = new Ajv({ strict: false });
  assert.ok(ajv.validate(require("custom-elements-manifest"), manifest), ajv.errorsText());
  assert.equal(manifest.schemaVersion, require("custom-elements-manifest/package.json").version);
});

test("each module that it names is a script of the package, and each element is registered in the one that it says", () => {
  for (const { path, exports } of manifest.modules) {
    const script = read(`pkg/${path}`);
    for (const { kind, name } of exports) {
      const said = kind === "js" ? new RegExp(`export (class ${name}\\b|\\{ ${name} \\})`) : new RegExp(`customElements\\.define\\("${name}"`);
      assert.match(script, said, path);
    }
  }
});

for (const { tag, script, types, events, own, shared, styles } of ELEMENTS) {
  const element = elementOf(tag);
  const namesOf = (list) => list.map(({ name }) => name).sort();
  const fields = element.members.filter(({ kind }) => kind === "field");

  test(`<${tag}>: its attributes are those that its class observes, and belong to its properties`, async () => {
    const { [element.name]: Class } = await import(`../../pkg/${script}`);
    // A name without its hyphen is the spelling of some frameworks.
    const observed = Class.observedAttributes.filter((name) => !spelledWithHyphen(Class, name));
    assert.deepEqual(namesOf(element.attributes), observed.sort());
    for (const { name, fieldName } of element.attributes) {
      assert.equal(fields.find((field) => field.name === fieldName)?.attribute, name, name);
      assert.ok(propertiesOf(Class).has(fieldName), fieldName);
    }
  });

  test(`<${tag}>: its properties, methods and events are those of its types`, () => {
    const [declared, members] = [bodyOf(...types), element.members];
    const named = [...declared.matchAll(/^ {2}(?:readonly |set )?(\w+)[?]?[:(]/gm)].map(([, name]) => name);
    assert.deepEqual(namesOf(members), [...new Set(named)].sort());
    const fired = [...bodyOf(...events).matchAll(/^ {2}"([\w-]+)": (.+);$/gm)].map(([, name, type]) => `${name}: ${type}`);
    assert.deepEqual(element.events.map(({ name, type }) => `${name}: ${type.text}`).sort(), fired.sort());
  });

  test(`<${tag}>: its parts are those that the sources name`, () => {
    const fallback = [...read("pkg/fallback.js").matchAll(/boxIn\(root, "(\w+)"\)/g)].map(([, name]) => name);
    assert.deepEqual(fallback, ["root", "fallback"]);
    const [listed, needed] = [namesOf(element.cssParts), new Set([...partsIn(own), ...fallback])];
    for (const name of needed) assert.ok(listed.includes(name), `custom-elements.json does not list the part ${name}`);
    const known = new Set([...needed, ...partsIn(shared)]);
    for (const name of listed) assert.ok(known.has(name), `no source has the part ${name}`);
  });

  test(`<${tag}>: its custom properties are those that its styles use`, () => {
    const used = styles.flatMap((style) => [...read(style).matchAll(/var\(\s*(--sca-[\w-]+)/g)].map(([, name]) => name));
    assert.deepEqual(namesOf(element.cssProperties), [...new Set(used)].sort());
  });

  test(`<${tag}>: its slots are those that the sources have`, () => {
    const slots = own.flatMap((path) => [...read(path).matchAll(/element\("slot", "[^"]*"\)\s*\.attr\("name", "(\w+)"\)/g)]);
    assert.deepEqual(namesOf(element.slots ?? []), slots.map(([, name]) => name));
  });
}

/** Whether another observed attribute is this one with hyphens. */
function spelledWithHyphen(Class, name) {
  return Class.observedAttributes.some((other) => other !== name && other.replace("-", "") === name);
}

/** The names of the properties of a class and of those that it extends. */
function propertiesOf(Class) {
  const names = new Set();
  for (let level = Class.prototype; level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name);
  }
  return names;
}

/** The body of an interface or class in a file of types, without comments. */
function bodyOf(file, name) {
  const [, body] = new RegExp(`(?:interface|class) ${name}\\b[^{]*\\{\\n([^]*?)\\n\\}`).exec(read(`pkg/${file}`));
  return body.replace(/\/\*\*[^]*?\*\//g, "");
}

/** The `part` names in Rust sources: of `Element::part`, of an attribute, and of a button's weight. */
function partsIn(paths) {
  const names = paths.flatMap((path) => {
    const text = read(path).replace(/#\[cfg\(test\)\]\nmod tests \{[^]*/, "");
    const given = /\.part\(\s*"([^"]+)"|\("part", "([^"]+)"\)|\("sca-button[^"]*", "([^"]+)"\)/g;
    const fixed = [...text.matchAll(given)].map((found) => found.slice(1).find(Boolean));
    // A notice's tone is one of two.
    const toned = /attr_signal\("part"/.test(text) ? ["notice", ...[...text.matchAll(/"(information|problem)"/g)].map(([, tone]) => tone)] : [];
    return [...fixed.flatMap((words) => words.split(" ")), ...toned];
  });
  return new Set(names);
}
