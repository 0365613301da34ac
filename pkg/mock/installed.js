/** The banks that answer on this page, and the page's own `fetch` meanwhile. */
const banks = new Set();
let own;

/** Has a bank answer the calls of the page that are for it. Every other call goes to the page's own `fetch`. */
export function install(bank) {
  if (banks.size === 0) {
    own = globalThis.fetch;
    globalThis.fetch = route;
  }
  banks.add(bank);
}

export function uninstall(bank) {
  if (!banks.delete(bank) || banks.size > 0) return;
  // Not if the page has replaced it meanwhile: then it passes on what comes.
  if (globalThis.fetch === route) globalThis.fetch = own;
}

function route(input, init) {
  const url = addressOf(input);
  const meant = [...banks].filter((bank) => bank.answers(url));
  const bank = meant.find(({ approval }) => url.includes(`/${approval.id}`)) ?? meant[0];
  return bank ? bank.fetch(input, init) : own.call(globalThis, input, init);
}

/** Empty for what is no URL: the page's own `fetch` says so. */
function addressOf(input) {
  if (input instanceof Request) return input.url;
  try {
    return new URL(input, globalThis.document?.baseURI).href;
  } catch {
    return "";
  }
}
