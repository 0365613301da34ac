use super::*;

const FILE: &str = r#"
        allowed_origins = ["https://shop.example"]
        [api_keys]
        shop = "sk_0123456789012345678901234"
        [wise]
        base = "https://api.wise.com"
        paths = "2026Q3"
        client_id = "id"
        client_secret = "canary-secret"
    "#;
const SECRET: &str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(file, environment)
}

/// Every setting with a value that differs from its default, as the environment and as the file have it.
const VALUES: [(&str, &str, &str); 73] = [
    ("listen", "127.0.0.1:9", "\"127.0.0.1:9\""),
    ("admin_listen", "127.0.0.1:10", "\"127.0.0.1:10\""),
    ("max_connections", "5000", "5000"),
    ("max_event_streams", "100", "100"),
    ("database", "/tmp/sca.sqlite", "\"/tmp/sca.sqlite\""),
    (
        "encryption_keys",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "[\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"]",
    ),
    (
        "allowed_origins",
        "https://a.example, http://localhost:1",
        r#"["https://a.example", "http://localhost:1"]"#,
    ),
    (
        "api_keys.<name>",
        "sk_9876543210987654321098765",
        "\"sk_9876543210987654321098765\"",
    ),
    ("approval_lifetime", "1m", "\"1m\""),
    ("resend_after", "2s", "\"2s\""),
    (
        "exemptions",
        r#"[{"currency": "USD", "up_to": 1000000, "regions": ["US"]}]"#,
        r#"[{currency = "USD", up_to = 1000000, regions = ["US"]}]"#,
    ),
    ("low_value", "EU,UK", r#"["EU", "UK"]"#),
    ("isolated.parents", "https://b.example", r#"["https://b.example"]"#),
    ("isolated.package", "../../pkg/.", "\"../../pkg/.\""),
    (
        "tracing.otlp_endpoint",
        "https://b.example/t",
        "\"https://b.example/t\"",
    ),
    ("tracing.otlp_headers", "a=canary,b=c=d", r#"["a=canary", "b=c=d"]"#),
    ("tracing.sample_ratio", "0.25", "0.25"),
    ("tracing.service_name", "sca", "\"sca\""),
    ("tracing.service_instance_id", "007", "\"007\""),
    ("tracing.deployment_environment", "staging", "\"staging\""),
    ("tracing.timeout", "2s", "\"2s\""),
    ("enrolment.partner_step_up", "true", "true"),
    ("enrolment.lifetime", "2m", "\"2m\""),
    ("enrolment.refuse_weak_pins", "true", "true"),
    ("enrolment.cooling_off", "24h", "\"24h\""),
    ("phone.start_url", "https://b.example", "\"https://b.example\""),
    ("phone.check_url", "https://b.example/c", "\"https://b.example/c\""),
    (
        "phone.secret",
        "000000000000000000000024",
        "\"000000000000000000000024\"",
    ),
    ("phone.code_lifetime", "2m", "\"2m\""),
    ("phone.resend_after", "1m", "\"1m\""),
    ("phone.sends", "3", "3"),
    ("phone.checks", "2", "2"),
    ("phone.connect_timeout", "1s", "\"1s\""),
    ("phone.timeout", "2s", "\"2s\""),
    ("facetec.base", "https://b.example/f", "\"https://b.example/f\""),
    ("facetec.device_key", "007", "\"007\""),
    ("facetec.match_level", "14", "14"),
    ("facetec.connect_timeout", "1s", "\"1s\""),
    ("facetec.timeout", "2s", "\"2s\""),
    ("transfers.execute_url", "https://b.example", "\"https://b.example\""),
    (
        "transfers.secrets",
        "whsec_YQ==,whsec_Yg==",
        r#"["whsec_YQ==", "whsec_Yg=="]"#,
    ),
    ("transfers.timeout", "500ms", "\"500ms\""),
    ("partner_webhook.url", "https://b.example", "\"https://b.example\""),
    (
        "partner_webhook.secrets",
        "whsec_YQ==,whsec_Yg==",
        r#"["whsec_YQ==", "whsec_Yg=="]"#,
    ),
    ("partner_webhook.timeout", "500ms", "\"500ms\""),
    ("wise.base", "https://b.example", "\"https://b.example\""),
    ("wise.paths", "v2", "\"v2\""),
    ("wise.client_id", "007", "\"007\""),
    ("wise.client_secret", "1e3", "\"1e3\""),
    ("wise.expected_steps", "2", "2"),
    (
        "wise.low_risk_calls",
        "GET /v1/a,GET /v1/{b}/c",
        r#"["GET /v1/a", "GET /v1/{b}/c"]"#,
    ),
    ("wise.connect_timeout", "1s", "\"1s\""),
    ("wise.timeout", "2s", "\"2s\""),
    ("weavr.base", "https://b.example", "\"https://b.example\""),
    ("weavr.api_key", "000000000012", "\"000000000012\""),
    (
        "weavr.webhook_keys",
        "canary_key_01,canary_key_02",
        r#"["canary_key_01", "canary_key_02"]"#,
    ),
    ("weavr.deprecated_endpoints", "true", "true"),
    ("weavr.connect_timeout", "1s", "\"1s\""),
    ("weavr.timeout", "2s", "\"2s\""),
    ("weavr.resend_after", "16s", "\"16s\""),
    ("weavr.code_lifetime", "4m", "\"4m\""),
    ("weavr.request_lifetime", "3m", "\"3m\""),
    ("weavr.poll_interval", "7s", "\"7s\""),
    ("facesign.base", "https://b.example", "\"https://b.example\""),
    ("facesign.environment", "production", "\"production\""),
    ("facesign.api_key", "sk_test_1", "\"sk_test_1\""),
    (
        "facesign.webhook_secrets",
        "whsec_canary_1,whsec_canary_2",
        r#"["whsec_canary_1", "whsec_canary_2"]"#,
    ),
    (
        "facesign.frame_origins",
        "https://f.example",
        r#"["https://f.example"]"#,
    ),
    ("facesign.video_analysis", "false", "false"),
    ("facesign.deepfake_analysis", "true", "true"),
    ("facesign.analyses_wait", "6m", "\"6m\""),
    ("facesign.poll_interval", "7s", "\"7s\""),
    ("facesign.sessions", "4", "4"),
];
const DEADLINES: [(&str, &str, &str); 2] = [
    ("facesign.connect_timeout", "1s", "\"1s\""),
    ("facesign.timeout", "2s", "\"2s\""),
];

/// All that a configuration says, secrets included.
fn everything(config: &Config) -> String {
    let mut secrets: Vec<&str> = Vec::new();
    secrets.extend(config.encryption_keys.iter().map(Secret::expose));
    let mut keys: Vec<_> = config.api_keys.iter().collect();
    keys.sort_by_key(|(name, _)| name.as_str());
    secrets.extend(keys.iter().map(|(_, key)| key.expose()));
    if let Some(wise) = &config.wise {
        secrets.push(wise.client_secret.expose());
    }
    if let Some(weavr) = &config.weavr {
        secrets.push(weavr.api_key.expose());
        secrets.extend(weavr.webhook_keys.iter().map(Secret::expose));
    }
    if let Some(facesign) = &config.facesign {
        secrets.push(facesign.api_key.expose());
        secrets.extend(facesign.webhook_secrets.iter().map(Secret::expose));
    }
    secrets.extend(config.phone.iter().map(|phone| phone.secret.expose()));
    secrets.extend(config.facetec.iter().map(|facetec| facetec.device_key.expose()));
    let transfers = config.transfers.iter().flat_map(|transfers| &transfers.secrets);
    let partner = config.partner_webhook.iter().flat_map(|partner| &partner.secrets);
    secrets.extend(transfers.chain(partner).map(Secret::expose));
    let headers = config.tracing.iter().flat_map(|tracing| &tracing.otlp_headers);
    secrets.extend(headers.map(Secret::expose));
    let mut keyless = config.clone();
    keyless.api_keys.clear();
    let names: Vec<_> = keys.iter().map(|(name, _)| name).collect();
    format!("{keyless:?} {names:?} {secrets:?}")
}

#[test]
fn every_setting_comes_from_the_file_and_from_the_environment() {
    let full = format!(
        "{FILE}
            [transfers]
            execute_url = \"https://bank.example\"
            secrets = [\"{SECRET}\"]
            [partner_webhook]
            url = \"https://shop.example\"
            secrets = [\"{SECRET}\"]
            [weavr]
            base = \"https://sandbox.weavr.io/multi\"
            api_key = \"canary_api_key\"
            [phone]
            start_url = \"https://shop.example/codes\"
            check_url = \"https://shop.example/codes/check\"
            secret = \"canary-secret-of-the-phone\"
            [tracing]
            otlp_endpoint = \"https://collector.example\"
            [isolated]
            parents = [\"https://shop.example\"]
            package = \"../../pkg\"
            [facetec]
            base = \"https://facetec.example\"
            device_key = \"canary-key\"
            [facesign]
            environment = \"sandbox\"
            api_key = \"sk_test_0\"
            webhook_secrets = [\"whsec_0123456789abcdef0123456789abcdef\"]"
    );
    let with_database = format!("database = \"/var/lib/sca.db\"\n{full}");
    let all: Vec<_> = VALUES.into_iter().chain(DEADLINES).collect();
    let mut named: Vec<String> = settings().into_iter().map(|setting| setting.name).collect();
    named.sort();
    let mut tried: Vec<&str> = all.iter().map(|(name, ..)| *name).collect();
    tried.sort_unstable();
    assert_eq!(named, tried);
    for (name, in_environment, in_file) in all {
        let name = name.replace("<name>", "other");
        // A key of FaceSign's belongs to one environment.
        let others: &[(&str, &str)] = match name.as_str() {
            "facesign.environment" => &[("SCA_FACESIGN__API_KEY", "sk_prod_0")],
            _ => &[],
        };
        let variable = layers::variable_of(&name);
        let without = everything(&load(&with_database, &[]).unwrap());
        let by_environment = [others, &[(variable.as_str(), in_environment)]].concat();
        let by_environment = everything(&load(&with_database, &by_environment).unwrap());
        assert_ne!(by_environment, without, "{name}");
        let mut file: toml::Table = with_database.parse().unwrap();
        let value: toml::Table = format!("{name} = {in_file}").parse().unwrap();
        merge(&mut file, value);
        let by_file = everything(&load(&toml::to_string(&file).unwrap(), others).unwrap());
        assert_eq!(by_environment, by_file, "{name}");
    }
}

fn merge(table: &mut toml::Table, other: toml::Table) {
    for (name, value) in other {
        match (table.get_mut(&name), value) {
            (Some(toml::Value::Table(table)), toml::Value::Table(other)) => merge(table, other),
            (_, value) => drop(table.insert(name, value)),
        }
    }
}

#[test]
fn the_defaults_are_those_that_are_listed() {
    let sections = [
        ("SCA_WISE__BASE", "https://api.wise.com"),
        ("SCA_WISE__CLIENT_ID", "id"),
        ("SCA_WISE__CLIENT_SECRET", "secret"),
        ("SCA_WEAVR__BASE", "https://sandbox.weavr.io/multi"),
        ("SCA_WEAVR__API_KEY", "canary_api_key"),
        ("SCA_FACESIGN__ENVIRONMENT", "sandbox"),
        ("SCA_FACESIGN__API_KEY", "sk_test_1"),
        ("SCA_FACESIGN__WEBHOOK_SECRETS", "whsec_canary_1"),
        ("SCA_TRANSFERS__EXECUTE_URL", "https://bank.example"),
        ("SCA_TRANSFERS__SECRETS", SECRET),
        ("SCA_PARTNER_WEBHOOK__URL", "https://shop.example"),
        ("SCA_PARTNER_WEBHOOK__SECRETS", SECRET),
        ("SCA_PHONE__START_URL", "https://shop.example"),
        ("SCA_PHONE__CHECK_URL", "https://shop.example/check"),
        ("SCA_PHONE__SECRET", "canary_secret_of_24_chars"),
        ("SCA_FACETEC__BASE", "https://facetec.example"),
        ("SCA_FACETEC__DEVICE_KEY", "canary_device_key"),
        ("SCA_TRACING__OTLP_ENDPOINT", "https://collector.example"),
        ("SCA_ISOLATED__PARENTS", "https://shop.example"),
        ("SCA_ISOLATED__PACKAGE", "../../pkg"),
    ];
    let without = everything(&load("", &sections).unwrap());
    let mut defaults = 0;
    for setting in settings() {
        let is_set = sections.iter().any(|(name, _)| *name == setting.variable);
        assert_eq!(setting.is_required, is_set, "{}", setting.name);
        let Some(default) = setting.default else { continue };
        let default = match (default.as_str(), setting.name.as_str()) {
            ("empty", "exemptions") => "[]",
            ("empty", _) => "",
            (default, _) => default,
        };
        let with = [&sections[..], &[(setting.variable.as_str(), default)]].concat();
        assert_eq!(everything(&load("", &with).unwrap()), without, "{}", setting.name);
        defaults += 1;
    }
    assert!(defaults > 20, "{defaults}");
}

#[test]
fn the_list_of_settings_is_the_programs() {
    assert_eq!(include_str!("../../SETTINGS.md"), markdown());
    for setting in settings() {
        assert!(help().contains(&setting.variable), "{}", setting.name);
        assert!(
            !setting.meaning.is_empty() && !setting.meaning.contains('|'),
            "{}",
            setting.name
        );
    }
}

#[test]
fn the_environment_takes_precedence_and_adds_to_sections() {
    let config = load(
        FILE,
        &[
            ("SCA_WISE__PATHS", "v2"),
            ("SCA_APPROVAL_LIFETIME", "60s"),
            ("SCA_ALLOWED_ORIGINS", "https://a.example, http://localhost:1"),
            ("SCA_LOW_VALUE", "EU, UK"),
            ("SCA_API_KEYS__OTHER", "sk_9876543210987654321098765"),
            // Neither is a setting, nor is what others set.
            ("SCA_CONFIG", "sca.toml"),
            ("SCA_LOG", "debug"),
            ("HOME", "/root"),
        ],
    )
    .unwrap();
    let paths = config.wise.as_ref().map(|wise| wise.paths.as_str());
    assert_eq!((paths, config.approval_lifetime), (Some("v2"), Duration::from_secs(60)));
    assert_eq!(config.allowed_origins, ["https://a.example", "http://localhost:1"]);
    assert_eq!(config.low_value, ["EU", "UK"]);
    assert_eq!(config.api_keys.len(), 2);
}

#[test]
fn a_secret_can_come_from_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "canary-from-a-file\r\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load(FILE, &[("SCA_WISE__CLIENT_SECRET_FILE", path)]).unwrap();
    let secret = config.wise.as_ref().map(|wise| wise.client_secret.expose());
    assert_eq!(secret, Some("canary-from-a-file"));
    for environment in [
        &[("SCA_WISE__CLIENT_SECRET_FILE", "/nowhere/secret")][..],
        &[
            ("SCA_WISE__CLIENT_SECRET_FILE", path),
            ("SCA_WISE__CLIENT_SECRET", "canary"),
        ],
    ] {
        let error = load(FILE, environment).unwrap_err().to_string();
        assert!(error.starts_with("SCA_WISE__CLIENT_SECRET_FILE: "), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn mistakes_are_named_and_quote_no_secret() {
    let first = |line: &str| format!("{line}\n{FILE}");
    let in_wise = |line: &str| FILE.replace("[wise]", &format!("[wise]\n{line}"));
    for (text, named) in [
        (String::new(), "wise"),
        (first("listen = 7"), "listen"),
        ("nonsense".into(), "line 1"),
        (
            in_wise("client_secrets = \"canary-secret\""),
            "wise: unknown setting `client_secrets`",
        ),
        (first("secret = \"canary\""), "unknown setting `secret`"),
        (FILE.replace("\"canary-secret\"", "\"canary-secret"), "line 9"),
        (
            FILE.replace("client_secret = \"canary-secret\"", ""),
            "wise.client_secret",
        ),
        (
            FILE.replace("\"canary-secret\"", "[\"canary-secret\"]"),
            "wise.client_secret",
        ),
        (FILE.replace("https://shop.example", "*"), "allowed_origins"),
        (
            FILE.replace("https://shop.example", "https://shop.example/"),
            "allowed_origins",
        ),
        (
            FILE.replace("https://shop.example", "https://shop.example:abc"),
            "allowed_origins",
        ),
        (
            FILE.replace("https://shop.example", "http://shop.example"),
            "allowed_origins",
        ),
        (FILE.replace("sk_0123456789012345678901234", "short"), "api_keys"),
        ("api_keys = \"canary\"".into(), "api_keys"),
        (in_wise("timeout = \"30001ms\""), "wise.timeout"),
        (in_wise("timeout = 30"), "wise.timeout"),
        (in_wise("timeout = \"canary\""), "wise.timeout"),
        (in_wise("connect_timeout = \"0s\""), "wise.connect_timeout"),
        (in_wise("low_risk_calls = [\"/v1/profiles\"]"), "wise.low_risk_calls"),
        (
            in_wise("low_risk_calls = [\"GET /v1/{a}\", \"GET /v1/{b}\"]"),
            "wise.low_risk_calls: `GET /v1/{b}` names calls that another pattern names already",
        ),
        (first("enrolment = {cooling_off = \"721h\"}"), "enrolment.cooling_off"),
        (first("enrolment = {cooling_off = 24}"), "enrolment.cooling_off"),
        (in_wise("expected_steps = 256"), "wise.expected_steps"),
        (in_wise("expected_steps = 1.5"), "wise.expected_steps"),
        (first("database = \"mysql://u:canary@db.example/sca\""), "database"),
        (first("database = \"postgres://u:canary@[\""), "database"),
        (first("approval_lifetime = \"0s\""), "approval_lifetime"),
        (first("max_event_streams = 0"), "max_event_streams"),
        (first("max_event_streams = 8192"), "max_event_streams: from 1 to 8191"),
        (first("max_connections = 4096"), "max_event_streams: from 1 to 4095"),
        (first("max_connections = 1.5"), "max_connections"),
        (first("low_value = [\"US\"]"), "low_value"),
        (first("exemptions = [{currency = \"USD\", up_to = 1.5}]"), "exemptions"),
        (
            first("exemptions = [{currency = \"USD\", up_to = 1, canary = 1}]"),
            "exemptions",
        ),
        (
            format!("{FILE}\n[tracing]\notlp_endpoint = \"canary\""),
            "tracing.otlp_endpoint",
        ),
        (
            format!("{FILE}\n[tracing]\notlp_endpoint = \"https://u:canary@c.example\""),
            "tracing.otlp_endpoint",
        ),
        (
            format!("{FILE}\n[tracing]\notlp_endpoint = \"http://c.example\"\notlp_headers = [\"a=canary\"]"),
            "tracing.otlp_endpoint: with tracing.otlp_headers: expected an https URL",
        ),
        (
            format!("{FILE}\n[tracing]\notlp_endpoint = \"https://c.example\"\notlp_headers = [\"canary\"]"),
            "tracing.otlp_headers",
        ),
        (
            format!("{FILE}\n[tracing]\notlp_endpoint = \"https://c.example\"\nsample_ratio = 1.5"),
            "tracing.sample_ratio",
        ),
        (
            format!("{FILE}\n[tracing]\notlp_endpoint = \"https://c.example\"\ntimeout = \"31s\""),
            "tracing.timeout",
        ),
        (
            format!("{FILE}\n[facesign]\nenvironment = \"canary\""),
            "facesign.environment",
        ),
    ] {
        let error = load(&text, &[]).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(named) && shown.lines().count() == 1, "{named}: {error}");
        assert!(!shown.contains("canary") || named == "exemptions", "{error}");
    }
    for (variable, value, named) in [
        ("SCA_WISE_BASE", "canary", "unknown setting `wise_base`"),
        ("SCA_WISE__NOTHING", "canary", "wise: unknown setting `nothing`"),
        ("SCA_WISE__TIMEOUT", "canary", "SCA_WISE__TIMEOUT"),
        ("SCA_WISE__TIMEOUT", "30", "SCA_WISE__TIMEOUT"),
        ("SCA_WISE__EXPECTED_STEPS", "canary", "SCA_WISE__EXPECTED_STEPS"),
        ("SCA_EXEMPTIONS", "canary", "SCA_EXEMPTIONS"),
        (
            "SCA_EXEMPTIONS",
            r#"[{"currency": "canary", "up_to": 1}]"#,
            "SCA_EXEMPTIONS",
        ),
        ("SCA_API_KEYS", "canary", "SCA_API_KEYS"),
        ("SCA_WISE", "canary", "SCA_WISE"),
    ] {
        let error = load(FILE, &[(variable, value)]).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.to_string().contains(named), "{variable}: {error}");
        assert!(!shown.contains("canary"), "{error}");
    }
}

#[test]
fn only_exact_origins_may_show_the_frame_and_the_package_has_to_be_there() {
    let with = |parents: &str, package: &str| {
        load(
            &format!("{FILE}\n[isolated]\nparents = {parents}\npackage = \"{package}\""),
            &[],
        )
    };
    let allowed = r#"["https://shop.example", "http://localhost:8080", "https://shop.example:8443"]"#;
    assert!(with(allowed, "../../pkg").is_ok());
    for parents in [
        "[]",
        r#"["*"]"#,
        r#"["https://*.shop.example"]"#,
        r#"["https://shop.example/"]"#,
        r#"["https://shop.example/pay"]"#,
        r#"["http://shop.example"]"#,
        r#"["shop.example"]"#,
        r#"["null"]"#,
        r#"["'self'"]"#,
        r#"["https://shop.example; script-src *"]"#,
        r#"["https://SHOP.example"]"#,
        r#"["https://shop.example:443"]"#,
        r#"["https://shop.example", "https://shop.example"]"#,
    ] {
        let error = with(parents, "../../pkg").unwrap_err().to_string();
        assert!(error.contains("isolated.parents"), "{parents}: {error}");
    }
    let error = with(allowed, "src").unwrap_err().to_string();
    assert!(error.contains("isolated.package"), "{error}");
}

#[test]
fn transfers_are_not_held_without_an_endpoint_and_a_database() {
    const FACES: &str = r#"
            [facesign]
            environment = "production"
            api_key = "sk_prod_0123456789"
            webhook_secrets = ["whsec_0123456789abcdef0123456789abcdef"]
        "#;
    const TRANSFERS: &str = r#"
            [transfers]
            execute_url = "https://bank.example/wires"
            secrets = ["whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE="]
        "#;
    let with_database = format!("database = \"/var/lib/sca.db\"\n{FILE}");
    load(&format!("{with_database}{FACES}{TRANSFERS}"), &[]).unwrap();
    let sandbox = FACES.replace("production", "sandbox").replace("sk_prod_", "sk_test_");
    load(&format!("{FILE}{sandbox}{TRANSFERS}"), &[]).unwrap();
    for (text, missing) in [
        (format!("{with_database}{FACES}"), "transfers"),
        (format!("{FILE}{FACES}{TRANSFERS}"), "database"),
    ] {
        let error = load(&text, &[]).unwrap_err();
        assert!(
            matches!(&error, ConfigError::Setting { name, .. } if name == missing),
            "{error}"
        );
    }
}

/// A comparison and two exports at 15 seconds; at Wise, twice another caller's fetch of the key, one of its own and the verification, and then
/// the status, at 10 seconds; and the margin.
#[test]
fn the_lease_of_an_approval_is_as_long_as_all_calls_of_a_verification() {
    assert_eq!(load(FILE, &[]).unwrap().limits().lease, Duration::from_secs(30));
    let facetec = [
        ("SCA_FACETEC__BASE", "https://facetec.shop.example/api"),
        ("SCA_FACETEC__DEVICE_KEY", "key"),
    ];
    assert_eq!(load(FILE, &facetec).unwrap().limits().lease, Duration::from_secs(125));
}

#[tokio::test]
async fn one_provider_is_enough_and_none_is_not() {
    let weavr = "[weavr]\nbase = \"https://sandbox.weavr.io/multi\"\napi_key = \"a-key-of-the-programme\"";
    let config = load(weavr, &[]).unwrap();
    assert!(config.wise.is_none());
    assert!(config.backend().await.unwrap().rejecting_provider(None).is_err());
    let by_environment = [
        ("SCA_WEAVR__BASE", "https://sandbox.weavr.io/multi"),
        ("SCA_WEAVR__API_KEY", "a-key-of-the-programme"),
    ];
    assert!(load("", &by_environment).unwrap().weavr.is_some());
    for text in [
        "",
        "[transfers]\nexecute_url = \"https://bank.example/wires\"\nsecrets = []",
    ] {
        assert!(load(text, &[]).is_err(), "{text}");
    }
    assert!(Config::new(None).backend().await.is_err());
}

#[tokio::test]
async fn a_database_needs_a_key() {
    let mut config = load(FILE, &[]).unwrap();
    config.database = Some(Database::File("/nowhere/sca.sqlite".into()));
    assert!(matches!(config.backend().await, Err(ConfigError::KeyMissing)));
}
