// An input method, as Chromium knows one: what it composes stands in the field until it is committed.

export async function inputMethod({ page, context }) {
  const session = await context.newCDPSession(page);
  const compose = (text) => session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  const commit = (text) => session.send("Input.insertText", { text });
  return {
    compose,
    commit,
    /** Each character is composed and committed by itself. */
    oneByOne: async (text) => {
      for (const character of text) {
        await compose(character);
        await commit(character);
      }
    },
    /** The text grows character by character, and is committed as a whole. */
    atOnce: async (text) => {
      for (let length = 1; length <= text.length; length += 1) await compose(text.slice(0, length));
      await commit(text);
    },
  };
}

/** The same digits in the scripts that keyboards compose. */
export const scripts = {
  ASCII: (digits) => digits,
  "full-width": (digits) => digits.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  "Arabic-Indic": (digits) => digits.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit))),
};
