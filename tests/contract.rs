//! The widget's readers and writers agree with the backend's serde on every value, and no body makes the readers panic.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use proptest::{collection::vec, option::of, prelude::*};
use sca_protocol::{
    Access, Action, Approval, Availability, BrowserKeyName, Challenge, Currency, Delivery, FaceSession, Factor,
    FactorOption, Money, Payee, Payment, PlainText, Reason, SessionUrl, Statement, Status, StepFailure, Timestamp,
    action::{Payees, Payments},
    api::{EncryptionKey, Entry, ProblemCode, Shown, Start, Verdict, Verified, Verify, approval_of, shown_text},
    api::{write_shown, write_start, write_verify_code, write_verify_jwe},
    enrolment_api::{
        EncryptedPin, Enrolled, EnrolledDevice, EnrolledPhone, Enrolment, EnrolmentStatus, EnrolmentVerdict,
        FactorKind, FactorReport, FactorState, Hidden, NewDevice, NewPhone, PhoneCode, PhoneCodeDelivery, WeakPins,
        write_new_device, write_new_phone, write_phone_code, write_pin,
    },
    entry::DigitEntry,
    money::MAX_MINOR,
};
use sca_widget::json::{DecodeError, FromJson, JsonValue, ReceivedProblem};
use serde_json::{Value, json};

#[derive(Clone)]
struct Parsed(Value);

impl JsonValue for Parsed {
    fn get(&self, name: &str) -> Option<Self> {
        self.0.get(name).filter(|value| !value.is_null()).cloned().map(Self)
    }

    fn as_array(&self) -> Option<Vec<Self>> {
        Some(self.0.as_array()?.iter().cloned().map(Self).collect())
    }

    fn as_string(&self) -> Option<String> {
        self.0.as_str().map(Into::into)
    }

    fn as_u64(&self) -> Option<u64> {
        self.0.as_u64().filter(|number| *number <= MAX_MINOR)
    }

    fn as_bool(&self) -> Option<bool> {
        self.0.as_bool()
    }
}

fn read<T: FromJson>(value: Value) -> Result<T, DecodeError> {
    T::read(&Parsed(value))
}

fn plain() -> impl Strategy<Value = PlainText> {
    "\\PC{0,30}[a-zé漢]".prop_map(|text| PlainText::new(&text).unwrap())
}

fn factor() -> impl Strategy<Value = Factor> {
    "(pin|sms|whatsapp|voice|device|face|push|biometric|[a-z]{1,9})".prop_map(|name| Factor::from_name(&name))
}

fn whole() -> impl Strategy<Value = u64> {
    0..=MAX_MINOR
}

fn action() -> impl Strategy<Value = Action> {
    let money =
        (whole(), "[A-Z]{3}").prop_map(|(minor, code)| Money::new(minor, Currency::new(&code).unwrap()).unwrap());
    let payment =
        (money, plain(), of(plain()), of(plain())).prop_map(|(amount, payee, account_tail, reference)| Payment {
            amount,
            payee,
            account_tail,
            reference,
        });
    let payee = (plain(), of(plain())).prop_map(|(name, account_tail)| Payee { name, account_tail });
    prop_oneof![
        (plain(), plain(), plain()).prop_map(|(account, from, to)| Action::Statement(Statement { account, from, to })),
        vec(payee, 1..4).prop_map(|payees| Action::Payees(Payees::new(payees).unwrap())),
        vec(payment, 1..4).prop_map(|payments| Action::Payments(Payments::new(payments).unwrap())),
        prop_oneof![Just(Access::Account), Just(Access::Security)].prop_map(Action::Access),
    ]
}

fn challenge() -> impl Strategy<Value = Challenge> {
    let option = || {
        (factor(), "(available|blocked|not-set-up|[a-z]{1,5})", of(any::<u8>())).prop_map(|(factor, name, digits)| {
            FactorOption {
                factor,
                availability: Availability::from_name(&name),
                digits,
            }
        })
    };
    let delivery =
        (factor(), of("\\PC{0,20}"), whole(), of(whole())).prop_map(|(factor, destination, at, end)| Delivery {
            factor,
            destination,
            resend_at: Timestamp(at),
            expires_at: end.map(Timestamp),
        });
    let face = ("\\PC{0,40}", whole(), any::<bool>()).prop_map(|(url, end, ended)| FaceSession {
        url: SessionUrl::new(url),
        expires_at: Timestamp(end),
        ended,
    });
    let step_failure = "(no-face|inconclusive|[a-z]{1,9})".prop_map(|name| StepFailure::from_name(&name));
    (
        "\\PC{0,10}",
        option(),
        vec(option(), 0..3),
        any::<bool>(),
        any::<bool>(),
        of(delivery),
        of(face),
        of(step_failure),
    )
        .prop_map(
            |(id, primary, alternatives, required, passed, delivery, face, step_failure)| Challenge {
                id,
                primary,
                alternatives,
                required,
                passed,
                delivery,
                face,
                step_failure,
            },
        )
}

prop_compose! {
    fn approval()(
        id in "\\PC{0,20}",
        numbers in [whole(), whole(), whole()],
        status in "(pending|approved|declined|cancelled|expired|failed|[a-z]{1,9})",
        reason in of("(too-many-attempts|session-ended|[a-z]{1,9})"),
        action in of(action()),
        challenges in vec(challenge(), 0..4),
        steps in of(any::<u8>()),
        attempts_left in of(any::<u8>()),
        settled_at in of(whole()),
        browser_key in of("[A-Za-z0-9_-]{1,43}"),
    ) -> Approval {
        Approval {
            id,
            version: numbers[0],
            server_time: Timestamp(numbers[1]),
            expires_at: Timestamp(numbers[2]),
            settled_at: settled_at.map(Timestamp),
            status: Status::from_name(&status),
            reason: reason.map(|name| Reason::from_name(&name)),
            action,
            challenges,
            steps,
            attempts_left,
            browser_key: BrowserKeyName::new(|| browser_key),
        }
    }
}

prop_compose! {
    fn factor_report()(
        factor in factor(),
        kind in "(knowledge|possession|inherence|[a-z]{1,9})",
        state in "(enrolled|not-enrolled|unknown|[a-z]{1,9})",
        usable_from in of(whole()),
    ) -> FactorReport {
        FactorReport {
            factor,
            kind: FactorKind::from_name(&kind),
            state: FactorState::from_name(&state),
            usable_from: usable_from.map(Timestamp),
        }
    }
}

prop_compose! {
    fn enrolled_device()(id in "\\PC{0,20}", name in plain(), created_at in whole(), usable_from in of(whole())) -> EnrolledDevice {
        EnrolledDevice { id, name, created_at: Timestamp(created_at), usable_from: usable_from.map(Timestamp) }
    }
}

prop_compose! {
    fn enrolled_phone()(number in of("[*]{1,9}[0-9]{2,4}"), created_at in of(whole())) -> EnrolledPhone {
        EnrolledPhone { number, created_at: created_at.map(Timestamp) }
    }
}

prop_compose! {
    fn phone_code_delivery()(
        number in "[*]{1,9}[0-9]{2,4}",
        resend_at in whole(),
        expires_at in whole(),
        checks_left in any::<u8>(),
        verified in any::<bool>(),
    ) -> PhoneCodeDelivery {
        PhoneCodeDelivery {
            number,
            resend_at: Timestamp(resend_at),
            expires_at: Timestamp(expires_at),
            checks_left,
            verified,
        }
    }
}

prop_compose! {
    fn enrolment()(
        id in "\\PC{0,20}",
        numbers in [whole(), whole(), whole()],
        status in "(open|ended|[a-z]{1,9})",
        factors in vec(factor_report(), 0..4),
        devices in vec(enrolled_device(), 0..4),
        browser_key in "\\PC{0,20}",
        weak_pins in "(warned|refused|[a-z]{1,9})",
        phone in of(enrolled_phone()),
        phone_code in of(phone_code_delivery()),
    ) -> Enrolment {
        Enrolment {
            id,
            version: numbers[0],
            server_time: Timestamp(numbers[1]),
            expires_at: Timestamp(numbers[2]),
            status: EnrolmentStatus::from_name(&status),
            factors,
            devices,
            browser_key,
            weak_pins: WeakPins::from_name(&weak_pins),
            phone,
            phone_code,
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::String),
    ];
    let names = "(id|version|serverTime|expiresAt|status|action|challenges|primary|factor|payments|statement|amount|factors|devices|browserKey|weakPins|x)";
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::hash_map(names, inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_approval_round_trips(approval in approval()) {
        let written = serde_json::to_value(&approval).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Approval>(written.clone()).unwrap(), &approval);
        prop_assert_eq!(&read::<Approval>(written.clone()).unwrap(), &approval);

        let verified = Verified { verdict: Verdict::Refused, relayed: Some("a.b".into()), approval };
        prop_assert_eq!(read::<Verified>(serde_json::to_value(&verified).unwrap()).unwrap(), verified);
    }

    #[test]
    fn an_enrolment_round_trips(enrolment in enrolment(), verdict in "(enrolled|removed|key-stale|[a-z]{1,9})", relayed in of("[a-z.]{0,9}")) {
        let written = serde_json::to_value(&enrolment).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Enrolment>(written.clone()).unwrap(), &enrolment);
        prop_assert_eq!(&read::<Enrolment>(written).unwrap(), &enrolment);

        let enrolled = Enrolled { verdict: EnrolmentVerdict::from_name(&verdict), relayed, enrolment };
        prop_assert_eq!(read::<Enrolled>(serde_json::to_value(&enrolled).unwrap()).unwrap(), enrolled);
    }

    #[test]
    fn the_backend_reads_what_the_enrolments_element_writes(
        jwe in "[a-zA-Z0-9_.-]{0,60}", name in plain(), number in "\\PC{0,20}", country in "[A-Z]{2}", code in "[0-9]{4,10}",
    ) {
        let pin: EncryptedPin = serde_json::from_str(&write_pin(&jwe)).unwrap();
        prop_assert_eq!(pin.jwe.as_str(), &jwe);
        let device: NewDevice = serde_json::from_str(&write_new_device(&jwe, &name)).unwrap();
        prop_assert_eq!((device.jwe.as_str(), device.name.as_str()), (jwe.as_str(), name.as_str()));

        let phone = NewPhone { number: Hidden::new(number), country };
        prop_assert!(serde_json::from_str::<NewPhone>(&write_new_phone(&phone)).unwrap() == phone);
        let code = Hidden::new(code);
        let entered: PhoneCode = serde_json::from_str(&write_phone_code(&phone, &code)).unwrap();
        prop_assert!((entered.number, entered.country, entered.code) == (phone.number.clone(), phone.country.clone(), code));
    }

    #[test]
    fn the_readers_agree_on_every_value_that_both_accept(body in any_json()) {
        if let (Ok(by_serde), Ok(by_hand)) = (serde_json::from_value::<Approval>(body.clone()), read::<Approval>(body)) {
            prop_assert_eq!(by_serde, by_hand);
        }
    }

    #[test]
    fn the_readers_of_an_enrolment_agree_on_every_value_that_both_accept(body in any_json()) {
        if let (Ok(by_serde), Ok(by_hand)) = (serde_json::from_value::<Enrolment>(body.clone()), read::<Enrolment>(body)) {
            prop_assert_eq!(by_serde, by_hand);
        }
    }

    #[test]
    fn the_backend_reads_the_bodies_that_the_widget_writes(
        challenge in "\\PC{0,10}[\\x00-\\x7f]{0,5}", factor in factor(), code in "[0-9]{6}", jwe in "[a-zA-Z0-9_.-]{0,60}",
        id in "appr_[a-zA-Z0-9_-]{0,22}", version in 0..=9_007_199_254_740_991_u64, digest in "[0-9a-f]{64}",
    ) {
        let shown = Shown { approval: id, version, digest };
        let start: Start = serde_json::from_str(&write_shown(&shown.approval, shown.version, &shown.digest, &write_start(&challenge, &factor))).unwrap();
        prop_assert_eq!(start, Start { challenge: challenge.clone(), factor: factor.clone(), shown: shown.clone() });

        let with_jwe: Verify = serde_json::from_str(&write_shown(&shown.approval, shown.version, &shown.digest, &write_verify_jwe(&challenge, &factor, &jwe))).unwrap();
        let expected = Verify { challenge: challenge.clone(), factor: factor.clone(), shown: shown.clone(), entry: Entry::Jwe(jwe) };
        prop_assert!(with_jwe == expected);

        let mut entry = DigitEntry::new(6);
        entry.push(&code).unwrap();
        let body = write_shown(&shown.approval, shown.version, &shown.digest, &write_verify_code(&challenge, &factor, &entry.take().unwrap()));
        let with_code: Verify = serde_json::from_str(&body).unwrap();
        let expected = Verify { challenge, factor, shown, entry: Entry::Code(code) };
        prop_assert!(with_code == expected);
    }
}

#[test]
fn a_member_of_the_wrong_type_makes_the_body_invalid() {
    let whole = json!({"id": "a", "version": 1, "serverTime": 1, "expiresAt": 2, "status": "pending"});
    assert!(read::<Approval>(whole.clone()).is_ok());
    for (name, wrong) in [
        ("id", json!(1)),
        ("version", json!("1")),
        ("version", json!(-1)),
        ("version", json!(1.5)),
        ("version", json!(null)),
        ("expiresAt", json!(9_007_199_254_740_992_u64)),
        ("status", json!({})),
        ("challenges", json!({})),
        ("challenges", json!([{"id": "1"}])),
        ("attemptsLeft", json!(256)),
        ("action", json!({"payments": []})),
        ("action", json!({"payees": []})),
        ("action", json!({"payees": [{"name": "\u{202e}"}]})),
        (
            "action",
            json!({"payees": [{"name": "Acme"}], "payments": [{"payee": "a", "amount": {"minor": 1, "currency": "EUR"}}]}),
        ),
        (
            "action",
            json!({"statement": {"account": "a", "from": "\u{202e}", "to": "b"}}),
        ),
        (
            "action",
            json!({"payments": [{"payee": "a", "amount": {"minor": 1, "currency": "eur"}}]}),
        ),
        (
            "action",
            json!({"statement": {"account": "a", "from": "b", "to": "c"}, "payments": []}),
        ),
        ("action", json!({"access": 7})),
        ("action", json!({"access": "account", "payees": [{"name": "Acme"}]})),
    ] {
        let mut body = whole.clone();
        body[name] = wrong.clone();
        assert_eq!(read::<Approval>(body), Err(DecodeError), "{name}: {wrong}");
    }
    assert_eq!(read::<Approval>(json!("<!doctype html>")), Err(DecodeError));
}

#[test]
fn an_action_of_an_unknown_kind_cannot_be_approved() {
    for action in [json!({"mortgage": {}}), json!({"access": "vault"})] {
        let body =
            json!({"id": "a", "version": 1, "serverTime": 1, "expiresAt": 2, "status": "pending", "action": action});
        assert_eq!(read::<Approval>(body).unwrap().action, None);
    }
}

#[test]
fn small_bodies_are_read() {
    let key = EncryptionKey {
        key_id: Some("k".into()),
        spki: "AA==".into(),
    };
    assert_eq!(read::<EncryptionKey>(serde_json::to_value(&key).unwrap()).unwrap(), key);
    let problem = json!({"type": "about:blank", "title": "Too early", "status": 429, "code": "too-many-requests", "retryAfter": 15});
    let expected = ReceivedProblem {
        code: ProblemCode::TooManyRequests.as_str().to_owned(),
        retry_after_seconds: Some(15),
    };
    assert_eq!(read::<ReceivedProblem>(problem).unwrap(), expected);
}

/// A partner's auditor can recompute the digest with `printf '…' | sha256sum`.
#[test]
fn the_shown_text_is_as_documented() {
    let action = |json: Value| serde_json::from_value::<Action>(json).unwrap();
    let payments = action(json!({"payments": [
        {"amount": {"minor": 125_000, "currency": "EUR"}, "payee": "Brightside Studio GmbH", "accountTail": "3000", "reference": "INV 7"},
        {"amount": {"minor": 98_000, "currency": "JPY"}, "payee": "さくら"},
    ]}));
    assert_eq!(
        shown_text("appr_1", &payments),
        "sca-shown-1\nappr_1\npayments\n125000\nEUR\nBrightside Studio GmbH\n3000\nINV 7\n98000\nJPY\nさくら\n\n\n"
    );
    let payees = action(json!({"payees": [{"name": "Acme", "accountTail": "12"}, {"name": "Acme 12"}]}));
    assert_eq!(
        shown_text("appr_1", &payees),
        "sca-shown-1\nappr_1\npayees\nAcme\n12\nAcme 12\n\n"
    );
    let statement = action(json!({"statement": {"account": "EUR", "from": "2026-01-01", "to": "2026-01-31"}}));
    assert_eq!(
        shown_text("appr_1", &statement),
        "sca-shown-1\nappr_1\nstatement\nEUR\n2026-01-01\n2026-01-31\n"
    );
    let access = action(json!({"access": "security"}));
    assert_eq!(shown_text("appr_1", &access), "sca-shown-1\nappr_1\naccess\nsecurity\n");
}

proptest! {
    #[test]
    fn no_two_actions_are_shown_as_the_same_text(one in approval(), other in approval()) {
        if let (Some(first), Some(second)) = (&one.action, &other.action) {
            let is_same = one.id == other.id && first == second;
            prop_assert_eq!(shown_text(&one.id, first) == shown_text(&other.id, second), is_same);
        }
    }
}

#[test]
fn a_client_secret_contains_the_id_of_its_approval() {
    assert_eq!(approval_of("appr_1-_a_secret_x"), Some("appr_1-_a"));
    for text in ["", "appr_1", "_secret_x", "appr_1_secret_", "appr_1_secretx"] {
        assert_eq!(approval_of(text), None, "{text}");
    }
}
