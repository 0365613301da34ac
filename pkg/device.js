/**
 * The keys of customers that this browser keeps, for the factor `device`: one for each customer, in the IndexedDB of the page's
 * origin. A key cannot be exported. The fingerprint is derived from it each time and never stored. This script is loaded only when a
 * customer uses or registers this browser.
 */

const DATABASE = "sca-widget";
const STORE = "device-keys";

/**
 * The fingerprint of this browser for a customer, or null if it keeps no key of the customer. Rejects if it cannot tell. An engine may
 * leave a request without an answer, so the caller waits for a limited time.
 */
export async function fingerprint(customer) {
  const key = await inStore("readonly", (store) => store.get(customer));
  return key ? derived(key, customer) : null;
}

/** The same, after making a key if there is none. Two tabs end up with the same key: the database keeps the first. */
export async function register(customer) {
  const fresh = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  await inStore("readwrite", (store) => {
    store.getKey(customer).onsuccess = ({ target }) => target.result === undefined && store.add(fresh, customer);
  });
  return fingerprint(customer);
}

/** Removes the key of a customer. */
export const forget = (customer) => inStore("readwrite", (store) => void store.delete(customer));

async function derived(key, customer) {
  const text = ["sca-device-1", location.origin, customer].join("\n");
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...digest)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

/** Runs work in a transaction; resolves with the result of the request that it returns, when the transaction is complete. */
function inStore(mode, work) {
  return new Promise((resolve, reject) => {
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
        transaction.onabort = fail;
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
}
