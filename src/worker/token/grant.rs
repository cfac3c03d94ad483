//! What a token allows, as callers ask for it.

use crate::{
    input::Input,
    message::Recipient,
    worker::{config::is_repeated, cors, host::Incoming, route::Route},
};
use serde::Serialize;

/// How many recipients at most.
const RECIPIENTS: usize = 32;

/// How many messages at most.
const USES: u32 = 10_000;

/// How many seconds at most: a day.
const SECONDS: u32 = 86_400;

/// What a token allows; what is left out is denied.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TokenRequest", deny_unknown_fields))]
pub(crate) struct Grant {
    /// What may be done: at least one of these.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub(super) actions: Vec<Action>,
    /// To whom: 1 to 32, groups by the very names or ids that messages have.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = RECIPIENTS)))]
    pub(super) recipients: Vec<Recipient>,
    /// How many messages may be sent, 1 to 10000; a batch is as many as it has recipients. With `send`, and only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = USES)))]
    pub(super) uses: Option<u32>,
    /// For how many seconds, 1 to 86400.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = SECONDS)))]
    pub(super) expires_in: u32,
    /// Connections and routes that a message may name in `via`; without them it goes by the default route.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) via: Vec<String>,
    /// The origin of the pages that it is for, like `https://app.example`; without one it is for no page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<String>,
}

/// What a token may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TokenAction"))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// To send messages: `POST /v1/messages`.
    Send,
    /// To see the requests that would be made: `POST /v1/messages/preview`.
    Preview,
    /// To look at a message to the recipients: `GET /v1/messages/{id}`.
    Read,
    /// To call back a message to the recipients: `DELETE /v1/messages/{id}`.
    Cancel,
}

impl Action {
    const WORDS: &'static [(&'static str, Self)] =
        &[("send", Self::Send), ("preview", Self::Preview), ("read", Self::Read), ("cancel", Self::Cancel)];

    /// What a request is about; `None` where no token is for it.
    pub(super) fn of(incoming: &Incoming) -> Option<Self> {
        match (Route::of(&incoming.path)?, incoming.method.as_str()) {
            (Route::Messages, "POST") => Some(Self::Send),
            (Route::Preview, "POST") => Some(Self::Preview),
            (Route::Message(_), "GET" | "HEAD") => Some(Self::Read),
            (Route::Message(_), "DELETE") => Some(Self::Cancel),
            _ => None,
        }
    }

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, action)| *action == self).map_or("", |(word, _)| word)
    }
}

impl Grant {
    /// Reads what is asked for.
    pub(crate) fn read(input: Input<'_, '_>) -> Option<Self> {
        let mut members = input.members()?;
        let actions = members.required("actions").and_then(|input| {
            let actions = input.items(|input| input.one_of(Action::WORDS))?;
            match input.json.array()?.len() {
                0 => input.wrong("at least one action"),
                _ if (0..actions.len()).any(|at| is_repeated(&actions, at)) => input.wrong("each action once"),
                _ => Some(actions),
            }
        });
        let recipients = members.required("recipients").and_then(|input| {
            let recipients = input.items(|input| Recipient::read(input))?;
            let count = input.json.array()?.len();
            if (1..=RECIPIENTS).contains(&count) {
                Some(recipients)
            } else {
                input.wrong(format!("1 to {RECIPIENTS} recipients"))
            }
        });
        let uses = match &actions {
            Some(actions) if actions.contains(&Action::Send) => {
                members.required("uses").and_then(|input| between(input, USES))
            }
            Some(_) => members
                .optional("uses")
                .and_then(|input| input.wrong("counts what is sent, and nothing may be: leave it out")),
            None => members.optional("uses").and_then(|input| between(input, USES)),
        };
        let expires_in = members.required("expires_in").and_then(|input| between(input, SECONDS));
        let via = members.optional("via").and_then(|input| input.items(|input| input.string()));
        let origin = members.optional("origin").and_then(cors::origin);
        members.end();
        Some(Self {
            actions: actions?,
            recipients: recipients?,
            uses,
            expires_in: expires_in?,
            via: via.unwrap_or_default(),
            origin,
        })
    }
}

/// 1 to `most`.
fn between(input: Input<'_, '_>, most: u32) -> Option<u32> {
    let count = input.json.integer().and_then(|count| u32::try_from(count).ok());
    count.filter(|count| (1..=most).contains(count)).or_else(|| input.wrong(format!("a whole number from 1 to {most}")))
}
