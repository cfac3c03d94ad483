//! What stands around the Worker, natively: `door.js` and `outbox.js`, a clock that a test moves, and providers that
//! say what a test wants.

use super::{storage::Db, *};
use chaski::worker::{Asked, Errand, News, Outbox, Work, faulty};
use std::{cell::Cell, collections::BTreeMap, rc::Rc};

// As in outbox.js and host.js.
const SLOTS: usize = 6;
const FETCHES: usize = 40;
const PAUSE: i64 = 5_000;
const TIMEOUT: i64 = 25_000;

/// A fetch that was begun.
#[derive(Clone)]
pub struct Flight {
    pub errand: Errand,
    pub request: Request,
    pub begun: Timestamp,
    /// When its outcome is there, and which.
    lands: Option<(Timestamp, Fetched)>,
}

impl Flight {
    /// What it carries, as JSON.
    pub fn json(&self) -> Value {
        json_of(&self.request)
    }
}

/// What happened to the fetches.
pub enum Event {
    Begun(Flight),
    /// This came of it; where `is_known` is not set the step that took it in failed.
    Landed {
        errand: Errand,
        outcome: Fetched,
        is_known: bool,
    },
    /// The object died, and what was in flight with it.
    Died,
}

/// What a provider answers, and after how many milliseconds; where it says nothing, the test does.
type Provider = Box<dyn FnMut(&Request) -> Option<(i64, Fetched)>>;

/// The Worker and its outbox.
pub struct Rig {
    app: Rc<App>,
    pub db: Db,
    pub now: Timestamp,
    pub flights: Vec<Flight>,
    /// All that was ever begun.
    pub log: Vec<Flight>,
    pub history: Vec<Event>,
    /// How often the alarm rang.
    pub alarms: usize,
    armed: Option<Timestamp>,
    allowance: usize,
    /// Whether this life has begun: whatever comes first begins it, until that is stored.
    is_begun: Cell<bool>,
    waiting: BTreeMap<i64, (Timestamp, u32)>,
    /// Who waits for events, and until when.
    listening: Vec<(Timestamp, Incoming)>,
    heard: Vec<Answer>,
    provider: Provider,
    /// How often in a row an alarm that was due at once came to nothing.
    idle: usize,
}

impl Rig {
    pub fn new() -> Self {
        Self::of(&app())
    }

    /// With another configuration.
    pub fn with(change: impl FnOnce(&mut Value)) -> Self {
        Self::of(&changed(change))
    }

    pub fn of(app: &Rc<App>) -> Self {
        Self::on(app, Db::new())
    }

    pub fn on(app: &Rc<App>, db: Db) -> Self {
        let mut rig = Self {
            app: Rc::clone(app),
            db,
            now: Timestamp::parse(NOW).unwrap(),
            flights: Vec::new(),
            log: Vec::new(),
            history: Vec::new(),
            alarms: 0,
            armed: None,
            allowance: FETCHES,
            is_begun: Cell::new(false),
            waiting: BTreeMap::new(),
            listening: Vec::new(),
            heard: Vec::new(),
            provider: Box::new(|_| None),
            idle: 0,
        };
        rig.restart();
        rig
    }

    /// Ends a life of the object and begins the next one: what was in flight is forgotten, and nobody waits any more.
    pub fn restart(&mut self) {
        self.db.reopen();
        self.history.push(Event::Died);
        self.flights.clear();
        self.waiting.clear();
        self.listening.clear();
        self.heard.clear();
        self.allowance = FETCHES;
        // An alarm that is overdue may never ring.
        self.armed = self.armed.filter(|armed| *armed >= self.now);
        self.is_begun.set(true);
        let is_begun = self.settle(|outbox, _| outbox.start());
        self.is_begun.set(is_begun);
    }

    /// The same, with another configuration.
    pub fn restart_as(&mut self, app: &Rc<App>) {
        self.app = Rc::clone(app);
        self.restart();
    }

    /// From now on the providers answer so, at once.
    pub fn serve(&mut self, mut answer: impl FnMut(&Request) -> Fetched + 'static) {
        self.provide(move |request| Some((0, answer(request))));
    }

    /// From now on the providers answer so.
    pub fn provide(&mut self, provider: impl FnMut(&Request) -> Option<(i64, Fetched)> + 'static) {
        self.provider = Box::new(provider);
    }

    /// Asks the Worker. `None` where the answer is still to come.
    pub fn ask(&mut self, incoming: &Incoming) -> Option<Answer> {
        let onward = match block_on(self.app.handle(&no_fetch(), incoming)) {
            Handled::Answer(outgoing) => return Some(Answer::of(outgoing)),
            Handled::Onward(onward) => onward,
        };
        let incoming = &Incoming { pass: onward.pass, ..incoming.clone() };
        self.allowance = FETCHES;
        let end = |seconds: u32| Timestamp(self.now.0 + i64::from(seconds) * 1000);
        let (answer, news) = match self.step(|outbox| outbox.ask(incoming, false)) {
            Ok((Asked::Answer(outgoing), news)) => (Some(Answer::of(outgoing)), news),
            Ok((Asked::Wait { submission, seconds }, news)) => {
                self.waiting.insert(submission, (end(seconds), seconds));
                (None, news)
            }
            Ok((Asked::Listen { seconds }, news)) => {
                self.listening.push((end(seconds), incoming.clone()));
                (None, news)
            }
            Err(_) => (Some(Answer::of(faulty())), News::default()),
        };
        let later = news.later;
        self.spread(news);
        match later {
            Some(at) => self.arm(Some(at)),
            None => self.deliver(),
        }
        self.land_due();
        answer
    }

    /// The oldest answer that somebody waited for.
    pub fn heard(&mut self) -> Option<Answer> {
        (!self.heard.is_empty()).then(|| self.heard.remove(0))
    }

    /// Asks, and lets time pass until there is an answer.
    pub fn wait(&mut self, incoming: &Incoming) -> Answer {
        self.ask(incoming).unwrap_or_else(|| self.wait_for_answer())
    }

    /// Asks, with providers that follow the script, until there is an answer.
    pub fn follow(&mut self, host: &Script, incoming: &Incoming) -> Answer {
        let mut answer = self.ask(incoming);
        while answer.is_none() {
            match self.flights.first().map(|flight| flight.request.clone()) {
                Some(request) => self.land(block_on(host.fetch(request))),
                None => assert!(self.turn(), "nobody answers"),
            }
            answer = self.heard();
        }
        answer.unwrap_or_else(|| self.wait_for_answer())
    }

    /// Lets time pass until somebody who waited has an answer.
    pub fn wait_for_answer(&mut self) -> Answer {
        while self.heard.is_empty() {
            assert!(self.turn(), "nobody answers");
        }
        self.heard.remove(0)
    }

    /// The outcome of the oldest fetch is there.
    pub fn land(&mut self, outcome: Fetched) {
        self.land_at(0, outcome);
        self.land_due();
    }

    /// The outcome of one of the fetches is there.
    pub fn land_at(&mut self, at: usize, outcome: Fetched) {
        let Flight { errand, .. } = self.flights.remove(at);
        let place = self.history.len();
        let is_known = self.settle(|outbox, slots| {
            outbox.came(errand, outcome.clone())?;
            outbox.deliver(slots)
        });
        self.history.insert(place, Event::Landed { errand, outcome, is_known });
    }

    /// The outcome of one of the fetches is lost on its way to the object.
    pub fn lose(&mut self, at: usize) {
        let Flight { errand, .. } = self.flights.remove(at);
        self.history.push(Event::Landed { errand, outcome: Err(Failure::Lost), is_known: false });
    }

    /// Goes on to what happens next, and lets it happen. `false` where nothing ever will.
    pub fn turn(&mut self) -> bool {
        let landing = self.landing();
        let over = self.waiting.iter().map(|(submission, (until, _))| (*until, *submission)).min();
        let quiet = self.listening.iter().map(|(until, _)| *until).min();
        let times = [landing.as_ref().map(|(at, ..)| *at), over.map(|(at, _)| at), quiet, self.armed];
        let Some(next) = times.into_iter().flatten().min() else { return false };
        self.now = self.now.max(next);
        match (landing, over) {
            (Some((at, flight, outcome)), _) if at == next => self.land_at(flight, outcome),
            (_, Some((at, submission))) if at == next => self.tell(submission, true),
            _ if quiet == Some(next) => self.call(),
            _ => self.ring(),
        }
        true
    }

    /// Lets so many milliseconds pass, with all that happens in them.
    pub fn pass(&mut self, milliseconds: i64) {
        self.until(Timestamp(self.now.0 + milliseconds));
    }

    /// Lets time pass until then, with all that happens in it.
    pub fn until(&mut self, end: Timestamp) {
        while self.next().is_some_and(|next| next <= end) {
            self.turn();
        }
        self.now = self.now.max(end);
    }

    /// Lets time pass until the next fetch is begun, and tells how many milliseconds that took.
    pub fn until_fetch(&mut self) -> i64 {
        let (begun, since) = (self.log.len(), self.now);
        while self.log.len() == begun {
            assert!(self.turn(), "nothing is fetched any more");
        }
        self.now.0 - since.0
    }

    /// Lets time pass until no message is on its way any more.
    pub fn until_settled(&mut self) {
        while self.db.number("SELECT COUNT(*) FROM message WHERE open = 1 OR follow_at IS NOT NULL") > 0 {
            assert!(self.turn(), "a message is left alone");
        }
    }

    /// When something happens next.
    pub fn next(&self) -> Option<Timestamp> {
        let landing = self.landing().map(|(at, ..)| at);
        let over = self.waiting.values().map(|(until, _)| *until).min();
        let quiet = self.listening.iter().map(|(until, _)| *until).min();
        [landing, over, quiet, self.armed].into_iter().flatten().min()
    }

    /// The sends that were begun, and not the questions how far a message is.
    pub fn sends(&self) -> impl Iterator<Item = &Flight> {
        self.log.iter().filter(|flight| flight.errand.sends().is_some())
    }

    /// Does a step, at this time, in one transaction.
    pub fn step<T>(&self, step: impl FnOnce(&Outbox<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let outbox = Outbox::new(self.app.config().unwrap(), &self.db, self.now);
        let is_begun = self.is_begun.get();
        let whole = || if is_begun { step(&outbox) } else { outbox.start().and_then(|_| step(&outbox)) };
        let done = self.db.transaction(whole);
        self.is_begun.set(is_begun || done.is_ok());
        done
    }

    fn landing(&self) -> Option<(Timestamp, usize, Fetched)> {
        let flights = self.flights.iter().enumerate();
        let landings = flights.map(|(at, flight)| match &flight.lands {
            Some((time, outcome)) => (*time, at, outcome.clone()),
            None => (Timestamp(flight.begun.0 + TIMEOUT), at, Err(Failure::Timeout)),
        });
        landings.min_by_key(|(time, ..)| *time)
    }

    fn land_due(&mut self) {
        while let Some((_, flight, outcome)) = self.landing().filter(|(at, ..)| *at <= self.now) {
            self.land_at(flight, outcome);
        }
    }

    fn ring(&mut self) {
        self.alarms += 1;
        self.armed = None;
        self.allowance = FETCHES;
        let (writes, begun, slots) = (self.db.writes(), self.log.len(), SLOTS - self.flights.len());
        self.deliver();
        let is_idle = slots > 0
            && self.armed.is_some_and(|armed| armed <= self.now)
            && (self.db.writes(), self.log.len()) == (writes, begun);
        self.idle = if is_idle { self.idle + 1 } else { 0 };
        assert!(self.idle < 2, "the alarm rings for nothing, over and over");
    }

    fn deliver(&mut self) {
        self.settle(|outbox, slots| outbox.deliver(slots));
    }

    /// Does a step that says what comes next. `false` where it failed.
    fn settle(&mut self, step: impl FnOnce(&Outbox<'_>, usize) -> Result<Work, Fault>) -> bool {
        let slots = self.allowance.min(SLOTS - self.flights.len());
        let Ok(work) = self.step(|outbox| step(outbox, slots)) else {
            self.arm(Some(Timestamp(self.now.0 + PAUSE)));
            return false;
        };
        assert!(work.fetches.len() <= slots, "{} fetches for {slots} slots", work.fetches.len());
        for Fetch { errand, request } in work.fetches {
            self.allowance -= 1;
            let lands = (self.provider)(&request).map(|(wait, outcome)| (Timestamp(self.now.0 + wait), outcome));
            let flight = Flight { errand, request, begun: self.now, lands };
            self.log.push(flight.clone());
            self.history.push(Event::Begun(flight.clone()));
            self.flights.push(flight);
        }
        self.arm(if self.allowance == 0 { Some(self.now) } else { work.alarm });
        self.spread(work.news);
        true
    }

    fn arm(&mut self, at: Option<Timestamp>) {
        self.armed = [self.armed, at].into_iter().flatten().min();
    }

    fn spread(&mut self, news: News) {
        for submission in news.submissions {
            self.tell(submission, false);
        }
        if news.events {
            self.call();
        }
    }

    /// Who waits for events asks once more.
    fn call(&mut self) {
        for (until, incoming) in std::mem::take(&mut self.listening) {
            match self.step(|outbox| outbox.ask(&incoming, until <= self.now)) {
                Ok((Asked::Answer(outgoing), _)) => self.heard.push(Answer::of(outgoing)),
                Ok(_) => self.listening.push((until, incoming)),
                Err(_) => self.heard.push(Answer::of(faulty())),
            }
        }
    }

    fn tell(&mut self, submission: i64, is_over: bool) {
        let Some((_, seconds)) = self.waiting.get(&submission).copied() else { return };
        let outgoing = match self.step(|outbox| outbox.answer(submission, seconds, is_over)) {
            Ok(None) => return,
            Ok(Some(outgoing)) => outgoing,
            Err(_) => faulty(),
        };
        self.waiting.remove(&submission);
        self.heard.push(Answer::of(outgoing));
    }
}
