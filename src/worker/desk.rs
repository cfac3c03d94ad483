//! Where the outbox works: `outbox.js` is its other side, which brings the storage, and `desk.js` is what a step has at hand.
//!
//! Each of these functions is one step, inside one transaction of the host's: where it fails, all of it is undone.

use super::{
    Asked, Config, Errand, Fault, Incoming, News, Outbox, Storage, Work,
    door::{Door, packed_answer},
    faulty, host,
};
use crate::{timestamp::Timestamp, wire::Wire, write::to_json};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What a step has at hand.
    pub type Desk;

    /// Whether it has the statement that stands at this address.
    #[wasm_bindgen(method)]
    fn knows(this: &Desk, address: usize) -> bool;

    /// The statement at this address.
    #[wasm_bindgen(method)]
    fn learn(this: &Desk, address: usize, statement: &str);

    /// Runs one statement, and tells what it found.
    #[wasm_bindgen(method, catch)]
    fn sql(this: &Desk, address: usize, parameters: &str) -> Result<String, JsValue>;

    /// Runs one statement.
    #[wasm_bindgen(method, catch)]
    fn run(this: &Desk, address: usize, parameters: &str) -> Result<(), JsValue>;

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

    /// Tells that the answer is to be waited for so many seconds: for the outcome of a submission, or for new events.
    #[wasm_bindgen(method)]
    fn wait(this: &Desk, seconds: u32, submission: Option<f64>);

    /// Tells when there is something to do for what was accepted: not now.
    #[wasm_bindgen(method)]
    fn later(this: &Desk, at: f64);
}

impl Storage for Desk {
    fn sql(&self, statement: &'static str, parameters: &str) -> Result<String, Fault> {
        Self::sql(self, self.address(statement), parameters).map_err(fault)
    }

    fn run(&self, statement: &'static str, parameters: &str) -> Result<(), Fault> {
        Self::run(self, self.address(statement), parameters).map_err(fault)
    }

    fn size(&self) -> u64 {
        Self::size(self) as u64
    }

    fn random(&self) -> u128 {
        super::door::random()
    }
}

impl Desk {
    /// Under which the host keeps a statement: its text crosses once. It is a constant of the module, so that it stands at the same place in
    /// each instance, and no other does.
    fn address(&self, statement: &'static str) -> usize {
        let address = statement.as_ptr().addr();
        if !self.knows(address) {
            self.learn(address, statement);
        }
        address
    }
}

fn fault(why: JsValue) -> Fault {
    Fault(why.as_string().unwrap_or_default())
}

/// How long until a configuration is looked at again that is wrong as a whole, in milliseconds.
const MISCONFIGURED: f64 = 60_000.0;

#[wasm_bindgen]
impl Door {
    /// Begins a life of the object. Returns what [`Door::deliver`] does.
    pub fn start(&self, desk: &Desk, now: f64) -> Result<f64, JsValue> {
        self.step(desk, now, |outbox| outbox.start())
    }

    /// Answers a request, as JSON, a line feed, and a body; with nothing where the desk was told to `wait`. New events are asked
    /// for again then: `is_over` tells that this was done.
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
        match asked {
            Asked::Answer(outgoing) => return Ok(packed_answer(&outgoing)),
            Asked::Wait { submission, seconds } => desk.wait(seconds, Some(submission as f64)),
            Asked::Listen { seconds } => desk.wait(seconds, None),
        }
        Ok(String::new())
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

    /// Does what is due. Returns when to come back; never is infinitely late.
    pub fn deliver(&self, desk: &Desk, now: f64, slots: usize) -> Result<f64, JsValue> {
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
    ) -> Result<f64, JsValue> {
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
    ) -> Result<f64, JsValue> {
        let Ok(config) = self.app.config() else {
            // What is kept stays kept until the configuration is mended.
            return Ok(now + MISCONFIGURED);
        };
        let work = step(&outbox(config, desk, now)).map_err(told)?;
        for fetch in work.fetches {
            let errand = fetch.errand.to_json();
            let (fetch, body) = Wire::of(fetch.request);
            desk.fetch(&to_json(&Head { errand: &errand, fetch }), &body);
        }
        tell(desk, &work.news);
        Ok(work.alarm.map_or(f64::INFINITY, |at| at.0 as f64))
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
    if let Some(at) = news.later {
        desk.later(at.0 as f64);
    }
}

/// As a string, so that `enter` can tell it from a trap.
fn told(Fault(why): Fault) -> JsValue {
    JsValue::from_str(&why)
}

#[derive(Serialize)]
struct Head<'a> {
    errand: &'a str,
    fetch: Wire,
}
