//! Who may report: a provider's webhook is let in by the key in its path, by its signature, or by both.

use super::{config::Config, host::Incoming, messages::too_large, problem::Problem};
use crate::{
    account::{Account, INBOUND_KEY},
    error::{Error, ErrorKind},
    timestamp::Timestamp,
    webhook::Webhook,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Lets a webhook of this connection in, or says why not.
pub(crate) fn admit(
    config: &Config,
    connection: &str,
    key: Option<&str>,
    incoming: &Incoming,
    now: Timestamp,
) -> Result<(), Problem> {
    let account = match config.connections.get(connection) {
        Some(Ok(account)) => account,
        // The provider will come again, and it may be mended by then.
        Some(Err(error)) => return Err(Problem::misconfigured(error.clone())),
        None => return Err(nothing_here()),
    };
    if !fits(account, key) {
        return Err(nothing_here());
    }
    account.verify(&webhook(incoming)?, now).map_err(forged)
}

/// Whether the key in the path is the connection's own. It may be left out where the provider signs.
fn fits(account: &Account, key: Option<&str>) -> bool {
    match (account.get(&INBOUND_KEY), key) {
        (Some(own), Some(key)) => is_same(own, key),
        (_, None) => account.checks_signatures(),
        (None, Some(_)) => false,
    }
}

/// Whether two keys are the same. Digests are compared, in constant time, so that neither a key nor its length can be
/// felt out.
pub(crate) fn is_same(own: &str, given: &str) -> bool {
    digest(own).ct_eq(&digest(given)).into()
}

pub(crate) fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// The request as a webhook.
pub(crate) fn webhook(incoming: &Incoming) -> Result<Webhook, Problem> {
    let body = incoming.body.clone().ok_or_else(too_large)?;
    Ok(Webhook { headers: incoming.headers.clone(), body })
}

/// A signature does not hold.
pub(crate) fn forged(error: Error) -> Problem {
    Problem::new(401, error.kind, error.message)
}

/// The same for a name that nobody has and a key that is wrong: who guesses learns nothing.
fn nothing_here() -> Problem {
    let detail = "no webhook comes in here: the path is /v1/inbound/{connection}/{inbound_key}; the key may be left out \
        where the provider signs, and the connection has the secret for that";
    Problem::new(404, ErrorKind::NotFound, detail)
}
