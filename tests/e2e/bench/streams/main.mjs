// Only the streams' and the widget's calls' figures: `cargo xtask bench --streams`.

import { measureCalls } from "./calls.mjs";
import { measureStreams } from "./measure.mjs";

const cluster = process.env.SCA_TEST_POSTGRES;
if (!cluster) throw new Error("SCA_TEST_POSTGRES names no PostgreSQL cluster");
for (const line of await measureStreams(cluster)) console.log(line);
console.log();
for (const line of await measureCalls(cluster)) console.log(line);
