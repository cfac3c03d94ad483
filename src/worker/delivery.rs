//! One message on its way: which connection tries it, what came of each try, and what follows.

use super::host::Host;
use crate::{
    account::Account,
    error::{Error, ErrorKind, Outcome},
    http::Request,
    json::Raw,
    message::{Message, OnAmbiguous, OnUnsupported, To, Via},
    reply::Receipt,
    status::Status,
    timestamp::Timestamp,
};
use serde::Serialize;
use std::iter;

/// A message of the API: what was asked, and what came of it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MessageResource"))]
pub(crate) struct Delivery<'a> {
    /// Its id: `msg_…`.
    id: String,
    /// How far it is.
    status: Status,
    /// Who gets it.
    to: &'a To,
    /// The connections that were asked for.
    via: Option<&'a Via>,
    /// The connection that tried it last.
    connection: Option<&'a str>,
    /// The provider of that connection.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Slug>"))]
    provider: Option<&'static str>,
    /// The provider's id of the message.
    provider_id: Option<String>,
    /// The provider's id of the bulk job.
    job: Option<String>,
    /// All tries, the first one first.
    attempts: Vec<Attempt<'a>>,
    /// Why the last try failed.
    error: Option<Error>,
    /// When it was asked for.
    created_at: Timestamp,
    /// When anything about it changed last.
    updated_at: Timestamp,
    /// When to send it.
    send_at: Option<Timestamp>,
    /// When it is not worth sending any more.
    expires_at: Option<Timestamp>,
    /// The caller's own data, as it came.
    #[cfg_attr(feature = "schema", schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>"))]
    metadata: Option<&'a Raw>,
    /// What was left out because the provider lacks it.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::Feature>"))]
    degraded: [(); 0],
}

/// One try at one connection.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Attempt<'a> {
    /// The connection.
    connection: &'a str,
    /// When it began.
    at: Timestamp,
    /// What came of it.
    outcome: Outcome,
    /// What the provider answered, as an HTTP status.
    http_status: Option<u16>,
    /// What the provider answered, where it took the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    /// Why it failed.
    error: Option<Error>,
}

/// What one connection would send: the request, or why it cannot make one.
pub(crate) struct Candidate<'a> {
    pub(crate) connection: &'a str,
    pub(crate) account: &'a Account,
    pub(crate) request: Result<Request, Error>,
}

/// The candidates that may be tried, in turn. Fails where nothing may be sent at all.
///
/// The first must be able to send what was asked; with `on_unsupported: "route"` those that lack a feature are
/// passed over.
pub(crate) fn plan<'a>(
    on_unsupported: OnUnsupported,
    mut candidates: impl Iterator<Item = Candidate<'a>>,
) -> Result<impl Iterator<Item = Candidate<'a>>, Error> {
    let is_passed_over =
        move |error: &Error| error.kind == ErrorKind::Unsupported && on_unsupported == OnUnsupported::Route;
    let mut passed_over = None;
    for candidate in candidates.by_ref() {
        match &candidate.request {
            Err(error) if is_passed_over(error) => passed_over = passed_over.or(Some(error.clone())),
            Err(error) => return Err(error.clone()),
            Ok(_) => {
                let able = move |other: &Candidate<'a>| !other.request.as_ref().is_err_and(is_passed_over);
                return Ok(iter::once(candidate).chain(candidates.filter(able)));
            }
        }
    }
    Err(passed_over.unwrap_or_else(|| Error::new(ErrorKind::Invalid, "there is no connection to send by")))
}

/// Tries the candidates until one takes the message, or may have: only what was certainly not sent goes on to
/// the next, unless the caller asked for more with `on_ambiguous: "resend"`.
pub(crate) async fn deliver<'a>(
    host: &impl Host,
    message: &'a Message,
    plan: impl Iterator<Item = Candidate<'a>>,
) -> Delivery<'a> {
    let created_at = host.now();
    let mut delivery = Delivery {
        id: format!("msg_{:032x}", host.random()),
        status: Status::Sending,
        to: &message.to,
        via: message.via.as_ref(),
        connection: None,
        provider: None,
        provider_id: None,
        job: None,
        attempts: Vec::new(),
        error: None,
        created_at,
        updated_at: created_at,
        send_at: message.send_at,
        expires_at: message.expires_in.map(|seconds| Timestamp(created_at.0 + i64::from(seconds) * 1000)),
        metadata: message.metadata.as_ref(),
        degraded: [],
    };
    for candidate in plan {
        let at = host.now();
        let (http_status, result) = attempt(host, &candidate).await;
        let (connection, provider) = (candidate.connection, candidate.account.provider.slug);
        (delivery.connection, delivery.provider) = (Some(connection), Some(provider));
        delivery.updated_at = host.now();
        match result {
            Ok(receipt) => {
                delivery.status = receipt.status;
                delivery.provider_id = receipt.id.clone();
                delivery.job = receipt.job.clone();
                delivery.error = None;
                let (outcome, receipt) = (Outcome::Accepted, Some(receipt));
                delivery.attempts.push(Attempt { connection, at, outcome, http_status, receipt, error: None });
                break;
            }
            Err(error) => {
                let outcome = error.outcome();
                // What one connection may have sent, another's refusal does not take back.
                let unknown = outcome == Outcome::Ambiguous || delivery.status == Status::Unknown;
                delivery.status = if unknown { Status::Unknown } else { Status::Failed };
                delivery.error = Some(error.clone());
                delivery.attempts.push(Attempt {
                    connection,
                    at,
                    outcome,
                    http_status,
                    receipt: None,
                    error: Some(error),
                });
                if outcome == Outcome::Ambiguous && message.on_ambiguous == OnAmbiguous::Hold {
                    break;
                }
            }
        }
    }
    delivery
}

async fn attempt(host: &impl Host, candidate: &Candidate<'_>) -> (Option<u16>, Result<Receipt, Error>) {
    let request = match &candidate.request {
        Ok(request) => request,
        Err(error) => return (None, Err(error.clone())),
    };
    match host.fetch(request).await {
        Ok(response) => (Some(response.status), candidate.account.reply::<Message>(&response)),
        Err(failure) => {
            let error = Error::from(failure);
            (error.status, Err(error))
        }
    }
}
