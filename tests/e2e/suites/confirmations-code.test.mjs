// The stories about codes, and about payments that nobody has to confirm, as a customer lives through them on the page.

import { playStory, stories } from "../harness/story.mjs";

for (const story of stories()) if (!story.isAboutPhones) playStory(story);
