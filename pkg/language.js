import { english } from "./dist/manifest.js";
import { DEADLINE, download, inlined } from "./download.js";

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

/**
 * The phrases of the page itself (`phrases.js`), by the name of the language's file without its ending: functions that return all phrases, and may
 * ask for the released ones.
 */
export const ownPhrases = new Map();

/** How long an element waits for its language before it starts in English, in milliseconds. */
const LANGUAGE_DEADLINE = 3_000;

/** What a promise resolves with, or undefined if that takes longer than so many milliseconds. */
export async function soon(promise, deadline = LANGUAGE_DEADLINE) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, deadline)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The language's name in a tag. */
export const nameOf = (tag) => tag.trim().toLowerCase().split(/[-_]/, 1)[0];

const phrasesOf = catalogOf(english, () => import("./dist/languages.js"));

/**
 * A function that fetches the phrases of a language, once for the page. `undefined` if there are none, or they cannot be fetched. `others`
 * imports the list of all languages but English.
 */
export function catalogOf(english, others) {
  /** The phrases of each requested language, as promises. A failed one is removed, so that the next call tries again. */
  const asked = new Map();
  return async (name, wasmUrl) => {
    if (!asked.has(name)) asked.set(name, fetchPhrases(name, wasmUrl));
    const phrases = await asked.get(name);
    if (phrases === undefined) asked.delete(name);
    return phrases;
  };

  async function fetchPhrases(name, wasmUrl) {
    const released = () => fetchReleased(name, wasmUrl);
    const own = ownPhrases.get(english.file.replace("en.txt", name));
    return own ? own(released) : released();
  }

  async function fetchReleased(name, wasmUrl) {
    try {
      const file = name === "en" ? english : (await soon(others(), DEADLINE)).languages.get(name);
      const bytes = inlined.get(file.integrity)?.() ?? (await download(urlOf(file, wasmUrl), file.integrity));
      return new TextDecoder().decode(bytes);
    } catch {
      return undefined;
    }
  }
}

/** Where a file of the package is: with `wasmUrl`, in the module's folder. */
export const urlOf = ({ file, url }, wasmUrl) => (wasmUrl ? new URL(file, new URL(wasmUrl, document.baseURI)) : url());
