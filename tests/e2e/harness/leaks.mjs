// Searches for secrets where they must not be.

import assert from "node:assert/strict";

/** Ids and times, which may contain a secret's digits by chance. */
const CHANCE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|eyJ[\w-]+\.[\w.-]+|\d{4}-\d\d-\d\dT[\d:.]+Z?/gi;

/** Asserts that no secret is in a text. A number counts only as a whole word. */
export function assertAbsent(secrets, where, content) {
  const withoutChance = content.replace(CHANCE, "");
  for (const [name, secret] of Object.entries(secrets)) {
    const isNumber = /^\d+$/.test(secret);
    const text = isNumber ? withoutChance : content;
    const at = isNumber ? text.search(new RegExp(`(?<![\\w.])${secret}(?!\\w)`)) : text.indexOf(secret);
    assert.equal(at, -1, `${name} in ${where}: …${text.slice(Math.max(0, at - 80), at + 80)}…`);
  }
}

/** All data that a page leaves in the browser. */
export const leftInPage = (page) =>
  page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const markup = [];
    const look = (root) => {
      for (const element of root.querySelectorAll("*")) {
        markup.push(...[...element.attributes].map(({ name, value }) => `${name}=${value}`));
        if ("value" in element) markup.push(String(element.value));
        if (element.shadowRoot) look(element.shadowRoot);
      }
      markup.push(root.textContent);
    };
    look(document);
    return {
      address: location.href,
      "the history's state": JSON.stringify(history.state),
      "local storage": JSON.stringify({ ...localStorage }),
      "session storage": JSON.stringify({ ...sessionStorage }),
      "indexed databases": JSON.stringify(databases),
      cookies: document.cookie,
      "the window's name": window.name,
      "the document": markup.join("\n"),
      "performance entries": JSON.stringify(performance.getEntries()),
    };
  });
