// For suites that move the clock: starts a sandbox and a checkout of their own, so that no other suite's clock is moved.

import { after } from "node:test";
import { startPrograms } from "./programs.mjs";

const programs = await startPrograms({ options: ["--test-controls"] });
Object.assign(process.env, programs.environment);
after(() => programs.stop());
