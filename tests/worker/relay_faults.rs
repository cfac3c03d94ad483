//! The storage fails at any statement of any step of the relay: then nothing of the step was done, and nothing is lost by it.

use super::{
    deliveries::{apart, at, brought, served, state, statuses},
    faults::undone,
    inbound::webhook,
    subscribers::{said, subscribed},
    *,
};
use chaski::worker::{Asked, Work};
use std::collections::BTreeMap;

fn answered(rig: &Rig, incoming: &Incoming) -> Answer {
    match undone(rig, |outbox| outbox.ask(incoming, false)).0 {
        Asked::Answer(outgoing) => Answer::of(outgoing),
        Asked::Wait { .. } | Asked::Listen { .. } => panic!("an answer is still to come"),
    }
}

/// What comes of a delivery, and what follows in the same step.
fn came(rig: &mut Rig, outcome: &Fetched) -> Work {
    let errand = rig.flights[0].errand;
    undone(rig, |outbox| {
        outbox.came(errand, outcome.clone())?;
        outbox.deliver(6)
    })
}

fn count(rig: &Rig, condition: &str) -> i64 {
    rig.db.number(&format!("SELECT COUNT(*) FROM {condition}"))
}

#[test]
fn webhooks_are_taken_in_whole_or_not_at_all() {
    let mut rig = served(json!({
        "bot": at("bot", json!({ "events": ["message.received"] })),
        "crm": at("crm", json!({})),
        "pager": at("pager", json!({ "events": ["subscriber.*"] })),
    }));
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    let written = |id: &str| json!({ "message": "x".repeat((1 << 20) + 1), "from": "6285156055377@s.whatsapp.net", "message_id": id });
    let read = json!({ "type": "message_read", "data": { "message_id": 7_637_842 } });
    let several = webhook("ops/wh-s3cr3t-webhook", &json!([written("A"), read, written("B"), written("A")]));
    let (asked, news) = undone(&rig, |outbox| outbox.ask(&several, false));
    let Asked::Answer(outgoing) = asked else { panic!("no answer") };
    assert_eq!((outgoing.status, news.events), (200, true));
    assert_eq!((count(&rig, "event"), count(&rig, "delivery")), (3, 5));
    let (_, news) = undone(&rig, |outbox| outbox.ask(&several, false));
    assert!(!news.events && count(&rig, "event") == 3, "once more is nothing new");
    let work = undone(&rig, |outbox| outbox.deliver(6));
    assert_eq!((work.fetches.len(), count(&rig, "delivery WHERE since IS NOT NULL")), (2, 2));
    assert_eq!(rig.status(&id), "read");
}

#[test]
fn an_answer_of_a_subscriber_is_taken_in_whole_or_not_at_all() {
    let rest =
        Ok(Response { status: 429, headers: vec![("retry-after".to_owned(), "60".to_owned())], body: Vec::new() });
    let last = || json!({ "retries": [] });
    for (members, outcome, status, became, events) in [
        (json!({}), said(200), "delivered", "up", 2),
        (json!({}), said(500), "pending", "failing", 2),
        (json!({}), Err(Failure::Timeout), "pending", "failing", 2),
        (json!({}), rest, "pending", "failing", 2),
        (json!({}), said(410), "pending", "paused", 3),
        (last(), said(500), "failed", "paused", 3),
        (last(), said(200), "delivered", "up", 2),
    ] {
        let mut rig =
            served(json!({ "crm": at("crm", members), "pager": at("pager", json!({ "events": ["subscriber.*"] })) }));
        rig.report(&apart(0));
        rig.report(&apart(0));
        let body = json!({ "message": "behind", "from": "6285156000000@s.whatsapp.net", "message_id": "behind" });
        rig.report(&webhook("ops/wh-s3cr3t-webhook", &body));
        let work = came(&mut rig, &outcome);
        assert_eq!(
            (statuses(&mut rig, "crm")[0].as_str(), state(&mut rig, "crm").as_str()),
            (status, became),
            "{outcome:?}"
        );
        assert_eq!(rig.events().len(), events);
        // The next of the chat, or for somebody else that it is down.
        let is_rest = outcome.is_ok_and(|response| response.status == 429);
        assert_eq!(work.fetches.len(), usize::from(!is_rest));
    }
}

#[test]
fn a_replay_is_done_whole_or_not_at_all() {
    let mut rig = subscribed(json!({ "events": ["message.*"], "retries": [] }));
    for event in 0..3 {
        rig.report(&apart(event));
    }
    for status in [200, 410, 500] {
        rig.pass(10);
        rig.land(said(status));
    }
    assert_eq!(state(&mut rig, "crm"), "paused");
    let ask = |body: Value| Incoming {
        body: Some(body.to_string().into_bytes()),
        ..incoming("POST", "/v1/subscribers/crm/replay")
    };
    let event = rig.events()[0]["id"].clone();
    for body in [
        json!({ "since": "2026-11-01T00:00:00Z", "status": "failed" }),
        json!({ "event": event }),
        json!({ "since": "2026-11-01T00:00:00Z" }),
    ] {
        let replayed = answered(&rig, &ask(body));
        assert_eq!(replayed.status, 202);
        assert_eq!(state(&mut rig, "crm"), "failing");
    }
    assert_eq!(statuses(&mut rig, "crm"), ["pending"; 3]);
    assert_eq!(count(&rig, "event WHERE type = 'subscriber.up'"), 1);
}

#[test]
fn what_is_told_of_the_relay_is_told_whole_or_not_at_all() {
    let mut rig = subscribed(json!({}));
    rig.report(&apart(0));
    for path in ["/v1/events", "/v1/subscribers", "/v1/subscribers/crm/deliveries"] {
        assert_eq!(answered(&rig, &incoming("GET", path)).items().len(), 1, "{path}");
    }
    let waiting = Incoming { query: "cursor=1".to_owned(), ..incoming("GET", "/v1/events") }.with("prefer", "wait=3");
    assert!(matches!(undone(&rig, |outbox| outbox.ask(&waiting, false)).0, Asked::Listen { seconds: 3 }));
    let rig = &mut rig;
    rig.db.fail_after(1);
    assert_eq!(rig.get("/v1/events").status, 503);
}

#[test]
fn a_life_begins_whole_or_not_at_all_with_what_was_on_its_way() {
    let mut rig = served(json!({ "bot": at("bot", json!({})), "crm": at("crm", json!({})) }));
    rig.report(&apart(0));
    assert!(rig.flights[0].request.url.contains("bot"));
    rig.land(said(410));
    rig.report(&apart(1));
    let moved = json!({ "bot": at("bot", json!({ "url": "https://bot.example/new" })), "crm": at("crm", json!({})) });
    let app = changed(|config| config["subscribers"] = moved);
    assert!(count(&rig, "delivery WHERE since IS NOT NULL") > 0);
    // The rig begins the life itself: as it is, and with each of its statements failing once.
    let statements = (0..).take_while(|statements| {
        rig.db.fail_after(*statements);
        rig.restart_as(&app);
        !rig.db.mend()
    });
    assert!(statements.count() > 20);
    rig.provide(|_| Some((10, said(200))));
    rig.pass(MINUTE);
    assert_eq!((state(&mut rig, "bot").as_str(), count(&rig, "delivery WHERE status <> 'delivered'")), ("up", 0));
    assert_eq!((count(&rig, "event WHERE type = 'subscriber.up'"), brought(&rig, "crm") > 2), (1, true));

    for event in 2..5 {
        rig.provide(|_| None);
        rig.report(&apart(event));
    }
    let work = undone(&rig, |outbox| outbox.start());
    assert_eq!((work.alarm, count(&rig, "delivery WHERE since IS NOT NULL")), (Some(rig.now), 0));
}

#[test]
fn what_is_due_is_done_whole_or_not_at_all() {
    let mut rig = Rig::with(|config| {
        config["retention_days"] = json!(1);
        config["subscribers"] = json!({ "crm": at("crm", json!({})), "bot": at("bot", json!({})) });
    });
    rig.report(&apart(0));
    rig.report(&apart(1));
    rig.now.0 += DAY;
    rig.db.size.set(None);
    let work = undone(&rig, |outbox| outbox.deliver(6));
    assert_eq!((count(&rig, "event"), count(&rig, "event_text"), count(&rig, "delivery")), (0, 0, 0));
    assert!(work.fetches.is_empty() || work.fetches.len() <= 3);
    // What comes of what is forgotten comes to nothing.
    let before = rig.db.dump();
    let errands: Vec<_> = rig.flights.iter().map(|flight| flight.errand).collect();
    for errand in errands {
        rig.step(|outbox| outbox.came(errand, said(500))).unwrap();
    }
    assert!(rig.db.dump() == before);
}

/// Events on their ways to two subscribers, with one statement among all that fails, after so many. Whether it came to that.
fn story(statements: usize) -> bool {
    let mut rig = served(
        json!({ "crm": at("crm", json!({ "retries": [1, 1] })), "bot": at("bot", json!({ "events": ["message.*"] })) }),
    );
    let mut answers = [said(200), said(500), Err(Failure::Lost)].into_iter().cycle();
    let got = Rc::new(RefCell::new(BTreeMap::<(String, String), usize>::new()));
    let kept = Rc::clone(&got);
    rig.provide(move |request| {
        let outcome = answers.next().unwrap();
        if outcome.as_ref().is_ok_and(|response| response.status == 200) {
            let id = json_of(request)["id"].as_str().unwrap().to_owned();
            *kept.borrow_mut().entry((request.url.clone(), id)).or_default() += 1;
        }
        Some((150, outcome))
    });
    rig.db.fail_after(statements);
    for event in 0..3 {
        // Who is told that it failed comes again, and who is not does so, too.
        let reported =
            (0..3).map(|_| rig.ask(&apart(event / 2 * 7)).unwrap()).filter(|answer| answer.status == 200).count();
        assert!(reported >= 2, "{statements}");
        rig.pass(400);
    }
    rig.pass(MINUTE);
    if let Ok(Asked::Answer(outgoing)) = rig.step(|outbox| {
        let body = Some(json!({ "since": "2026-11-01T00:00:00Z", "status": "failed" }).to_string().into_bytes());
        Ok(outbox.ask(&Incoming { body, ..incoming("POST", "/v1/subscribers/crm/replay") }, false)?.0)
    }) {
        assert_eq!(outgoing.status, 202);
    }
    rig.pass(MINUTE);
    rig.restart();
    rig.pass(5 * DAY);
    let has_failed = !rig.db.mend();
    let types = json!(rig.db.query("SELECT type FROM event WHERE connection IS NOT NULL"));
    assert_eq!(types, json!([["message.received"], ["message.received"]]), "{statements}");
    let open = "delivery JOIN subscriber ON name = subscriber WHERE status = 'pending' AND paused_at IS NULL";
    assert_eq!(count(&rig, open), 0, "{statements}");
    for row in
        rig.db.query("SELECT subscriber, id FROM delivery JOIN event ON event.seq = event WHERE status = 'delivered'")
    {
        let key = (format!("https://{}.example/in", row[0].as_str().unwrap()), row[1].as_str().unwrap().to_owned());
        assert!(got.borrow().contains_key(&key), "{statements}: {key:?} was not got");
    }
    has_failed
}

#[test]
fn no_fault_at_any_statement_loses_an_event() {
    let statements = (0..).take_while(|statements| story(*statements)).count();
    assert!(statements > 100, "{statements}");
}
