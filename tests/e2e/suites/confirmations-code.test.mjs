// The scenarios about codes, and about payments that nobody has to confirm, as a customer lives through them on the page.

import "../harness/own_programs.mjs";
import { confirmations, play } from "../harness/story.mjs";

for (const scenario of confirmations()) if (!scenario.isAboutPhones) play(scenario);
