//! The OpenAPI document.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use sca_backend::routes;
use sca_protocol::{api, enrolment_api, face_scan};
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson,
    facesign_env::{FaceSignEnv, transfer},
    partner_request, send, weavr_env, wise_configuration,
};

fn document() -> Value {
    serde_json::to_value(routes::document()).unwrap()
}

#[test]
fn the_openapi_document_lists_every_route_of_the_contract() {
    let document = document();
    assert!(document.text("openapi").starts_with("3.1"));
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect();
    let enrolment = |method: &str, path: &str| format!("{method} {}{{id}}{path}", enrolment_api::ENROLMENTS);
    let device = format!("{}/{{device}}", enrolment_api::DEVICES);
    let contract = [
        format!("get {}{{id}}{}", api::APPROVALS, api::APPROVAL),
        format!("get {}{{id}}{}", api::APPROVALS, api::EVENTS),
        format!("post {}{{id}}{}", api::APPROVALS, api::START),
        format!("post {}{{id}}{}", api::APPROVALS, api::VERIFY),
        format!("post {}{{id}}{}", api::APPROVALS, face_scan::FACE_SESSION),
        format!("post {}{{id}}{}", api::APPROVALS, face_scan::FACE),
        format!("post {}{{id}}{}", api::APPROVALS, api::CANCEL),
        format!("post {}{{id}}{}", api::APPROVALS, api::DENY),
        format!("get {}{{id}}{}", api::APPROVALS, api::ENCRYPTION_KEY),
        enrolment("get", enrolment_api::ENROLMENT),
        enrolment("get", enrolment_api::ENCRYPTION_KEY),
        enrolment("post", enrolment_api::PIN),
        enrolment("post", enrolment_api::PIN_CHANGE),
        enrolment("post", enrolment_api::PIN_REMOVE),
        enrolment("post", enrolment_api::DEVICES),
        enrolment("post", &format!("{device}{}", enrolment_api::DEVICE_RECORD)),
        enrolment("post", &format!("{device}{}", enrolment_api::DEVICE_REMOVE)),
        enrolment("post", enrolment_api::PHONE),
        enrolment("post", enrolment_api::PHONE_VERIFY),
        enrolment("post", enrolment_api::PHONE_CHANGE),
        enrolment("post", enrolment_api::PHONE_REMOVE),
        enrolment("post", enrolment_api::FACE_SESSION),
        enrolment("post", enrolment_api::FACE),
        enrolment("post", enrolment_api::FACE_REMOVE),
        enrolment("post", enrolment_api::END),
        "post /v1/sca-sessions".into(),
        "post /v1/enrolments".into(),
        "get /v1/enrolments/{id}".into(),
        "post /v1/approvals".into(),
        "get /v1/approvals/{id}".into(),
        "post /v1/transfers".into(),
        "get /v1/transfers/{id}".into(),
        "post /v1/confirmations".into(),
        "post /v1/stepups".into(),
        "post /v1/payee-batches".into(),
        "post /v1/factors".into(),
        "post /v1/factors/enrol".into(),
        "post /v1/factors/verify".into(),
        "post /v1/factors/unlink".into(),
        "post /webhooks/{provider}".into(),
        "post /webhooks/{provider}/{path}".into(),
        "get /healthz".into(),
        "get /readyz".into(),
        "get /metrics".into(),
    ];
    assert_eq!(documented, BTreeSet::from(contract));
}

#[tokio::test]
async fn every_documented_route_exists_and_the_document_is_served() {
    let mut config = wise_configuration("http://127.0.0.1:9", "v1");
    config.weavr = Some(weavr_env::weavr_config("http://127.0.0.1:9/multi"));
    let app = routes::router(config.backend().await.unwrap());
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let request = Request::builder().method(method.to_ascii_uppercase().as_str()).uri(
                path.replace("{id}", "appr_none")
                    .replace("{device}", "device-1")
                    .replace("{provider}", "weavr")
                    .replace("{path}", "send/watch"),
            );
            let reply = send(&app, request.body(Body::empty()).unwrap()).await;
            assert!(
                !["not-found", "method-not-allowed"].contains(&reply.code()),
                "{method} {path}"
            );
        }
    }
    let served = send(&app, Request::get("/openapi.json").body(Body::empty()).unwrap()).await;
    assert_eq!(served.body, document());
}

#[test]
fn every_referenced_schema_is_defined() {
    let document = document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    for name in ["Approval", "Challenge", "Verified", "ProblemDocument"] {
        assert!(schemas.contains_key(name), "{name}");
    }
}

/// Every operation, with its path and method.
fn operations() -> Vec<(String, Value)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (format!("{method} {path}"), operation.clone()))
        })
        .collect()
}

#[test]
fn every_operation_has_a_speaking_id_of_its_own() {
    let mut ids = BTreeSet::new();
    for (place, operation) in operations() {
        let id = operation.text("operationId").to_owned();
        let is_snake_case = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(is_snake_case && id.contains('_'), "{place}: {id}");
        assert!(ids.insert(id.clone()), "{place}: {id} is taken");
    }
}

#[test]
fn every_operation_has_one_declared_tag_a_summary_and_its_security() {
    let document = document();
    let declared: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| {
            assert!(!tag.text("description").is_empty(), "{tag}");
            tag.text("name")
        })
        .collect();
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    let mut used = BTreeSet::new();
    for (place, operation) in operations() {
        let [tag] = operation["tags"].as_array().unwrap().as_slice() else {
            panic!("{place} has not one tag");
        };
        let tag = tag.as_str().unwrap();
        assert!(declared.contains(tag), "{place}: {tag}");
        used.insert(tag.to_owned());
        let summary = operation.text("summary");
        assert!(summary.ends_with('.') && !summary.contains('\n'), "{place}: {summary}");
        let required: Vec<&str> = operation["security"]
            .as_array()
            .unwrap_or_else(|| panic!("{place} does not say its security"))
            .iter()
            .flat_map(|alternative| alternative.as_object().unwrap().keys().map(String::as_str))
            .collect();
        let expected: &[&str] = match tag {
            "webhooks" | "health" => &[],
            "widget" => &["client-secret"],
            "enrolment" if place.contains("/v1/enrolment/") => &["client-secret"],
            _ => &["api-key", "api-key-header"],
        };
        assert_eq!(required, expected, "{place}");
        assert!(required.iter().all(|scheme| schemes.contains_key(*scheme)), "{place}");
    }
    assert!(used.iter().map(String::as_str).eq(declared.iter().copied()), "{used:?}");
    assert_eq!(schemes["api-key-header"]["in"], "header");
    assert_eq!(schemes["api-key-header"]["name"], "x-api-key");
}

#[test]
fn the_document_names_its_server_version_and_license() {
    let document = document();
    assert_eq!(document["servers"][0]["url"], "/");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["info"]["license"]["identifier"], "MIT OR Apache-2.0");
}

#[test]
fn every_operation_documents_the_problems_of_what_it_takes() {
    for (place, operation) in operations() {
        let problems = |status: &str| {
            let response = &operation["responses"][status];
            if !response.is_null() {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ProblemDocument", "{place}: {status}");
            }
            response["description"].as_str().unwrap_or_default().to_owned()
        };
        let is_authenticated = !operation["security"].as_array().unwrap().is_empty();
        assert_eq!(
            problems("401").contains("`unauthorized`"),
            is_authenticated || place.contains("/webhooks/"),
            "{place}"
        );
        let is_widgets = operation["security"][0].get("client-secret").is_some();
        assert_eq!(problems("403").contains("`origin-not-allowed`"), is_widgets, "{place}");
        let has_key = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|parameter| parameter["name"] == "idempotency-key");
        assert_eq!(
            problems("400").contains("`idempotency-key-missing`"),
            has_key,
            "{place}"
        );
        assert_eq!(problems("422").contains("`idempotency-key-reused`"), has_key, "{place}");
        let has_body = operation.get("requestBody").is_some();
        assert_eq!(
            problems("415").contains("`unsupported-media-type`"),
            has_body && is_authenticated,
            "{place}"
        );
        assert_eq!(
            problems("413").contains("`payload-too-large`"),
            has_body || has_key,
            "{place}"
        );
        for status in operation["responses"].as_object().unwrap().keys() {
            if status.starts_with(['4', '5']) {
                assert!(problems(status).starts_with(['`', 'N']), "{place}: {status}");
            }
        }
    }
}

#[tokio::test]
async fn metrics_have_the_documented_media_type() {
    let config = wise_configuration("http://127.0.0.1:9", "v1");
    let app = routes::router(config.backend().await.unwrap());
    for path in ["/metrics", "/healthz", "/readyz"] {
        let document = document();
        let content = &document["paths"][path]["get"]["responses"]["200"]["content"];
        let [documented] = content.as_object().unwrap().keys().collect::<Vec<_>>()[..] else {
            panic!("{content}");
        };
        let reply = send(&app, Request::get(path).body(Body::empty()).unwrap()).await;
        let sent = reply.headers["content-type"].to_str().unwrap();
        assert!(sent.starts_with(documented.as_str()), "{path}: {sent}");
    }
}

/// The schema of a member of a component.
fn member(component: &str, name: &str) -> Value {
    let document = document();
    let found = &document["components"]["schemas"][component]["properties"][name];
    match found["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => found.clone(),
    }
}

/// Whether a text matches a pattern of the document: literals, classes and groups, each with a quantifier.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    let text: Vec<char> = text.chars().collect();
    matches_all(pattern.unwrap(), &text)
}

fn matches_all(pattern: &str, text: &[char]) -> bool {
    if pattern.is_empty() {
        return text.is_empty();
    }
    let (first, after) = pattern.split_at(1);
    let (atom, rest) = match first {
        "[" => after.split_once(']').unwrap(),
        "(" => after.split_once(')').unwrap(),
        "\\" => after.split_at(1),
        _ => (first, after),
    };
    let (quantifier, after) = rest.split_at(rest.len().min(1));
    let (least, most, rest) = match quantifier {
        "+" => (1, text.len(), after),
        "*" => (0, text.len(), after),
        "{" => {
            let (range, after) = after.split_once('}').unwrap();
            let (least, most) = range.split_once(',').unwrap_or((range, range));
            (least.parse().unwrap(), most.parse().unwrap(), after)
        }
        _ => (1, 1, rest),
    };
    if first == "(" {
        return repeats(atom, least, most, rest, text);
    }
    let run = text.iter().take_while(|one| is_in(atom, **one)).count();
    (least..=most.min(run)).any(|count| matches_all(rest, &text[count..]))
}

fn repeats(group: &str, least: usize, most: usize, rest: &str, text: &[char]) -> bool {
    let once_more = |size: usize| {
        matches_all(group, &text[..size]) && repeats(group, least.saturating_sub(1), most - 1, rest, &text[size..])
    };
    (least == 0 && matches_all(rest, text)) || (most > 0 && (1..=text.len()).any(once_more))
}

fn is_in(class: &str, character: char) -> bool {
    let (is_negated, class) = class.strip_prefix('^').map_or((false, class), |class| (true, class));
    let class = class.replace("\\x00-\\x1F\\x7F-\\x9F", "\0-\x1F\x7F-\u{9F}");
    let (has_blanks, class) = class
        .strip_prefix("\\s")
        .map_or((false, class.as_str()), |class| (true, class));
    let class: Vec<char> = class.chars().collect();
    let mut place = 0;
    let mut is_listed = has_blanks && character.is_whitespace();
    while let Some(first) = class.get(place) {
        let last = match class.get(place + 1..place + 3) {
            Some(['-', last]) => last,
            _ => first,
        };
        is_listed |= (*first..=*last).contains(&character);
        place += if last == first { 1 } else { 3 };
    }
    is_listed != is_negated
}

/// Whether a value keeps to the limits of a schema.
fn is_valid(schema: &Value, value: &Value) -> bool {
    let limit = |name: &str| schema.get(name).and_then(Value::as_u64);
    let within = |size: u64, least: &str, most: &str| {
        limit(least).is_none_or(|least| size >= least) && limit(most).is_none_or(|most| size <= most)
    };
    match value {
        Value::String(text) => {
            let length = u64::try_from(text.chars().count()).unwrap();
            within(length, "minLength", "maxLength")
                && schema["pattern"].as_str().is_none_or(|pattern| matches(pattern, text))
                && schema["enum"].as_array().is_none_or(|names| names.contains(value))
        }
        Value::Number(number) => within(number.as_u64().unwrap(), "minimum", "maximum"),
        Value::Array(items) => {
            let different: BTreeSet<String> = items.iter().map(Value::to_string).collect();
            within(u64::try_from(items.len()).unwrap(), "minItems", "maxItems")
                && (schema["uniqueItems"] != true || different.len() == items.len())
                && items.iter().all(|item| is_valid(&schema["items"], item))
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => panic!("{value} has no limits"),
    }
}

#[tokio::test]
async fn the_document_and_the_code_agree_on_idempotency_keys() {
    let app = FaceSignEnv::start().await.app;
    let keys: Vec<Value> = operations()
        .iter()
        .flat_map(|(_, operation)| operation["parameters"].as_array().cloned().unwrap_or_default())
        .filter(|parameter| parameter["name"] == "idempotency-key")
        .collect();
    assert!(keys.len() > 20, "{}", keys.len());
    assert!(keys.iter().all(|key| *key == keys[0] && key["required"] == true));
    assert_eq!(keys[0]["schema"]["pattern"], "^[A-Za-z0-9_-]{16,64}$");
    for (place, key) in [
        "k".repeat(15),
        "k".repeat(16),
        "k".repeat(64),
        "k".repeat(65),
        "a key with blanks".into(),
        "key_with-both-123".into(),
    ]
    .iter()
    .enumerate()
    {
        let request = Request::post("/v1/transfers")
            .header("x-api-key", API_KEY)
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(transfer(&format!("txn-{place}")).to_string().into());
        let reply = send(&app, request.unwrap()).await;
        let is_accepted = reply.status.is_success();
        assert_eq!(
            is_accepted,
            is_valid(&keys[0]["schema"], &json!(key)),
            "{key}: {}",
            reply.text
        );
    }
}

#[tokio::test]
async fn the_document_and_the_code_agree_on_transfers() {
    let env = FaceSignEnv::start().await;
    let most = 9_007_199_254_740_991_u64;
    for (schema, name, values) in [
        (
            "TransferHoldRequest",
            "transfer",
            json!(["a.B-9_", "", "a/b", "a b", "é", "t".repeat(64), "t".repeat(65)]),
        ),
        ("TransferHoldRequest", "version", json!([0, 1, most, most + 1])),
        (
            "TransferHoldRequest",
            "user",
            json!([
                "u",
                "",
                "ü".repeat(128),
                "u".repeat(129),
                "a b",
                " a",
                "a ",
                "a  b",
                "a\tb",
                "a\u{7}",
                "a\u{a0}b"
            ]),
        ),
        (
            "TransferHoldRequest",
            "email",
            json!([
                "a@example.com",
                "a@b.",
                "a+b-c@d-e.f",
                "a@b",
                "@b.c",
                "a@.b",
                "a@@b.c",
                "a b@c.d",
                "a@b.c,d",
                "<a@b.c>",
                "ä@b.c",
                "a@b..c",
                format!("{}@b.c", "a".repeat(250)),
                format!("{}@b.c", "a".repeat(251)),
            ]),
        ),
        ("TransferHoldRequest", "payee", json!(["A", ""])),
        ("TransferHoldRequest", "accountTail", json!(["1", ""])),
        ("TransferHoldRequest", "reference", json!(["1", ""])),
        ("TransferHoldRequest", "region", json!(["DE", "de", "D", "DEU", "D1"])),
        ("TransferAmount", "minor", json!([0, 1, most, most + 1])),
        ("TransferAmount", "currency", json!(["EUR", "eur", "EU", "EURO"])),
    ] {
        let is_amount = schema == "TransferAmount";
        let schema = member(schema, name);
        for (place, value) in values.as_array().unwrap().iter().enumerate() {
            let mut body = transfer(&format!("txn-{name}-{place}"));
            let holder = if is_amount { &mut body["amount"] } else { &mut body };
            holder[name] = value.clone();
            let reply = env.post_transfer(&body).await;
            assert_eq!(
                reply.status != 400,
                is_valid(&schema, value),
                "{name} {value}: {}",
                reply.text
            );
        }
    }
}

#[tokio::test]
async fn the_document_and_the_code_agree_on_requests_about_a_session() {
    let mut config = wise_configuration("http://127.0.0.1:9", "v1");
    config.weavr = Some(weavr_env::weavr_config("http://127.0.0.1:9/multi"));
    let app = routes::router(config.backend().await.unwrap());
    let confirmation = json!({"accessToken": "t", "resourceType": "outgoing_wire_transfers", "resourceIds": ["1"]});
    let batch = json!({"accessToken": "t", "batchId": "1", "action": {"payees": [{"name": "Acme"}]}});
    let code = json!({"accessToken": "t", "factor": "sms", "code": "123456"});
    let factor = json!({"accessToken": "t", "factor": "sms"});
    let masked = json!(["*1234", "1 2 3 4", "12345", "1-2-3-4-5", ""]);
    let tokens = json!(["t", "", "t t", "é", "t".repeat(8192), "t".repeat(8193)]);
    let many: Vec<String> = (1..=101).map(|id| id.to_string()).collect();
    for (component, path, body, name, values) in [
        (
            "ConfirmationRequest",
            "/v1/confirmations",
            &confirmation,
            "accessToken",
            &tokens,
        ),
        (
            "ConfirmationRequest",
            "/v1/confirmations",
            &confirmation,
            "resourceIds",
            &json!([[], ["1"], ["1", "1"], ["1", "2"], many[..100], many, [""], ["1/2"]]),
        ),
        (
            "ConfirmationRequest",
            "/v1/confirmations",
            &confirmation,
            "destination",
            &masked,
        ),
        (
            "PayeeBatchRequest",
            "/v1/payee-batches",
            &batch,
            "batchId",
            &json!(["1", "", "1/2", "1 2"]),
        ),
        (
            "FactorCode",
            "/v1/factors/verify",
            &code,
            "code",
            &json!(["123456", "12345", "1234567", "12345a"]),
        ),
        (
            "FactorRequest",
            "/v1/factors/enrol",
            &factor,
            "factor",
            &json!(["sms", "push", "biometric", "pin", "other"]),
        ),
        (
            "FactorRequest",
            "/v1/factors/unlink",
            &factor,
            "factor",
            &json!(["sms", "push", "biometric", "pin", "other"]),
        ),
    ] {
        let schema = member(component, name);
        for value in values.as_array().unwrap() {
            let mut body = body.clone();
            body[name] = value.clone();
            let reply = send(&app, partner_request(API_KEY, path, &body)).await;
            assert_eq!(
                reply.status != 400,
                is_valid(&schema, value),
                "{path} {name} {value}: {}",
                reply.text
            );
        }
    }
}

#[test]
fn a_step_up_is_about_a_statement_and_a_batch_about_payees() {
    for (component, name) in [("StepUpRequest", "statement"), ("PayeeBatchRequest", "payees")] {
        let action = member(component, "action");
        assert_eq!(action["required"], json!([name]), "{component}");
        assert_eq!(action["additionalProperties"], false, "{component}");
    }
}

#[test]
fn what_is_never_empty_has_a_minimum() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Payments"]["minItems"], 1);
    assert_eq!(schemas["Payees"]["minItems"], 1);
    assert_eq!(schemas["PlainText"]["minLength"], 1);
    assert_eq!(
        schemas["Money"]["properties"]["minor"]["maximum"],
        9_007_199_254_740_991_u64
    );
    assert_eq!(schemas["OneTimeCode"]["pattern"], "^[0-9]{6}$");
    for (schema, members) in [("Entry", 2), ("Action", 4), ("EnrolmentAuthorization", 1)] {
        let variants = schemas[schema]["oneOf"].as_array().unwrap();
        let objects = variants.iter().filter(|variant| variant["type"] == "object");
        let objects: Vec<&Value> = objects.collect();
        assert_eq!(objects.len(), members, "{schema}");
        assert!(
            objects.iter().all(|object| object["additionalProperties"] == false),
            "{schema}"
        );
    }
    for open in ["Status", "Verdict", "ProblemCode", "Factor"] {
        assert!(schemas[open].get("enum").is_none(), "{open}");
    }
}

#[test]
fn no_text_has_a_link_or_a_path_of_the_code() {
    let document = document().to_string();
    for syntax in ["[`", "](", "::"] {
        let found = document.split_once(syntax).map(|(before, after)| {
            let begin = before.chars().rev().take(60).collect::<Vec<_>>();
            begin
                .into_iter()
                .rev()
                .chain(after.chars().take(60))
                .collect::<String>()
        });
        assert_eq!(found, None, "{syntax}");
    }
}

#[test]
fn an_event_of_a_provider_is_an_object() {
    for path in ["/webhooks/{provider}", "/webhooks/{provider}/{path}"] {
        let body = &document()["paths"][path]["post"]["requestBody"];
        assert_eq!(
            body["content"]["application/json"]["schema"]["type"], "object",
            "{path}"
        );
    }
}

/// `cargo xtask clients` compares the whole file with what the generator makes of the document.
#[test]
fn the_example_in_typescript_has_every_operation_and_schema() {
    let types = include_str!("../../../../examples/clients/typescript/schema.d.ts");
    let document = document();
    let operations = operations();
    let ids = operations.iter().map(|(_, operation)| operation.text("operationId"));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ids.chain(schemas.keys().map(String::as_str)) {
        let is_declared = types.lines().any(|line| {
            let declared = line.trim_start().strip_prefix(name);
            declared.is_some_and(|rest| rest.starts_with(": "))
        });
        assert!(is_declared, "{name} is missing: run `cargo xtask clients`");
    }
}
