// The files of tests/scenarios, checked against the schemas that are generated from the Rust types.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";

const folder = join(import.meta.dirname, "../../scenarios");
const read = (...path) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));

/** One kind of scenario, by its folder: the schema, the files, and a function that validates a scenario. */
export function kind(name) {
  const schema = read(`${name}.schema.json`);
  // The formats only limit numbers, which the schema also does.
  const allows = new Ajv({ validateFormats: false, allowUnionTypes: true }).compile(schema);
  const scenarios = readdirSync(join(folder, name))
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({ name: file.replace(".json", ""), scenario: read(name, file) }));
  for (const { name: file, scenario } of scenarios) {
    assert.ok(allows(scenario), `${name}/${file}.json: ${JSON.stringify(allows.errors, undefined, 2)}`);
  }
  return { schema, scenarios, allows };
}

/** The words of a definition in a schema. */
export function wordsOf({ properties = {}, oneOf = [], anyOf = [], enum: names = [] }) {
  const variants = [...oneOf, ...anyOf].flatMap((variant) => variant.const ?? variant.enum ?? Object.keys(variant.properties ?? {}));
  return [...Object.keys(properties), ...names, ...variants];
}
