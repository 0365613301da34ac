const RSA = { name: "RSA-OAEP", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };

/** One key for the page: making it takes a while. */
let pair;
const keyPair = () => (pair ??= crypto.subtle.generateKey(RSA, false, ["encrypt", "decrypt"]));

/** The provider's public key, as `GET …/encryption-key` answers it. */
export async function encryptionKey() {
  const { publicKey } = await keyPair();
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  return { keyId: "mock", spki: btoa(String.fromCharCode(...spki)) };
}

/** The document in a compact JWE (RFC 7516, RSA-OAEP-256 and A256GCM). Undefined if it cannot be decrypted with the key. */
export async function decrypted(jwe) {
  try {
    const [header, wrapped, iv, ciphertext, tag] = jwe.split(".");
    const { privateKey } = await keyPair();
    const content = await crypto.subtle.decrypt("RSA-OAEP", privateKey, bytesOf(wrapped));
    const key = await crypto.subtle.importKey("raw", content, "AES-GCM", false, ["decrypt"]);
    const sealed = new Uint8Array([...bytesOf(ciphertext), ...bytesOf(tag)]);
    const aad = new TextEncoder().encode(header);
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytesOf(iv), additionalData: aad }, key, sealed);
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return undefined;
  }
}

const bytesOf = (base64url) => Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
