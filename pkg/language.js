import { languages } from "./dist/manifest.js";
import { download } from "./download.js";

/** The requested language, or else the page's, or else the browser's. */
export function tagOf(locale) {
  return String(locale || globalThis.document?.documentElement.lang || globalThis.navigator?.language || "en");
}

/**
 * A language and its phrases. English if there is no translation or it cannot be fetched; `undefined` if English cannot be
 * fetched either.
 */
export async function languageOf(tag, wasmUrl) {
  const name = nameOf(tag);
  const phrases = await phrasesOf(name, wasmUrl);
  if (phrases !== undefined) return { locale: tag, phrases };
  return name === "en" ? undefined : languageOf("en", wasmUrl);
}

/** How long an element waits for its language before it starts in English, in milliseconds. */
const LANGUAGE_DEADLINE = 3_000;

/** What a promise resolves with, or undefined if that takes too long. */
export async function soon(promise) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, LANGUAGE_DEADLINE)));
  const result = await Promise.race([promise, late]);
  clearTimeout(timer);
  return result;
}

/** The language's name in a tag. */
export const nameOf = (tag) => tag.trim().toLowerCase().split(/[-_]/, 1)[0];

const phrasesOf = catalogOf(languages);

/** A function that fetches the phrases of a language, once for the page. `undefined` if there are none, or they cannot be fetched. */
export function catalogOf(files) {
  /** The phrases of each requested language, as promises. A failed one is removed, so that the next call tries again. */
  const asked = new Map();
  return async (name, wasmUrl) => {
    if (!Object.hasOwn(files, name)) return undefined;
    if (!asked.has(name)) asked.set(name, fetchPhrases(files[name], wasmUrl));
    const phrases = await asked.get(name);
    if (phrases === undefined) asked.delete(name);
    return phrases;
  };
}

/** Where a file of the package is: with `wasmUrl`, in the module's folder. */
export const urlOf = ({ file, url }, wasmUrl) => (wasmUrl ? new URL(file, new URL(wasmUrl, document.baseURI)) : url());

async function fetchPhrases(language, wasmUrl) {
  try {
    return new TextDecoder().decode(await download(urlOf(language, wasmUrl), language.integrity));
  } catch {
    return undefined;
  }
}
