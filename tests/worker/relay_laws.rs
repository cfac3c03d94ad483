//! What holds whatever providers report, subscribers answer and the storage does, in whatever order.
//!
//! A run is like the one before; `PROPTEST_RNG_SEED=1 PROPTEST_CASES=10000` looks further.

use super::{
    inbound::webhook,
    laws::{drawn, laws},
    relay_world::{CONNECTIONS, NAMES, Op, Said, TRIES, any_op, present, wants, world},
    rig::Event,
    *,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{TestCaseResult, TestRunner},
};
use std::collections::BTreeMap;

struct Trial {
    rig: Rig,
    world: usize,
    /// What was told in time, by connection and identity: when.
    told: BTreeMap<(usize, String), i64>,
    /// What the log has to have, in its order: connection and type.
    log: Vec<(usize, &'static str)>,
    /// For whom each of these was to be queued.
    wanted: Vec<(usize, &'static str)>,
    /// Before which place in the history something was to be brought again, and to whom.
    replays: Vec<(usize, &'static str)>,
    statuses: BTreeMap<String, String>,
    begun: usize,
}

impl Trial {
    fn new() -> Self {
        let rig = Rig::of(&world(0));
        let (told, log, wanted, replays, statuses) = Default::default();
        Self { rig, world: 0, told, log, wanted, replays, statuses, begun: 0 }
    }

    fn act(&mut self, op: Op) {
        let flights = self.rig.flights.len();
        match op {
            Op::Report(connection, said, is_pretty) => self.report(connection, &said, is_pretty),
            Op::Send => drop(self.rig.ask(&posting(&hello(json!({ "via": "ops" }))))),
            Op::Land(flight, word) if flights > 0 => {
                let flight = flight.index(flights);
                let outcome = word.outcome(self.rig.flights[flight].errand, self.rig.log.len());
                self.rig.land_at(flight, outcome);
            }
            Op::Lose(flight) if flights > 0 => self.rig.lose(flight.index(flights)),
            // Not on to the day on which all is forgotten.
            Op::Turn if self.rig.next().is_some_and(|next| next.0 - self.rig.now.0 < DAY) => drop(self.rig.turn()),
            Op::Land(..) | Op::Lose(..) | Op::Turn => {}
            Op::Pass(milliseconds) => self.rig.pass(milliseconds),
            Op::Die(milliseconds, number) => {
                self.rig.now.0 += milliseconds;
                self.world = number;
                self.rig.restart_as(&world(number));
            }
            Op::Fault(statements) => self.rig.db.fail_after(statements),
            Op::Replay(name, event, status) => self.replay_any(NAMES[name], event, status),
        }
    }

    fn report(&mut self, connection: usize, said: &[Said], is_pretty: bool) {
        let items: Vec<_> = said.iter().map(|said| said.json()).collect();
        let body = if let [item] = items.as_slice() { item.clone() } else { json!(items) };
        let mut incoming = webhook(&format!("{}/wh-s3cr3t-webhook", CONNECTIONS[connection]), &body);
        // Only what has an id is the same in other words.
        if is_pretty && said.iter().all(|said| !matches!(said, Said::Down)) {
            incoming.body = Some(serde_json::to_vec_pretty(&body).unwrap());
        }
        let now = self.rig.now.0;
        let answer = self.rig.ask(&incoming).unwrap();
        assert!([200, 503].contains(&answer.status), "{}", answer.text);
        for said in said.iter().filter(|_| answer.status == 200) {
            let (identity, kind) = said.identity();
            let lasts = if matches!(said, Said::Down) { 10 * MINUTE } else { i64::MAX };
            let key = (connection, identity);
            if self.told.get(&key).is_none_or(|at| now - at >= lasts) {
                self.told.insert(key, now);
                let names = present(self.world).filter(|name| wants(name, kind, CONNECTIONS[connection]));
                self.wanted.extend(names.map(|name| (self.log.len(), name)));
                self.log.push((connection, kind));
            }
        }
    }

    fn replay(&mut self, name: &'static str, body: &Value) -> u16 {
        let body = Some(body.to_string().into_bytes());
        self.replays.push((self.rig.history.len(), name));
        let path = format!("/v1/subscribers/{name}/replay");
        self.rig.ask(&Incoming { body, ..incoming("POST", &path) }).unwrap().status
    }

    fn replay_any(&mut self, name: &'static str, event: Option<Index>, status: Option<&str>) {
        let ids = self.rig.db.query("SELECT id FROM event");
        let body = match event.filter(|_| !ids.is_empty()) {
            Some(event) => json!({ "event": event.get(&ids)[0] }),
            None => json!({ "since": NOW, "status": status }),
        };
        let status = self.replay(name, &body);
        let expected = match present(self.world).any(|known| known == name) {
            true => 202,
            // Not known, or not able to sign.
            false => {
                if self.world == 1 {
                    404
                } else {
                    503
                }
            }
        };
        assert!(status == 503 || status == expected, "{status}");
    }

    /// What holds at any moment.
    fn watch(&mut self) -> TestCaseResult {
        let rig = &self.rig;
        let under_way = rig.db.query("SELECT subscriber, thread FROM delivery WHERE since IS NOT NULL");
        prop_assert!(under_way.len() <= 3, "{} under way", under_way.len());
        let bringing = rig.flights.iter().filter(|flight| matches!(flight.errand, Errand::Bring { .. })).count();
        prop_assert!(bringing <= 3 && rig.flights.len() <= 6, "{} fetches", rig.flights.len());
        let places: BTreeSet<_> = under_way.iter().map(|row| format!("{row:?}")).collect();
        let nowhere = under_way.iter().filter(|row| row[1].is_null()).count();
        prop_assert!(
            places.len() + nowhere.saturating_sub(1) >= under_way.len(),
            "two at once in a chat: {:?}",
            under_way
        );
        let open = "SELECT name, MIN(MAX(next_at, COALESCE(rests_until, 0))) FROM delivery JOIN subscriber ON name = subscriber \
            WHERE next_at IS NOT NULL AND paused_at IS NULL GROUP BY name";
        for row in rig.db.query(open) {
            if present(self.world).any(|name| row[0] == name) {
                let ready = row[1].as_i64().unwrap().max(rig.now.0) + 5 * SECOND;
                prop_assert!(rig.next().is_some_and(|next| next.0 <= ready), "{:?} waits for ever", row);
            }
        }
        prop_assert!(under_way.is_empty() || rig.next().is_some_and(|next| next.0 <= rig.now.0 + 5 * SECOND));
        for row in rig.db.query("SELECT id, status FROM message") {
            let [id, status] = [0, 1].map(|at| row[at].as_str().unwrap().to_owned());
            match self.statuses.insert(id, status.clone()).as_deref() {
                Some("read") => prop_assert_eq!(status, "read"),
                Some("delivered") => prop_assert!(["delivered", "read"].contains(&status.as_str()), "{}", status),
                _ => {}
            }
        }
        self.begun = self.rig.log.len();
        Ok(())
    }

    /// Lets everything run to its end, with subscribers that take what they get.
    fn settle(&mut self) {
        self.rig.db.mend();
        self.rig.provide(|request| {
            let taken = json!({ "data": { "id": "out-9", "status": "READ" } });
            Some((70, answer(200, if request.url.contains("whatspie") { taken } else { json!({}) })))
        });
        self.world = 0;
        self.rig.restart_as(&world(0));
        self.rig.pass(30 * HOUR);
    }

    fn check_log(&self) -> TestCaseResult {
        let rows = self.rig.db.query("SELECT connection, type FROM event WHERE connection IS NOT NULL ORDER BY seq");
        let found: Vec<_> = rows.iter().map(|row| (row[0].as_str().unwrap(), row[1].as_str().unwrap())).collect();
        let want: Vec<_> = self.log.iter().map(|(connection, kind)| (CONNECTIONS[*connection], *kind)).collect();
        prop_assert_eq!(found, want);
        Ok(())
    }

    /// Each event went to all who wanted it, as one and the same.
    fn check_deliveries(&self) -> TestCaseResult {
        let rig = &self.rig;
        let of_log = rig.db.query("SELECT seq FROM event WHERE connection IS NOT NULL ORDER BY seq");
        let rows = rig.db.query("SELECT delivery.seq, subscriber, event, status, tries, paused_at FROM delivery JOIN subscriber ON name = subscriber");
        let known: BTreeSet<_> = rows.iter().map(|row| (row[2].as_i64().unwrap(), row[1].as_str().unwrap())).collect();
        for (place, name) in &self.wanted {
            prop_assert!(
                known.contains(&(of_log[*place][0].as_i64().unwrap(), *name)),
                "event {} is not for {}",
                place,
                name
            );
        }
        let mut taken = BTreeSet::new();
        let mut settled: BTreeMap<i64, usize> = BTreeMap::new();
        let mut paused: BTreeMap<&str, usize> = BTreeMap::new();
        let mut names: BTreeMap<i64, &str> = BTreeMap::new();
        names.extend(rows.iter().map(|row| (row[0].as_i64().unwrap(), row[1].as_str().unwrap())));
        for (place, event) in rig.history.iter().enumerate() {
            match event {
                Event::Begun(flight) => {
                    let Errand::Bring { seq, .. } = flight.errand else { continue };
                    let again = |since: &usize| {
                        self.replays.iter().any(|(at, name)| (since..=&place).contains(&at) && *name == names[&seq])
                    };
                    prop_assert!(settled.get(&seq).is_none_or(again), "{} was taken, and goes out again", seq);
                    prop_assert!(paused.get(names[&seq]).is_none_or(again), "{} goes to who is gone", seq);
                }
                Event::Landed {
                    errand: Errand::Bring { seq, .. },
                    outcome: Ok(Response { status: 200..=299, .. }),
                    is_known,
                } => {
                    taken.insert(*seq);
                    if *is_known {
                        settled.insert(*seq, place);
                    }
                }
                Event::Landed {
                    errand: Errand::Bring { seq, .. },
                    outcome: Ok(Response { status: 410, .. }),
                    is_known: true,
                } => {
                    paused.insert(names[seq], place);
                }
                // It may have moved.
                Event::Died => drop(paused.remove("all")),
                Event::Landed { .. } => {}
            }
        }
        for row in &rows {
            let (seq, name, tries) = (row[0].as_i64().unwrap(), row[1].as_str().unwrap(), row[4].as_i64().unwrap());
            match row[3].as_str().unwrap() {
                "delivered" => prop_assert!(taken.contains(&seq), "{} was taken by nobody", seq),
                "failed" => prop_assert!(
                    TRIES.iter().any(|(other, most)| *other == name && tries >= *most),
                    "{} was given up after {}",
                    seq,
                    tries
                ),
                status => prop_assert!(status == "pending" && !row[5].is_null(), "{} is {} for ever", seq, status),
            }
        }
        Ok(())
    }

    /// What goes out is the event of the log, under its id.
    fn check_requests(&self) -> TestCaseResult {
        let text = "SELECT delivery.seq, id, (SELECT GROUP_CONCAT(text, '') FROM event_text WHERE event = event.seq) \
            FROM delivery JOIN event ON event.seq = event";
        let texts: BTreeMap<_, _> =
            self.rig.db.query(text).into_iter().map(|row| (row[0].as_i64().unwrap(), row)).collect();
        for flight in &self.rig.log {
            let Errand::Bring { seq, .. } = flight.errand else { continue };
            let id = flight.request.headers.iter().find(|header| header.name == "webhook-id").unwrap();
            let Body::Json(body) = &flight.request.body else { panic!("no JSON") };
            prop_assert_eq!(
                (json!(id.value), json!(str::from_utf8(body).unwrap())),
                (texts[&seq][1].clone(), texts[&seq][2].clone())
            );
        }
        Ok(())
    }
}

/// Each event is told once, and brought to all who want it, whatever is drawn to happen.
pub fn keeps_its_word(draws: impl Iterator<Item = TestRunner>) -> TestCaseResult {
    each_event_is_brought(drawn(&any_op(), draws.take(80))?)
}

fn each_event_is_brought(ops: Vec<Op>) -> TestCaseResult {
    let mut trial = Trial::new();
    for op in ops {
        trial.act(op);
        trial.watch()?;
    }
    let rung = trial.rig.alarms;
    trial.settle();
    trial.watch()?;
    prop_assert!(trial.rig.alarms - rung < 2_000, "{} alarms", trial.rig.alarms - rung);
    trial.check_log()?;
    trial.check_deliveries()?;
    trial.check_requests()?;

    // Whoever is paused gets all that was kept, for the asking.
    for row in trial
        .rig
        .db
        .query("SELECT subscriber, event.id FROM delivery JOIN event ON event.seq = event WHERE status <> 'delivered'")
    {
        let name = NAMES.into_iter().find(|name| row[0] == *name).unwrap();
        prop_assert_eq!(trial.replay(name, &json!({ "event": row[1] })), 202);
    }
    trial.rig.pass(2 * HOUR);
    trial.check_deliveries()?;
    prop_assert_eq!(trial.rig.db.number("SELECT COUNT(*) FROM delivery WHERE status <> 'delivered'"), 0);
    let (begun, rung) = (trial.rig.log.len(), trial.rig.alarms);
    trial.rig.restart();
    trial.rig.pass(20 * DAY);
    prop_assert!(trial.rig.log.len() == begun && trial.rig.alarms < rung + 10, "what is settled is left alone");
    trial.rig.pass(20 * DAY);
    for table in ["event", "event_text", "delivery"] {
        prop_assert_eq!(trial.rig.db.number(&format!("SELECT COUNT(*) FROM {table}")), 0, "{} is not bounded", table);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: laws().cases / 8, ..laws() })]

    #[test]
    fn each_event_is_told_once_and_brought_to_all_who_want_it(ops in vec(any_op(), 1..80)) {
        each_event_is_brought(ops)?;
    }
}
