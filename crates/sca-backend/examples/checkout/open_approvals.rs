//! The approvals that wait for the customer. A page that was reloaded, or one on another device, goes on with them.
//!
//! Each is stored under the customer, with its call, until the call was sent again or the approval has ended. The page gets it after it has
//! signed in as that customer. The page itself stores nothing.

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    routing::{MethodRouter, get},
};
use sca_backend::{gate::ApprovalRequired, problem::AppError};
use sca_core::secret::Secret;
use sca_protocol::{Factor, Status, api::ProblemCode};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    shop::{OWNER, Shop},
    weavr::{Amounts, What},
};

/// The routes: path and handler.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shop>); 1] {
    [("/api/approvals", get(open))]
}

/// The call of the page that an approval belongs to, with all that the page needs to make it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Call {
    Statement { from: String, to: String },
    Transfer { id: u64 },
    Wire { transfer: String, amount: u64 },
    Weavr { what: What, amounts: Amounts },
    Security,
}

impl Call {
    /// The page has one place for each kind of call.
    fn has_place_of(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// An approval, as the page mounts the widget with it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageApproval {
    pub(crate) id: String,
    #[serde(serialize_with = "Secret::serialize_exposed")]
    pub(crate) client_secret: Secret,
    pub(crate) factors: Vec<Factor>,
    /// The widget's own where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) frame_origins: Vec<String>,
}

impl PageApproval {
    pub(crate) fn new(id: String, client_secret: Secret) -> Self {
        Self {
            id,
            client_secret,
            factors: Vec::new(),
            frame_origins: Vec::new(),
        }
    }

    pub(crate) fn for_page(&self) -> Value {
        json!(self)
    }
}

impl From<&ApprovalRequired> for PageApproval {
    fn from(required: &ApprovalRequired) -> Self {
        Self {
            factors: required.factors.clone(),
            ..Self::new(required.id.clone(), required.client_secret.clone())
        }
    }
}

/// An approval that waits for the customer, and its call.
#[derive(Clone)]
pub(crate) struct OpenApproval {
    pub(crate) call: Call,
    pub(crate) approval: PageApproval,
}

impl Shop {
    /// Stores an approval under its customer, in place of an earlier one of such a call.
    pub(crate) fn store_approval(&self, user: u64, call: Call, approval: PageApproval) {
        let mut approvals = self.approvals();
        let of_customer = approvals.entry(user).or_default();
        of_customer.retain(|open| !open.call.has_place_of(&call));
        of_customer.insert(0, OpenApproval { call, approval });
    }

    /// Forgets those of a customer's approvals for which `is_over` holds.
    pub(crate) fn forget_approvals(&self, user: u64, is_over: impl Fn(&OpenApproval) -> bool) {
        if let Some(of_customer) = self.approvals().get_mut(&user) {
            of_customer.retain(|open| !is_over(open));
        }
    }

    /// Forgets an approval whose call was sent again.
    pub(crate) fn forget_approval(&self, user: u64, id: &str) {
        self.forget_approvals(user, |open| open.approval.id == id);
    }
}

/// The open approvals of the signed-in customer, the newest first: `{"approvals": [{"call", "approval", "isApproved"}]}`. Without a
/// client secret where the customer has approved already, and the page only has to make the call.
async fn open(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Value>, AppError> {
    let user = shop.customer(&headers)?.user_id;
    let stored = shop.approvals().get(&user).cloned().unwrap_or_default();
    let mut shown = Vec::new();
    for OpenApproval { call, approval } in stored {
        match status_of(&shop, &approval.id).await? {
            Some(Status::Pending) => {
                shown.push(json!({"call": call, "approval": approval.for_page(), "isApproved": false}));
            }
            Some(Status::Approved) => {
                shown.push(json!({"call": call, "approval": {"id": approval.id}, "isApproved": true}));
            }
            Some(Status::Declined | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_)) | None => {
                shop.forget_approval(user, &approval.id);
            }
        }
    }
    Ok(Json(json!({"approvals": shown})))
}

/// Nothing where the retention of the approval is over.
async fn status_of(shop: &Shop, id: &str) -> Result<Option<Status>, AppError> {
    match shop.backend.find(OWNER, id).await {
        Ok(record) => Ok(Some(record.status)),
        Err(error) if *error.code() == ProblemCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
