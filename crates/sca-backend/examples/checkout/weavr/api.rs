//! The client of Weavr: signs the customer in, creates payments, reads their states.

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{HeaderName, Method, StatusCode, header},
};
use sca_backend::problem::AppError;
use sca_core::secret::Secret;
use sca_protocol::api::ProblemCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::order::{Kind, Line, To};
use crate::problems::unreachable;

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const TIMEOUT: Duration = Duration::from_secs(15);

/// The HTTP client.
#[derive(Clone)]
pub(crate) struct Api {
    base: String,
    key: Secret,
    http: reqwest::Client,
}

/// A customer of the simulated Weavr.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) user_id: String,
    email: String,
    password: Secret,
    phone: String,
    profiles: Profiles,
    accounts: Accounts,
}

#[derive(Clone, Debug, Deserialize)]
struct Profiles {
    wires: String,
    sends: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Accounts {
    #[serde(rename = "EUR")]
    eur: String,
    #[serde(rename = "GBP")]
    gbp: String,
}

/// A payment as Weavr returns it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) challenge_exemption_reason: Option<String>,
}

impl Payment {
    /// A payment of which only the id is known.
    pub(crate) fn made(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: String::new(),
            challenge_exemption_reason: None,
        }
    }
}

#[derive(Deserialize)]
struct LoggedIn {
    token: Secret,
}

impl Account {
    /// The customer's number, as the customer may be shown it.
    pub(crate) fn masked_phone(&self) -> String {
        let digits = self.phone.trim_start_matches('+');
        let shown = digits.len().saturating_sub(4);
        digits
            .char_indices()
            .map(|(place, digit)| if place < shown { '*' } else { digit })
            .collect()
    }

    fn source(&self, currency: &str) -> &str {
        match currency {
            "GBP" => &self.accounts.gbp,
            _ => &self.accounts.eur,
        }
    }
}

impl Kind {
    fn path(self) -> &'static str {
        match self {
            Self::Wires => "outgoing_wire_transfers",
            Self::Sends => "sends",
        }
    }
}

impl Api {
    pub(crate) fn new(base: String, key: Secret) -> Result<Self, Box<dyn std::error::Error>> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { base, key, http })
    }

    /// The customer's token. A real shop's customer types the password into Weavr's own component.
    pub(crate) async fn log_in(&self, account: &Account) -> Result<Secret, AppError> {
        let body = json!({"email": account.email, "password": {"value": account.password.expose()}});
        let said = self.ask(Method::POST, "login_with_password", None, Some(&body)).await?;
        let logged_in: LoggedIn = serde_json::from_value(said).map_err(unreachable)?;
        Ok(logged_in.token)
    }

    pub(crate) async fn create(
        &self,
        kind: Kind,
        line: &Line,
        account: &Account,
        token: &Secret,
    ) -> Result<Payment, AppError> {
        let source = json!({"type": "managed_accounts", "id": account.source(line.currency)});
        let amount = json!({"currency": line.currency, "amount": line.amount});
        let body = match kind {
            Kind::Wires => json!({
                "profileId": account.profiles.wires,
                "sourceInstrument": source,
                "transferAmount": amount,
                "description": "Invoice 7",
                "destinationBeneficiary": beneficiary(line),
            }),
            Kind::Sends => json!({
                "profileId": account.profiles.sends,
                "source": source,
                "destination": beneficiary(line),
                "destinationAmount": amount,
            }),
        };
        let said = self.ask(Method::POST, kind.path(), Some(token), Some(&body)).await?;
        serde_json::from_value(said).map_err(unreachable)
    }

    /// What became of a payment; nothing where the customer's session is over.
    pub(crate) async fn read(&self, kind: Kind, id: &str, token: &Secret) -> Result<Option<Payment>, AppError> {
        let path = format!("{}/{id}", kind.path());
        let (status, text) = self.call(Method::GET, &path, Some(token), None).await?;
        if status == StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        serde_json::from_value(understood(status, &text)?).map_err(unreachable)
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&Secret>,
        body: Option<&Value>,
    ) -> Result<Value, AppError> {
        let (status, text) = self.call(method, path, token, body).await?;
        understood(status, &text)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&Secret>,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Bytes), AppError> {
        let mut call = self
            .http
            .request(method, format!("{}/{path}", self.base))
            .header(API_KEY, self.key.expose());
        if let Some(token) = token {
            call = call.header(header::AUTHORIZATION, format!("Bearer {}", token.expose()));
        }
        if let Some(body) = body {
            call = call
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let answer = call.send().await.map_err(unreachable)?;
        let status = answer.status();
        Ok((status, answer.bytes().await.map_err(unreachable)?))
    }
}

fn understood(status: StatusCode, text: &[u8]) -> Result<Value, AppError> {
    if !status.is_success() {
        return Err(AppError::new(ProblemCode::ProviderError).with_source(format!("Weavr answered {status}")));
    }
    serde_json::from_slice(text).map_err(unreachable)
}

fn beneficiary(line: &Line) -> Value {
    match line.to {
        To::Iban(iban) => json!({"name": line.payee, "iban": iban}),
        To::SortCode { sort_code, account } => json!({
            "name": line.payee, "type": "BUSINESS", "sortCode": sort_code, "accountNumber": account,
        }),
        To::Account(id) => json!({"type": "managed_accounts", "id": id}),
    }
}
