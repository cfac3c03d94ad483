//! `GET /v1/connections` and what hangs below: are they up, and which groups do they reach.

use super::{
    app::page,
    config::Config,
    host::{Host, Outgoing},
    problem::Problem,
};
use crate::{
    account::Account,
    call::{Call, CheckAccount, ListGroups, Quota},
    error::{Error, ErrorKind, Violation},
    reply::{AccountCheck, QuotaReport},
};
use serde::Serialize;

/// All connections, without their keys.
pub(crate) fn list(config: &Config) -> Outgoing {
    let items = config.connections.iter().map(|(name, account)| {
        let number = account.as_ref().ok().and_then(Account::number).map(|number| format!("{number:?}"));
        Connection {
            name,
            provider: account.as_ref().ok().map(|account| account.provider.slug),
            number,
            routes: config.routes_of(name),
            errors: account.as_ref().err().map_or(&[], |error| &error.errors),
        }
    });
    page(&items.collect::<Vec<_>>())
}

#[derive(Serialize)]
struct Connection<'a> {
    name: &'a str,
    provider: Option<&'static str>,
    /// Its last two digits.
    number: Option<String>,
    routes: Vec<&'a str>,
    errors: &'a [Violation],
}

/// Whether the provider takes the credentials, and what it says of device and quota.
pub(crate) async fn health(host: &impl Host, config: &Config, name: &str) -> Result<Outgoing, Problem> {
    let account = account(config, name)?;
    let checked = match account.provider.check_account {
        Some(_) => Some(ask(host, account, &CheckAccount {}).await),
        None => None,
    };
    let quota = match account.provider.quota {
        Some(_) if !matches!(checked, Some(Err(_))) => ask(host, account, &Quota {}).await.ok(),
        _ => None,
    };
    let status = match &checked {
        None => "unknown",
        Some(Ok(checked)) if checked.connected != Some(false) => "up",
        Some(_) => "down",
    };
    let (checked, error) = match checked {
        Some(Ok(checked)) => (Some(checked), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let provider = account.provider.slug;
    Ok(Outgoing::json(200, &Health { connection: name, provider, status, account: checked, quota, error }))
}

#[derive(Serialize)]
struct Health<'a> {
    connection: &'a str,
    provider: &'static str,
    /// `up`, `down`, or `unknown` where the provider has no call that tells.
    status: &'static str,
    account: Option<AccountCheck>,
    quota: Option<QuotaReport>,
    error: Option<Error>,
}

/// The groups that the provider lists.
pub(crate) async fn groups(host: &impl Host, config: &Config, name: &str) -> Result<Outgoing, Problem> {
    let account = account(config, name)?;
    let groups = ask(host, account, &ListGroups {}).await.map_err(|error| match error.kind {
        ErrorKind::Unsupported => Problem::from(error),
        _ => Problem::of_provider(error),
    })?;
    Ok(page(&groups.items))
}

fn account<'a>(config: &'a Config, name: &str) -> Result<&'a Account, Problem> {
    match config.connections.get(name) {
        Some(Ok(account)) => Ok(account),
        Some(Err(error)) => Err(Problem::misconfigured(error.clone())),
        None => {
            Err(Problem::new(404, ErrorKind::NotFound, "no connection of this name; GET /v1/connections lists them"))
        }
    }
}

async fn ask<C: Call>(host: &impl Host, account: &Account, call: &C) -> Result<C::Reply, Error> {
    let request = account.request(call)?;
    let response = host.fetch(&request).await?;
    account.reply::<C>(&response)
}
