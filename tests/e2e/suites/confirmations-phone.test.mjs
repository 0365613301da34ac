// The scenarios with the customer's phone, which is a page of its own.

import "../harness/own_programs.mjs";
import { confirmations, play } from "../harness/story.mjs";

for (const scenario of confirmations()) if (scenario.isAboutPhones) play(scenario);
