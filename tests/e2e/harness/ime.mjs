// An input method in each engine, as deep in the engine as its driver reaches. The composed text is in the field until it is committed,
// and the engine itself fires the events. No event is synthetic.
//
// - Chromium: the command of its own protocol that its tests of input methods use.
// - Firefox: the text input processor that its own tests use, called in the browser's window by WebDriver BiDi.
// - WebKitGTK: GTK's own input method, which composes a character from the number of its code point. It composes one character at a
//   time, and the text is not a digit before the end.

import { engine } from "./engine.mjs";

/** `compose(text)`, `commit(text)`, `oneByOne(text)`, `atOnce(text)`; in WebKit `oneByOne` alone. */
export async function inputMethod(stage) {
  const { compose, commit, oneByOne } = await { chromium, firefox, webkit }[engine.name](stage);
  return {
    compose,
    commit,
    /** Composes and commits each character separately. */
    oneByOne:
      oneByOne ??
      (async (text) => {
        for (const character of text) {
          await compose(character);
          await commit(character);
        }
      }),
    /** Composes the text character by character and commits it as a whole. */
    atOnce: async (text) => {
      for (let length = 1; length <= text.length; length += 1) await compose(text.slice(0, length));
      await commit(text);
    },
  };
}

async function chromium({ page, context }) {
  const session = await context.newCDPSession(page);
  return {
    compose: (text) => session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length }),
    commit: (text) => session.send("Input.insertText", { text }),
  };
}

async function firefox({ page, context }) {
  const browser = context.browser();
  const session = browser._connection.toImpl(browser)._browserSession;
  const { contexts } = await session.send("browsingContext.getTree", { "moz:scope": "chrome", maxDepth: 0 });
  const target = { context: contexts.at(-1).context };
  const tell = async (command) => {
    const expression = `(() => {
      const method = (window.testInputMethod ??= Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor));
      const obey = (_, { type }) => {
        if (type === "request-to-commit") method.commitComposition();
        else if (type === "request-to-cancel") method.cancelComposition();
        return true;
      };
      if (!method.hasComposition && !method.beginInputTransactionForTests(window, obey)) throw new Error("no input method");
      const text = ${JSON.stringify(command.text)};
      if (${command.isCommit}) return method.commitCompositionWith(text);
      method.setPendingCompositionString(text);
      method.appendClauseToPendingComposition(text.length, method.ATTR_RAW_CLAUSE);
      method.setCaretInPendingComposition(text.length);
      return method.flushPendingComposition();
    })()`;
    const { type, exceptionDetails } = await session.send("script.evaluate", { target, expression, awaitPromise: false });
    if (type !== "success") throw new Error(exceptionDetails.text);
    // The page's process handles it before this frame.
    await page.evaluate(() => new Promise((settle) => requestAnimationFrame(() => settle())));
  };
  return { compose: (text) => tell({ text, isCommit: false }), commit: (text) => tell({ text, isCommit: true }) };
}

function webkit({ page }) {
  const { keyboard } = page;
  return {
    oneByOne: async (text) => {
      for (const character of text) {
        await keyboard.press("Control+Shift+U");
        await keyboard.type(character.codePointAt(0).toString(16).padStart(4, "0"));
        await keyboard.press("Space");
      }
    },
  };
}

/** The digits in the scripts that keyboards compose. */
export const scripts = {
  ASCII: (digits) => digits,
  "full-width": (digits) => digits.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  "Arabic-Indic": (digits) => digits.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit))),
};
