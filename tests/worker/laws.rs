//! What holds whatever callers ask, providers answer and the storage does, in whatever order.
//!
//! A run is like the one before; `PROPTEST_RNG_SEED=1 PROPTEST_CASES=10000` looks further, and `npm run fuzz` furthest.

pub mod configurations;
pub mod requests;
pub mod signatures;
pub mod templates;

use super::{rig::Event, *};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
    strategy::ValueTree,
    test_runner::{RngSeed, TestCaseResult, TestRunner},
};
use std::collections::BTreeMap;

/// What happens to the outbox.
#[derive(Clone, Debug)]
enum Op {
    Accept {
        chats: Vec<usize>,
        via: usize,
        delay: Option<i64>,
        expires_in: Option<u32>,
        resend: bool,
        key: Option<u8>,
        wait: Option<u32>,
    },
    Cancel(Index),
    Resolve(Index, &'static str),
    Land(Index, Word),
    /// The outcome of a fetch is lost on its way.
    Lose(Index),
    /// Time passes, with all that happens in it.
    Pass(i64),
    /// The next thing happens.
    Turn,
    /// The object dies, and lives again after so many milliseconds, perhaps without one of the connections.
    Die(i64, Option<&'static str>),
    /// A statement fails, after so many.
    Fault(usize),
}

/// What a provider says.
#[derive(Clone, Copy, Debug)]
enum Word {
    Taken(&'static str),
    SlowDown(Option<u32>),
    Refused,
    Unreachable,
    Silent,
    Broken,
    /// Broken, but it shows the id of the message.
    Telling,
}

impl Word {
    fn outcome(self) -> Fetched {
        // In the shapes of all providers at once.
        let said = |status: &str| {
            let ids = json!({ "id": "m-1", "message_id": "m-1", "ref_no": "m-1", "status": status });
            json!({ "data": ids, "message_id": "m-1", "status": status })
        };
        match self {
            Self::Taken(status) => answer(200, said(status)),
            Self::SlowDown(seconds) => slow_down(seconds),
            Self::Refused => refused(),
            Self::Unreachable => Err(Failure::Unreachable),
            Self::Silent => Err(Failure::Timeout),
            Self::Broken => answer(500, json!({})),
            Self::Telling => answer(500, said("pending")),
        }
    }
}

/// Whether a provider may have got the message that it answered so; `Some(true)` where it certainly has.
fn may_have_got(outcome: &Fetched) -> Option<bool> {
    match outcome {
        Ok(Response { status: 200, .. }) => Some(true),
        Ok(Response { status: 401 | 429, .. }) | Err(Failure::Unreachable) => None,
        _ => Some(false),
    }
}

const ROUTES: &[&str] = &["a", "d", "first", "second", "third"];

/// Two connections with one number, one that is slow in bursts, and one as fast as it can.
fn world(gone: Option<&str>) -> Rc<App> {
    let ids = |at: usize| json!({ "a": format!("{at}"), "b": format!("b-{at}"), "c": format!("c-{at}"), "d": format!("12036302524612501{at}@g.us") });
    let mut config = json!({
        "connections": {
            "d": { "provider": "gowhatsapp", "base_url": "http://127.0.0.1:7001", "token": "$GO_TOKEN" },
            "c": { "provider": "a1base", "account_id": "acc", "api_key": "$A1_KEY", "api_secret": "$A1_SECRET", "from": "+14155552671",
                "pace": { "per_minute": 60, "burst": 3 } },
            "b": { "provider": "wachat", "api_key": "$WACHAT_KEY", "sender": "628970450001", "pace": { "min_gap_ms": 400 } },
            "a": { "provider": "whatspie", "token": "$WHATSPIE_TOKEN", "device": "628970450001",
                "pace": { "per_minute": 120, "burst": 2, "min_gap_ms": 400, "jitter_ms": 300 } },
        },
        "routes": { "first": ["a", "c"], "second": ["b", "d"], "third": ["c", "b", "a"] },
        "groups": { "g-0": ids(0), "g-1": ids(1), "g-2": ids(2) },
    });
    if let Some(gone) = gone {
        forget(&mut config, gone);
    }
    app_of(&config)
}

/// The hosts that send from one number, the milliseconds that each of its sends takes, its burst, and its least gap.
const NUMBERS: &[(&[&str], i64, usize, i64)] =
    &[(&["api.whatspie.com", "api.wachat-api.com"], 500, 2, 400), (&["api.a1base.com"], 1000, 3, 0)];

fn any_op() -> impl Strategy<Value = Op> {
    let taken = select(vec!["pending", "sent", "delivered", "failed", "en route"]).prop_map(Word::Taken);
    let word = prop_oneof![
        4 => taken,
        3 => option::of(1..40u32).prop_map(Word::SlowDown),
        2 => Just(Word::Refused),
        1 => select(vec![Word::Unreachable, Word::Silent, Word::Broken, Word::Telling]),
    ];
    let times = (option::weighted(0.2, 1..60_000i64), option::weighted(0.2, 1..40u32));
    let caller = (any::<bool>(), option::weighted(0.1, 0..3u8), option::weighted(0.2, 1..5u32));
    let accept = (vec(0..6usize, 1..4), 0..ROUTES.len(), times, caller);
    let accept = accept.prop_map(|(chats, via, (delay, expires_in), caller)| {
        let (resend, key, wait) = caller;
        Op::Accept { chats, via, delay, expires_in, resend, key, wait }
    });
    let verdict = select(vec!["sent", "failed", "resend"]);
    prop_oneof![
        6 => accept,
        1 => any::<Index>().prop_map(Op::Cancel),
        2 => (any::<Index>(), verdict).prop_map(|(message, verdict)| Op::Resolve(message, verdict)),
        8 => (any::<Index>(), word).prop_map(|(flight, word)| Op::Land(flight, word)),
        1 => any::<Index>().prop_map(Op::Lose),
        4 => prop_oneof![Just(0), 0..3_000i64, 0..100_000i64].prop_map(Op::Pass),
        4 => Just(Op::Turn),
        1 => (prop_oneof![Just(0), 0..100_000i64], option::weighted(0.3, select(vec!["b", "c", "d"])))
            .prop_map(|(milliseconds, gone)| Op::Die(milliseconds, gone)),
        1 => (0..60usize).prop_map(Op::Fault),
    ]
}

/// What a caller knows of a message that was accepted.
struct Known {
    id: String,
    chat: String,
    turn: i64,
    resend: bool,
}

/// What was done to the messages, between the fetches: by place in the history.
enum Deed {
    CalledBack,
    ToBeSentAgain,
}

struct Trial {
    rig: Rig,
    messages: BTreeMap<i64, Known>,
    deeds: Vec<(usize, i64, Deed)>,
}

impl Trial {
    fn new() -> Self {
        Self { rig: Rig::of(&world(None)), messages: BTreeMap::new(), deeds: Vec::new() }
    }

    fn act(&mut self, op: Op) {
        let flights = self.rig.flights.len();
        match op {
            Op::Accept { .. } => self.accept(op),
            Op::Cancel(message) => {
                if let Some(seq) = self.pick(message) {
                    let (place, answer) = (self.rig.history.len(), self.rig.cancel(&self.messages[&seq].id.clone()));
                    if answer.status == 200 {
                        self.deeds.push((place, seq, Deed::CalledBack));
                    }
                }
            }
            Op::Resolve(message, verdict) => {
                if let Some(seq) = self.pick(message) {
                    let id = self.messages[&seq].id.clone();
                    let (place, answer) = (self.rig.history.len(), self.rig.resolve(&id, verdict));
                    if answer.status == 200 && verdict == "resend" {
                        self.deeds.push((place, seq, Deed::ToBeSentAgain));
                    }
                }
            }
            Op::Land(flight, word) if flights > 0 => self.rig.land_at(flight.index(flights), word.outcome()),
            Op::Lose(flight) if flights > 0 => self.rig.lose(flight.index(flights)),
            // Not on to the day on which all is forgotten.
            Op::Turn if self.rig.next().is_some_and(|next| next.0 - self.rig.now.0 < 2 * HOUR) => drop(self.rig.turn()),
            Op::Land(..) | Op::Lose(..) | Op::Turn => {}
            Op::Pass(milliseconds) => self.rig.pass(milliseconds),
            Op::Die(milliseconds, gone) => {
                self.rig.now.0 += milliseconds;
                self.rig.restart_as(&world(gone));
            }
            Op::Fault(statements) => self.rig.db.fail_after(statements),
        }
    }

    fn pick(&self, message: Index) -> Option<i64> {
        (!self.messages.is_empty()).then(|| *message.get(&self.messages.keys().collect::<Vec<_>>()).to_owned())
    }

    fn accept(&mut self, op: Op) {
        let Op::Accept { mut chats, via, delay, expires_in, resend, key, wait } = op else { return };
        chats.sort_unstable();
        chats.dedup();
        let to = |chat: &usize| match chat {
            0..3 => json!({ "group": format!("g-{chat}") }),
            _ => json!({ "phone": format!("+1202555010{chat}") }),
        };
        let to = if let [chat] = chats.as_slice() { to(chat) } else { chats.iter().map(to).collect() };
        let send_at = delay.map(|delay| Timestamp(self.rig.now.0 + delay).to_string());
        let message = json!({
            "to": to, "text": "Hello", "via": ROUTES[via], "send_at": send_at, "expires_in": expires_in,
            "on_ambiguous": if resend { "resend" } else { "hold" },
        });
        let mut incoming = posting(&message);
        if let Some(seconds) = wait {
            incoming = incoming.with("prefer", &format!("wait={seconds}"));
        }
        if let Some(key) = key {
            incoming = incoming.with("idempotency-key", &format!("k-{key}"));
        }
        let before = self.rig.db.number("SELECT COALESCE(MAX(seq), 0) FROM message");
        let answer = self.rig.ask(&incoming);
        // Who hears nothing yet has been promised as much.
        let is_promised =
            answer.as_ref().is_none_or(|answer| answer.status < 300 && answer.header("idempotent-replayed").is_none());
        let fresh = self.rig.db.query(&format!("SELECT seq, id, chat, turn FROM message WHERE seq > {before}"));
        assert_eq!(
            fresh.len(),
            if is_promised { chats.len() } else { 0 },
            "stored, and not promised or the other way round"
        );
        for row in fresh {
            let (id, chat) = (row[1].as_str().unwrap().to_owned(), row[2].as_str().unwrap().to_owned());
            let known = Known { id, chat, turn: row[3].as_i64().unwrap(), resend };
            self.messages.insert(row[0].as_i64().unwrap(), known);
        }
    }

    /// Lets everything run to its end, with providers that take what they get.
    fn settle(&mut self) {
        self.rig.db.mend();
        self.rig.provide(|request| {
            let status = if request.method.as_str() == "GET" { "read" } else { "sent" };
            Some((200, Word::Taken(status).outcome()))
        });
        self.rig.until_settled();
    }

    /// What became of each message, by what is told of it.
    fn statuses(&self) -> BTreeMap<i64, String> {
        let rows = self.rig.db.query("SELECT seq, status FROM message");
        rows.iter().map(|row| (row[0].as_i64().unwrap(), row[1].as_str().unwrap().to_owned())).collect()
    }

    /// Goes through all that happened to the fetches, and looks for what must not be.
    fn check(&self) -> Result<BTreeMap<i64, Fate>, TestCaseError> {
        let mut fates: BTreeMap<i64, Fate> = BTreeMap::new();
        let mut under_way: BTreeMap<&str, i64> = BTreeMap::new();
        let mut deeds = self.deeds.iter().peekable();
        for (place, event) in self.rig.history.iter().enumerate() {
            while let Some((_, seq, deed)) = deeds.next_if(|(at, ..)| *at <= place) {
                let fate = fates.entry(*seq).or_default();
                match deed {
                    Deed::CalledBack => fate.is_called_back = true,
                    Deed::ToBeSentAgain => *fate = Fate { is_forgiven: true, ..Fate::default() },
                }
            }
            match event {
                Event::Died => {
                    for seq in std::mem::take(&mut under_way).into_values() {
                        fates.entry(seq).or_default().may_be_out = true;
                    }
                }
                Event::Begun(flight) if flight.errand.sends().is_some() => {
                    let seq = flight.errand.sends().unwrap();
                    let (known, fate) = (&self.messages[&seq], fates.entry(seq).or_default());
                    prop_assert_eq!(under_way.insert(&known.chat, seq), None, "two at once in one chat");
                    prop_assert!(!fate.may_be_out || known.resend, "{} may be out, and is sent again", seq);
                    prop_assert!(!fate.is_taken, "{} is known to be out, and is sent again", seq);
                    prop_assert!(!fate.is_called_back, "{} was called back, and is sent", seq);
                }
                Event::Landed { errand: Errand::Send { seq, .. }, outcome, is_known } => {
                    under_way.retain(|_, other| other != seq);
                    let fate = fates.entry(*seq).or_default();
                    let got = may_have_got(outcome);
                    fate.may_be_out |= got.is_some();
                    fate.is_taken |= got == Some(true) && *is_known;
                }
                Event::Begun(_) | Event::Landed { .. } => {}
            }
        }
        Ok(fates)
    }

    fn check_chats(&self) -> TestCaseResult {
        let mut seen = BTreeSet::new();
        let mut last: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for send in self.rig.sends().filter(|send| seen.insert(send.errand.sends().unwrap())) {
            let Known { chat, turn, .. } = &self.messages[&send.errand.sends().unwrap()];
            let place = (*turn, send.errand.sends().unwrap());
            let before = last.insert(chat, place);
            prop_assert!(before.is_none_or(|before| before < place), "{:?} went before {:?}", before, place);
        }
        Ok(())
    }

    fn check_paces(&self) -> TestCaseResult {
        for (hosts, interval, burst, gap) in NUMBERS {
            let of_number =
                self.rig.sends().filter(|send| hosts.contains(&send.request.url.split('/').nth(2).unwrap()));
            let times: Vec<_> = of_number.map(|send| send.begun.0).collect();
            for (at, first) in times.iter().enumerate() {
                for (more, next) in times[at + 1..].iter().enumerate() {
                    let sends = i64::try_from(more + 2 - burst.min(&(more + 2))).unwrap();
                    let least = (sends * interval).max(*gap);
                    prop_assert!(next - first >= least, "{} sends in {} ms", more + 2, next - first);
                }
            }
        }
        Ok(())
    }
}

/// What is known of a message by what its fetches came to.
#[derive(Default)]
struct Fate {
    may_be_out: bool,
    is_taken: bool,
    is_called_back: bool,
    /// The caller has said that it was not sent, whatever had come before.
    is_forgiven: bool,
}

/// How the laws are tried: each time in the same way, where nothing else is asked for.
pub fn laws() -> ProptestConfig {
    let default = ProptestConfig::default();
    let rng_seed = if default.rng_seed == RngSeed::Random { RngSeed::Fixed(0) } else { default.rng_seed };
    ProptestConfig { rng_seed, failure_persistence: None, ..default }
}

/// Nothing that was accepted is lost, and nothing is sent twice but where the caller asks for it, whatever is drawn to happen.
pub fn keeps_its_word(draws: impl Iterator<Item = TestRunner>) -> TestCaseResult {
    nothing_is_lost(drawn(&any_op(), draws.take(70))?)
}

/// One of the strategy's for each of these draws.
pub fn drawn<S: Strategy>(
    strategy: &S,
    draws: impl Iterator<Item = TestRunner>,
) -> Result<Vec<S::Value>, TestCaseError> {
    let all = draws.map(|mut draw| strategy.new_tree(&mut draw).map(|tree| tree.current()));
    all.collect::<Result<_, _>>().map_err(TestCaseError::reject)
}

fn nothing_is_lost(ops: Vec<Op>) -> TestCaseResult {
    let mut trial = Trial::new();
    for op in ops {
        trial.act(op);
    }
    let rung = trial.rig.alarms;
    trial.settle();
    prop_assert!(trial.rig.alarms - rung < 2_000, "{} alarms", trial.rig.alarms - rung);

    let fates = trial.check()?;
    trial.check_chats()?;
    trial.check_paces()?;
    let statuses = trial.statuses();
    prop_assert!(statuses.keys().eq(trial.messages.keys()), "some are lost, or came from nowhere");
    for (seq, status) in &statuses {
        let may_be_out = fates.get(seq).is_some_and(|fate| fate.may_be_out && !fate.is_forgiven);
        match status.as_str() {
            "accepted" | "queued" | "sent" | "delivered" | "read" | "failed" | "unknown" => {}
            "expired" | "cancelled" => prop_assert!(!may_be_out, "{} may be out, and is {}", seq, status),
            _ => prop_assert!(false, "{} is {} for ever", seq, status),
        }
    }

    let (kept, begun) = (trial.rig.db.dump(), trial.rig.log.len());
    trial.rig.restart();
    trial.rig.pass(DAY - HOUR);
    prop_assert_eq!(trial.rig.log.len(), begun, "what is settled is left alone");
    prop_assert!(trial.statuses() == statuses && kept.len() == trial.rig.db.dump().len());
    trial.rig.pass(35 * DAY);
    for table in ["message", "submission", "text", "idempotency"] {
        prop_assert_eq!(trial.rig.db.number(&format!("SELECT COUNT(*) FROM {table}")), 0, "{} is not bounded", table);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: laws().cases / 2, ..laws() })]

    #[test]
    fn nothing_is_lost_and_nothing_is_sent_twice(ops in vec(any_op(), 1..70)) {
        nothing_is_lost(ops)?;
    }
}
