//! What may happen to the relay, and the worlds in which it does.

use super::{deliveries::at, subscribers::said, *};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};

/// What happens to the relay.
#[derive(Clone, Debug)]
pub enum Op {
    /// A provider reports these, as a list where there are several; perhaps written otherwise.
    Report(usize, Vec<Said>, bool),
    Send,
    Land(Index, Word),
    /// The outcome of a fetch is lost on its way.
    Lose(Index),
    /// Time passes, with all that happens in it.
    Pass(i64),
    /// The next thing happens.
    Turn,
    /// The object dies, and lives again after so many milliseconds, in one of several worlds.
    Die(i64, usize),
    /// A statement fails, after so many.
    Fault(usize),
    /// One event again, or all that are so far.
    Replay(usize, Option<Index>, Option<&'static str>),
}

/// What a provider says.
#[derive(Clone, Copy, Debug)]
pub enum Said {
    /// Somebody wrote, in a chat.
    Written { id: usize, chat: usize },
    /// How far a message of ours is.
    Receipt { kind: &'static str, id: usize },
    /// Without an id and a time.
    Down,
}

/// What a subscriber answers, or a provider.
#[derive(Clone, Copy, Debug)]
pub enum Word {
    Status(u16),
    Rest(u32),
    Lost,
    Silent,
}

impl Said {
    pub fn json(self) -> Value {
        match self {
            Self::Written { id, chat } => {
                json!({ "message": "Hello", "message_id": format!("in-{id}"), "from": format!("628515605537{chat}") })
            }
            Self::Receipt { kind, id } => json!({ "type": kind, "data": { "message_id": format!("out-{id}") } }),
            Self::Down => json!({ "type": "device_disconnected", "data": { "status": "UNPAIRED" } }),
        }
    }

    /// What is the same whenever the same is reported, and its type.
    pub fn identity(self) -> (String, &'static str) {
        match self {
            Self::Written { id, .. } => (format!("in-{id}"), "message.received"),
            Self::Receipt { kind, id } => {
                let kind = match kind {
                    "message_read" => "message.read",
                    "message_delivered" => "message.delivered",
                    _ => "message.failed",
                };
                (format!("{kind} out-{id}"), kind)
            }
            Self::Down => ("down".to_owned(), "connection.down"),
        }
    }
}

impl Word {
    pub fn outcome(self, errand: Errand, at: usize) -> Fetched {
        match self {
            Self::Status(200) if errand.sends().is_some() => {
                answer(200, json!({ "data": { "id": format!("out-{}", at % 4), "status": "PENDING" } }))
            }
            Self::Status(status) => said(status),
            Self::Rest(seconds) => slow_down(Some(seconds)),
            Self::Lost => Err(Failure::Lost),
            Self::Silent => Err(Failure::Timeout),
        }
    }
}

pub const CONNECTIONS: [&str; 2] = ["ops", "two"];
pub const NAMES: [&str; 4] = ["all", "bot", "log", "ops"];

/// Whether a subscriber wants an event, and how often it is tried.
pub fn wants(name: &str, kind: &str, connection: &str) -> bool {
    match name {
        "bot" => kind == "message.received",
        "ops" => connection == "two" && !kind.starts_with("message"),
        _ => true,
    }
}

pub const TRIES: [(&str, i64); 4] = [("all", 3), ("bot", 10), ("log", 1), ("ops", 4)];

/// In the second world one is gone, in the third one has moved, in the fourth one cannot sign.
pub fn world(number: usize) -> Rc<App> {
    changed(|config| {
        config["connections"]["two"] = config["connections"]["ops"].clone();
        config["subscribers"] = json!({
            "all": at("all", json!({ "retries": [2, 40] })),
            "bot": at("bot", json!({ "events": ["message.received"] })),
            "log": at("log", json!({ "retries": [] })),
            "ops": at("ops", json!({ "events": ["connection.*", "subscriber.*"], "connections": ["two"], "retries": [1, 1, 600] })),
        });
        match number {
            1 => drop(config["subscribers"].as_object_mut().unwrap().remove("all")),
            2 => config["subscribers"]["all"]["url"] = json!("https://all.example/new"),
            3 => config["subscribers"]["bot"]["secret"] = json!("$UNSET"),
            _ => {}
        }
    })
}

/// Who is there to be brought events, in a world.
pub fn present(number: usize) -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().filter(move |name| !matches!((number, *name), (1, "all") | (3, "bot")))
}

pub fn any_op() -> impl Strategy<Value = Op> {
    let receipt = (select(vec!["message_read", "message_delivered", "message_failed"]), 0..4usize);
    let spoken = prop_oneof![
        5 => (0..12usize, 0..3usize).prop_map(|(id, chat)| Said::Written { id, chat }),
        2 => receipt.prop_map(|(kind, id)| Said::Receipt { kind, id }),
        1 => Just(Said::Down),
    ];
    let word = prop_oneof![
        6 => select(vec![200, 204]).prop_map(Word::Status),
        3 => select(vec![302, 400, 500, 503]).prop_map(Word::Status),
        1 => Just(Word::Status(410)),
        1 => (1..100u32).prop_map(Word::Rest),
        1 => Just(Word::Lost),
        1 => Just(Word::Silent),
    ];
    let status = option::of(select(vec!["pending", "delivered", "failed"]));
    prop_oneof![
        8 => (0..2usize, vec(spoken, 1..4), any::<bool>()).prop_map(|(connection, said, pretty)| Op::Report(connection, said, pretty)),
        1 => Just(Op::Send),
        9 => (any::<Index>(), word).prop_map(|(flight, word)| Op::Land(flight, word)),
        1 => any::<Index>().prop_map(Op::Lose),
        4 => prop_oneof![Just(0), 0..3_000i64, 0..100_000i64, 0..9_000_000i64].prop_map(Op::Pass),
        4 => Just(Op::Turn),
        1 => (prop_oneof![Just(0), 0..100_000i64], 0..6usize).prop_map(|(milliseconds, world)| Op::Die(milliseconds, world)),
        1 => (0..60usize).prop_map(Op::Fault),
        1 => (0..4usize, option::weighted(0.3, any::<Index>()), status).prop_map(|(name, event, status)| Op::Replay(name, event, status)),
    ]
}
