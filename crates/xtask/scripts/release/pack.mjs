// The npm package as it will be published.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../../..");

/** The version of the workspace and of all that it ships. */
export const { version } = JSON.parse(readFileSync(join(root, "pkg/package.json"), "utf8"));

/** The path of a language's file in the package: of the widget, or with `enrolment-` of the other element. */
export const LANGUAGE = /^dist\/(enrolment-)?([a-z]{2,3}(?:-[a-z]+)?)\.txt$/;

/** The path of a script that brings a module or a language. */
export const INLINE = /^dist\/inline\/([a-z-]+)\.js$/;

/** Packs `pkg/` into a folder. Returns the archive's path, and path and bytes of each file in it, sorted. Needs no network. */
export function pack(folder) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [packed] = JSON.parse(execFileSync(npm, options, { cwd: join(root, "pkg"), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
  const paths = packed.files.map(({ path }) => path).sort();
  const files = paths.map((path) => ({ path, bytes: readFileSync(join(root, "pkg", path)) }));
  return { archive: join(folder, packed.filename), files };
}

/** A SHA-384, as `hex` or `base64`. */
export const digest = (bytes, encoding) => createHash("sha384").update(bytes).digest(encoding);

/** A file's value for subresource integrity. */
export const integrityOf = (bytes) => `sha384-${digest(bytes, "base64")}`;
