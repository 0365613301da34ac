/**
 * The keys of customers that this browser keeps, for the factor `device`: one for each customer, in the IndexedDB of the page's
 * origin. A key cannot be exported. The fingerprint is derived from it each time and never stored. This script is loaded only when a
 * customer uses this browser as a device or may enrol it.
 */

const DATABASE = "sca-widget";
const STORE = "device-keys";

/** How long the database may take, in milliseconds. An engine may leave a request without an answer. */
const DEADLINE = 10_000;

/**
 * The item of `localStorage` that says whether this browser keeps any key, so that a checkout knows without waiting which module the widget
 * needs (`pkg/module.js`). It names no customer.
 */
const MARK = "sca-device";

/** What this browser keeps for a customer: the provider's id of the device, if it is known. Null if it keeps no key. */
export async function lookUp(customer) {
  const kept = await find(customer);
  return kept ? { device: kept.device } : null;
}

/** The fingerprint of this browser for a customer, or null if it keeps no key of the customer. Rejects if it cannot tell. */
export async function fingerprint(customer) {
  const kept = await find(customer);
  return kept ? derived(kept.key, customer) : null;
}

/** The same, after making a key if there is none. Two tabs end up with the same key: the database keeps the first. */
export async function register(customer) {
  const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  await inStore("readwrite", (store) => {
    store.getKey(customer).onsuccess = ({ target }) => {
      if (target.result === undefined) keep(store, { key, device: null }, customer);
    };
  });
  return fingerprint(customer);
}

/** Keeps the provider's id of the device beside its key. */
export const remember = (customer, device) =>
  inStore("readwrite", (store) => {
    store.get(customer).onsuccess = ({ target }) => {
      if (target.result) keep(store, { ...target.result, device }, customer);
    };
  });

/** Removes the key of a customer. */
export async function forget(customer) {
  await inStore("readwrite", (store) => void store.delete(customer));
  await find(customer);
}

/** What is kept for a customer. Also marks whether anything is kept for anyone. */
async function find(customer) {
  let count;
  const kept = await inStore("readonly", (store) => {
    count = store.count();
    return store.get(customer);
  });
  try {
    if (count.result > 0) localStorage.setItem(MARK, "1");
    else localStorage.removeItem(MARK);
  } catch {
    // The browser refuses this storage. On a page without the element for enrolments, the key is not used.
  }
  return kept;
}

/** Puts a value into the store. Some engines throw for keys that they do not store, here in an event's listener. */
function keep(store, value, customer) {
  try {
    store.put(value, customer);
  } catch {
    store.transaction.abort();
  }
}

async function derived(key, customer) {
  const text = ["sca-device-1", location.origin, customer].join("\n");
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...digest)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

/** Runs work in a transaction; resolves with the result of the request that it returns, when the transaction is complete. */
function inStore(mode, work) {
  let timer;
  const done = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error("IndexedDB does not answer")), DEADLINE);
    const fail = ({ target }) => reject(target.error);
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = fail;
    opening.onsuccess = () => {
      const database = opening.result;
      // Another tab that deletes or upgrades the database is not held up.
      database.onversionchange = () => database.close();
      try {
        const transaction = database.transaction(STORE, mode);
        const request = work(transaction.objectStore(STORE));
        transaction.onabort = (event) => {
          database.close();
          fail(event);
        };
        transaction.oncomplete = () => {
          database.close();
          resolve(request?.result);
        };
      } catch (error) {
        database.close();
        reject(error);
      }
    };
  });
  return done.finally(() => clearTimeout(timer));
}
