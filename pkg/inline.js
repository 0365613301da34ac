import { inlined } from "./download.js";

// The scripts in `dist/inline/` call these: what they bring needs no file beside the page's own scripts.

/** Has a module of the package used from its bytes, which are base64. */
export function holdModule(integrity, base64) {
  inlined.set(integrity, () => Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
}

/** Has the phrases of a language used from their text. */
export function holdPhrases(integrity, text) {
  inlined.set(integrity, () => new TextEncoder().encode(text));
}
