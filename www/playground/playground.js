// The playground: a choice of states, the widget on a mock bank, and the code for it.

import { mount } from "../pkg/index.js";
import { createMockBank } from "../pkg/mock/index.js";
import { codeOf, optionsOf, scriptOf } from "./code.js";
import { choices, chosen, directionOf, read, write } from "./settings.js";
import { groups } from "./states.js";

const form = document.querySelector("form");
const [place, phone, result, does, code, copied] = ["widget", "phone", "result", "does", "code", "copied"].map((id) => document.getElementById(id));
/** What is shown: `{ widget, bank, isDevice }`. */
let shown;

for (const [name, options] of Object.entries(choices)) {
  const lists = name === "state" ? groups.map(groupOf) : options.map(({ id, name }) => new Option(name, id));
  form.elements[name].replaceChildren(...lists);
}
for (const option of form.elements.language.options) option.lang = option.value;
form.querySelector("details").open = matchMedia("(min-width: 60rem)").matches;

form.addEventListener("change", () => {
  write(Object.fromEntries(Object.keys(choices).map((name) => [name, form.elements[name].value])));
  show();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
phone.addEventListener("click", ({ target }) => target.value && answerPhone(target.value));
document.getElementById("copy").addEventListener("click", copy);
// The address keeps the state that it names.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  place.focus();
});
addEventListener("hashchange", show);
show();

function groupOf({ name, states }) {
  const group = document.createElement("optgroup");
  group.label = name;
  group.append(...states.map(({ id, name }) => new Option(name, id)));
  return group;
}

/** Shows what the address says, from its beginning. */
async function show() {
  const settings = read();
  const { does: what, by } = chosen(settings, "state");
  for (const [name, id] of Object.entries(settings)) form.elements[name].value = id;
  does.textContent = what;
  code.textContent = codeOf(settings);
  [result.textContent, copied.textContent] = ["", ""];
  document.documentElement.dataset.theme = settings.theme;
  place.dataset.width = settings.width;
  place.dir = directionOf(settings);
  place.lang = settings.language;

  const bank = createMockBank(scriptOf(settings));
  const [mine, before] = [{ bank, isDevice: by === "device" }, shown];
  shown = mine;
  before?.widget?.unmount();
  before?.bank.uninstall();
  phone.hidden = !["push", "biometric"].includes(scriptOf(settings).sent);
  if (before?.isDevice) await before.bank.removeDevice();
  if (mine.isDevice) await bank.addDevice();
  if (shown !== mine) return;
  bank.install();
  mine.widget = mount(place, {
    clientSecret: bank.approval.clientSecret,
    baseUrl: bank.baseUrl,
    ...optionsOf(settings),
    ...(by === "faceCapture" && { faceCapture: bank.faceCapture }),
  });
  const { outcome, reason } = await mine.widget.result;
  if (shown !== mine) return;
  phone.hidden = true;
  result.textContent = `Your page gets: ${outcome}${reason ? `, ${reason}` : ""}.`;
}

function answerPhone(answer) {
  try {
    shown.bank.answerPhone(answer);
  } catch {
    result.textContent = "No request is open on the phone.";
  }
}

async function copy() {
  try {
    await navigator.clipboard.writeText(code.textContent);
    copied.textContent = "Copied.";
  } catch {
    // The browser refuses, for instance in a frame.
    copied.textContent = "The browser did not allow it. Select the code and copy it.";
  }
}
