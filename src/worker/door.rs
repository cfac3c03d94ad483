//! The one door to the host: `door.js` and `outbox.js` are its other sides, and nothing else touches the host's objects.
//!
//! Rust has no executor here. A request's handler runs until it wants a fetch or is done, and says which; `door.js` does
//! the fetch and brings the answer. Text crosses, not objects: each crossing of an object costs more than the core's whole
//! work on a message, and one that Rust gives away lies about until JavaScript sweeps it up.

use super::{App, Failure, Handled, Host, Incoming, Outgoing, host};
use crate::{
    http::{Request, Response},
    timestamp::Timestamp,
    wire::Wire,
    write::to_json,
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
    /// What waits for a fetch.
    exchanges: RefCell<Vec<Exchange>>,
    /// How many exchanges there were.
    count: Cell<u32>,
}

#[wasm_bindgen]
impl Door {
    /// A Worker with this environment: the host's `env`, as JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(env: &str) -> Self {
        Self { app: Rc::new(App::of_env(env)), exchanges: RefCell::default(), count: Cell::default() }
    }

    /// The largest body that is read at all, in bytes.
    #[wasm_bindgen(getter)]
    pub fn limit(&self) -> usize {
        Incoming::LIMIT
    }

    /// Takes in a request: the `head` of it (see [`Incoming::read`]); `body` is absent where it is larger than the limit.
    ///
    /// Returns what the host is to do, as JSON, a line feed, and a body: to answer the caller; to ask the outbox, with what
    /// stands there as the head; or to `fetch` for an `exchange`, and to `bring` what came.
    pub fn open(&self, now: f64, head: &str, body: Option<Vec<u8>>) -> String {
        let id = self.count.get().wrapping_add(1);
        self.count.set(id);
        let incoming = Incoming::read(head, body);
        let (app, mailbox) = (Rc::clone(&self.app), Rc::new(Mailbox { exchange: id, ..Mailbox::default() }));
        let host = Rc::clone(&mailbox);
        let handler: Handler = Box::pin(async move {
            match app.handle(&*host, &incoming).await {
                Handled::Answer(outgoing) => packed_answer(&outgoing),
                Handled::Onward(onward) => {
                    packed(&Head::Outbox { outbox: &onward.headers }, &incoming.head(onward.pass.as_ref()))
                }
            }
        });
        self.go_on(now, Exchange { handler, mailbox })
    }

    /// Takes in what came of the fetch of an exchange (see [`host::outcome`]). Returns what [`Door::open`] does; nothing
    /// where there is no such exchange any more.
    pub fn bring(&self, now: f64, exchange: u32, outcome: &str, body: Option<Vec<u8>>) -> String {
        let mut exchanges = self.exchanges.borrow_mut();
        let at = exchanges.iter().position(|other| other.mailbox.exchange == exchange);
        let Some(exchange) = at.map(|at| exchanges.swap_remove(at)) else { return String::new() };
        drop(exchanges);
        exchange.mailbox.came.replace(Some(host::outcome(outcome, body)));
        self.go_on(now, exchange)
    }
}

/// How long an exchange waits for its fetch, in milliseconds: far longer than the host does. One that is older is nobody's
/// any more: the platform lets go of a caller who has left without a word to us.
const ABANDONED: i64 = 120_000;

impl Door {
    fn go_on(&self, now: f64, mut exchange: Exchange) -> String {
        let now = now as i64;
        exchange.mailbox.now.set(now);
        match exchange.handler.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => done,
            Poll::Pending => {
                let wanted = exchange.mailbox.wanted.take();
                let mut exchanges = self.exchanges.borrow_mut();
                exchanges.retain(|other| now - other.mailbox.now.get() < ABANDONED);
                exchanges.push(exchange);
                wanted
            }
        }
    }
}

type Handler = Pin<Box<dyn Future<Output = String>>>;

/// One request to the Worker, and its handler on the way to the answer.
struct Exchange {
    handler: Handler,
    mailbox: Rc<Mailbox>,
}

/// An answer to a caller, for the host.
pub(super) fn packed_answer(outgoing: &Outgoing) -> String {
    let Outgoing { status, headers, body } = outgoing;
    packed(&Head::Answer { status: *status, headers }, body)
}

/// A head as JSON, a line feed, and text. A head has no raw JSON in it, and so no line feed of its own.
pub(super) fn packed(head: &impl Serialize, text: &str) -> String {
    let mut packed = to_json(head);
    packed.push('\n');
    packed.push_str(text);
    packed
}

/// Between a handler and the door: what is wanted of the host, and what came.
#[derive(Default)]
struct Mailbox {
    exchange: u32,
    now: Cell<i64>,
    wanted: RefCell<String>,
    came: RefCell<Option<Result<Response, Failure>>>,
}

impl Host for Mailbox {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.get())
    }

    fn random(&self) -> u128 {
        random()
    }

    async fn fetch(&self, request: Request) -> Result<Response, Failure> {
        let (fetch, body) = Wire::of(request);
        // Whatever is looked up is asked for in text.
        let body = String::from_utf8_lossy(&body);
        self.wanted.replace(packed(&Head::Fetch { exchange: self.exchange, fetch }, &body));
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

/// What the host is to do; what the outbox answers gets its headers.
#[derive(Serialize)]
#[serde(untagged)]
enum Head<'a> {
    Fetch { exchange: u32, fetch: Wire },
    Answer { status: u16, headers: &'a [(&'static str, String)] },
    Outbox { outbox: &'a [(&'static str, String)] },
}
