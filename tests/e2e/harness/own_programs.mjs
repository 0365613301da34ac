// A suite that moves time imports this: it gets a sandbox and a checkout of its own, so that nobody else's time is moved.

import { after } from "node:test";
import { startPrograms } from "./programs.mjs";

const programs = await startPrograms({ options: ["--test-controls"] });
Object.assign(process.env, programs.environment);
after(() => programs.stop());
