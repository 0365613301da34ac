// Loaded before everything else. Other scripts on a partner's page may do all of this, mostly without bad intent.

const genuineFetch = window.fetch;
const rejections = [];

/** A wrapper for "analytics" that can reject with a value that is not an Error. */
window.fetch = function (...call) {
  if (rejections.length > 0) return Promise.reject(rejections.shift());
  return genuineFetch.apply(window, call);
};

/** Shortcuts: the page receives every key first and handles some itself. */
const heard = [];
for (const kind of ["keydown", "keypress", "keyup"]) {
  window.addEventListener(kind, (event) => {
    heard.push(event.key);
    if (event.key === "/" || event.key === "?") event.preventDefault();
  }, true);
}

/** Additions to the prototypes of all objects and arrays. */
Object.defineProperty(Object.prototype, "status", { value: "approved", writable: true, configurable: true, enumerable: false });
Array.prototype.last = function () {
  return this[this.length - 1];
};

window.hostile = {
  /** The next calls to `fetch` reject with these values. */
  rejectNext: (...values) => void rejections.push(...values),
  /** Removes the widget, whatever its state. */
  removeWidget: () => document.getElementById("approval").replaceChildren(),
  /** The keys that the page has received. */
  heard,
};
