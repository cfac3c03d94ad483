//! `POST /v1/subscribers/{name}/replay`: events once more, whatever became of them.

use super::{
    deliveries::{apart, at, brought, served, state, statuses},
    inbound::webhook,
    subscribers::{said, subscribed},
    *,
};

fn header(request: &Request, name: &str) -> String {
    request.headers.iter().find(|header| header.name == name).map(|header| header.value.to_string()).unwrap()
}

fn down(at: i64) -> Incoming {
    webhook("ops/wh-s3cr3t-webhook", &json!({ "type": "device_disconnected", "data": { "at": at } }))
}

/// All that there is.
fn all() -> Value {
    json!({ "since": "2026-11-01T00:00:00Z" })
}

impl Rig {
    /// Replays, and tells how many go out.
    fn replayed(&mut self, body: &Value) -> i64 {
        let answer = self.replay(body);
        assert_eq!((answer.status, members(&answer.json)), (202, ["deliveries"].into()), "{}", answer.text);
        answer.json["deliveries"].as_i64().unwrap()
    }

    /// Answers all that goes out from now on so.
    fn answers(&mut self, status: u16) {
        self.provide(move |_| Some((10, said(status))));
    }
}

#[test]
fn what_was_delivered_goes_out_again_as_the_same_event() {
    let mut rig = subscribed(json!({}));
    rig.answers(200);
    rig.report(&apart(0));
    rig.report(&apart(1));
    rig.pass(MINUTE);
    let event = rig.events()[0]["id"].clone();
    assert_eq!(rig.replayed(&json!({ "event": event })), 1);
    assert_eq!(statuses(&mut rig, "crm"), ["pending", "delivered"]);
    rig.pass(SECOND);
    let ids: Vec<_> = rig.log.iter().map(|flight| header(&flight.request, "webhook-id")).collect();
    assert_eq!((ids.len(), &ids[2], json!(ids[2])), (3, &ids[0], event));
    assert_ne!(header(&rig.log[0].request, "webhook-signature"), header(&rig.log[2].request, "webhook-signature"));
    assert_eq!(rig.log[0].json(), rig.log[2].json());
    let delivery = rig.deliveries().pop().unwrap();
    assert_eq!((&delivery["status"], delivery["attempts"].as_array().unwrap().len()), (&json!("delivered"), 2));
    assert_eq!(rig.events().len(), 2);
}

#[test]
fn a_replay_is_of_a_time_and_a_status_in_the_order_of_the_log() {
    let mut rig = subscribed(json!({ "retries": [] }));
    for event in 0..4 {
        rig.answers(if event == 1 { 500 } else { 200 });
        rig.report(&apart(event));
        rig.pass(HOUR);
    }
    rig.answers(200);
    // That it is down, and up again, are events, too.
    assert_eq!(rig.replayed(&json!({ "since": "2026-11-05T08:30:00Z", "status": "failed" })), 1);
    rig.pass(MINUTE);
    let count = rig.log.len();
    for (body, want) in [
        (json!({ "since": "2026-11-05T10:00:00Z", "status": "failed" }), 0),
        (json!({ "since": "2026-11-05T10:00:00Z", "status": "pending" }), 0),
        (json!({ "since": "2026-11-05T11:30:00.001Z" }), i64::try_from(rig.events().len()).unwrap() - 5),
        (
            json!({ "since": "2026-11-05T10:30:00Z", "status": "delivered" }),
            i64::try_from(rig.events().len()).unwrap() - 3,
        ),
        (json!({ "since": "2027-01-01T00:00:00Z" }), 0),
    ] {
        assert_eq!(rig.replayed(&body), want, "{body}");
        rig.pass(MINUTE);
    }
    assert!(rig.log.len() > count);
    let before = rig.log.len();
    let all = rig.replayed(&all());
    rig.pass(MINUTE);
    let again: Vec<_> = rig.log[before..].iter().map(|flight| flight.json()["id"].clone()).collect();
    let events: Vec<_> = rig.events().iter().map(|event| event["id"].clone()).collect();
    assert_eq!((again.len(), again), (usize::try_from(all).unwrap(), events));
}

#[test]
fn a_replay_since_a_time_is_of_what_the_subscriber_wants() {
    let mut rig = served(json!({
        "crm": at("crm", json!({ "events": ["message.*"] })),
        "own": at("own", json!({ "connections": ["own"] })),
    }));
    rig.answers(200);
    rig.report(&down(1));
    rig.report(&apart(0));
    rig.pass(MINUTE);
    assert_eq!((brought(&rig, "crm"), brought(&rig, "own")), (1, 0));
    assert_eq!(rig.replayed(&all()), 1);
    let body = Some(all().to_string().into_bytes());
    let own = rig.wait(&Incoming { body, ..incoming("POST", "/v1/subscribers/own/replay") });
    assert_eq!((own.status, &own.json["deliveries"]), (202, &json!(0)));
    rig.pass(MINUTE);
    assert_eq!((brought(&rig, "crm"), brought(&rig, "own")), (2, 0));
    // One that is asked for by its id goes out whatever the subscriber wants.
    let down = rig.events()[0]["id"].clone();
    assert_eq!(rig.replayed(&json!({ "event": down })), 1);
    rig.pass(MINUTE);
    assert_eq!(rig.log.last().unwrap().json()["id"], down);
    assert_eq!(rig.replayed(&all()), 1, "and does so once");
}

#[test]
fn events_from_before_there_was_a_subscriber_are_its_for_the_asking() {
    let mut rig = Rig::new();
    for event in 0..3 {
        rig.report(&apart(event));
    }
    rig.pass(HOUR);
    rig.restart_as(&changed(|config| config["subscribers"] = json!({ "crm": at("crm", json!({})) })));
    rig.answers(200);
    rig.pass(HOUR);
    assert_eq!(rig.log.len(), 0);
    assert_eq!(rig.replayed(&json!({ "since": "2026-11-05T00:00:00Z", "status": "delivered" })), 0, "none of them was");
    assert_eq!(rig.replayed(&all()), 3);
    rig.pass(MINUTE);
    assert_eq!(statuses(&mut rig, "crm"), ["delivered"; 3]);
}

#[test]
fn what_is_on_its_way_goes_on_and_its_outcome_counts() {
    let mut rig = subscribed(json!({ "retries": [60] }));
    rig.report(&apart(0));
    let event = json!({ "event": rig.events()[0]["id"] });
    assert_eq!(rig.replayed(&event), 0);
    assert_eq!((rig.flights.len(), rig.log.len()), (1, 1));
    rig.land(said(200));
    rig.pass(HOUR);
    assert_eq!((statuses(&mut rig, "crm"), rig.log.len()), (vec!["delivered".to_owned()], 1));
    assert_eq!(rig.replayed(&event), 1);
    rig.land(said(500));
    // One that waits for its next try has all of them anew.
    assert_eq!(rig.replayed(&event), 1);
    assert_eq!(rig.flights.len(), 1, "at once");
    rig.land(said(500));
    assert_eq!(statuses(&mut rig, "crm"), ["pending"]);
    rig.until_fetch();
    rig.land(said(500));
    assert_eq!(
        (statuses(&mut rig, "crm"), state(&mut rig, "crm")),
        (vec!["failed".to_owned(), "pending".to_owned()], "paused".to_owned())
    );
}

#[test]
fn a_replay_ends_a_pause_and_a_rest_and_what_waited_goes_out_with_it() {
    for outcome in [
        said(410),
        Ok(Response { status: 429, headers: vec![("retry-after".to_owned(), "86400".to_owned())], body: Vec::new() }),
    ] {
        let mut rig = subscribed(json!({ "events": ["message.*"] }));
        rig.report(&apart(0));
        rig.land(outcome);
        rig.report(&apart(1));
        assert_eq!(rig.log.len(), 1);
        rig.answers(200);
        let event = rig.events()[0]["id"].clone();
        assert_eq!(rig.replayed(&json!({ "event": event })), 1);
        rig.pass(MINUTE);
        assert_eq!(
            (statuses(&mut rig, "crm"), state(&mut rig, "crm")),
            (vec!["delivered".to_owned(); 2], "up".to_owned())
        );
    }
}

#[test]
fn what_is_not_there_is_not_found_and_changes_nothing() {
    let mut rig = subscribed(json!({}));
    rig.report(&apart(0));
    rig.land(said(410));
    let before = rig.db.dump();
    for id in ["evt_0".to_owned(), String::new(), "1".to_owned(), "x".repeat(3 << 20)] {
        assert_eq!(rig.replay(&json!({ "event": id })).problem(), (404, "not_found", vec![]));
    }
    let id = rig.events()[0]["id"].clone();
    let nobody = Incoming {
        body: Some(json!({ "event": id }).to_string().into_bytes()),
        ..incoming("POST", "/v1/subscribers/nobody/replay")
    };
    assert_eq!(rig.wait(&nobody).problem(), (404, "not_found", vec![]));
    assert!(rig.db.dump() == before, "a replay of nothing ends no pause");
    rig.pass(31 * DAY);
    let pruned = rig.replay(&json!({ "event": id }));
    assert_eq!(pruned.problem(), (404, "not_found", vec![]));
    assert!(pruned.json["detail"].as_str().unwrap().contains("pruned"));
}

#[test]
fn what_is_wrong_with_a_replay_is_told_in_its_place() {
    let mut rig = subscribed(json!({}));
    let since = "2026-11-05T08:30:00Z";
    for (body, status, pointers) in [
        ("", 400, vec![]),
        ("{", 400, vec![]),
        ("[]", 422, vec![""]),
        ("null", 422, vec![""]),
        ("{}", 422, vec![""]),
        (r#"{"event":null}"#, 422, vec![""]),
        (r#"{"event":7}"#, 422, vec!["/event"]),
        (r#"{"since":"yesterday"}"#, 422, vec!["/since"]),
        (r#"{"since":1762331000}"#, 422, vec!["/since"]),
        (&json!({ "since": since, "status": "lost" }).to_string(), 422, vec!["/status"]),
        (&json!({ "since": since, "status": 7, "until": since }).to_string(), 422, vec!["/status", "/until"]),
        (&json!({ "since": since, "event": "evt_0" }).to_string(), 422, vec![""]),
        (&json!({ "event": "evt_0", "status": "failed" }).to_string(), 422, vec![""]),
        (r#"{"status":"failed"}"#, 422, vec![""]),
    ] {
        let asked = Incoming { body: Some(body.as_bytes().to_vec()), ..incoming("POST", "/v1/subscribers/crm/replay") };
        let answer = rig.wait(&asked);
        assert_eq!((answer.status, answer.pointers()), (status, pointers), "{body}: {}", answer.text);
    }
    let form = Incoming { body: Some(b"{}".to_vec()), ..incoming("POST", "/v1/subscribers/crm/replay") }
        .with("content-type", "text/plain");
    assert_eq!(rig.wait(&form).status, 415);
    let large = Incoming { body: None, ..incoming("POST", "/v1/subscribers/crm/replay") };
    assert_eq!(rig.wait(&large).status, 413);
    assert_eq!(rig.wait(&incoming("GET", "/v1/subscribers/crm/replay")).status, 405);
}

#[test]
fn a_replay_of_many_goes_out_one_after_another_and_stays_bounded() {
    let mut rig = subscribed(json!({}));
    rig.answers(200);
    for event in 0..120 {
        rig.report(&apart(event % 7 + event));
        rig.pass(20);
    }
    rig.pass(MINUTE);
    let events = rig.db.number("SELECT COUNT(*) FROM event");
    let before = rig.log.len();
    for _ in 0..3 {
        assert!(rig.replayed(&all()) >= events - 3);
    }
    rig.pass(MINUTE);
    assert!(rig.db.number("SELECT COUNT(*) FROM delivery WHERE status = 'delivered'") == events);
    let count = i64::try_from(rig.log.len() - before).unwrap();
    assert!((events..events + 10).contains(&count), "{count} for {events}");
}
