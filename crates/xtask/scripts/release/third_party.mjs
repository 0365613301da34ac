// Writes the licences of what is compiled into the package's modules into the package.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENROLMENT, WIDGET, cratesOf } from "./crates.mjs";
import { licencesOf } from "./licences.mjs";
import { root, version } from "./pack.mjs";

const licences = licencesOf(`Licences of the WebAssembly modules of sca-widget ${version}`, cratesOf(WIDGET, ENROLMENT));
writeFileSync(join(root, "pkg/third-party-licences.txt"), licences);
