// Writes the files of a release into an empty folder:
//
//   node crates/xtask/scripts/release/write.mjs FOLDER

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BACKEND, cratesOf } from "./crates.mjs";
import { integrities, inventory } from "./inventory.mjs";
import { licencesOf } from "./licences.mjs";
import { digest, pack, root, version } from "./pack.mjs";
import { backendBom, packageBom } from "./sbom.mjs";

/** Writes them into a folder, which is emptied before. Needs what `cargo xtask build` makes. */
export function writeReleaseFiles(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { files } = pack(folder);
  const manifest = JSON.parse(readFileSync(join(root, "pkg/package.json"), "utf8"));
  const [widget, backend] = ["sca-widget", "sca-backend"].map((name) => `${name}-${version}`);
  const made = {
    [`${widget}.cdx.json`]: json(packageBom(files)),
    [`${widget}.integrity.json`]: json(integrities(files)),
    [`${widget}.licences.txt`]: readFileSync(join(root, "pkg/third-party-licences.txt")),
    [`${widget}.scripts.md`]: inventory(files, manifest),
    [`${backend}.cdx.json`]: json(backendBom()),
    [`${backend}.licences.txt`]: licencesOf(`Licences of the program sca-backend ${version}, for ${BACKEND.target}`, cratesOf(BACKEND)),
  };
  for (const [name, content] of Object.entries(made)) writeFileSync(join(folder, name), content);
  const sums = readdirSync(folder).sort().map((name) => `${digest(readFileSync(join(folder, name)), "hex")}  ${name}\n`);
  writeFileSync(join(folder, "SHA384SUMS"), sums.join(""));
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

if (process.argv[1] === import.meta.filename) writeReleaseFiles(resolve(process.argv[2]));
