// The languages of the widget. Their source files are the one list of them.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const folder = "src/ui/text";

/** The names of all languages, such as `en`. */
export const languages = readdirSync(join(root, folder))
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.replace(".txt", ""));

/** The phrases of a language, by name. */
export function phrasesOf(language) {
  const lines = readFileSync(join(root, folder, `${language}.txt`), "utf8").split("\n");
  const phrases = lines.filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return Object.fromEntries(phrases.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2).trim()]));
}
