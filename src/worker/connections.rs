//! `GET /v1/connections` and what hangs below: are they up, and which groups do they reach.

use super::{
    config::Config,
    host::{Host, Outgoing},
    page,
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
    page::whole(&items.collect::<Vec<_>>())
}

/// A configured account, without its keys.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Connection<'a> {
    /// Its name in the configuration.
    name: &'a str,
    /// Its provider; `null` where it is misconfigured.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Slug>"))]
    provider: Option<&'static str>,
    /// The number that it sends from, its last two digits.
    number: Option<String>,
    /// The routes that it is on.
    routes: Vec<&'a str>,
    /// What is wrong with its configuration.
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

/// How a connection is, asked of its provider.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Health<'a> {
    /// The connection.
    connection: &'a str,
    /// Its provider.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Slug"))]
    provider: &'static str,
    /// `up`, `down`, or `unknown` where the provider has no call that tells.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["up", "down", "unknown"])))]
    status: &'static str,
    /// What the provider says of the account, where it takes the credentials.
    account: Option<AccountCheck>,
    /// How many messages the plan still allows, where the provider tells.
    quota: Option<QuotaReport>,
    /// Why the check failed.
    error: Option<Error>,
}

/// The groups that the provider lists.
pub(crate) async fn groups(host: &impl Host, config: &Config, name: &str) -> Result<Outgoing, Problem> {
    let account = account(config, name)?;
    let groups = ask(host, account, &ListGroups {}).await.map_err(|error| match error.kind {
        ErrorKind::Unsupported => Problem::from(error),
        _ => Problem::of_provider(error),
    })?;
    Ok(page::whole(&groups.items))
}

fn account<'a>(config: &'a Config, name: &str) -> Result<&'a Account, Problem> {
    config.connections.find(name, || Problem::not_found("no connection of this name; GET /v1/connections lists them"))
}

async fn ask<C: Call>(host: &impl Host, account: &Account, call: &C) -> Result<C::Reply, Error> {
    let request = account.request(call)?;
    let response = host.fetch(request).await?;
    account.reply::<C>(&response)
}
