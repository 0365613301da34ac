// Writes, for each generator of TypeScript, a program with one function for each call of `calls.json`. The compiler checks what it sends, and
// what it reads of the answers, against the generated types. Where orval makes schemas for zod, they check the answer itself, too.

import { namesIn } from "./backend.mjs";

const camel = (id) => id.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
/** An object with these members. */
const members = (...parts) => `{ ${parts.filter(Boolean).join(", ")} }`;
/** A value with `$name` as TypeScript. */
const literal = (value) => JSON.stringify(value).replaceAll(/"\$(\w+)"/g, "known.$1");
/** The headers of a call. */
const headersOf = ({ as, headers }) => members(headers && `...${literal(headers)}`, as && `authorization: \`Bearer \${${literal(as)}}\``);
/** Reads a member, such as `factors.0.status`, of what an expression has. */
const readOf = (path, of) => [of, ...path.split(".").filter(Boolean).map((part) => (/^\d+$/.test(part) ? `[${part}]` : part))].join("?.");
const readsOf = (step, of) => members(...step.members.map((path) => `"${path}": ${readOf(path, of)}`));
const key = '"idempotency-key": crypto.randomUUID()';

const DOCUMENT = "../openapi.json";

/** Each generator: how to run it, what files it needs, what its program imports, and one call. */
export const generators = {
  "openapi-typescript": {
    run: ["openapi-typescript/bin/cli.js", DOCUMENT, "-o", "schema.d.ts"],
    imports: `import createClient from "openapi-fetch";
import type { paths } from "./schema";
const client = createClient<paths>({ baseUrl: process.env.SCA_ADDRESS });`,
    call: (step) => `const { data, error, response } = await client.${step.method.toUpperCase()}("${step.url}", ${members(
      (step.path || step.hasKey) && `params: ${members(step.path && `path: ${literal(step.path)}`, step.hasKey && `header: { ${key} }`)}`,
      step.body && `body: ${literal(step.body)}`,
      `headers: ${headersOf(step)}`,
      step.isText && 'parseAs: "text"',
    )});
    return { status: response.status, answer: data ?? error, read: ${readsOf(step, step.isProblem ? "error" : "data")} };`,
  },
  "@hey-api/openapi-ts": {
    run: ["@hey-api/openapi-ts/bin/run.js", "-i", DOCUMENT, "-o", "hey"],
    imports: `import * as sdk from "./hey";
import { client } from "./hey/client.gen";
let status: number | undefined;
client.setConfig({ baseUrl: process.env.SCA_ADDRESS, fetch: async (input, init) => {
  const response = await fetch(input, init);
  status = response.status;
  return response;
} });`,
    call: (step) => {
      const sent = members(
        step.as && `auth: ${literal(step.as)}`,
        step.path && `path: ${literal(step.path)}`,
        (step.hasKey || step.headers) && `headers: ${members(step.hasKey && key, step.headers && `...${literal(step.headers)}`)}`,
        step.body && `body: ${literal(step.body)}`,
        step.isText && !step.isStream && 'parseAs: "text"',
      );
      if (step.isStream) {
        return `const { stream } = await sdk.${camel(step.operation)}(${sent});
    const events: unknown[] = [];
    for await (const event of stream) events.push(event);
    return { status, answer: JSON.stringify(events), read: {} };`;
      }
      return `const { data, error } = await sdk.${camel(step.operation)}(${sent});
    return { status, answer: data ?? error, read: ${readsOf(step, step.isProblem ? "error" : "data")} };`;
    },
  },
  orval: {
    run: ["orval/dist/bin/orval.js", "--config", "orval.config.cjs"],
    files: ["orval.config.cjs", "call.ts"],
    imports: `import * as client from "./orval/client";
import * as zod from "./orval/zod";`,
    call: (step) => {
      const sent = [...step.pathNames.map((name) => literal(step.path[name])), step.body && literal(step.body), step.hasKey && `{ ${key} }`, `{ headers: ${headersOf(step)} }`];
      const checked = step.isJson && `zod.${camel(step.operation)}${step.status}Response.parse(answer.data);`;
      return `const answer = await client.${camel(step.operation)}(${sent.filter(Boolean).join(", ")});
    if (answer.status !== ${step.status}) return { status: answer.status, answer: answer.data, read: {} };
    ${checked || ""}
    return { status: answer.status, answer: answer.data, read: ${readsOf(step, "answer.data")} };`;
    },
  },
};

/** The program of a generator. */
export function program({ imports, call }, steps) {
  const names = [...new Set(steps.flatMap(namesIn))].filter((name) => !["shown", "scan"].includes(name));
  return `${imports}
declare const process: { env: { SCA_ADDRESS: string } };
type Known = Record<${names.map((name) => `"${name}"`).join(" | ")}, string> & {
  shown: { approval: string; version: number; digest: string };
  scan: { faceScan: string; auditTrailImage: string; lowQualityAuditTrailImage: string };
};
type Call = (known: Known) => Promise<{ status: number | undefined; answer: unknown; read: Record<string, unknown> }>;

export const calls: Call[] = [
${steps.map((step) => `  async (known) => {\n    ${call(step)}\n  },`).join("\n")}
];
`;
}
