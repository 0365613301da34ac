// The widget as a person meets it: by the names of its headings, fields and buttons. Open shadow roots are
// looked through.

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
    return this.button(this.words.confirm);
  }

  /** One of the ways to take a step. */
  way(name) {
    return this.button(name);
  }

  /** What is told and, being a live region, announced. */
  notice(text) {
    return this.page.getByRole("status").filter({ hasText: text });
  }

  /** Waits until a text can be seen. */
  async says(text) {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** Waits for the PIN screen, types the PIN and hands it in. */
  async enterPin(pin) {
    await this.pinField.click();
    await this.page.keyboard.type(pin);
    await this.confirm.click();
  }

  /** Waits for the choice and takes one of the ways. */
  async choose(name) {
    await this.way(name).click();
  }

  /** Waits for the code screen, types the code and hands it in. */
  async enterCode(code) {
    await this.codeField.click();
    await this.page.keyboard.type(code);
    await this.confirm.click();
  }

  async cancel() {
    await this.button(this.words.cancel).click();
  }

  /** Pastes into the focused field. The clipboard belongs to the whole browser: one suite alone may do this. */
  async paste(text) {
    await engine.clipboard.write(this.page, text);
    await this.page.keyboard.press("ControlOrMeta+V");
  }
}
