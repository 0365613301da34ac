// The files of tests/scenarios keep to their schemas, the schemas refuse what is not in them, and the player in the browser
// knows the words of the Rust types, no more and no fewer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { kind, wordsOf } from "../harness/scenario_files.mjs";
import { handedOn, known } from "../harness/story.mjs";

for (const name of ["flow", "confirmations"]) {
  test(`${name}: every file matches the schema, and an unknown word is refused everywhere`, () => {
    const { scenarios, allows } = kind(name);
    assert.ok(scenarios.length >= 10, `only ${scenarios.length} were found`);
    for (const { name: file, scenario } of scenarios) {
      for (const object of objects(scenario)) {
        object.aWordThatDoesNotExist = true;
        assert.equal(allows(scenario), false, `${file}: ${JSON.stringify(object)}`);
        delete object.aWordThatDoesNotExist;
      }
      assert.equal(allows(scenario), true, file);
    }
  });
}

test("the player in the browser knows the words of the Rust types", () => {
  const { schema } = kind("confirmations");
  const definitions = { ConfirmationScenario: schema, ...schema.$defs };
  assert.deepEqual(Object.keys(definitions).sort(), [...Object.keys(known), ...handedOn].sort());
  for (const [name, words] of Object.entries(known)) assert.deepEqual([...words].sort(), wordsOf(definitions[name]).sort(), name);
});

function* objects(value) {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value;
  for (const member of Object.values(value)) yield* objects(member);
}
