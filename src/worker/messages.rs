//! Messages as callers send them, and what would be made of them.

use super::{
    config::Config,
    host::{Incoming, Outgoing},
    page,
    plan::{self, Candidate},
    problem::Problem,
    token::Pass,
};
use crate::{
    error::{Error, ErrorKind, Violation},
    message::{Message, To},
};
use serde::Serialize;

/// The largest body without media in base64, in bytes.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// The largest media in base64, in characters.
const BASE64_LIMIT: usize = 8 << 20;

/// The most that previews may come to, in bytes: a long text for many recipients is the same over and over.
const PREVIEW_LIMIT: usize = 8 << 20;

/// The requests that would be made, one for each recipient and connection of the route; nothing is sent.
pub(crate) fn preview(config: &Config, incoming: &Incoming, pass: Option<&Pass>) -> Result<Outgoing, Problem> {
    let message = read(incoming, pass)?;
    let candidates = plan::candidates(config, &message)?;
    let is_batch = message.each().is_some();
    let messages: Vec<_> = match message.each() {
        Some(many) => {
            let length = incoming.body.as_ref().map_or(0, Vec::len);
            if length.saturating_mul(many.len()).saturating_mul(candidates.len()) > PREVIEW_LIMIT {
                let detail = "too many for a preview: leave some out";
                return Err(Error::invalid(vec![Violation::new("/to", detail)]).into());
            }
            many.iter().map(|recipient| Message { to: To::One(recipient.clone()), ..message.clone() }).collect()
        }
        None => vec![message],
    };
    let mut prepared = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let told = |error: Error| if is_batch { error.at_place(place) } else { error };
        for Candidate { connection, account } in &candidates {
            if let Ok(account) = account {
                prepared.push((
                    *connection,
                    *account,
                    plan::prepare(config, connection, account, message).map_err(told),
                ));
            }
        }
    }
    let broken = candidates.iter().find_map(|candidate| candidate.account.err());
    match (prepared.first(), broken) {
        (None, Some(error)) => return Err(Problem::misconfigured(error.clone())),
        (Some((.., Err(error))), _) if prepared.iter().all(|(.., prepared)| prepared.is_err()) => {
            return Err(error.clone().into());
        }
        _ => {}
    }
    let items = prepared.iter().map(|(connection, account, prepared)| Preview {
        connection,
        provider: account.provider.slug,
        request: prepared.as_ref().ok().map(|(request, _)| request.masked()),
        error: prepared.as_ref().err(),
    });
    Ok(page::whole(&items.collect::<Vec<_>>()))
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

/// The message that a caller sends, and may send.
pub(crate) fn read(incoming: &Incoming, pass: Option<&Pass>) -> Result<Message, Problem> {
    let body = json_body(incoming)?;
    let message = Message::parse(body)?;
    let base64 = message.media.as_ref().and_then(|media| media.base64.as_ref()).map_or(0, String::len);
    if base64 > BASE64_LIMIT || body.len().saturating_sub(base64) > BODY_LIMIT {
        return Err(too_large());
    }
    pass.map_or(Ok(()), |pass| pass.admit_message(&message))?;
    Ok(message)
}

/// A body that says it is JSON, or nothing about itself.
pub(crate) fn json_body(incoming: &Incoming) -> Result<&[u8], Problem> {
    let essence = incoming.header("content-type").and_then(|value| value.split(';').next()).map(str::trim);
    if essence.is_some_and(|essence| !essence.eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(415, ErrorKind::Invalid, "send JSON, with `Content-Type: application/json`"));
    }
    incoming.body.as_deref().ok_or_else(too_large)
}

/// The body is more than is read.
pub(crate) fn too_large() -> Problem {
    Problem::new(413, ErrorKind::Invalid, "a body has up to 1 MiB; media in base64 up to 8 MiB more")
}
