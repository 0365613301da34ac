// Loaded before everything else. Other scripts on a partner's page do such things, mostly without meaning harm.

const genuineFetch = window.fetch;
const rejections = [];

/** A wrapper for "analytics" that can reject with something that is no Error. */
window.fetch = function (...call) {
  if (rejections.length > 0) return Promise.reject(rejections.shift());
  return genuineFetch.apply(window, call);
};

/** Shortcuts: the page hears every key first and wants some for itself. */
const heard = [];
for (const kind of ["keydown", "keypress", "keyup"]) {
  window.addEventListener(kind, (event) => {
    heard.push(event.key);
    if (event.key === "/" || event.key === "?") event.preventDefault();
  }, true);
}

/** Additions to what every object and list inherits. */
Object.defineProperty(Object.prototype, "status", { value: "approved", writable: true, configurable: true, enumerable: false });
Array.prototype.last = function () {
  return this[this.length - 1];
};

window.hostile = {
  /** The next calls to `fetch` reject with these values. */
  rejectNext: (...values) => void rejections.push(...values),
  /** Takes the widget away, however far it is. */
  removeWidget: () => document.getElementById("approval").replaceChildren(),
  /** The keys that the page has heard. */
  heard,
};
