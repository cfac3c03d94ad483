//! Where the outbox works: `outbox.js` is its other side, and brings the storage.
//!
//! Each of these functions is one step, inside one transaction of the host's: where it fails, all of it is undone.

use super::{
    Asked, Config, Errand, Fault, Incoming, News, Outbox, Storage, Work,
    door::{Door, packed, packed_answer},
    faulty, host,
};
use crate::{timestamp::Timestamp, wire::Wire, write::to_json};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What a step has at hand.
    pub type Desk;

    /// Runs one statement.
    #[wasm_bindgen(method, catch)]
    fn sql(this: &Desk, statement: &str, parameters: &str) -> Result<String, JsValue>;

    /// The bytes of the database.
    #[wasm_bindgen(method, getter)]
    fn size(this: &Desk) -> f64;

    /// Has this fetched once the step is stored.
    #[wasm_bindgen(method)]
    fn fetch(this: &Desk, head: &str, body: &[u8]);

    /// Tells that something about a submission has changed: somebody may wait for that.
    #[wasm_bindgen(method)]
    fn changed(this: &Desk, submission: f64);

    /// Tells that the log has new events.
    #[wasm_bindgen(method)]
    fn logged(this: &Desk);
}

impl Storage for Desk {
    fn sql(&self, statement: &str, parameters: &str) -> Result<String, Fault> {
        Self::sql(self, statement, parameters).map_err(|why| Fault(why.as_string().unwrap_or_default()))
    }

    fn size(&self) -> u64 {
        Self::size(self) as u64
    }

    fn random(&self) -> u128 {
        super::door::random()
    }
}

/// How long until a configuration is looked at again that is wrong as a whole, in milliseconds.
const MISCONFIGURED: f64 = 60_000.0;

#[wasm_bindgen]
impl Door {
    /// Begins a life of the object. Returns what [`Door::deliver`] does.
    pub fn start(&self, desk: &Desk, now: f64) -> Result<String, JsValue> {
        self.step(desk, now, |outbox| outbox.start())
    }

    /// Answers a request, as JSON, a line feed, and a body: with the answer, with the `submission` whose outcome is to be waited for, or with how
    /// many seconds new events are to be waited for, to ask again then. `is_over` tells that this was done.
    pub fn ask(
        &self,
        desk: &Desk,
        now: f64,
        head: &str,
        body: Option<Vec<u8>>,
        is_over: bool,
    ) -> Result<String, JsValue> {
        let Ok(config) = self.app.config() else { return Ok(packed_answer(&faulty())) };
        let incoming = Incoming::read(head, body);
        let (asked, news) = outbox(config, desk, now).ask(&incoming, is_over).map_err(told)?;
        tell(desk, &news);
        Ok(match asked {
            Asked::Answer(outgoing) => packed_answer(&outgoing),
            Asked::Wait { submission, seconds } => packed(&Wait { submission: Some(submission), seconds }, ""),
            Asked::Listen { seconds } => packed(&Wait { submission: None, seconds }, ""),
        })
    }

    /// The answer where a step has failed.
    pub fn faulty(&self) -> String {
        packed_answer(&faulty())
    }

    /// What is to be said to who waits for a submission; empty where it is too early.
    pub fn waited(
        &self,
        desk: &Desk,
        now: f64,
        submission: f64,
        seconds: u32,
        is_over: bool,
    ) -> Result<String, JsValue> {
        let Ok(config) = self.app.config() else { return Ok(packed_answer(&faulty())) };
        let answer = outbox(config, desk, now).answer(submission as i64, seconds, is_over).map_err(told)?;
        Ok(answer.as_ref().map(packed_answer).unwrap_or_default())
    }

    /// Does what is due. Returns as JSON when to come back (`alarm`).
    pub fn deliver(&self, desk: &Desk, now: f64, slots: usize) -> Result<String, JsValue> {
        self.step(desk, now, |outbox| outbox.deliver(slots))
    }

    /// Takes in what came of a fetch (see [`host::outcome`]) for this errand; then as [`Door::deliver`].
    pub fn came(
        &self,
        desk: &Desk,
        now: f64,
        slots: usize,
        errand: &str,
        outcome: &str,
        body: Option<Vec<u8>>,
    ) -> Result<String, JsValue> {
        self.step(desk, now, |outbox| {
            if let Some(errand) = Errand::parse(errand) {
                outbox.came(errand, host::outcome(outcome, body))?;
            }
            outbox.deliver(slots)
        })
    }
}

impl Door {
    fn step(
        &self,
        desk: &Desk,
        now: f64,
        step: impl FnOnce(&Outbox<'_>) -> Result<Work, Fault>,
    ) -> Result<String, JsValue> {
        let Ok(config) = self.app.config() else {
            // What is kept stays kept until the configuration is mended.
            return Ok(to_json(&Done { alarm: Some((now + MISCONFIGURED) as i64) }));
        };
        let work = step(&outbox(config, desk, now)).map_err(told)?;
        for fetch in &work.fetches {
            let errand = fetch.errand.to_json();
            let (fetch, body) = Wire::of(&fetch.request);
            desk.fetch(&to_json(&Head { errand: &errand, fetch }), &body);
        }
        tell(desk, &work.news);
        Ok(to_json(&Done { alarm: work.alarm.map(|at| at.0) }))
    }
}

fn outbox<'a>(config: &'a Config, desk: &'a Desk, now: f64) -> Outbox<'a> {
    Outbox::new(config, desk, Timestamp(now as i64))
}

fn tell(desk: &Desk, news: &News) {
    news.submissions.iter().for_each(|submission| desk.changed(*submission as f64));
    if news.events {
        desk.logged();
    }
}

/// As a string, so that `enter` can tell it from a trap.
fn told(Fault(why): Fault) -> JsValue {
    JsValue::from_str(&why)
}

#[derive(Serialize)]
struct Head<'a> {
    errand: &'a str,
    fetch: Wire<'a>,
}

#[derive(Serialize)]
struct Done {
    alarm: Option<i64>,
}

#[derive(Serialize)]
struct Wait {
    #[serde(skip_serializing_if = "Option::is_none")]
    submission: Option<i64>,
    seconds: u32,
}
