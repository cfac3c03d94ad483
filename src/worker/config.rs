//! `CHASKI_CONFIG`: the connections, routes, group aliases, subscribers, hooks and pages of this Worker.

use super::{
    cors,
    hook::Hook,
    key::{WEAK, is_strong},
    problem::Problem,
    subscriber::Subscriber,
};
use crate::{
    account::{Account, INBOUND_KEY, Secrets},
    error::{Error, ErrorKind, Violation, joined},
    input::{Input, Path, Violations, escape, read},
    message::{Message, Recipient, To, Via},
    pace::Pace,
    timestamp::DAY,
};
use std::{borrow::Cow, fmt};

/// Things by the user's names, in the user's order.
pub(crate) struct Named<T>(Vec<(String, T)>);

impl<T> Named<T> {
    fn of(members: Option<Vec<(String, T)>>) -> Self {
        Self(members.unwrap_or_default())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// Of these what is wrong with one keeps no other from working.
impl<T> Named<Result<T, Error>> {
    /// The one of this name; a problem where it is misconfigured, or there is `none`.
    pub(crate) fn find(&self, name: &str, none: impl FnOnce() -> Problem) -> Result<&T, Problem> {
        match self.get(name) {
            Some(found) => found.as_ref().map_err(|error| Problem::misconfigured(error.clone())),
            None => Err(none()),
        }
    }

    fn errors(&self) -> impl Iterator<Item = &Error> {
        self.iter().filter_map(|(_, one)| one.as_ref().err())
    }
}

/// The configuration, checked.
pub struct Config {
    /// The accounts by the user's names. One that is wrong does not keep the others from working.
    pub(crate) connections: Named<Result<Account, Error>>,
    routes: Named<Vec<String>>,
    groups: Named<Named<String>>,
    /// Who gets the events.
    pub(crate) subscribers: Named<Result<Subscriber, Error>>,
    /// What others may post.
    pub(crate) hooks: Named<Result<Hook, Error>>,
    /// The pages of elsewhere that may ask.
    origins: Vec<String>,
    /// For how many days a message is kept after its end, and an event after it came.
    retention_days: u32,
}

// Names only: a value may be a key.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.connections.names()).finish()
    }
}

/// A sending number: what it may spend, and the connections that share it.
pub(crate) struct Number<'c> {
    pub(crate) name: String,
    pub(crate) pace: Pace,
    pub(crate) connections: Vec<&'c str>,
}

impl Config {
    /// Reads the configuration. `secret` looks up what a value `"$NAME"` stands for.
    pub fn parse(json: &str, secret: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let config =
            read(json.as_bytes(), |input| {
                let mut members = input.members()?;
                let config =
                    Self {
                        connections: Named::of(members.required("connections").and_then(|input| {
                            input.each(|_, input| Some(alone(input, |input| connect(input, &secret))))
                        })),
                        routes: Named::of(
                            members
                                .optional("routes")
                                .and_then(|input| input.each(|_, input| input.items(|input| input.string()))),
                        ),
                        groups: Named::of(members.optional("groups").and_then(|input| {
                            input.each(|_, input| Some(Named::of(input.each(|_, input| input.string()))))
                        })),
                        subscribers: Named::of(members.optional("subscribers").and_then(|input| {
                            input.each(|_, input| Some(alone(input, |input| Subscriber::read(input, &secret))))
                        })),
                        hooks: Named::of(members.optional("hooks").and_then(|input| {
                            input.each(|_, input| Some(alone(input, |input| Hook::read(input, &secret))))
                        })),
                        origins: members
                            .optional("origins")
                            .and_then(|input| input.items(|input| cors::origin(input)))
                            .unwrap_or_default(),
                        retention_days: members.optional("retention_days").and_then(Input::count).unwrap_or(30),
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
        if self.connections.0.is_empty() {
            wrong("/connections".to_owned(), "at least one connection".to_owned());
        }
        if !(1..=365).contains(&self.retention_days) {
            wrong("/retention_days".to_owned(), "1 to 365 days".to_owned());
        }
        let connections = self.connections.names().map(|name| ("connections", name));
        let subscribers = self.subscribers.names().map(|name| ("subscribers", name));
        let hooks = self.hooks.names().map(|name| ("hooks", name));
        for (of, name) in connections.chain(subscribers).chain(hooks).filter(|(_, name)| !is_name(name)) {
            wrong(format!("/{of}/{}", escape(name)), "a name has letters, digits, - and _ only".to_owned());
        }
        for (name, route) in self.routes.iter() {
            let pointer = format!("/routes/{}", escape(name));
            if !is_name(name) || self.connections.has(name) {
                wrong(
                    pointer.clone(),
                    "a route's name has letters, digits, - and _ only, and is no connection's".to_owned(),
                );
            }
            if route.is_empty() {
                wrong(pointer.clone(), "at least one connection".to_owned());
            }
            for (at, name) in route.iter().enumerate() {
                if !self.connections.has(name) {
                    wrong(format!("{pointer}/{at}"), format!("no connection {name}"));
                } else if is_repeated(route, at) {
                    wrong(format!("{pointer}/{at}"), REPEATED.to_owned());
                }
            }
        }
        for (name, subscriber) in self.subscribers.iter() {
            let connections = subscriber.as_ref().ok().and_then(|subscriber| subscriber.connections.as_ref());
            for (at, connection) in connections.into_iter().flatten().enumerate() {
                if !self.connections.has(connection) {
                    let pointer = format!("/subscribers/{}/connections/{at}", escape(name));
                    wrong(pointer, format!("no connection {connection}"));
                }
            }
        }
        for (name, hook) in self.hooks.iter() {
            let route = hook.as_ref().ok().and_then(|hook| self.route(hook.via()).err());
            for Violation { pointer, detail } in route.into_iter().flat_map(|error| error.into_details().errors) {
                wrong(format!("/hooks/{}{pointer}", escape(name)), detail);
            }
        }
        for (alias, ids) in self.groups.iter() {
            for (name, id) in ids.iter() {
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

    /// What is wrong with single connections, subscribers and hooks, which keeps no other from working.
    pub(crate) fn errors(&self) -> Vec<Violation> {
        let errors = self.connections.errors().chain(self.subscribers.errors()).chain(self.hooks.errors());
        errors.flat_map(|error| error.errors.clone()).collect()
    }

    /// The subscribers that events can be brought to.
    pub(crate) fn subscribers(&self) -> impl Iterator<Item = (&str, &Subscriber)> {
        self.subscribers.iter().filter_map(|(name, subscriber)| Some((name, subscriber.as_ref().ok()?)))
    }

    /// The connections to try in turn, for what the caller wrote in `via`.
    pub(crate) fn route(&self, via: Option<&Via>) -> Result<Vec<&str>, Error> {
        let unknown = |pointer: &str, name: &str| {
            let known = joined(self.connections.names().chain(self.routes.names()), ", ");
            Error::invalid(vec![Violation::new(pointer, format!("no connection or route {name}; there are {known}"))])
        };
        let connection = |pointer: &str, name: &str| {
            self.connections.names().find(|known| *known == name).ok_or_else(|| unknown(pointer, name))
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
                let named = |(at, name): (usize, &String)| {
                    let pointer = format!("/via/{at}");
                    if is_repeated(names, at) {
                        return Err(Error::invalid(vec![Violation::new(pointer, REPEATED)]));
                    }
                    connection(&pointer, name)
                };
                names.iter().enumerate().map(named).collect()
            }
            None => match (self.routes.get("default"), self.connections.0.len()) {
                (Some(route), _) => Ok(route.iter().map(String::as_str).collect()),
                (None, 1) => Ok(self.connections.names().collect()),
                (None, _) => {
                    let detail = "name a connection or route: CHASKI_CONFIG has no routes.default";
                    Err(Error::invalid(vec![Violation::new("/via", detail)]))
                }
            },
        }
    }

    /// The message as this connection gets it: each group alias replaced by the connection's own id.
    pub(crate) fn resolve<'m>(&self, message: &'m Message, connection: &str) -> Result<Cow<'m, Message>, Error> {
        let is_alias = |recipient: &Recipient| matches!(recipient, Recipient::Group(id) if self.groups.has(id));
        // A copy may be one of megabytes of media.
        if !message.to.recipients().iter().any(is_alias) {
            return Ok(Cow::Borrowed(message));
        }
        let mut errors = Vec::new();
        let mut resolved = Vec::new();
        for (at, recipient) in message.to.recipients().iter().enumerate() {
            let Recipient::Group(alias) = recipient else {
                resolved.push(recipient.clone());
                continue;
            };
            match self.groups.get(alias).map(|ids| ids.get(connection)) {
                Some(Some(id)) => resolved.push(Recipient::Group(id.clone())),
                Some(None) => {
                    let detail = format!("the alias {alias} has no group at {connection}: add it to CHASKI_CONFIG");
                    errors.push(Violation::new(message.to.pointer(at), detail));
                }
                None => resolved.push(recipient.clone()),
            }
        }
        if !errors.is_empty() {
            return Err(Error::unsupported(errors));
        }
        let to = match (&message.to, resolved.as_slice()) {
            (To::One(_), [one]) => To::One(one.clone()),
            _ => To::Many(resolved),
        };
        Ok(Cow::Owned(Message { to, ..message.clone() }))
    }

    /// The error of a request, as callers of the Worker need it: what is no group may be a misspelt alias.
    pub(crate) fn with_aliases(&self, error: Error) -> Error {
        if error.kind != ErrorKind::Invalid || self.groups.0.is_empty() {
            return error;
        }
        let aliases = joined(self.groups.names(), ", ");
        let explained =
            error.into_details().errors.into_iter().map(|violation| match violation.pointer.ends_with("/group") {
                true => Violation { detail: format!("{}; the aliases are {aliases}", violation.detail), ..violation },
                false => violation,
            });
        Error::invalid(explained.collect())
    }

    /// The chat of a recipient, by one name: a group may be meant by its alias or by any of its ids.
    pub(crate) fn chat(&self, recipient: &Recipient) -> String {
        match recipient {
            Recipient::Phone(phone) => format!("phone:{}", phone.digits()),
            Recipient::Group(group) if self.groups.has(group) => format!("group:{group}"),
            Recipient::Group(group) => {
                let is_of = |(_, ids): &(&str, &Named<String>)| ids.iter().any(|(_, id)| id == group);
                format!("group:{}", self.groups.iter().find(is_of).map_or(group.as_str(), |(alias, _)| alias))
            }
        }
    }

    /// The numbers that the connections send from. One whose number is not told has a budget of its own.
    pub(crate) fn numbers(&self) -> Vec<Number<'_>> {
        let mut numbers: Vec<Number<'_>> = Vec::new();
        for (connection, account) in self.connections.iter() {
            let account = account.as_ref().ok();
            let number = account.and_then(Account::number).map(|number| number.digits().to_owned());
            let name = number.unwrap_or_else(|| format!("connection:{connection}"));
            let pace = account.and_then(|account| account.pace.clone()).unwrap_or_default();
            match numbers.iter_mut().find(|number| number.name == name) {
                Some(number) => {
                    number.pace = number.pace.stricter(&pace);
                    number.connections.push(connection);
                }
                None => numbers.push(Number { name, pace, connections: vec![connection] }),
            }
        }
        numbers
    }

    /// Whether a message may name this in `via`.
    pub(crate) fn has_way(&self, name: &str) -> bool {
        self.routes.has(name) || self.connections.has(name)
    }

    /// Whether pages of this origin may ask.
    pub(crate) fn is_open_to(&self, origin: &str) -> bool {
        self.origins.iter().any(|open| open == origin)
    }

    /// For how many milliseconds a message is kept after its end, and an event after it came.
    pub(crate) fn retention(&self) -> i64 {
        i64::from(self.retention_days) * DAY
    }

    /// The names of the routes that a connection is on.
    pub(crate) fn routes_of(&self, connection: &str) -> Vec<&str> {
        let on = |(_, names): &(&str, &Vec<String>)| names.iter().any(|name| name == connection);
        self.routes.iter().filter(on).map(|(name, _)| name).collect()
    }
}

/// An account whose webhooks can come in.
fn connect(input: Input<'_, '_>, secret: Secrets<'_>) -> Option<Account> {
    let account = Account::read(input, Some(secret))?;
    if account.get(&INBOUND_KEY).is_some_and(|key| !is_strong(key)) {
        input.violations.note(Path::Member(&input.path, INBOUND_KEY.name), WEAK);
    }
    Some(account)
}

/// One of many. What is wrong with it is its own, and keeps no other from working.
fn alone<T>(input: Input<'_, '_>, read: impl FnOnce(Input<'_, '_>) -> Option<T>) -> Result<T, Error> {
    let violations = Violations::default();
    let one = read(Input { violations: &violations, ..input });
    violations.settle(one)
}

const REPEATED: &str = "named twice: a message is tried once at each connection";

pub(crate) fn is_repeated<T: PartialEq>(items: &[T], at: usize) -> bool {
    items.iter().position(|item| Some(item) == items.get(at)) != Some(at)
}

/// A name that can stand in a path as it is.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
