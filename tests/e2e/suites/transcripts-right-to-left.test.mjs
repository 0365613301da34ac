import { tellArrivals, tellStories } from "../harness/spoken.mjs";

tellStories(["ar", "he"]);
tellArrivals();
