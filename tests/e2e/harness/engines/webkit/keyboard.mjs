// Playwright's keyboard, implemented with WebDriver's key actions.

/** WebDriver's values for keys without a character, https://www.w3.org/TR/webdriver2/#keyboard-actions. */
const KEYS = {
  Backspace: "\uE003",
  Tab: "\uE004",
  Enter: "\uE006",
  Shift: "\uE008",
  Control: "\uE009",
  ControlOrMeta: "\uE009",
  Alt: "\uE00A",
  Escape: "\uE00C",
  Space: " ",
  PageUp: "\uE00E",
  PageDown: "\uE00F",
  End: "\uE010",
  Home: "\uE011",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
  Insert: "\uE016",
  Delete: "\uE017",
};

export class Keyboard {
  #page;
  #frames;

  /** The keyboard of a page, or of a frame in it: the driver's keys reach a frame only from within. */
  constructor(page, frames = []) {
    this.#page = page;
    this.#frames = frames;
  }

  /** Types a text, key by key. */
  type(text) {
    return this.#act([...text].flatMap((value) => [key("keyDown", value), key("keyUp", value)]));
  }

  /** Presses a key, or several together: `Control+A`. */
  press(combination) {
    const keys = combination === "+" ? ["+"] : combination.split("+").map(valueOf);
    return this.#act([...keys.map((value) => key("keyDown", value)), ...keys.reverse().map((value) => key("keyUp", value))]);
  }

  down(name) {
    return this.#act([key("keyDown", valueOf(name))]);
  }

  up(name) {
    return this.#act([key("keyUp", valueOf(name))]);
  }

  #act(actions) {
    return this.#page.alone(this.#frames, (_, send) => send("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] }));
  }
}

const key = (type, value) => ({ type, value });

/** With Control a letter means the key, not the character. */
function valueOf(name) {
  const value = KEYS[name] ?? (name.length === 1 ? name.toLowerCase() : undefined);
  if (value === undefined) throw new Error(`unknown key: ${name}`);
  return value;
}
