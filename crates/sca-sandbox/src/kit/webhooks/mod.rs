//! Webhooks that a simulator sends: the registered endpoint, the queue, and the task that sends what is due.

pub(crate) mod client;
mod endpoint;
mod queue;
mod sender;

pub(crate) use endpoint::{DeliveryPolicy, EventDelivery, WebhookEndpoint, WebhookEvent, WebhookRequest};
pub(crate) use queue::{Delivery, DeliveryStart, DueWebhook, ReleaseOrder};
pub(crate) use sender::{EventOf, SendsWebhooks, Webhooks, enqueue, resend, run, send};
