import { tagOf } from "./language.js";

/** The texts for the customer when the module cannot show its own. */
const TEXTS = {
  en: {
    blocked: "This step can’t run in this browser. Nothing has been approved.",
    failed: "This step didn’t load. Check your connection and try again.",
    crashed: "Something went wrong here. Try again to see where your approval stands.",
    misused: "This step can’t be shown. Please contact the site you are on.",
    retry: "Try again",
  },
  ar: {
    blocked: "لا يمكن تشغيل هذه الخطوة في هذا المتصفح. لم تتم الموافقة على أي شيء.",
    failed: "لم يتم تحميل هذه الخطوة. تحقّق من اتصالك وحاول مرة أخرى.",
    crashed: "حدث خطأ ما هنا. حاول مرة أخرى لمعرفة حالة موافقتك.",
    misused: "لا يمكن عرض هذه الخطوة. يُرجى التواصل مع الموقع الذي تستخدمه.",
    retry: "حاول مرة أخرى",
  },
};

const KINDS = { environment: "blocked", network: "failed", internal: "crashed", integration: "misused" };

/** Replaces the root's content by the outline of a screen, as tall as the first one. It can take the focus. */
export function showOutline(root, locale) {
  const [box] = boxIn(root, locale, "root");
  box.dataset.place = "loading";
  box.setAttribute("aria-busy", "true");
  add(box, "div", "sca-heading").tabIndex = -1;
  add(box, "div", "sca-screen");
}

/** Replaces the root's content by a text, with a button if a retry can help. */
export function showFallback(root, error, locale, retry) {
  const [box, texts] = boxIn(root, locale, "fallback");
  const text = add(box, "p", "");
  text.setAttribute("role", "alert");
  text.textContent = texts[KINDS[error.category]];
  if (error.retryable) {
    const button = add(box, "button", "sca-button sca-button-primary");
    button.type = "button";
    button.textContent = texts.retry;
    button.addEventListener("click", retry, { once: true });
  }
}

/** An empty box as the root's content, and the texts in its language. */
function boxIn(root, locale, part) {
  const language = /^ar\b/i.test(tagOf(locale)) ? "ar" : "en";
  root.replaceChildren();
  const box = add(root, "div", "sca");
  box.lang = language;
  box.dir = language === "ar" ? "rtl" : "ltr";
  box.setAttribute("part", part);
  return [box, TEXTS[language]];
}

function add(parent, name, style) {
  const element = document.createElement(name);
  element.className = style;
  parent.append(element);
  return element;
}
