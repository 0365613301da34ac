// What a choice means for the mock bank and the widget, and the code for it.

import { chosen } from "./settings.js";

export function scriptOf(settings) {
  return { ...chosen(settings, "state").options, ...chosen(settings, "action").options };
}

/** The options of `mount()` besides those that the bank gives. */
export function optionsOf({ language, theme }) {
  return { locale: language, ...(theme !== "auto" && { theme }) };
}

export function codeOf(settings) {
  const { by } = chosen(settings, "state");
  const script = scriptOf(settings);
  const given = Object.entries(optionsOf(settings)).map(([name, value]) => `${name}: "${value}",`);
  if (by === "faceCapture") given.push("faceCapture: bank.faceCapture,");
  return `import { mount } from "sca-widget";
import { createMockBank } from "sca-widget/mock";

const bank = createMockBank(${Object.keys(script).length > 0 ? literal(script) : ""});
bank.install();
${by === "device" ? "await bank.addDevice();\n" : ""}
const { result } = mount("#approval", {
  clientSecret: bank.approval.clientSecret,
  baseUrl: bank.baseUrl,
  ${given.join("\n  ")}
});
const { outcome, reason } = await result;
`;
}

/** The longest line, in characters. */
const LINE = 92;

/** A value as JavaScript, in several lines if it is long. */
function literal(value, indent = "") {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const members = (inner) =>
    Object.entries(value).map(([name, member]) => (Array.isArray(value) ? "" : `${/^\w+$/.test(name) ? name : JSON.stringify(name)}: `) + literal(member, inner));
  const padding = Array.isArray(value) ? "" : " ";
  const line = open + padding + members(indent).join(", ") + padding + close;
  if (line.length + indent.length <= LINE && !line.includes("\n")) return line;
  const deeper = `${indent}  `;
  return `${open}\n${members(deeper).map((member) => `${deeper}${member},\n`).join("")}${indent}${close}`;
}
