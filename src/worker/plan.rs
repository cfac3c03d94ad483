//! Which connections a message may go by, and what each of them would send.

use super::{config::Config, problem::Problem};
use crate::{
    account::Account,
    error::{Error, ErrorKind},
    http::Request,
    message::{Message, OnUnsupported},
    provider::Feature,
};

/// What one connection would send of a message, and what that leaves out of it.
pub(crate) type Prepared = (Request, Vec<Feature>);

/// What this connection sends of a message: group aliases are replaced by its own ids, what it lacks is said otherwise
/// where the message allows that, and the Worker's own waiting is none of its business.
pub(crate) fn prepare(
    config: &Config,
    connection: &str,
    account: &Account,
    message: &Message,
) -> Result<Prepared, Error> {
    let mut message = config.resolve(message, connection)?;
    if message.send_at.is_some() && !message.is_scheduled_by(account.provider) {
        message.to_mut().send_at = None;
    }
    let (message, degraded) = match message.on_unsupported {
        OnUnsupported::Degrade => message.degraded(account.provider.features),
        _ => (message, Vec::new()),
    };
    let request = account.request(&*message).map_err(|error| config.with_aliases(error))?;
    Ok((request, degraded))
}

/// One connection of a route.
pub(crate) struct Candidate<'c> {
    pub(crate) connection: &'c str,
    /// The account, or what is wrong with its configuration.
    pub(crate) account: Result<&'c Account, &'c Error>,
}

/// The connections that the message asks for, in order.
pub(crate) fn candidates<'c>(config: &'c Config, message: &Message) -> Result<Vec<Candidate<'c>>, Error> {
    let candidate = |connection| {
        let account = config.connections.get(connection)?.as_ref();
        Some(Candidate { connection, account })
    };
    Ok(config.route(message.via.as_ref())?.into_iter().filter_map(candidate).collect())
}

/// Why a message has no way to go.
pub(crate) enum NoWay {
    /// It cannot be sent as it is.
    Wrong(Error),
    /// No connection of its route is configured as it should be.
    Misconfigured(Error),
}

impl From<NoWay> for Problem {
    fn from(no_way: NoWay) -> Self {
        match no_way {
            NoWay::Wrong(error) => error.into(),
            NoWay::Misconfigured(error) => Self::misconfigured(error),
        }
    }
}

/// The connections that the message may go by, in turn. Fails where nothing may be sent at all.
///
/// The first that is configured must be able to send what was asked; with `on_unsupported: "route"` those that lack a
/// feature are passed over. One that is misconfigured keeps its place: it may be mended by the time its turn comes.
pub(crate) fn route<'c>(
    config: &'c Config,
    candidates: &[Candidate<'c>],
    message: &Message,
) -> Result<Vec<&'c str>, NoWay> {
    let mut route = Vec::new();
    let mut is_able = false;
    let (mut passed_over, mut broken) = (None, None);
    for Candidate { connection, account } in candidates {
        match account.as_ref().map(|account| prepare(config, connection, account, message)) {
            Err(error) => broken = broken.or(Some(*error)),
            Ok(Ok(_)) => is_able = true,
            Ok(Err(error))
                if error.kind == ErrorKind::Unsupported && message.on_unsupported == OnUnsupported::Route =>
            {
                passed_over = passed_over.or(Some(error));
                continue;
            }
            Ok(Err(error)) if !is_able => return Err(NoWay::Wrong(error)),
            Ok(Err(_)) => {}
        }
        route.push(*connection);
    }
    match (is_able, broken, passed_over) {
        (true, ..) => Ok(route),
        (_, Some(error), _) => Err(NoWay::Misconfigured(error.clone())),
        (_, _, Some(error)) => Err(NoWay::Wrong(error)),
        _ => Err(NoWay::Wrong(Error::new(ErrorKind::Invalid, "there is no connection to send by"))),
    }
}
