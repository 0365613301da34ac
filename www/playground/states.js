// The states: for each the script of the mock bank, and what to do to see it. `by` names what else the code needs: `faceCapture`, `device`.

const CODE = "Enter 111111.";
const WRONG_PIN = "Enter any PIN but 1234.";
const sms = { challenges: ["sms"], sent: "sms" };
const phone = { challenges: [["push", "sms"]], sent: "push" };
const pin = { challenges: ["pin"] };

const end = (status, reason) => ({
  id: reason ?? status,
  name: reason ? `${status}: ${reason}` : status,
  does: "The approval has ended before the widget reads it.",
  options: { ended: reason ? { status, reason } : { status } },
});

export const groups = [
  {
    name: "Ways to confirm",
    states: [
      { id: "pin-and-code", name: "PIN, then a code", does: "Enter the PIN 1234, choose a way, and enter 111111.", options: {} },
      { id: "pin", name: "PIN alone", does: "Enter 1234.", options: pin },
      { id: "choice", name: "Choice of how to get a code", does: `Choose a way. ${CODE}`, options: { challenges: [["sms", "whatsapp", "voice"]] } },
      { id: "sms", name: "Code by text message", does: `The code was sent. ${CODE}`, options: sms },
      { id: "voice", name: "Code by phone call", does: `The call was made. ${CODE}`, options: { challenges: ["voice"], sent: "voice" } },
      { id: "push", name: "Approval on the phone", does: "Answer on the phone, with the buttons below the widget; or wait: after 20 seconds the customer approves.", options: { ...phone, phone: { answer: "approve", after: 20 } } },
      { id: "biometric", name: "Fingerprint or face on the phone", does: "Answer on the phone, with the buttons below the widget.", options: { challenges: ["biometric"], sent: "biometric", phone: { answer: "none" } } },
      { id: "device", name: "This browser as a device", does: "Press “This device”. The playground has made this browser a device.", options: { challenges: [["device", "sms"]] }, by: "device" },
      { id: "face-scan", name: "Face, scanned by your page", does: "Press “Face check”. The scan is made up: no camera opens.", options: { challenges: [["face-scan", "sms"]] }, by: "faceCapture" },
      { id: "face", name: "Face check of FaceSign", does: "Start the check. Its page is not shown: three seconds later the customer has passed.", options: { challenges: ["face"] } },
    ],
  },
  {
    name: "Wrong entries",
    states: [
      { id: "wrong", name: "Wrong PIN", does: WRONG_PIN, options: pin },
      { id: "last-attempt", name: "Last attempt", does: WRONG_PIN, options: { ...pin, attempts: 2 } },
      { id: "locked-out", name: "Locked out after too many attempts", does: WRONG_PIN, options: { ...pin, attempts: 1 } },
      { id: "blocked", name: "The provider blocks the PIN", does: `${WRONG_PIN} The code is still possible.`, options: { challenges: [["pin", "sms"]], blockAfter: 1 } },
      { id: "unavailable", name: "Ways that cannot be used", does: "Look at the ways. Only the phone call is possible.", options: { challenges: [["voice", "sms", "whatsapp", "push"]], unavailable: { sms: "blocked", whatsapp: "not-set-up", push: "cooling-off" } } },
      { id: "device-not-recognised", name: "A device that is not recognised", does: "Press “This device”.", options: { challenges: [["device", "sms"]], device: "not-recognised" }, by: "device" },
      { id: "device-missing", name: "A browser that is no device", does: "Look at the ways. “This device” is not possible here.", options: { challenges: [["device", "sms"]] } },
      { id: "camera-refused", name: "Camera refused", does: "Press “Face check”. Your page gets the error of its own function, too: see the console.", options: { challenges: [["face-scan", "sms"]], camera: "denied" }, by: "faceCapture" },
      { id: "no-match", name: "A face that does not match", does: "Press “Face check”.", options: { challenges: [["face-scan", "sms"]], scan: "no-match" }, by: "faceCapture" },
      { id: "no-face", name: "FaceSign sees no face", does: "Start the check. After three seconds the customer can try again.", options: { challenges: ["face"], face: { result: "no-face" } } },
    ],
  },
  {
    name: "Time and limits",
    states: [
      { id: "expires", name: "The approval expires", does: "Wait for 15 seconds.", options: { ...pin, lifetime: 15 } },
      { id: "code-expired", name: "The code expires", does: `Wait for 5 seconds. ${CODE}`, options: { ...sms, codeLifetime: 5, resendAfter: 0 } },
      { id: "resend-too-early", name: "A new code, too early", does: "Press “Get a new code”. The backend asks to wait for 20 seconds.", options: { ...sms, resendAfter: 0, faults: [{ on: "start", fault: "too-many-requests", retryAfter: 20, times: 1 }] } },
      { id: "resend-limit", name: "No more codes", does: "Press “Get a new code”. One code is the limit.", options: { ...sms, codes: 1, resendAfter: 0 } },
      { id: "phone-rejected", name: "Rejected on the phone", does: "Wait for 3 seconds.", options: { ...phone, phone: { answer: "reject", after: 3 } } },
      { id: "phone-slow", name: "No answer on the phone", does: "Wait for 10 seconds: the request expires.", options: { ...phone, phone: { answer: "none", lifetime: 10 } } },
    ],
  },
  {
    name: "Network and server",
    states: [
      { id: "slow", name: "Slow answers", does: "Each answer takes 3 seconds. Enter 1234.", options: { ...pin, latency: 3 } },
      { id: "loading", name: "No answer at first", does: "Wait. The widget reads the approval again after 10 seconds.", options: { ...pin, faults: [{ on: "approval", fault: "no-answer", times: 1 }] } },
      { id: "offline", name: "Offline", does: "Wait for 7 seconds: the widget tries four times.", options: { ...pin, faults: [{ on: "any", fault: "offline" }] } },
      { id: "offline-later", name: "Offline when the PIN is sent", does: "Enter 1234, and wait for 7 seconds.", options: { ...pin, faults: [{ on: "verify", fault: "offline" }, { on: "approval", fault: "offline", skip: 1 }] } },
      { id: "server-error", name: "Server error", does: "Wait for 7 seconds: the backend answers 500 each time.", options: { ...pin, faults: [{ on: "any", fault: "internal" }] } },
      { id: "no-clear-answer", name: "No clear answer to an entry", does: "Enter 1234. A proxy answers 502, and the bank never got the PIN.", options: { ...pin, faults: [{ on: "verify", fault: "proxy-error", times: 1 }] } },
      { id: "answer-lost", name: "An answer that is lost", does: "Enter 1234. The bank accepts it, and the widget finds that out.", options: { ...pin, faults: [{ on: "verify", fault: "answer-lost", times: 1 }] } },
      { id: "too-many-requests", name: "Retry later", does: "Enter 1234. The backend asks to wait for 20 seconds.", options: { ...pin, faults: [{ on: "verify", fault: "too-many-requests", retryAfter: 20, times: 1 }] } },
      { id: "not-delivered", name: "A code that cannot be sent", does: "Choose a way.", options: { challenges: [["sms", "voice"]], faults: [{ on: "start", fault: "provider-error" }] } },
      { id: "signed-out", name: "The customer’s session ends", does: "Enter 1234.", options: { ...pin, faults: [{ on: "verify", fault: "provider-session-ended" }] } },
      { id: "no-events", name: "A proxy without event streams", does: "Wait. The customer approves after 3 seconds, and the widget polls.", options: { ...phone, phone: { after: 3 }, faults: [{ on: "events", fault: "proxy-error" }] } },
    ],
  },
  {
    name: "How it ends",
    states: [
      end("approved"),
      end("cancelled"),
      end("expired"),
      end("declined", "too-many-attempts"),
      end("declined", "denied"),
      end("declined", "unclear"),
      end("declined", "not-verified"),
      end("declined", "code-failed"),
      end("declined", "changed"),
      end("failed", "factor-blocked"),
      end("failed", "factor-not-set-up"),
      end("failed", "factor-cooling-off"),
      end("failed", "session-ended"),
      end("failed", "provider-refused"),
      end("failed", "unsupported"),
    ],
  },
];

export const states = groups.flatMap((group) => group.states);
