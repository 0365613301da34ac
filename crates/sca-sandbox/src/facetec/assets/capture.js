// The capture of a face, in place of FaceTec's browser SDK: a dialog with the customer's own camera. The pictures are real. The scan is
// simulated: it names the person in front of the camera, as `scan.rs` describes.

const words = {
  en: {
    title: "Face scan (simulated)",
    steps: "Look into the camera, then press Scan.",
    person: "In front of the camera",
    people: { you: "You", other: "Somebody else", photo: "A photo of you" },
    scan: "Scan",
    cancel: "Cancel",
    checking: "Checking…",
  },
  ar: {
    title: "مسح الوجه (محاكاة)",
    steps: "انظر إلى الكاميرا ثم اضغط على «مسح».",
    person: "أمام الكاميرا",
    people: { you: "أنت", other: "شخص آخر", photo: "صورة لك" },
    scan: "مسح",
    cancel: "إلغاء",
    checking: "جارٍ التحقق…",
  },
};

/** Whom each choice stands for. */
const people = {
  you: { person: "you", live: true },
  other: { person: "somebody else", live: true },
  photo: { person: "you", live: false },
};

/** The widget's `faceCapture`. */
export async function faceCapture({ sessionToken, signal }) {
  signal.throwIfAborted();
  const view = show(words[document.documentElement.lang] ?? words.en);
  const { dialog, video, scan: scanButton } = view;
  const left = leaving(view, signal);
  let isOpen = true;
  const close = () => {
    isOpen = false;
    stop(video.srcObject);
    // The focus returns to where it was.
    dialog.close();
    dialog.remove();
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    const opening = navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });
    // The customer may leave while the browser asks.
    opening.then((late) => isOpen || stop(late)).catch(() => {});
    video.srcObject = await Promise.race([opening, left]);
    await Promise.race([video.play(), left]);
    scanButton.disabled = false;
    scanButton.focus();
    await Promise.race([new Promise((pressed) => scanButton.addEventListener("click", pressed)), left]);
    const scan = { ...people[view.person.value], sessionToken };
    const pictures = { auditTrailImage: picture(video, 640), lowQualityAuditTrailImage: picture(video, 160) };
    stop(video.srcObject);
    view.check();
    return { faceScan: btoa(JSON.stringify(scan)), ...pictures, userAgent: "sandbox|capture|1", finished: close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A promise that is rejected when the customer leaves. */
function leaving({ dialog, cancel }, signal) {
  const left = new Promise((_, reject) => {
    const leave = () => reject(new DOMException("The customer cancelled", "AbortError"));
    cancel.addEventListener("click", leave);
    dialog.addEventListener("cancel", leave);
    signal.addEventListener("abort", leave);
  });
  left.catch(() => {});
  return left;
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** What the camera shows, as a JPEG file in base64. */
function picture(video, width) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = Math.round((width * video.videoHeight) / video.videoWidth) || width;
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.7).split(",")[1];
}

/** Shows the dialog. */
function show({ title, steps, person, people, scan, cancel, checking }) {
  const create = (name, properties, style = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    Object.assign(element.style, style);
    element.append(...children);
    return element;
  };
  const heading = create("h2", { id: "sandbox-capture", textContent: title }, { margin: 0, fontSize: "1.25em" });
  const text = create("p", { textContent: steps }, { margin: 0 });
  text.setAttribute("role", "status");
  const video = create("video", { muted: true, playsInline: true }, { inlineSize: "100%", aspectRatio: "4 / 3", objectFit: "cover", borderRadius: "8px", background: "#222" });
  video.setAttribute("aria-hidden", "true");
  const options = Object.entries(people).map(([value, label]) => new Option(label, value));
  const select = create("select", {}, { font: "inherit", padding: "0.5em", minBlockSize: "2.75em" }, ...options);
  const label = create("label", {}, { display: "grid", gap: "0.25em" }, person, select);
  const button = { font: "inherit", minBlockSize: "2.75em", paddingInline: "1.25em" };
  const scanButton = create("button", { type: "button", textContent: scan, disabled: true }, button);
  const cancelButton = create("button", { type: "button", textContent: cancel }, button);
  const buttons = create("div", {}, { display: "flex", gap: "0.75em" }, scanButton, cancelButton);
  const dialog = create("dialog", {}, { inlineSize: "min(24rem, calc(100% - 2rem))", boxSizing: "border-box", padding: "1.25rem", border: 0, borderRadius: "12px", font: "16px / 1.5 system-ui, sans-serif", colorScheme: "light dark" });
  dialog.append(create("div", {}, { display: "grid", gap: "0.75em" }, heading, text, video, label, buttons));
  dialog.setAttribute("aria-labelledby", heading.id);
  document.body.append(dialog);
  dialog.showModal();
  const check = () => {
    text.textContent = checking;
    label.remove();
    buttons.remove();
    // Until the result is known, Escape does nothing.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
  };
  return { dialog, video, person: select, scan: scanButton, cancel: cancelButton, check };
}
