//! Who may report and post without the Worker's own key: a webhook is let in by the key in its path, by its signature, or
//! by both.

use super::{
    config::Config,
    host::Incoming,
    key::Key,
    messages::{BODY_LIMIT, too_large},
    problem::Problem,
};
use crate::{
    account::{Account, INBOUND_KEY},
    error::Error,
    timestamp::Timestamp,
    webhook::Webhook,
};

/// Lets a report of this connection's provider in, or says why not.
pub(crate) fn admit_report(
    config: &Config,
    connection: &str,
    key: Option<&str>,
    incoming: &Incoming,
    now: Timestamp,
) -> Result<(), Problem> {
    // Where it is misconfigured the provider will come again, and it may be mended by then.
    let account = config.connections.find(connection, nothing_here)?;
    if !fits(account, key) {
        return Err(nothing_here());
    }
    account.verify(&webhook(incoming)?, now).map_err(forged)
}

/// Lets a call of this hook in, or says why not.
pub(crate) fn admit_call(
    config: &Config,
    name: &str,
    key: &str,
    incoming: &Incoming,
    now: Timestamp,
) -> Result<(), Problem> {
    let hook = config.hooks.find(name, no_hook)?;
    if !hook.has_key(key) {
        return Err(no_hook());
    }
    if incoming.body.as_ref().is_none_or(|body| body.len() > BODY_LIMIT) {
        return Err(too_large());
    }
    hook.verify(&webhook(incoming)?, now).map_err(forged)
}

/// Whether the key in the path is the connection's own. It may be left out where the provider signs.
fn fits(account: &Account, key: Option<&str>) -> bool {
    match (account.get(&INBOUND_KEY), key) {
        (Some(own), Some(key)) => Key::of(own).is(key),
        (_, None) => account.checks_signatures(),
        (None, Some(_)) => false,
    }
}

/// The request as a webhook.
pub(crate) fn webhook(incoming: &Incoming) -> Result<Webhook, Problem> {
    let body = incoming.body.clone().ok_or_else(too_large)?;
    let headers = incoming.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Webhook { headers: headers.collect(), body })
}

/// A signature does not hold.
fn forged(error: Error) -> Problem {
    Problem::of(401, error)
}

/// The same for a name that nobody has and a key that is wrong: who guesses learns nothing.
fn nothing_here() -> Problem {
    let detail = "no webhook comes in here: the path is /v1/inbound/{connection}/{inbound_key}; the key may be left out \
        where the provider signs, and the connection has the secret for that";
    Problem::not_found(detail)
}

fn no_hook() -> Problem {
    Problem::not_found("no hook is here: the path is /v1/hooks/{name}/{key}, as CHASKI_CONFIG has them")
}
