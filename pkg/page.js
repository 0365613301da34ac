import { style } from "./dist/manifest.js";
import { css } from "./dist/style.js";
import { urlOf } from "./language.js";

/** How long a page may take an element out before it ends, in milliseconds: some put it back when they have built the rest. */
export const GRACE = 1_000;

/** The keys of the page and of the browser, not of an entry. */
const OTHERS = /^(Escape|Tab|F\d+)$/;

/** Keeps the keys that are pressed in a shadow root from the hotkeys of the page around it. */
export function containKeys(root) {
  for (const kind of ["keydown", "keypress", "keyup"]) root.addEventListener(kind, contain);
}

function contain(event) {
  if (!event.ctrlKey && !event.altKey && !event.metaKey && !OTHERS.test(event.key)) event.stopPropagation();
}

/**
 * Styles a root that has no style, or has lost it in a move to another document. A constructed sheet needs no permission of a policy; a
 * browser that has none gets the style from a file.
 */
export function addStyle(root, wasmUrl, text = css) {
  if (!root.querySelector(".sca") || root.adoptedStyleSheets?.length || root.querySelector("link")) return;
  const page = root.ownerDocument;
  try {
    // Only a sheet of the root's own window can be used in it.
    const sheet = new page.defaultView.CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [sheet];
    return;
  } catch {
    // The file, then.
  }
  try {
    const link = page.createElement("link");
    link.rel = "stylesheet";
    link.href = urlOf(style, wasmUrl);
    root.append(link);
  } catch {
    // A bundler left the scripts without an address: everything works, plain.
  }
}
