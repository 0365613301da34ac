import { languages } from "./dist/manifest.js";
import { download } from "./download.js";

/** The phrases of each language that was asked for: there, or on their way. Nothing after a failure, so that they are tried again. */
const asked = new Map();

/** The language asked for, or else the page's, or else the browser's. */
export function tagOf(locale) {
  return String(locale || globalThis.document?.documentElement.lang || globalThis.navigator?.language || "en");
}

/**
 * A language and its phrases. English for one that there is no translation for, and when its phrases cannot be had; `undefined`
 * when those of English cannot be had either.
 */
export async function languageOf(tag, wasmUrl) {
  const [name] = tag.trim().toLowerCase().split(/[-_]/, 1);
  const phrases = await phrasesOf(name, wasmUrl);
  if (phrases !== undefined) return { locale: tag, phrases };
  return name === "en" ? undefined : languageOf("en", wasmUrl);
}

async function phrasesOf(name, wasmUrl) {
  if (!Object.hasOwn(languages, name)) return undefined;
  if (!asked.has(name)) asked.set(name, fetchPhrases(languages[name], wasmUrl));
  const phrases = await asked.get(name);
  if (phrases === undefined) asked.delete(name);
  return phrases;
}

async function fetchPhrases({ file, url, integrity }, wasmUrl) {
  try {
    // Who says where the module is has put the languages beside it.
    const beside = wasmUrl && new URL(file, new URL(wasmUrl, document.baseURI));
    return await (await download(beside || url(), integrity)).text();
  } catch {
    return undefined;
  }
}
