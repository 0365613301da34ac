import { rightToLeft } from "./dist/manifest.js";
import { nameOf, tagOf } from "./language.js";

/** The dialog's name and its button, in each of the widget's languages. */
const TEXTS = {
  ar: ["موافقتك", "إغلاق"],
  bg: ["Вашето одобрение", "Затваряне"],
  cs: ["Vaše schválení", "Zavřít"],
  da: ["Din godkendelse", "Luk"],
  de: ["Ihre Freigabe", "Schließen"],
  el: ["Η έγκρισή σας", "Κλείσιμο"],
  en: ["Your approval", "Close"],
  es: ["Su aprobación", "Cerrar"],
  et: ["Teie heakskiit", "Sulge"],
  fi: ["Hyväksyntäsi", "Sulje"],
  fr: ["Votre approbation", "Fermer"],
  ga: ["D’fhaomhadh", "Dún"],
  he: ["האישור שלכם", "סגירה"],
  hr: ["Vaše odobrenje", "Zatvori"],
  hu: ["Az Ön jóváhagyása", "Bezárás"],
  it: ["La Sua approvazione", "Chiudi"],
  lt: ["Jūsų patvirtinimas", "Uždaryti"],
  lv: ["Jūsu apstiprinājums", "Aizvērt"],
  mt: ["L-approvazzjoni tiegħek", "Agħlaq"],
  nl: ["Uw goedkeuring", "Sluiten"],
  pl: ["Twoje zatwierdzenie", "Zamknij"],
  pt: ["A sua aprovação", "Fechar"],
  ro: ["Aprobarea dumneavoastră", "Închideți"],
  sk: ["Vaše schválenie", "Zavrieť"],
  sl: ["Vaša odobritev", "Zapri"],
  sv: ["Ditt godkännande", "Stäng"],
  tr: ["Onayınız", "Kapat"],
  uk: ["Ваше схвалення", "Закрити"],
};

/** Any rule of the page is stronger. */
const STYLE = `
:where(.sca-dialog) {
  --sca-outline: 0;
  box-sizing: border-box;
  inline-size: min(32rem, 100% - 1rem);
  max-inline-size: none;
  max-block-size: calc(100% - 1rem);
  margin: auto;
  padding: 0;
  border: 0;
  border-radius: var(--sca-radius, 0.625rem);
  background: var(--sca-surface, #ffffff);
  overscroll-behavior: contain;
}
:where(.sca-dialog)::backdrop {
  background: rgb(0 0 0 / 0.5);
}
:where(.sca-dialog-close) {
  display: block;
  min-block-size: 2.75rem;
  margin-inline: auto 0;
  padding-inline: 1.25rem;
  border: 0;
  background: none;
  color: var(--sca-accent, #0b57a4);
  font: max(1rem, 16px) / 1.5 var(--sca-font, system-ui, sans-serif);
  cursor: pointer;
}
@supports (color: light-dark(#000, #fff)) {
  :where(.sca-dialog) {
    background: var(--sca-surface, light-dark(#ffffff, #161b22));
  }
  :where(.sca-dialog-close) {
    color: var(--sca-accent, light-dark(#0b57a4, #8fc1ff));
  }
}`;

/** The language of a locale that the texts have. */
function languageIn(locale) {
  const wanted = nameOf(tagOf(locale));
  return Object.hasOwn(TEXTS, wanted) ? wanted : "en";
}

/** What an approval is called in the language of a locale. */
export const titleOf = (locale) => TEXTS[languageIn(locale)][0];

/**
 * A modal dialog for one widget. `place` is where the widget is mounted, with these `options` besides the page's. `show(focus)` shows the
 * dialog and moves the focus by `focus()`. `closed` resolves when the customer closes it. `close()` removes it, and the focus returns.
 */
export function openDialog({ locale, theme, faceCapture }) {
  const language = languageIn(locale);
  const [name, close] = TEXTS[language];
  const dialog = document.createElement("dialog");
  dialog.className = "sca-dialog";
  dialog.lang = language;
  dialog.dir = rightToLeft.includes(language) ? "rtl" : "ltr";
  dialog.setAttribute("aria-label", name);
  if (theme) dialog.style.colorScheme = theme === "auto" ? "light dark" : theme;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sca-dialog-close";
  button.textContent = close;
  const place = document.createElement("div");
  dialog.append(button, place);
  const unstyle = style();
  document.body.append(dialog);

  let focus;
  let isBeside = false;
  const show = () => {
    isBeside = false;
    if (!dialog.isConnected || dialog.open) return;
    // Before Firefox 98 it is no dialog, and part of the page.
    dialog.showModal?.();
    focus();
  };
  /** The steps of a page's own capture are on top of the page, where a modal dialog would cover them. */
  const beside = async (request) => {
    isBeside = true;
    dialog.close?.();
    request.signal.addEventListener("abort", show);
    try {
      return await faceCapture(request);
    } finally {
      show();
    }
  };
  const closed = new Promise((resolve) => {
    const ask = () => {
      if (!isBeside && !dialog.open) resolve();
    };
    dialog.addEventListener("close", ask);
    button.addEventListener("click", () => (dialog.close ? dialog.close() : resolve()));
  });

  return {
    place,
    options: { arrival: "focus", ...(faceCapture && { faceCapture: beside }) },
    show(move) {
      focus = move;
      show();
    },
    closed,
    close() {
      dialog.close?.();
      dialog.remove();
      unstyle();
    },
  };
}

/** Adds the style to the page, in a form that needs no permission of a policy. Returns a function that removes it. */
function style() {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return () => (document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet));
  } catch {
    // An older browser shows it plain.
    return () => {};
  }
}
