//! The one door to the host. `door.js` is its other side, and nothing else touches the host's objects.
//!
//! A handler is a future, and waits for nothing but fetch. So there is no executor: an [`Exchange`] runs its
//! handler until it wants a fetch or is done, and says which; `door.js` does the fetch and brings the answer.
//! Bytes cross, not objects: each crossing of an object costs more than the core's whole work on a message.

use super::{App, Failure, Handled, Host, Incoming, Onward, Outgoing};
use crate::{
    http::{Request, Response},
    timestamp::Timestamp,
    wire::{Wire, packed},
};
use serde::Serialize;
use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};
use wasm_bindgen::prelude::*;

/// The Worker of this isolate.
#[wasm_bindgen]
pub struct Door {
    pub(super) app: Rc<App>,
}

#[wasm_bindgen]
impl Door {
    /// A Worker with this environment: the host's `env`, as JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(env: &str) -> Self {
        Self { app: Rc::new(App::of_env(env)) }
    }

    /// The largest body that is read at all, in bytes.
    #[wasm_bindgen(getter)]
    pub fn limit(&self) -> usize {
        Incoming::LIMIT
    }

    /// Takes in a request: the `head` of it as JSON; `body` is absent where it is larger than the limit.
    pub fn open(&self, head: &str, body: Option<Vec<u8>>) -> Exchange {
        let incoming = Incoming::read(head, body);
        let (app, mailbox) = (Rc::clone(&self.app), Rc::new(Mailbox::default()));
        let host = Rc::clone(&mailbox);
        let handler: Handler = Box::pin(async move { app.handle(&*host, &incoming).await });
        Exchange { handler, mailbox }
    }
}

type Handler = Pin<Box<dyn Future<Output = Handled>>>;

/// One request to the Worker, and its handler on the way to the answer.
#[wasm_bindgen]
pub struct Exchange {
    handler: Handler,
    mailbox: Rc<Mailbox>,
}

#[wasm_bindgen]
impl Exchange {
    /// Goes on until there is something for the host to do.
    ///
    /// Returns, [`packed`] with its body, either a request to fetch, whose outcome goes to `bring` before the next `next`, or
    /// the answer to the caller, after which there is no next; or that the outbox has the answer.
    pub fn next(&mut self, now: f64) -> Vec<u8> {
        self.mailbox.now.set(now as i64);
        match self.handler.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Handled::Answer(outgoing)) => packed_answer(&outgoing),
            Poll::Ready(Handled::Onward(outbox)) => packed(&Head::Outbox { outbox: &outbox }, &[]),
            Poll::Pending => self.mailbox.wanted.take().unwrap_or_default(),
        }
    }

    /// What came of the fetch.
    pub fn bring(&self, outcome: Outcome) {
        self.mailbox.came.replace(Some(outcome.0));
    }
}

/// What came of a fetch.
#[wasm_bindgen]
pub struct Outcome(pub(super) Result<Response, Failure>);

#[wasm_bindgen]
impl Outcome {
    /// An answer; `body` is absent where it is larger than the limit.
    pub fn answer(
        status: u16,
        date: Option<String>,
        location: Option<String>,
        retry_after: Option<String>,
        body: Option<Vec<u8>>,
    ) -> Self {
        let headers = [("date", date), ("location", location), ("retry-after", retry_after)];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let response = |body| Response { status, headers, body };
        Self(body.map(response).ok_or(Failure::TooLarge(status)))
    }

    /// Why there is no answer: `unreachable`, `timeout`, or anything else for lost.
    pub fn failure(why: &str) -> Self {
        Self(Err(match why {
            "unreachable" => Failure::Unreachable,
            "timeout" => Failure::Timeout,
            _ => Failure::Lost,
        }))
    }
}

/// An answer to a caller, for the host.
pub(super) fn packed_answer(outgoing: &Outgoing) -> Vec<u8> {
    let Outgoing { status, headers, body } = outgoing;
    packed(&Head::Answer { status: *status, headers }, body)
}

/// Between a handler and the door: what is wanted of the host, and what came.
#[derive(Default)]
struct Mailbox {
    now: Cell<i64>,
    wanted: RefCell<Option<Vec<u8>>>,
    came: RefCell<Option<Result<Response, Failure>>>,
}

impl Host for Mailbox {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.get())
    }

    fn random(&self) -> u128 {
        random()
    }

    async fn fetch(&self, request: &Request) -> Result<Response, Failure> {
        let (fetch, body) = Wire::of(request);
        self.wanted.replace(Some(packed(&Head::Fetch { fetch }, &body)));
        std::future::poll_fn(|_| match self.came.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        })
        .await
    }
}

/// 128 bits nobody can guess.
pub(super) fn random() -> u128 {
    let mut bytes = [0; 16];
    // The host's crypto cannot fail inside a request.
    getrandom::fill(&mut bytes).ok();
    u128::from_be_bytes(bytes)
}

/// What the host is to do.
#[derive(Serialize)]
#[serde(untagged)]
enum Head<'a> {
    Fetch { fetch: Wire<'a> },
    Answer { status: u16, headers: &'a [(&'static str, String)] },
    Outbox { outbox: &'a Onward },
}
