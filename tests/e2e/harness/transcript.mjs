// What a story sounds like, written down as a text for people and compared with the golden file of its language, and the rules for all of them.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Reader, plain } from "./reader.mjs";

const folder = join(import.meta.dirname, "../transcripts");

/** Whether the golden files are written anew instead of compared: `SCA_TRANSCRIPTS=write`. */
const isWriting = process.env.SCA_TRANSCRIPTS === "write";

/** The names of a language's golden files. */
export const kept = (language) => readdirSync(join(folder, language)).map((file) => file.replace(".txt", "")).sort();

export class Transcript {
  #stage;
  #reader;
  #text = [];
  /** All that has been said so far, of this approval. */
  #soFar = "";
  #lastAnnounced;

  static async open(stage, title) {
    const transcript = new Transcript();
    transcript.#stage = stage;
    transcript.#reader = await Reader.open(stage.page);
    transcript.#text.push(title);
    return transcript;
  }

  /** What is heard from the beginning of an action to its end. */
  async moment(what, act) {
    this.#lastAnnounced = undefined;
    await this.#tell(what, act);
  }

  /** What is heard while time passes, without an action. */
  later(time, pass) {
    return this.#tell(`${time} later`, pass);
  }

  async #tell(what, act) {
    await act();
    const heard = await this.#heard(what);
    this.#write(what, heard.length > 0 ? heard.flatMap(lines) : ["(nothing)"]);
  }

  /** Another approval begins: what was said of the last one does not count for it. */
  forget() {
    this.#soFar = "";
    this.#lastAnnounced = undefined;
  }

  /** The screen, line by line. */
  async read() {
    this.#write("Read line by line", await this.#reader.read());
  }

  /** Each stop of the Tab key, from the focused element to the end of the widget; then the focus goes back without a word. */
  async tabs() {
    const { page } = this.#stage;
    const from = await page.evaluateHandle(() => document.activeElement.shadowRoot?.activeElement ?? document.querySelector("sca-widget"));
    const stops = [];
    for (let hasLeft = false; !hasLeft; ) {
      assert.ok(stops.length < 60, "Tab never leaves the widget");
      await page.keyboard.press("Tab");
      const heard = await this.#heard("Tab");
      hasLeft = heard.length === 0;
      stops.push(...heard.flatMap(lines));
    }
    this.#write("Tab, to the end of the widget", stops);
    await from.evaluate((element) => element.focus());
    await this.#reader.heard();
  }

  /** Types a secret: what it is for has been said before. */
  async type(digits) {
    for (const part of await this.#approved()) assert.ok(this.#soFar.includes(part), `"${part}" is not said before the entry:\n${this.#soFar}`);
    await this.#stage.page.keyboard.type(digits);
  }

  /** Compares the whole with its golden file, or writes it. */
  compare(language, story) {
    const file = join(folder, language, `${story}.txt`);
    const text = `${this.#text.join("\n")}\n`;
    if (isWriting) {
      mkdirSync(dirname(file), { recursive: true });
      return writeFileSync(file, text);
    }
    assert.ok(existsSync(file), `${file} is missing: SCA_TRANSCRIPTS=write makes it`);
    assert.equal(text, readFileSync(file, "utf8"), `${language}/${story}.txt`);
  }

  /** The numbers of requests are random. */
  #write(title, what) {
    this.#text.push("", `# ${title}`, ...what.map((line) => line.replaceAll(/\bappr_[\w-]+/g, "appr_…")));
  }

  async #heard(what) {
    const heard = await this.#reader.heard();
    this.#assertOnce(heard, await this.#approved(), what);
    this.#soFar += `${heard.flatMap(lines).join("\n")}\n`;
    return heard;
  }

  /** Nothing is said twice in one moment, and while time passes nothing is announced again. */
  #assertOnce(heard, approved, what) {
    const sentences = heard.flatMap(sentencesOf);
    const twice = sentences.filter((sentence, at) => sentences.indexOf(sentence) !== at);
    assert.deepEqual(twice, [], `said twice, ${what}: ${JSON.stringify(heard, undefined, 2)}`);
    const whole = heard.flatMap(lines).join("\n");
    for (const part of approved) assert.ok(whole.split(part).length <= 2, `"${part}" is said twice, ${what}: ${whole}`);
    for (const { announced } of heard) {
      if (announced) assert.notEqual(announced, this.#lastAnnounced, `announced twice, ${what}`);
      this.#lastAnnounced = announced;
    }
  }

  /** What the customer has to hear before an entry: the kind of the action, its amounts and its payee. */
  async #approved() {
    const parts = await this.#stage.page.evaluate(() => {
      const facts = document.querySelector("sca-widget")?.shadowRoot.querySelector("[id$=action]");
      const told = facts?.querySelectorAll(".sca-kind, .sca-amount dd, .sca-payee dd") ?? [];
      return [...told].map(({ textContent }) => textContent);
    });
    return parts.map(plain);
  }
}

const sentencesOf = ({ announced, entered = [], focused }) => {
  const texts = announced ? [announced] : [...entered, focused].flatMap(({ name, description }) => [name, description]);
  return texts.flatMap((text) => text.split(/(?<=[.!?…])\s+/)).filter((sentence) => /\p{L}/u.test(sentence));
};

const lines = ({ announced, entered = [], focused }) =>
  announced ? [`says: ${announced}`] : [...entered.map(({ name, role, description }) => `enters: ${line(name, role, description)}`), `focus: ${line(focused.name, focused.role, focused.description)}`];

const line = (name, role, description) => [`${name}, ${role}`, ...(description ? [`       ${description}`] : [])].join("\n");
