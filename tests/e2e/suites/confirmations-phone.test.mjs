// The scenarios in which the customer's phone is waited for; it is a page of its own, and is tapped there.

import "../harness/own_programs.mjs";
import { confirmations, play } from "../harness/story.mjs";

for (const scenario of confirmations()) if (scenario.isAboutPhones) play(scenario);
