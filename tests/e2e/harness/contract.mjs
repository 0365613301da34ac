// The backend's OpenAPI document, as the program prints it, and whether an answer is one that it describes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const document = JSON.parse(execFileSync(join(process.env.SCA_PROGRAMS, "sca-backend"), ["--openapi"], { encoding: "utf8", maxBuffer: 2 ** 24 }));
const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
ajv.addSchema(closed(document), "openapi");

/** The document, in which an object has no members besides those that it names. */
function closed(node) {
  if (Array.isArray(node)) return node.map(closed);
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  return node.type === "object" && node.properties ? { additionalProperties: false, ...copy } : copy;
}

/** Asserts that a value has the form of a schema. */
export function assertForm(name, value, where) {
  const validate = ajv.getSchema(`openapi#/components/schemas/${name}`);
  assert.ok(validate(value), `${where}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
}

/** The calls below a path, as `[method, rest of the path]`. */
export const callsBelow = (prefix) =>
  Object.entries(document.paths)
    .filter(([path]) => path.startsWith(prefix))
    .flatMap(([path, operations]) => Object.keys(operations).map((method) => [method.toUpperCase(), path.slice(prefix.length)]));

/** Asserts that a path of the document has such an answer to a call. Returns the name of its schema; undefined for a text. */
export function schemaOf(method, path, response) {
  const operation = document.paths[path]?.[method.toLowerCase()];
  assert.ok(operation, `${method} ${path} is no call of the document`);
  const { content } = operation.responses[response.status] ?? operation.responses.default;
  const type = response.headers.get("content-type").split(";")[0];
  assert.ok(content[type], `${method} ${path} answers ${response.status} as ${Object.keys(content)}, and not as ${type}`);
  return content[type].schema.$ref?.split("/").at(-1);
}
