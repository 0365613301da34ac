// The licences of what is compiled into a program, as a text: a list, then the texts that the crates bring.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rust } from "./crates.mjs";

const RULE = "-".repeat(80);

/** The text about the crates of `cratesOf`. */
export function licencesOf(title, crates) {
  const compiledIn = crates.filter((crate) => crate.isCompiledIn && crate.checksum);
  const texts = new Map();
  const without = [];
  for (const crate of compiledIn) {
    const found = textsOf(crate);
    if (found.length === 0) without.push([crate.key, ...crate.authors].join("  "));
    for (const text of found) texts.set(text, [...(texts.get(text) ?? []), crate.key]);
  }
  const list = compiledIn.map(({ key, licence, repository }) => [key, licence, repository].filter(Boolean).join("  "));
  const lines = [
    title,
    "",
    "Code of others is compiled into it. Where a crate offers the MIT licence among others, MIT is the one that is used.",
    "",
    ...list,
    `Rust's standard library ${rust}  MIT OR Apache-2.0  https://github.com/rust-lang/rust`,
  ];
  if (without.length > 0) {
    lines.push("", "These bring no text of their licence. LICENSE-MIT and LICENSE-APACHE have it; the crates name these authors:", ...without);
  }
  for (const [text, keys] of texts) lines.push("", RULE, ...keys, RULE, "", text);
  return `${lines.join("\n")}\n`;
}

/** The texts in a crate's folder, or in the folder `LICENSES` there. */
function textsOf({ folder, licence, licenceFile }) {
  let files = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => /^(licen[cs]e|copying|copyright|notice|unlicense)/i.test(name) || name === licenceFile)
    .flatMap((entry) => (entry.isFile() ? [entry.name] : readdirSync(join(folder, entry.name)).map((name) => join(entry.name, name))));
  const offersMit = /\bOR\b/.test(licence) && files.some((file) => /mit/i.test(file));
  if (offersMit) files = files.filter((file) => /mit|notice|copyright/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), "utf8"));
  return texts.map((text) => text.replace(/\r/g, "").replace(/[ \t]+$/gm, "").trim()).filter(Boolean);
}
