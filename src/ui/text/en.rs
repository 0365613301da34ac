//! English.

use super::{ByFactor, CameraTrouble, Category, FactorNames, Phrases, Plural, Reasons, Setbacks};

fn plural_category(number: u64) -> Category {
    if number == 1 { Category::One } else { Category::Other }
}

pub(super) static PHRASES: Phrases = Phrases {
    plural_category,

    approving: "You are approving",
    request: "Your request",
    payment: "Payment",
    payments: Plural::of_two("{n} payment", "{n} payments"),
    payees: Plural::of_two("{n} payee to trust", "{n} payees to trust"),
    payees_meaning: "Later payments to them may go through without being confirmed again.",
    payee_name: "Name",
    statement: "Account statement",
    amount: "Amount",
    total: "Total",
    payee: "To",
    account: "Account",
    account_ending: "Account ending in",
    reference: "Reference",
    period: "Period",
    from_to: "{from} to {to}",

    step: "Step {n}",
    step_of: "Step {n} of {of}",
    ends_in: "This request ends in {time}.",
    cancel: "Cancel",
    seconds: Plural::of_two("{n} second", "{n} seconds"),
    minutes: Plural::of_two("{n} minute", "{n} minutes"),
    wait_for: "You can go on in {time}.",

    choose_code: "Where should we send your code?",
    choose_way: "How would you like to confirm?",
    ways: FactorNames {
        pin: "PIN",
        sms: "Code by text message",
        whatsapp: "Code by WhatsApp message",
        voice: "Code by phone call",
        device: "This device",
        face: "Face check",
        push: "Approval on your phone",
        biometric: "Fingerprint or face on your phone",
        other: "Another way",
    },
    starting: "Sending…",
    way_blocked: "Blocked for now, after too many wrong entries",
    way_not_set_up: "Not set up",
    way_not_possible: "Not possible on this page",

    pin_title: "Enter your PIN",
    pin_digits: Plural::of_two("It has {n} digit.", "It has {n} digits."),
    pin_protection: "Your PIN is encrypted here, in your browser, before it is sent.",
    code_title: "Enter your code",
    code_sent_to: ByFactor {
        pin: "We sent a code to {to}.",
        sms: "We sent a code by text message to {to}.",
        whatsapp: "We sent a code by WhatsApp to {to}.",
        voice: "We are calling {to} to tell you a code.",
        other: "We sent a code to {to}.",
    },
    code_sent: ByFactor {
        pin: "We sent you a code.",
        sms: "We sent you a code by text message.",
        whatsapp: "We sent you a code by WhatsApp.",
        voice: "We are calling you to tell you a code.",
        other: "We sent you a code.",
    },
    code_digits: Plural::of_two("It has {n} digit.", "It has {n} digits."),
    code_life: "The code works for another {time}.",
    code_over: "The code has expired. Please get a new one.",
    confirm: "Confirm",
    confirming: "Confirming…",
    resend: "Get a new code",
    resending: "Getting a new code…",
    resend_in: "You can get a new code in {time}.",
    resend_now: "You can get a new code now.",
    other_way: "Use another way",
    digits_only: "Please use digits only.",
    too_long: Plural::of_two(
        "That is too long: there is {n} digit.",
        "That is too long: there are {n} digits.",
    ),
    incomplete: Plural::of_two("Please enter {n} digit.", "Please enter all {n} digits."),

    phone_title: "Approve on your phone",
    phone_open: "Open the request on your phone.",
    phone_compare: "Compare it with what is shown above.",
    phone_answer: "Approve it there. Reject it if it is not yours.",
    phone_biometric: "Approve it there with your fingerprint or face. Reject it if it is not yours.",
    phone_waits: "You do not need to press anything here: this page goes on by itself.",
    phone_life: "Please answer within {time}.",
    code_instead: "Use a code instead",

    face_title: "Confirm with a face check",
    face_steps: "You look into your camera, say whether this request is yours, and enter a code that you get by e-mail.",
    face_permission: "Your browser asks for your camera and microphone: please allow both. \
        They are off again when the check is over.",
    face_privacy: "Picture and sound go straight to FaceSign, the company that carries out the check. \
        They do not pass through this page.",
    face_start: "Start the check",
    face_opening: "Opening…",
    face_shown: "Face check",
    face_frame: "Face check by FaceSign",
    face_trouble: "If nothing appears, or your camera does not work here, open the check on a page of its own.",
    face_new_tab: "Open in a new tab",
    face_same_tab: "Open as a page of its own",
    face_late: "The check takes long to load. You can wait, or open it on a page of its own.",
    face_elsewhere: "Face check on a page of its own",
    face_elsewhere_text: "Open the check and follow its steps. When it is over, come back here: \
        this page notices by itself.",
    camera: CameraTrouble {
        refused: "Your browser keeps the camera from this site. Please allow camera and microphone in its settings for this \
            site before you start.",
        blocked_by_policy: "The camera cannot be used inside this page, so the check opens on a page of its own.",
        missing: "We found no camera. Please connect one before you start.",
    },
    setbacks: Setbacks {
        no_face: "Your face could not be seen. Please find a place with good light, then start again.",
        inconclusive: "The check came to no clear result. Please find a quiet place with good light, then start again.",
        code_not_delivered: "The code could not be sent to you by e-mail. Please start again.",
        abandoned: "The check was left before its end. You can start it again.",
        session_expired: "The check was open for too long. You can start it again.",
        other: "The check could not be completed. You can start it again.",
    },

    wrong: "That was not right. Please check and try again.",
    attempts_left: Plural::of_two("You have {n} attempt left.", "You have {n} attempts left."),
    last_attempt: "This is your last attempt: after another wrong entry, the request is declined.",
    code_expired: "That code no longer works. Use the newest code, or get a new one.",
    blocked: ByFactor {
        pin: "Your PIN is blocked for now, after too many wrong entries. Please use another way, or try again later.",
        sms: "Codes by text message are blocked for now, after too many attempts. Please use another way, or try again later.",
        whatsapp: "Codes by WhatsApp are blocked for now, after too many attempts. Please use another way, or try again later.",
        voice: "Codes by phone call are blocked for now, after too many attempts. Please use another way, or try again later.",
        other: "This way is blocked for now. Please use another way, or try again later.",
    },
    not_set_up: ByFactor {
        pin: "You have not set up a PIN. Please use another way.",
        sms: "You have not set up codes by text message. Please use another way.",
        whatsapp: "You have not set up codes by WhatsApp. Please use another way.",
        voice: "You have not set up codes by phone call. Please use another way.",
        other: "You have not set up this way. Please use another one.",
    },
    not_delivered: ByFactor {
        pin: "We could not send your code. Please try again, or use another way.",
        sms: "We could not send the text message. Please try again, or use another way.",
        whatsapp: "We could not send the WhatsApp message. Please try again, or use another way.",
        voice: "We could not call you. Please try again, or use another way.",
        other: "We could not send the request. Please try again, or use another way.",
    },
    request_expired: "The request on your phone was not answered in time. Please choose how to go on.",
    not_opened: "The check could not be opened. Please try again, or use another way.",
    sent: ByFactor {
        pin: "A new code is on its way. Earlier codes no longer work.",
        sms: "A new code is on its way by text message. Earlier codes no longer work.",
        whatsapp: "A new code is on its way by WhatsApp. Earlier codes no longer work.",
        voice: "We are calling you with a new code. Earlier codes no longer work.",
        other: "A new code is on its way. Earlier codes no longer work.",
    },
    not_received: "The connection broke, and your entry did not arrive. Please enter it again.",
    not_finished: "The check is not over yet. You can go on with it.",
    frame_lost: "The check could not stay on this page. It opens on a page of its own now.",
    frame_not_allowed: "The check comes from an address that this page does not expect, so it was not opened.",
    wait: "The server needs a short pause. You can go on in a moment.",
    cannot_encrypt: "Your PIN could not be protected, so it was not sent. Please use another way, or another browser.",

    loading: "Loading your request",
    checking: "One moment",
    checking_text: "We are checking your request. You do not need to enter anything again.",
    unreachable: "We cannot reach the server",
    unreachable_text: "Please check your internet connection, then try again.",
    try_again: "Try again",
    cannot_be_done: "This cannot be done on this page",
    cannot_be_done_text: "The next step needs a way to confirm that this page does not offer. \
        Please cancel, and contact the company you are dealing with.",
    cancelling: "Cancelling",
    cancelling_text: "One moment, please.",

    approved: "Approved",
    approved_text: "Thank you. You do not need to do anything else here.",
    declined: "Declined",
    declined_text: "Your request was declined, and nothing was approved. \
        Please contact the company you are dealing with if you did not expect this.",
    cancelled: "Cancelled",
    cancelled_text: "You stopped this request. Nothing was approved.",
    expired: "The time is up",
    expired_text: "Nothing was approved. Start again if you still want to go on.",
    failed: "This could not be completed",
    failed_text: "Something went wrong, and it was not your doing. Please start again, or try later.",
    reasons: Reasons {
        too_many_attempts: "There were too many attempts, so nothing was approved. Please wait a while before you start again.",
        factor_blocked: "The only way to confirm is blocked for now, after too many wrong entries. Nothing was approved. \
            Please try again later.",
        factor_not_set_up: "You have not set up a way to confirm this, so nothing was approved. \
            Please set one up with your provider, then start again.",
        session_ended: "You are no longer signed in, so nothing was approved. Please sign in, then start again.",
        provider_refused: "The provider no longer accepts this request. Please start again.",
        denied: "You said no to this request, so nothing was approved. \
            If it was not yours, please contact the company you are dealing with.",
        unclear: "There was no clear answer, so nothing was approved. Start again if you still want to go on.",
        not_verified: "We could not make sure that this was you, so nothing was approved. \
            Please contact the company you are dealing with.",
        code_failed: "The code from the e-mail was not entered correctly, so nothing was approved. Please start again.",
        changed: "What you were asked to confirm was not what is shown here, so nothing was approved. \
            Please contact the company you are dealing with.",
        unsupported: "This request needs something that this page cannot do. \
            Please contact the company you are dealing with.",
        unreachable: "We could not reach the server, so we do not know how this ended. \
            Please check your account before you start again.",
    },
};
