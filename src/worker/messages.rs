//! `POST /v1/messages` and its preview.

use super::{
    app::page,
    config::Config,
    delivery::{self, Candidate},
    host::{Host, Incoming, Outgoing},
    problem::Problem,
};
use crate::{
    error::{Error, ErrorKind, Violation},
    http::Request,
    message::{Message, OnUnsupported},
};
use serde::Serialize;

/// The largest body without media in base64, in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// The largest media in base64, in characters.
const BASE64_LIMIT: usize = 8 << 20;

/// Sends the message now, and answers what came of it.
pub(crate) async fn send(host: &impl Host, config: &Config, incoming: &Incoming) -> Result<Outgoing, Problem> {
    let message = read(incoming)?;
    check_delivery(incoming, &message)?;
    if message.send_at.is_some_and(|at| at <= host.now()) {
        return Err(Error::invalid(vec![Violation::new("/send_at", "a time to come")]).into());
    }
    let plan = delivery::plan(message.on_unsupported, candidates(config, &message)?)?;
    Ok(Outgoing::json(200, &delivery::deliver(host, &message, plan).await))
}

/// The requests that would be made, one for each connection of the route; nothing is sent.
pub(crate) fn preview(config: &Config, incoming: &Incoming) -> Result<Outgoing, Problem> {
    let message = read(incoming)?;
    let candidates: Vec<_> = candidates(config, &message)?.collect();
    if let Some(Err(error)) = candidates.first().map(|candidate| &candidate.request)
        && candidates.iter().all(|candidate| candidate.request.is_err())
    {
        return Err(error.clone().into());
    }
    let items = candidates.iter().map(|candidate| Preview {
        connection: candidate.connection,
        provider: candidate.account.provider.slug,
        request: candidate.request.as_ref().ok().map(Request::masked),
        error: candidate.request.as_ref().err(),
    });
    Ok(page(&items.collect::<Vec<_>>()))
}

/// What one connection would send, or why it cannot.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Preview"))]
pub(crate) struct Preview<'a, R> {
    /// The connection.
    connection: &'a str,
    /// Its provider.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Slug"))]
    provider: &'static str,
    /// The request that would be made.
    request: Option<R>,
    /// Why there is none.
    error: Option<&'a Error>,
}

fn read(incoming: &Incoming) -> Result<Message, Problem> {
    let too_large = || {
        let detail = "a body has up to 1 MiB; media in base64 up to 8 MiB more";
        Problem::new(413, ErrorKind::Invalid, detail)
    };
    let essence = incoming.content_type.as_deref().and_then(|value| value.split(';').next()).map(str::trim);
    if essence.is_some_and(|essence| !essence.eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(415, ErrorKind::Invalid, "send JSON, with `Content-Type: application/json`"));
    }
    let body = incoming.body.as_ref().ok_or_else(too_large)?;
    let message = Message::parse(body)?;
    let base64 = message.media.as_ref().and_then(|media| media.base64.as_ref()).map_or(0, String::len);
    if base64 > BASE64_LIMIT || body.len().saturating_sub(base64) > BODY_LIMIT {
        return Err(too_large());
    }
    Ok(message)
}

/// What needs durable delivery is refused rather than half done: nothing is kept here yet.
fn check_delivery(incoming: &Incoming, message: &Message) -> Result<(), Error> {
    let mut errors = Vec::new();
    if incoming.idempotency_key.is_some() {
        errors.push(Violation::new("", "the header Idempotency-Key needs durable delivery, which this version lacks"));
    }
    if message.on_unsupported == OnUnsupported::Degrade {
        errors.push(Violation::new("/on_unsupported", "this version can fail or route, not degrade"));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::unsupported(errors)) }
}

/// The connections of the route, each with its request, made when its turn comes.
fn candidates<'a>(config: &'a Config, message: &'a Message) -> Result<impl Iterator<Item = Candidate<'a>>, Problem> {
    let mut broken = None;
    let mut whole = Vec::new();
    for connection in config.route(message.via.as_ref())? {
        match config.connections.get(connection) {
            Some(Ok(account)) => whole.push((connection, account)),
            Some(Err(error)) => broken = broken.or(Some(error)),
            None => {}
        }
    }
    match broken {
        Some(error) if whole.is_empty() => Err(Problem::misconfigured(error.clone())),
        _ => Ok(whole.into_iter().map(|(connection, account)| {
            let request = config.resolve(message, connection).and_then(|message| account.request(&*message));
            let request = request.map_err(|error| config.with_aliases(error));
            Candidate { connection, account, request }
        })),
    }
}
