// The simulation controls of the page: the outcome of each step.

const REASONS = ["no_media", "unusable_media", "unknown_verdict", "timeout", "provider_error"];
const choices = document.querySelector("#choices");

/// Offers a choice for each step with several outcomes. Calls `chosen` after each change.
export function offer(nodes, chosen) {
  for (const node of nodes.filter((node) => node.outcomes.length > 1)) {
    const outcomes = node.outcomes.map(({ outcome }) => outcome);
    const select = choice(`${node.id}`, ["", ...outcomes]);
    select.dataset.outcomeOf = node.id;
    select.addEventListener("change", () => chosen(node.id, select.value));
  }
  choice("Reason when inconclusive", REASONS).id = "inconclusive-reason";
}

/// The chosen outcome of a step; empty: the customer decides.
export function outcomeOf(nodeId) {
  const selects = [...choices.querySelectorAll("select[data-outcome-of]")];
  return selects.find((select) => select.dataset.outcomeOf === nodeId)?.value ?? "";
}

export const reason = () => document.querySelector("#inconclusive-reason").value;

function choice(name, values) {
  const label = document.createElement("label");
  const select = document.createElement("select");
  for (const value of values) {
    select.append(new Option(value || "as it happens", value));
  }
  label.append(name, select);
  choices.append(label);
  return select;
}
