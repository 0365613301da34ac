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
  let stream;
  const close = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    view.dialog.remove();
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });
    // The customer may have left while the browser asked.
    signal.throwIfAborted();
    view.video.srcObject = stream;
    await view.video.play();
    await scanPressed(view, signal);
    const scan = { ...people[view.person.value], sessionToken };
    const pictures = { auditTrailImage: picture(view.video, 640), lowQualityAuditTrailImage: picture(view.video, 160) };
    for (const track of stream.getTracks()) track.stop();
    view.check();
    return { faceScan: btoa(JSON.stringify(scan)), ...pictures, userAgent: "sandbox|capture|1", finished: close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Resolves when the customer presses Scan. */
function scanPressed({ dialog, scan, cancel }, signal) {
  return new Promise((resolve, reject) => {
    const leave = () => reject(new DOMException("The customer cancelled", "AbortError"));
    scan.addEventListener("click", resolve);
    cancel.addEventListener("click", leave);
    dialog.addEventListener("cancel", leave);
    signal.addEventListener("abort", leave);
    scan.disabled = false;
    scan.focus();
  });
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
