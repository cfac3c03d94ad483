//! What a provider's answer comes to, one shape for all providers.

use crate::{
    answer::Answer,
    error::Outcome,
    json::{Json, Object, Raw},
    status::Status,
};
use serde::Serialize;

/// What a provider answered to one send that it took.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// [`Outcome::Accepted`]: anything else is an error.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::accepted"))]
    pub outcome: Outcome,
    /// The provider's id of the message, where it gives one.
    pub id: Option<String>,
    /// The provider's id of the bulk job, where it makes one.
    pub job: Option<String>,
    /// How far the message is.
    pub status: Status,
    /// The same in the provider's word.
    pub provider_status: Option<String>,
    /// One for each recipient, where the provider answers so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<RecipientReceipt>,
    /// The answer as it came.
    pub raw: Raw,
}

impl Receipt {
    /// A receipt with the provider's word for the status; without one, the message is just accepted.
    pub(crate) fn new(answer: &Answer<'_>, id: Option<String>, provider_status: Option<String>) -> Self {
        Self {
            outcome: Outcome::Accepted,
            id,
            job: None,
            status: fold(provider_status.as_deref()),
            provider_status,
            recipients: Vec::new(),
            raw: answer.raw(),
        }
    }
}

fn fold(provider_status: Option<&str>) -> Status {
    provider_status.map_or(Status::Accepted, Status::fold)
}

/// The part of a [`Receipt`] for one of several recipients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecipientReceipt {
    /// The provider's id of the message to this recipient.
    pub id: Option<String>,
    /// How far it is.
    pub status: Status,
    /// The same in the provider's word.
    pub provider_status: Option<String>,
}

impl RecipientReceipt {
    pub(crate) fn new(id: Option<String>, provider_status: Option<String>) -> Self {
        Self { id, status: fold(provider_status.as_deref()), provider_status }
    }
}

/// How far a message is, asked of the provider.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusReport {
    /// The provider's id of the message.
    pub id: Option<String>,
    /// How far it is.
    pub status: Status,
    /// The same in the provider's word.
    pub provider_status: Option<String>,
    /// Why it failed, where the provider says so.
    pub reason: Option<String>,
    /// The answer as it came.
    pub raw: Raw,
}

impl StatusReport {
    pub(crate) fn new(answer: &Answer<'_>, id: Option<String>, provider_status: Option<String>) -> Self {
        let status = provider_status.as_deref().map_or(Status::Unknown, Status::fold);
        Self { id, status, provider_status, reason: None, raw: answer.raw() }
    }
}

/// That the credentials are good, and for whom.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountCheck {
    /// Whether the device behind the account is connected to WhatsApp, where the provider says so.
    pub connected: Option<bool>,
    /// The name of the account or device.
    pub name: Option<String>,
    /// The number that it sends from.
    pub number: Option<String>,
    /// The answer as it came.
    pub raw: Raw,
}

/// How many messages the plan still allows.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuotaReport {
    /// All that the plan allows; absent when unlimited or not told.
    pub limit: Option<i64>,
    /// Used up so far.
    pub used: Option<i64>,
    /// Left; absent when unlimited or not told.
    pub remaining: Option<i64>,
    /// The answer as it came.
    pub raw: Raw,
}

/// The groups that the account can post to.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Groups {
    /// The groups.
    pub items: Vec<Group>,
    /// The answer as it came.
    pub raw: Raw,
}

impl Groups {
    /// The groups of a list; `read` gives `None` for a row that is none.
    pub(crate) fn new(answer: &Answer<'_>, list: Json<'_>, read: fn(&Object<'_>) -> Option<Group>) -> Self {
        let rows = list.array().unwrap_or_default().into_iter();
        Self { items: rows.filter_map(|row| read(&row.object())).collect(), raw: answer.raw() }
    }
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// The provider's id: what goes into `to.group`.
    pub id: String,
    /// The name that people see.
    pub name: Option<String>,
    /// WhatsApp's own id, where the provider tells it.
    pub jid: Option<String>,
}
