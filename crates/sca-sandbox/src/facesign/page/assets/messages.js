// Messages to the parent window. FaceSign posts one JSON text at the end; a parent has to ignore all other messages.

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
const post = (data) => window.parent.postMessage(data, "*");

/// Posts the end message this many times in a second, from the opening of the page on.
export function flood(perSecond) {
  if (!framed || !perSecond) {
    return;
  }
  const started = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    for (; sent < due; sent += 1) {
      post(FINISHED);
    }
  }, 10);
}

export function noise(enabled) {
  if (framed && enabled) {
    NOISE.forEach(post);
  }
}

/// Posts the end of the session.
export function finished(page, elsewhere) {
  if (!framed) {
    return;
  }
  noise(page.noise);
  for (let copy = 0; copy < page.copies; copy += 1) {
    switch (page.message) {
      case "json":
        post(FINISHED);
        break;
      case "object":
        post(JSON.parse(FINISHED));
        break;
      case "wrongOrigin":
        postFrom(elsewhere);
        break;
      case "wrongWindow":
        postFrom("/elsewhere");
        break;
      default:
        break;
    }
  }
}

/// Posts the end message from a nested frame.
function postFrom(address) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "Simulation";
  frame.src = address;
  document.body.append(frame);
}
