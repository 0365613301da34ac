//! What the checks know of single languages.

/// English words that leave something open, or that say that nothing has happened. Each is a column of [`CLAIMS`].
pub(super) const ENGLISH: [&[&str]; 4] = [
    &[" may "],
    &["do not know"],
    &["nothing was approved", "nothing has been approved"],
    &["for now"],
];

/// For each language the parts of words of which one is in every phrase that has the English words. A `/` separates several.
pub(super) const CLAIMS: &[(&str, [&str; 4])] = &[
    (
        "ar",
        ["ربما/قد ", "لا نعلم/لا نعرف", "لم تتم الموافقة على أي", "مؤقتًا/الآن"],
    ),
    (
        "bg",
        [
            "може да",
            "не знаем",
            "нищо не беше одобрено/нищо не е одобрено",
            "засега",
        ],
    ),
    (
        "cs",
        [
            "mohou/možná",
            "nevíme/neznáme",
            "nebylo nic schváleno/nic nebylo schváleno",
            "prozatím",
        ],
    ),
    (
        "da",
        [
            "kan blive/kan være",
            "vi ved ikke/vi kender endnu ingen",
            "intet blev godkendt/intet er blevet godkendt",
            "indtil videre",
        ],
    ),
    (
        "de",
        [
            "können/möglicherweise",
            "wissen wir nicht/wir wissen nicht/wir kennen noch kein",
            "nichts freigegeben",
            "vorerst",
        ],
    ),
    (
        "el",
        [
            "ενδέχεται/μπορεί",
            "δεν γνωρίζουμε",
            "δεν εγκρίθηκε τίποτα/δεν έχει εγκριθεί τίποτα",
            "προς το παρόν",
        ],
    ),
    (
        "es",
        [
            "pueden/es posible",
            "no sabemos/no conocemos",
            "no se ha aprobado nada",
            "por ahora",
        ],
    ),
    (
        "et",
        [
            "võidakse/võis",
            "me ei tea",
            "ei kiidetud midagi heaks/midagi ei kiidetud heaks/midagi ei ole heaks kiidetud",
            "esialgu",
        ],
    ),
    (
        "fi",
        [
            "voivat/on voitu",
            "emme tiedä/tiedossamme ei ole",
            "mitään ei hyväksytty/eikä mitään hyväksytty/mitään ei ole hyväksytty",
            "toistaiseksi",
        ],
    ),
    (
        "fr",
        [
            "peuvent/peut-être",
            "nous ne savons/nous ne connaissons",
            "rien n’a été approuvé",
            "pour le moment",
        ],
    ),
    (
        "ga",
        [
            "d’fhéadfadh",
            "níl a fhios againn/ar eolas againn",
            "níor faomhadh aon rud",
            "faoi láthair",
        ],
    ),
    (
        "he",
        ["עשויים/ייתכן", "איננו יודעים/לא ידוע לנו", "שום דבר לא אושר", "לעת עתה"],
    ),
    (
        "hr",
        ["mogu/možda", "ne znamo/nije poznat", "ništa nije odobreno", "zasad"],
    ),
    (
        "hu",
        [
            "hetnek/lehet, hogy",
            "nem tudjuk/ismerjük",
            "semmi nem lett jóváhagyva",
            "egyelőre",
        ],
    ),
    (
        "it",
        [
            "possono/potrebbe",
            "non sappiamo/non conosciamo",
            "non è stato approvato nulla",
            "per il momento",
        ],
    ),
    ("lt", ["gali/galėjo", "nežinome", "nieko nebuvo patvirtinta", "kol kas"]),
    (
        "lv",
        [
            "var/iespējams",
            "nezinām/nav zināms",
            "nekas netika apstiprināts/nekas nav apstiprināts",
            "pagaidām",
        ],
    ),
    ("mt", ["jistgħu/setgħet", "ma nafu", "ma ġie approvat xejn", "għalissa"]),
    (
        "nl",
        [
            "kunnen/mogelijk",
            "we weten niet/we kennen nog geen",
            "niets goedgekeurd",
            "voorlopig",
        ],
    ),
    (
        "pl",
        [
            "mogą/mogło",
            "nie wiemy/nie znamy",
            "nic nie zostało zatwierdzone",
            "na razie",
        ],
    ),
    (
        "pt",
        [
            "podem/pode",
            "não sabemos/não conhecemos",
            "nada foi aprovado",
            "por agora",
        ],
    ),
    (
        "ro",
        [
            "pot/este posibil",
            "nu știm/nu cunoaștem",
            "nu s-a aprobat nimic",
            "pentru moment",
        ],
    ),
    (
        "sk",
        [
            "môžu/možno",
            "nevieme/nepoznáme",
            "nebolo nič schválené/nič nebolo schválené",
            "zatiaľ",
        ],
    ),
    (
        "sl",
        ["lahko/morda", "ne vemo/ne poznamo", "nič ni bilo odobreno", "za zdaj"],
    ),
    (
        "sv",
        [
            "kan gå/kan ha",
            "vi vet inte/vi känner inte",
            "inget godkändes/inget har godkänts",
            "tills vidare",
        ],
    ),
    (
        "tr",
        ["ebilir/abilir", "bilmiyoruz", "hiçbir şey onaylanmadı", "şimdilik"],
    ),
    ("uk", ["можуть/міг", "не знаємо", "нічого не було схвалено", "поки що"]),
];

/// English words that some languages have, too.
pub(super) const SAME: [&str; 6] = ["Code", "Name", "PIN", "Period", "Reference", "Total"];

/// Words that a language with an alphabet of its own writes in Latin letters.
pub(super) const LOANS: &[(&str, &str)] = &[("el", "browser"), ("el", "e-mail")];

/// The buttons and headings of both folders: they have room for little more than in English.
pub(super) const SHORT: &[&str] = &[
    "access_security",
    "add_device",
    "add_phone",
    "adding",
    "approved",
    "back",
    "cancel",
    "cancel_undo",
    "cancelled",
    "cancelling",
    "cannot_be_done",
    "change_pin",
    "change_pin_title",
    "check_code",
    "checking",
    "checking_code",
    "choose_code",
    "choose_factor",
    "code_instead",
    "code_title",
    "confirm",
    "confirm_amount",
    "confirming",
    "declined",
    "done",
    "done_title",
    "ended_title",
    "ending",
    "enrol_device",
    "enrol_face",
    "expired",
    "face_elsewhere",
    "face_new_tab",
    "face_opening",
    "face_same_tab",
    "face_shown",
    "face_start",
    "face_title",
    "factors.biometric",
    "factors.device",
    "factors.face",
    "factors.other",
    "factors.phone",
    "factors.pin",
    "factors.push",
    "factors.sms",
    "factors.voice",
    "factors.whatsapp",
    "failed",
    "fallback.retry",
    "loading",
    "new_device_title",
    "new_face_title",
    "new_phone_title",
    "new_pin_title",
    "other_factor",
    "phone_title",
    "pin_reveal",
    "pin_title",
    "remove",
    "remove_device",
    "remove_device_title",
    "remove_face",
    "remove_face_title",
    "remove_phone",
    "remove_phone_title",
    "remove_pin",
    "remove_pin_title",
    "removing",
    "replace_phone",
    "replace_phone_title",
    "resend",
    "resending",
    "save_pin",
    "saving",
    "scan_face",
    "scanning_face",
    "send_code",
    "sending_code",
    "set_pin",
    "starting",
    "still_checking",
    "title",
    "try_again",
    "unreachable",
];

/// Phrases that are longer all the same: the language, the phrase's name, and why. On a narrow screen each takes two lines.
pub(super) const LONG: &[(&str, &str, &str)] = &[
    ("da", "remove_pin_title", "a question has a verb of its own"),
    ("el", "enrol_device", "a noun with its article instead of a verb"),
    ("el", "new_device_title", "a noun with its article instead of a verb"),
    ("el", "remove_face_title", "a question has a verb of its own"),
    ("et", "still_checking", "the sentence has a subject and a verb"),
    (
        "fr",
        "access_security",
        "a noun instead of a verb, as in the list's other entries",
    ),
    ("fr", "add_phone", "a phone number is two nouns with \"de\""),
    ("fr", "change_pin_title", "a PIN is \"code PIN\""),
    ("fr", "face_new_tab", "what browsers call it"),
    ("fr", "face_start", "the check is \"vérification\" everywhere"),
    ("fr", "new_phone_title", "a phone number is two nouns with \"de\""),
    ("fr", "remove_pin_title", "a PIN is \"code PIN\""),
    ("fr", "still_checking", "the check is \"vérification\" everywhere"),
    ("ga", "enrol_device", "a verb with its object and a preposition"),
    ("ga", "new_device_title", "a verb with its object and a preposition"),
    ("ga", "wait_for", "the future of \"can\" takes four words"),
    ("it", "new_phone_title", "a phone number is two nouns with \"di\""),
    ("it", "still_checking", "the check is \"verifica\" everywhere"),
    ("lt", "change_pin_title", "a PIN is \"PIN kodas\""),
    ("lv", "change_pin_title", "a PIN is \"PIN kods\""),
    ("mt", "loading", "the present takes two words"),
    ("ro", "changed.set_pin", "the polite possessive is long"),
    ("ro", "factors.device", "the polite possessive is long"),
    ("sl", "remove_face_title", "a question has a verb of its own"),
    ("sv", "still_checking", "\"still\" is a long word"),
];
