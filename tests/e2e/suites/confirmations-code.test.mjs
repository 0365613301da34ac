// The scenarios with codes, and with payments that need no confirmation, played on the page.

import "../harness/own_programs.mjs";
import { confirmations, play } from "../harness/story.mjs";

for (const scenario of confirmations()) if (!scenario.isAboutPhones) play(scenario);
