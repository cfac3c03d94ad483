//! Tokens: what a page carries in place of the key. Each is for a few actions and recipients, and ends soon.
//!
//! A token tells all that it allows, and is signed: `chaski_<claims>.<signature>`. Nothing is kept of it but how many
//! messages it has sent. What it tells is no secret from who has it.

mod grant;

pub(crate) use self::grant::{Action, Grant};
use super::{
    config::Config,
    host::{Host, Incoming, Outgoing},
    key::Key,
    messages::json_body,
    problem::Problem,
};
use crate::{
    base64::{decode_url, encode_url},
    bytes::hex,
    error::{Error, ErrorKind, Violation},
    input::{Input, read},
    message::{Message, To, Via},
    timestamp::Timestamp,
    write::to_json,
};
use serde::Serialize;

/// What a token begins with, so that it is known wherever it is left lying about.
const PREFIX: &str = "chaski_";

/// The longest token, in bytes: it goes into a header.
const LONGEST: usize = 8 << 10;

/// A token, and how long it can be used.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Token {
    /// What to send in place of the key: `Authorization: Bearer <token>`.
    token: String,
    /// When it ends.
    expires_at: Timestamp,
}

/// `POST /v1/tokens`.
pub(crate) fn mint(config: &Config, key: &Key, host: &impl Host, incoming: &Incoming) -> Result<Outgoing, Problem> {
    let grant = read(json_body(incoming)?, Grant::read)?;
    let is_home = |origin: &String| config.is_open_to(origin) || *origin == incoming.origin;
    if !grant.origin.as_ref().is_none_or(is_home) {
        let detail = "no browser could use it there: `origins` in CHASKI_CONFIG must name it";
        return Err(Error::invalid(vec![Violation::new("/origin", detail)]).into());
    }
    let unknown = grant.via.iter().enumerate().filter(|(_, name)| !config.has_way(name));
    let unknown: Vec<_> = unknown
        .map(|(at, name)| Violation::new(format!("/via/{at}"), format!("no connection or route {name}")))
        .collect();
    if !unknown.is_empty() {
        return Err(Error::invalid(unknown).into());
    }
    let expires_at = Timestamp(host.now().0 + i64::from(grant.expires_in) * 1000);
    let token = Pass { id: hex(&host.random().to_be_bytes()), expires_at, grant }.seal(key);
    if token.len() > LONGEST {
        let detail = "too long for a header: fewer, or shorter ones";
        return Err(Error::invalid(vec![Violation::new("/recipients", detail)]).into());
    }
    Ok(Outgoing::json(200, &Token { token, expires_at }))
}

/// A token that was read: what its bearer may do.
#[derive(Clone, Debug, Serialize)]
pub struct Pass {
    pub(crate) id: String,
    pub(crate) expires_at: Timestamp,
    grant: Grant,
}

impl Pass {
    /// As a token.
    fn seal(&self, key: &Key) -> String {
        let claims = encode_url(to_json(self).as_bytes());
        let signature = encode_url(&key.sign(&claims));
        [PREFIX, &claims, ".", &signature].concat()
    }

    /// Whether this means to be a token.
    pub(crate) fn is_like(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// What a token says that was made with this key.
    pub(crate) fn open(token: &str, key: &Key) -> Option<Self> {
        let (claims, signature) = token.strip_prefix(PREFIX)?.split_once('.')?;
        if !key.has_signed(claims, &decode_url(signature)?) {
            return None;
        }
        read(&decode_url(claims)?, Self::read).ok()
    }

    /// The pass that goes to the outbox with a request, as JSON. One that cannot be read opens nothing.
    pub(crate) fn of(json: &str) -> Option<Self> {
        let nothing = || Self { id: String::new(), expires_at: Timestamp(0), grant: Grant::default() };
        (!json.is_empty()).then(|| read(json.as_bytes(), Self::read).unwrap_or_else(|_| nothing()))
    }

    fn read(input: Input<'_, '_>) -> Option<Self> {
        let mut members = input.members()?;
        let id = members.required("id").and_then(Input::string);
        let expires_at = members.required("expires_at").and_then(Input::timestamp);
        let grant = members.required("grant").and_then(Grant::read);
        members.end();
        Some(Self { id: id?, expires_at: expires_at?, grant: grant? })
    }

    /// Lets a request in, whatever it says, or tells why not.
    pub(crate) fn admit(&self, incoming: &Incoming, now: Timestamp) -> Result<(), Problem> {
        if self.expires_at <= now {
            return Err(Problem::unauthorized("this token has expired: mint another (POST /v1/tokens)"));
        }
        // Browsers tell where a page is from, but for what it reads at home.
        let is_at_home = incoming.header("sec-fetch-site") == Some("same-origin");
        let home = is_at_home.then_some(incoming.origin.as_str());
        if incoming.header("origin").or(home) != self.grant.origin.as_deref() {
            let detail = match &self.grant.origin {
                Some(origin) => format!("this token is for pages of {origin} alone: mint another for others"),
                None => "this token is for no page: mint one with the page's `origin`".to_owned(),
            };
            return Err(forbidden(detail));
        }
        match Action::of(incoming) {
            Some(action) if self.grant.actions.contains(&action) => Ok(()),
            Some(action) => {
                let detail =
                    format!("this token is not for that: mint one with \"{}\" among its actions", action.word());
                Err(forbidden(detail))
            }
            None => Err(forbidden("no token is for that: it needs CHASKI_API_KEY")),
        }
    }

    /// Lets a message go, or tells what of it may not.
    pub(crate) fn admit_message(&self, message: &Message) -> Result<(), Problem> {
        let mut errors = Vec::new();
        for (at, recipient) in message.to.recipients().iter().enumerate() {
            if !self.grant.recipients.contains(recipient) {
                let detail = "not among this token's recipients: mint one with it (POST /v1/tokens)";
                errors.push(Violation::new(message.to.pointer(at), detail));
            }
        }
        for (pointer, name) in message.via.as_ref().map(Via::named).unwrap_or_default() {
            if !self.grant.via.contains(name) {
                let detail = "not among this token's: leave it out, or mint one with it in `via` (POST /v1/tokens)";
                errors.push(Violation::new(pointer, detail));
            }
        }
        for (provider, option) in message.options.beyond_content() {
            let detail = "may change who gets it, or from whom: leave it out, or use CHASKI_API_KEY";
            errors.push(Violation::new(format!("/options/{provider}/{option}"), detail));
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(Problem::of(403, Error::invalid(errors).of_kind(ErrorKind::Auth)))
    }

    /// Whether its bearer may know of a message to these.
    pub(crate) fn knows(&self, to: &To) -> bool {
        to.recipients().iter().all(|recipient| self.grant.recipients.contains(recipient))
    }

    /// How many messages it may send.
    pub(crate) fn uses(&self) -> i64 {
        self.grant.uses.unwrap_or_default().into()
    }
}

/// The token is good, and not for that.
fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(403, ErrorKind::Auth, detail)
}
