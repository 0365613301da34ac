import { tellStories } from "../harness/spoken.mjs";

// Latin, Cyrillic and Greek script, and some of the longest words.
tellStories(["en", "bg", "de", "el"]);
