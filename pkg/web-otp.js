const FIELD = "input[autocomplete=one-time-code]";

/** The root of an element, or of the one that `mount` has put into it. */
const rootOf = (element) => element?.shadowRoot ?? element?.lastElementChild?.shadowRoot;

/** Asks the browser for the code of a text message while the widget in `element` asks for one, and enters it. The customer confirms. */
export function fillCodes(element) {
  const root = rootOf(element);
  if (!root) throw new TypeError("fillCodes() takes an element with a widget in it");
  let request;

  const stop = () => {
    request?.abort();
    request = undefined;
  };

  const ask = async () => {
    const { signal } = (request = new AbortController());
    try {
      // Another code may follow.
      while (!signal.aborted) {
        const { code } = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal });
        const field = root.querySelector(FIELD);
        if (!field || signal.aborted) return;
        field.value = code;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    } catch {
      // The browser or the customer refused, or the request was aborted: the customer types the code.
    }
  };

  const follow = () => {
    if (!root.querySelector(FIELD)) stop();
    else if (!request) ask();
  };

  if (!globalThis.OTPCredential) return stop;
  const observer = new MutationObserver(follow);
  observer.observe(root, { childList: true, subtree: true });
  follow();
  return () => {
    observer.disconnect();
    stop();
  };
}
