// A screen reader in small: what one says of the widget, from Chromium's own accessibility tree and from the live regions, in the order in
// which it is heard. It speaks like the common ones: on a focus, the groups that are entered, then name, role, states and description.

/** Runs in the page before its scripts: records in `window.heard` each focus and each announcement of an open shadow root, in their order. */
export function listen() {
  const heard = (window.heard = []);
  window.focusedElements = [];
  const LIVE = "[aria-live], [role=status], [role=alert]";
  const said = new WeakMap();
  const known = new WeakSet();

  const isSilent = (line) => line.closest(LIVE).getAttribute("aria-live") === "off";

  /** The elements of a region that have a text of their own and are rendered. */
  const linesOf = (region) =>
    [region, ...region.querySelectorAll("*")].filter(
      (each) => each.checkVisibility() && [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()),
    );

  const look = (root) => {
    for (const region of root.querySelectorAll(LIVE)) {
      // Only an alert is announced with the text that it brings.
      const isNew = !known.has(region) && region.getAttribute("role") !== "alert" && !region.parentElement.closest(LIVE);
      known.add(region);
      const lines = linesOf(region).filter((line) => line.closest(LIVE) === region);
      for (const line of lines) {
        const text = line.textContent;
        if (said.get(line) === text) continue;
        said.set(line, text);
        if (!isNew && !isSilent(line)) heard.push({ announced: text, line });
      }
      for (const line of region.querySelectorAll("*")) if (line.closest(LIVE) === region && !lines.includes(line)) said.delete(line);
    }
  };

  /** Engines report a live region once the task that changes it is over. A message is not held back by a clock that the test stops. */
  const { port1, port2 } = new MessageChannel();
  const changed = new Set();
  port1.onmessage = () => {
    for (const root of changed) if (root.isConnected) look(root);
    changed.clear();
  };
  window.allReported = () =>
    new Promise((settle) => {
      port1.addEventListener("message", settle, { once: true });
      port2.postMessage("");
    });

  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    const report = () => {
      changed.add(root);
      port2.postMessage("");
    };
    new MutationObserver(report).observe(root, { attributes: true, childList: true, characterData: true, subtree: true });
    root.addEventListener("focusin", ({ target }) => heard.push({ focus: window.focusedElements.push(target) - 1 }));
    return root;
  };
}

/** Roles of containers that are said when the focus enters them. */
const GROUPS = { group: "group", list: "list", form: "form" };

const ROLES = { textbox: "text field", Iframe: "frame", heading: "heading", button: "button", link: "link" };

export class Reader {
  #page;
  #session;
  #within = new Set();

  static async open(page) {
    const reader = new Reader();
    reader.#page = page;
    reader.#session = await page.context().newCDPSession(page);
    return reader;
  }

  /** What has been heard since the last time: announcements as `{ announced }`, and a focus as `{ entered, focused }`, the groups around it. */
  async heard() {
    const heard = await this.#page.evaluate(async () => {
      await window.allReported();
      const events = window.heard.splice(0);
      // What has gone already is cut short by what follows.
      const isThere = ({ line, focus }) => (line ?? window.focusedElements[focus]).isConnected;
      return events.filter(isThere).map(({ announced, focus }) => ({ announced, focus }));
    });
    const all = [];
    for (const { announced, focus } of heard) {
      all.push(announced ? { announced: plain(announced) } : await this.#focus(`window.focusedElements[${focus}]`));
    }
    return all;
  }

  /** The widget's text, as somebody reads it line by line. */
  async read() {
    const host = await this.#backendId("document.querySelector('sca-widget')");
    const { nodes } = await this.#session.send("Accessibility.getFullAXTree");
    const byId = new Map(nodes.map((node) => [node.nodeId, node]));
    const lines = [];
    const walk = (node) => {
      const role = node.ignored ? undefined : node.role?.value;
      if (role === "StaticText") return void lines.push(plain(node.name.value));
      if (ROLES[role]) return void lines.push(`[${roleOf(node)}] ${plain(node.name.value)}`);
      const from = lines.length;
      for (const id of node.childIds ?? []) walk(byId.get(id));
      if (lines.length === from) return;
      const isPoint = role === "listitem" && lines.slice(from).every((line) => !/^\[|: /.test(line));
      if (role === "paragraph") lines.push(lines.splice(from).join(" "));
      else if (role === "definition") lines[from - 1] = `${lines[from - 1]}: ${lines.splice(from).join(" ")}`;
      else if (isPoint) lines.push(`• ${lines.splice(from).join(" ").replace(" .", ".")}`);
      else if (role === "listitem") lines[from] = `• ${lines[from]}`;
    };
    walk(nodes.find(({ backendDOMNodeId }) => backendDOMNodeId === host));
    return lines.filter((line) => line.trim());
  }

  async #focus(expression) {
    const objectId = await this.#object(expression);
    const { nodes } = await this.#session.send("Accessibility.getPartialAXTree", { objectId });
    const [node] = nodes;
    const byId = new Map(nodes.map((each) => [each.nodeId, each]));
    const groups = [];
    for (let above = byId.get(node.parentId); above; above = byId.get(above.parentId)) {
      if (!above.ignored && GROUPS[above.role?.value] && above.name?.value) groups.unshift(above);
    }
    const entered = groups.filter(({ backendDOMNodeId }) => !this.#within.has(backendDOMNodeId));
    this.#within = new Set(groups.map(({ backendDOMNodeId }) => backendDOMNodeId));
    return { entered: entered.map(said), focused: said(node) };
  }

  async #object(expression) {
    const { result } = await this.#session.send("Runtime.evaluate", { expression });
    return result.objectId;
  }

  async #backendId(expression) {
    const { node } = await this.#session.send("DOM.describeNode", { objectId: await this.#object(expression) });
    return node.backendNodeId;
  }
}

const property = (node, wanted) => node.properties?.find(({ name }) => name === wanted)?.value.value;

const roleOf = (node) => {
  const role = node.role?.value;
  const level = property(node, "level");
  return [GROUPS[role] ?? ROLES[role] ?? role, ...(role === "heading" ? [level] : [])].join(" ");
};

/** What is said of an element. */
function said(node) {
  const states = [
    property(node, "required") && "required",
    property(node, "invalid") === "true" && "invalid entry",
    property(node, "disabled") && "unavailable",
  ];
  return {
    name: plain(node.name?.value ?? "") || "(no name)",
    role: [roleOf(node), ...states.filter(Boolean)].join(", "),
    description: plain(node.description?.value ?? ""),
  };
}

/** Without what nobody hears: marks of a writing direction, and spaces of any width and number. */
export const plain = (text) => text.replaceAll(/[\u200e\u200f\u061c\u2066-\u2069]/g, "").replaceAll(/\s+/g, " ").trim();
