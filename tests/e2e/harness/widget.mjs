// The widget as the customer finds it: by the names of its headings, fields and buttons, inside open shadow roots.

import { engine } from "./engine.mjs";
import { words } from "./words.mjs";

export class Widget {
  constructor(page, language = "en") {
    this.page = page;
    this.words = words[language];
  }

  heading(name) {
    return this.page.getByRole("heading", { name, exact: true });
  }

  button(name) {
    return this.page.getByRole("button", { name });
  }

  get pinField() {
    return this.page.getByRole("textbox", { name: this.words.pinTitle });
  }

  get codeField() {
    return this.page.getByRole("textbox", { name: this.words.codeTitle });
  }

  get confirm() {
    // A page's own buttons may have the word in their names.
    return this.page.getByRole("button", { name: this.words.confirm });
  }

  /** One of the factors of a choice. */
  way(name) {
    return this.button(name);
  }

  /** A notice in the live region. */
  notice(text) {
    return this.page.getByRole("status").filter({ hasText: text });
  }

  /** Waits until a text is visible. */
  async says(text) {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** Waits for the PIN screen, types the PIN and submits it. */
  async enterPin(pin) {
    await this.pinField.click();
    await this.page.keyboard.type(pin);
    await this.confirm.click();
  }

  /** Waits for the choice and chooses a factor. */
  async choose(name) {
    await this.way(name).click();
  }

  /** Waits for the code screen, types the code and submits it. */
  async enterCode(code) {
    await this.codeField.click();
    await this.page.keyboard.type(code);
    await this.confirm.click();
  }

  async cancel() {
    await this.button(this.words.cancel).click();
  }

  /** The customer says that the action is not theirs. */
  async deny() {
    await this.button(this.words.deny).click();
  }

  /** Pastes into the focused field. The clipboard is shared by the whole browser, so only one suite may do this. */
  async paste(text) {
    await engine.clipboard.write(this.page, text);
    await this.page.keyboard.press("ControlOrMeta+V");
  }
}
