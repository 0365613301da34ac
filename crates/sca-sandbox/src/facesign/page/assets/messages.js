// What the page tells the window that shows it. FaceSign posts one JSON text at the end; the rest is here to be ignored.

const FINISHED = '{"message":"SESSION_FINISHED"}';
const NOISE = [
  "SESSION_FINISHED",
  "{not json",
  '{"message":"HELLO"}',
  '{"message":["SESSION_FINISHED"]}',
  { type: "webpackOk" },
  { message: { message: "SESSION_FINISHED" } },
  ["SESSION_FINISHED"],
  null,
  42,
];

const framed = window.parent !== window;
const tell = (data) => window.parent.postMessage(data, "*");

/// From opening on, as often a second as asked for.
export function flood(perSecond) {
  if (!framed || !perSecond) {
    return;
  }
  const started = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    for (; sent < due; sent += 1) {
      tell(FINISHED);
    }
  }, 10);
}

export function noise(wanted) {
  if (framed && wanted) {
    NOISE.forEach(tell);
  }
}

/// The session is over.
export function finished(page, elsewhere) {
  if (!framed) {
    return;
  }
  noise(page.noise);
  for (let copy = 0; copy < page.copies; copy += 1) {
    switch (page.message) {
      case "json":
        tell(FINISHED);
        break;
      case "object":
        tell(JSON.parse(FINISHED));
        break;
      case "wrongOrigin":
        tellFrom(elsewhere);
        break;
      case "wrongWindow":
        tellFrom("/elsewhere");
        break;
      default:
        break;
    }
  }
}

/// A frame within posts it.
function tellFrom(address) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "Simulation";
  frame.src = address;
  document.body.append(frame);
}
