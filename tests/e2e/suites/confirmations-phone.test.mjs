// The stories in which the customer's phone is waited for; it is a page of its own, and is tapped there.

import { playStory, stories } from "../harness/story.mjs";

for (const story of stories()) if (story.isAboutPhones) playStory(story);
