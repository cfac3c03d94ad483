//! The storage fails at any statement of any step: then nothing of the step was done, and nothing is lost by it.

use super::*;
use chaski::worker::{Asked, Outbox, Work};

/// Fails each statement of a step in turn, which undoes all of it; then does it.
pub fn undone<T>(rig: &Rig, step: impl Fn(&Outbox<'_>) -> Result<T, Fault>) -> T {
    let before = rig.db.dump();
    for statements in 0.. {
        rig.db.fail_after(statements);
        let done = rig.step(&step);
        if rig.db.mend() {
            assert!(statements > 0, "a step that asks the storage nothing");
            return done.unwrap();
        }
        assert!(done.is_err(), "a fault at statement {statements} is passed over");
        assert!(rig.db.dump() == before, "something is left of a step that failed at statement {statements}");
    }
    unreachable!()
}

fn asked(rig: &Rig, incoming: &Incoming) -> Asked {
    undone(rig, |outbox| outbox.ask(incoming, false)).0
}

fn answered(rig: &Rig, incoming: &Incoming) -> Answer {
    match asked(rig, incoming) {
        Asked::Answer(outgoing) => Answer::of(outgoing),
        Asked::Wait { .. } | Asked::Listen { .. } => panic!("an answer is still to come"),
    }
}

fn delivered(rig: &Rig) -> Work {
    undone(rig, |outbox| outbox.deliver(6))
}

fn keyed(message: &Value, seconds: u32) -> Incoming {
    waiting(message, seconds).with("idempotency-key", "k")
}

#[test]
fn a_life_begins_whole_or_not_at_all() {
    let mut rig = Rig::new();
    for (group, on_ambiguous) in [("495", "hold"), ("496", "resend")] {
        rig.accept(&hello(json!({ "to": { "group": group }, "via": "ops", "on_ambiguous": on_ambiguous })));
    }
    let work = undone(&rig, |outbox| outbox.start());
    assert_eq!(work.alarm, Some(rig.now));
    let phases = rig.db.query("SELECT phase FROM message ORDER BY seq");
    assert_eq!(json!(phases), json!([["unknown"], ["queued"]]));
}

#[test]
fn messages_are_accepted_whole_or_not_at_all() {
    let rig = Rig::new();
    let batch = hello(json!({ "to": [{ "group": "495" }, { "group": "496" }, { "group": "497" }], "via": "ops" }));
    let Asked::Wait { submission, seconds: 7 } = asked(&rig, &keyed(&batch, 7)) else { panic!("no wait") };
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message"), 3);
    let answer = undone(&rig, |outbox| outbox.answer(submission, 10, true)).unwrap();
    assert_eq!(Answer::of(answer).items().len(), 3);
    assert_eq!(answered(&rig, &keyed(&batch, 7)).header("idempotent-replayed"), Some("true"));
}

#[test]
fn the_first_answer_is_kept_when_it_is_given() {
    let mut rig = Rig::new();
    let message = hello(json!({}));
    assert!(rig.ask(&keyed(&message, 5)).is_none());
    rig.restart();
    rig.now.0 += 5_000;
    let first = answered(&rig, &keyed(&message, 5));
    assert_eq!((first.status, &first.text), (202, &answered(&rig, &keyed(&message, 5)).text));
}

#[test]
fn what_a_caller_changes_is_changed_whole_or_not_at_all() {
    let mut rig = Rig::new();
    let [first, second, third] = ["1", "2", "3"].map(|text| rig.accept(&hello(json!({ "text": text, "via": "ops" }))));
    let path = |id: &str| format!("/v1/messages/{id}");
    assert_eq!(answered(&rig, &incoming("DELETE", &path(&second))).outcomes().0, "cancelled");
    rig.land(Err(Failure::Lost));
    rig.land(Err(Failure::Lost));
    for (id, verdict) in [(&first, "resend"), (&third, "failed")] {
        let body = Some(json!({ "as": verdict }).to_string().into_bytes());
        let resolved = answered(&rig, &Incoming { body, ..incoming("POST", &(path(id) + "/resolve")) });
        assert_eq!(resolved.outcomes().0, if verdict == "failed" { "failed" } else { "queued" });
    }
    assert_eq!(answered(&rig, &incoming("GET", &path(&first))).outcomes(), ("queued", vec!["ambiguous"]));
    assert_eq!(answered(&rig, &incoming("GET", "/v1/messages")).items().len(), 3);
}

/// An outbox for which there is one thing to do of each kind.
fn busy() -> Rig {
    let mut rig = Rig::with(|config| {
        config["connections"]["wa"]["sender"] = json!(7);
        config["retention_days"] = json!(1);
    });
    let later = |group: &str, via: &str| json!({ "to": { "group": group }, "text": "Hello", "via": via, "send_at": "2026-11-07T00:00:00Z" });
    rig.post_keyed("k", &json!({ "to": { "group": "495" }, "text": "to be forgotten", "via": "ops" }));
    rig.land(refused());
    rig.pass(39 * HOUR + 29 * MINUTE);
    // For two numbers, one behind another in its chat, one for a connection that is misconfigured.
    for (group, via) in
        [("495", json!("ops")), ("495", json!("ops")), ("thread-7", json!("backup")), ("7", json!(["wa", "ops"]))]
    {
        let mut message = later(group, "");
        message["via"] = via;
        rig.accept(&message);
    }
    let mut late = later("496", "ops");
    late["send_at"] = Value::Null;
    late["expires_in"] = json!(60);
    rig.accept(&late);
    rig.land(slow_down(Some(600)));
    rig.accept(&json!({ "to": { "group": "497" }, "text": "to be asked after", "via": "ops" }));
    rig.land(taken());
    rig.accept(&json!({ "to": { "group": "498" }, "text": "to be given up", "via": "ops" }));
    rig.now.0 += 3 * MINUTE;
    rig
}

#[test]
fn what_is_due_is_done_whole_or_not_at_all() {
    let rig = busy();
    let work = delivered(&rig);
    let sends = work.fetches.iter().filter(|fetch| fetch.errand.sends().is_some()).count();
    assert_eq!((sends, work.fetches.len()), (3, 4));
    let count = |condition: &str| rig.db.number(&format!("SELECT COUNT(*) FROM {condition}"));
    assert_eq!(count("message WHERE held = 1"), 1);
    assert_eq!(count("message WHERE status = 'expired'"), 1);
    assert_eq!(count("message WHERE status = 'unknown'"), 1);
    assert_eq!(count("message WHERE seq = 1") + count("idempotency"), 0);
}

#[test]
fn an_outcome_is_taken_in_whole_or_not_at_all() {
    for (outcome, status) in [
        (taken(), "queued"),
        (refused(), "failed"),
        (slow_down(None), "queued"),
        (Err(Failure::Lost), "unknown"),
        (answer(500, json!({ "data": { "id": 7 } })), "unknown"),
    ] {
        let mut rig = Rig::new();
        let first = rig.accept(&hello(json!({ "via": "ops", "text": "1" })));
        rig.accept(&hello(json!({ "via": "ops", "text": "2" })));
        let errand = rig.flights[0].errand;
        let work = undone(&rig, |outbox| {
            outbox.came(errand, outcome.clone())?;
            outbox.deliver(6)
        });
        assert_eq!(rig.status(&first), status);
        assert_eq!(
            work.fetches.len(),
            usize::from(status != "queued" || outcome.is_ok_and(|answer| answer.status == 200))
        );
    }
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    rig.until_fetch();
    let errand = rig.flights[0].errand;
    undone(&rig, |outbox| outbox.came(errand, answer(200, json!({ "data": { "id": 7, "status": "READ" } }))));
    assert_eq!(rig.status(&id), "read");
}

/// Three messages on their ways, with one statement among all that fails, after so many. Whether it came to that.
fn story(statements: usize) -> bool {
    let mut rig = Rig::with(|config| {
        let connections = &mut config["connections"];
        *connections = json!({ "ops": connections["ops"], "backup": connections["backup"] });
        connections["ops"]["pace"] = json!({ "min_gap_ms": 500 });
        config["routes"] = json!({ "default": ["ops", "backup"] });
        config["groups"] = json!({ "ops-team": { "ops": "495", "backup": "thread-9" } });
    });
    let mut answers = [slow_down(Some(3)), Err(Failure::Lost), refused()].into_iter().cycle();
    let mut got = Vec::new();
    let receipts = std::rc::Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&receipts);
    rig.provide(move |request| {
        if request.method.as_str() == "GET" {
            return Some((50, answer(200, json!({ "data": { "id": 7, "status": "READ" } }))));
        }
        let text = json_of(request)["content"].as_str().map(str::to_owned);
        // A1Base takes everything, Whatspie nothing.
        Some((
            200,
            match text {
                Some(text) => {
                    kept.borrow_mut().push(text);
                    answer(200, json!({ "status": "sent" }))
                }
                None => answers.next().unwrap(),
            },
        ))
    });
    rig.db.fail_after(statements);
    let resend = json!({ "on_ambiguous": "resend" });
    for (at, more) in [json!({}), resend, json!({ "send_at": "2026-11-05T08:30:20Z" })].into_iter().enumerate() {
        let mut message = hello(more);
        message["text"] = at.to_string().into();
        // Who is told that it failed asks again.
        let key = format!("k-{at}");
        let accepted = (0..3).map(|_| rig.post_keyed(&key, &message)).find(|answer| answer.status == 202).unwrap();
        got.push(accepted.json["id"].as_str().unwrap().to_owned());
        rig.pass(700);
    }
    rig.pass(5 * MINUTE);
    rig.until_settled();
    let has_failed = !rig.db.mend();
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message"), 3, "{statements}");
    let receipts = receipts.borrow();
    for (at, id) in got.iter().enumerate() {
        let status = rig.status(id);
        assert!(["sent", "unknown", "failed"].contains(&status.as_str()), "{statements}: {status}");
        let times = receipts.iter().filter(|text| **text == at.to_string()).count();
        let most = if at == 1 { 2 } else { 1 };
        assert!(times <= most, "{statements}: message {at} was taken {times} times");
        assert!(status != "sent" || times > 0, "{statements}: message {at} was taken by nobody");
        assert!(status != "failed" || times == 0, "{statements}: message {at} was taken");
    }
    has_failed
}

#[test]
fn no_fault_at_any_statement_loses_a_message_or_sends_it_twice() {
    let statements = (0..).take_while(|statements| story(*statements)).count();
    assert!(statements > 90, "{statements}");
}
