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

/** Replaces the root's content by a plain text, with a button if a retry can help. */
export function showFallback(root, error, locale, retry) {
  const language = /^ar\b/i.test(tagOf(locale)) ? "ar" : "en";
  const texts = TEXTS[language];
  const box = document.createElement("div");
  box.lang = language;
  box.dir = language === "ar" ? "rtl" : "ltr";
  box.setAttribute("part", "fallback");
  const text = document.createElement("p");
  text.setAttribute("role", "alert");
  text.textContent = texts[KINDS[error.category]];
  box.append(text);
  if (error.retryable) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = texts.retry;
    button.addEventListener("click", retry, { once: true });
    box.append(button);
  }
  root.replaceChildren(box);
}
