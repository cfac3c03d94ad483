//! `CHASKI_CONFIG`: the connections, routes and group aliases of this Worker.

use crate::{
    account::Account,
    error::{Error, Violation},
    json::{Input, Violations, escape, read},
    message::{Message, Recipient, To, Via},
};
use std::collections::BTreeMap;

/// The configuration, checked.
#[derive(Debug, Default)]
pub struct Config {
    /// The accounts by the user's names. One that is wrong does not keep the others from working.
    pub(crate) connections: BTreeMap<String, Result<Account, Error>>,
    routes: BTreeMap<String, Vec<String>>,
    groups: BTreeMap<String, BTreeMap<String, String>>,
}

impl Config {
    /// Reads the configuration. `secret` looks up what a value `"$NAME"` stands for.
    pub fn parse(json: &str, secret: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let config = read(json.as_bytes(), |input| {
            let mut members = input.members()?;
            let config = Self {
                connections: named(
                    members.required("connections", |input| input.each(|_, input| Some(connect(input, &secret)))),
                ),
                routes: named(
                    members.optional("routes", |input| input.each(|_, input| input.items(|input| input.string()))),
                ),
                groups: named(members.optional("groups", |input| {
                    input.each(|_, input| Some(named(input.each(|_, input| input.string()))))
                })),
            };
            members.end();
            Some(config)
        })?;
        let errors = config.check();
        if errors.is_empty() { Ok(config) } else { Err(Error::invalid(errors)) }
    }

    /// What is wrong beyond any one connection.
    fn check(&self) -> Vec<Violation> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: String, detail: String| errors.push(Violation::new(pointer, detail));
        if self.connections.is_empty() {
            wrong("/connections".to_owned(), "at least one connection".to_owned());
        }
        for name in self.connections.keys().filter(|name| !is_name(name)) {
            wrong(format!("/connections/{}", escape(name)), "a name has letters, digits, - and _ only".to_owned());
        }
        for (name, route) in &self.routes {
            let pointer = format!("/routes/{}", escape(name));
            if !is_name(name) || self.connections.contains_key(name) {
                wrong(
                    pointer.clone(),
                    "a route's name has letters, digits, - and _ only, and is no connection's".to_owned(),
                );
            }
            if route.is_empty() {
                wrong(pointer.clone(), "at least one connection".to_owned());
            }
            for (at, name) in route.iter().enumerate().filter(|(_, name)| !self.connections.contains_key(*name)) {
                wrong(format!("{pointer}/{at}"), format!("no connection {name}"));
            }
        }
        for (alias, ids) in &self.groups {
            for (name, id) in ids {
                let pointer = format!("/groups/{}/{}", escape(alias), escape(name));
                match self.connections.get(name) {
                    None => wrong(pointer, format!("no connection {name}")),
                    Some(Ok(account)) if !(account.provider.is_group_id)(id) => {
                        wrong(
                            pointer,
                            format!("not a group of {}: {}", account.provider.name, account.provider.group_id),
                        );
                    }
                    Some(_) => {}
                }
            }
        }
        errors
    }

    /// What is wrong with single connections.
    pub(crate) fn connection_errors(&self) -> Vec<Violation> {
        self.connections
            .values()
            .filter_map(|account| account.as_ref().err())
            .flat_map(|error| error.errors.clone())
            .collect()
    }

    /// The connections to try in turn, for what the caller wrote in `via`.
    pub(crate) fn route(&self, via: Option<&Via>) -> Result<Vec<&str>, Error> {
        let unknown = |pointer: &str, name: &str| {
            let known: Vec<_> = self.connections.keys().chain(self.routes.keys()).map(String::as_str).collect();
            Error::invalid(vec![Violation::new(
                pointer,
                format!("no connection or route {name}; there are {}", known.join(", ")),
            )])
        };
        let connection = |pointer: &str, name: &str| match self.connections.get_key_value(name) {
            Some((name, _)) => Ok(name.as_str()),
            None => Err(unknown(pointer, name)),
        };
        match via {
            Some(Via::One(name)) => match self.routes.get(name) {
                Some(route) => Ok(route.iter().map(String::as_str).collect()),
                None => Ok(vec![connection("/via", name)?]),
            },
            Some(Via::Many(names)) if names.is_empty() => {
                Err(Error::invalid(vec![Violation::new("/via", "at least one connection")]))
            }
            Some(Via::Many(names)) => {
                names.iter().enumerate().map(|(at, name)| connection(&format!("/via/{at}"), name)).collect()
            }
            None => match (self.routes.get("default"), self.connections.len()) {
                (Some(route), _) => Ok(route.iter().map(String::as_str).collect()),
                (None, 1) => Ok(self.connections.keys().map(String::as_str).collect()),
                (None, _) => {
                    let detail = "name a connection or route: CHASKI_CONFIG has no routes.default";
                    Err(Error::invalid(vec![Violation::new("/via", detail)]))
                }
            },
        }
    }

    /// The message as this connection gets it: each group alias replaced by the connection's own id.
    pub(crate) fn resolve(&self, message: &Message, connection: &str) -> Result<Message, Error> {
        let mut errors = Vec::new();
        let mut resolve = |(pointer, recipient): (String, &Recipient)| match recipient {
            Recipient::Group(alias) => match self.groups.get(alias).map(|ids| ids.get(connection)) {
                Some(Some(id)) => Recipient::Group(id.clone()),
                Some(None) => {
                    let detail = format!("the alias {alias} has no group at {connection}: add it to CHASKI_CONFIG");
                    errors.push(Violation::new(format!("{pointer}/group"), detail));
                    recipient.clone()
                }
                None => recipient.clone(),
            },
            Recipient::Phone(_) => recipient.clone(),
        };
        let mut resolved: Vec<_> = message.to.iter().map(&mut resolve).collect();
        if !errors.is_empty() {
            return Err(Error::unsupported(errors));
        }
        let to = match (&message.to, resolved.pop()) {
            (To::One(_), Some(one)) => To::One(one),
            (_, last) => To::Many(resolved.into_iter().chain(last).collect()),
        };
        Ok(Message { to, ..message.clone() })
    }

    /// The names of the routes that a connection is on.
    pub(crate) fn routes_of(&self, connection: &str) -> Vec<&str> {
        let on =
            |route: &&String| self.routes.get(*route).is_some_and(|names| names.iter().any(|name| name == connection));
        self.routes.keys().filter(on).map(String::as_str).collect()
    }
}

fn named<T>(members: Option<Vec<(String, T)>>) -> BTreeMap<String, T> {
    members.into_iter().flatten().collect()
}

/// One connection. What is wrong with it is its own, and keeps no other from working.
fn connect(input: Input<'_, '_>, secret: &dyn Fn(&str) -> Option<String>) -> Result<Account, Error> {
    let violations = Violations::default();
    let account = Account::read(Input { violations: &violations, ..input }, Some(secret));
    violations.settle(account)
}

/// A name that can stand in a path as it is.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
