//! Events on their way to the subscribers.

use super::{inbound::written, *};
use chaski::worker::Errand;

/// With a subscriber `crm` that has these members, too.
pub fn subscribed(more: Value) -> Rig {
    let crm = with(json!({ "url": "https://crm.example/in", "secret": "$CRM" }), more);
    Rig::with(|config| config["subscribers"] = json!({ "crm": crm }))
}

pub fn said(status: u16) -> Fetched {
    Ok(Response { status, headers: Vec::new(), body: b"ok?".to_vec() })
}

impl Rig {
    pub fn deliveries(&mut self) -> Vec<Value> {
        self.get("/v1/subscribers/crm/deliveries?limit=100").items().to_vec()
    }

    pub fn subscriber(&mut self) -> Value {
        self.get("/v1/subscribers").items()[0].clone()
    }

    pub fn replay(&mut self, body: &Value) -> Answer {
        let body = Some(body.to_string().into_bytes());
        self.wait(&Incoming { body, ..incoming("POST", "/v1/subscribers/crm/replay") })
    }
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.iter().find(|header| header.name == name).map(|header| &*header.value).unwrap()
}

#[test]
fn an_event_goes_out_as_a_standard_webhook_that_is_the_event() {
    let mut rig = subscribed(json!({}));
    rig.report(&written("A", "Hello"));
    let request = rig.flights[0].request.clone();
    assert!(matches!(rig.flights[0].errand, Errand::Bring { seq: 1, attempt: 1 }));
    assert_eq!(request.url, "https://crm.example/in");
    assert_eq!(json_of(&request), rig.events()[0]);
    assert_eq!(header(&request, "webhook-id"), rig.events()[0]["id"]);
    assert_eq!(header(&request, "webhook-timestamp"), (rig.now.0 / 1000).to_string());
    assert!(header(&request, "webhook-signature").starts_with("v1,"));
    rig.land(said(204));
    let [delivery] = rig.deliveries().try_into().unwrap();
    assert_eq!(
        (&delivery["status"], &delivery["attempts"][0]["http_status"], &delivery["next_at"]),
        (&json!("delivered"), &json!(204), &Value::Null)
    );
    assert_eq!(delivery["event"], rig.events()[0]["id"]);
    assert_eq!(rig.subscriber()["state"], "up");
}

#[test]
fn while_a_secret_is_replaced_both_sign() {
    let mut rig = subscribed(json!({ "previous_secret": "$CRM_OLD" }));
    rig.report(&written("A", "Hello"));
    let signatures: Vec<_> =
        header(&rig.flights[0].request, "webhook-signature").split(' ').map(str::to_owned).collect();
    assert!(
        signatures.len() == 2
            && signatures[0] != signatures[1]
            && signatures.iter().all(|each| each.starts_with("v1,"))
    );
}

#[test]
fn what_fails_is_tried_again_by_the_schedule_with_the_same_id_and_another_signature() {
    let mut rig = subscribed(json!({}));
    rig.provide(|_| Some((0, said(500))));
    rig.report(&written("A", "Hello"));
    let mut waits = Vec::new();
    while rig.log.len() < 10 {
        waits.push(rig.until_fetch());
    }
    for (wait, seconds) in waits.iter().zip([5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]) {
        assert!((seconds * 800..=seconds * 1200).contains(wait), "{wait} for {seconds}");
    }
    let ids: BTreeSet<_> = rig.log.iter().map(|flight| header(&flight.request, "webhook-id").to_owned()).collect();
    let signatures: BTreeSet<_> =
        rig.log.iter().map(|flight| header(&flight.request, "webhook-signature").to_owned()).collect();
    assert_eq!((ids.len(), signatures.len()), (1, 10));
    let event = rig.events()[0]["id"].clone();
    let of_event = |delivery: &Value| delivery["event"] == event;
    let delivery = rig.deliveries().into_iter().find(of_event).unwrap();
    assert_eq!((&delivery["status"], delivery["attempts"].as_array().unwrap().len()), (&json!("failed"), 10));
    assert_eq!(delivery["attempts"][9]["body"], "ok?");
}

#[test]
fn who_failed_until_the_last_try_is_paused_and_its_events_are_kept() {
    let mut rig = subscribed(json!({ "retries": [1, 1] }));
    rig.provide(|_| Some((0, said(500))));
    rig.report(&written("A", "Hello"));
    rig.pass(10 * SECOND);
    assert_eq!(rig.subscriber()["state"], "paused");
    let down = rig.events().pop().unwrap();
    assert_eq!(
        (&down["type"], &down["subscriber"], &down["connection"]),
        (&json!("subscriber.down"), &json!("crm"), &Value::Null)
    );
    let begun = rig.log.len();
    rig.report(&written("B", "Hello"));
    rig.pass(5 * DAY);
    assert_eq!(rig.log.len(), begun, "nothing goes to who is paused");
    let pending = rig.deliveries().iter().filter(|delivery| delivery["status"] == "pending").count();
    assert_eq!(pending, 2, "B, and that it is down");

    rig.provide(|_| Some((0, said(200))));
    assert_eq!(rig.replay(&json!({ "since": "2026-11-01T00:00:00Z", "status": "failed" })).json["deliveries"], 1);
    rig.pass(SECOND);
    assert!(rig.deliveries().iter().all(|delivery| delivery["status"] == "delivered"), "{:?}", rig.deliveries());
    assert_eq!(rig.subscriber()["state"], "up");
    assert_eq!(rig.events().pop().unwrap()["type"], "subscriber.up");
}

#[test]
fn gone_is_gone_until_a_replay() {
    let mut rig = subscribed(json!({}));
    rig.report(&written("A", "Hello"));
    rig.land(said(410));
    assert_eq!(rig.subscriber()["state"], "paused");
    rig.pass(6 * DAY);
    assert_eq!(rig.log.len(), 1);
    let event = rig.events()[0]["id"].clone();
    let answer = rig.replay(&json!({ "event": event }));
    assert_eq!((answer.status, &answer.json["deliveries"]), (202, &json!(1)));
    rig.land(said(200));
    let ids: Vec<_> = rig.log.iter().map(|flight| header(&flight.request, "webhook-id")).collect();
    assert_eq!(ids.iter().filter(|id| event == **id).count(), 2);
}

#[test]
fn another_url_is_worth_a_try() {
    let mut rig = subscribed(json!({}));
    rig.report(&written("A", "Hello"));
    rig.land(said(410));
    let crm = |url: &str| json!({ "crm": { "url": url, "secret": "$CRM" } });
    rig.restart_as(&changed(|config| config["subscribers"] = crm("https://crm.example/in")));
    rig.pass(HOUR);
    assert_eq!(rig.log.len(), 1);
    rig.restart_as(&changed(|config| config["subscribers"] = crm("https://crm.example/new")));
    rig.pass(HOUR);
    assert_eq!(rig.log[1].request.url, "https://crm.example/new");
}

#[test]
fn only_what_is_wanted_is_brought() {
    let mut rig = subscribed(json!({ "events": ["connection.*"], "connections": ["own"] }));
    rig.report(&written("A", "Hello"));
    assert_eq!((rig.log.len(), rig.deliveries().len()), (0, 0));
    rig.replay(&json!({ "since": "2026-11-01T00:00:00Z" }));
    assert_eq!(rig.log.len(), 0);
}

#[test]
fn a_chat_is_heard_in_order_while_all_is_well() {
    let mut rig = subscribed(json!({}));
    for id in ["A", "B", "C"] {
        rig.report(&written(id, id));
    }
    let texts = |rig: &Rig| {
        rig.log.iter().map(|flight| flight.json()["message"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts(&rig), ["A"]);
    rig.land(said(200));
    rig.land(said(200));
    assert_eq!(texts(&rig), ["A", "B", "C"]);
}

#[test]
fn a_slow_subscriber_leaves_half_of_the_fetches_to_messages() {
    let mut rig = subscribed(json!({}));
    for chat in 0..10 {
        let mut message = written(&format!("A{chat}"), "Hello");
        let body = String::from_utf8(message.body.unwrap())
            .unwrap()
            .replace("6285156055377", &format!("62851560553{chat:02}"));
        message.body = Some(body.into_bytes());
        rig.report(&message);
    }
    assert!(rig.flights.len() <= 3, "{}", rig.flights.len());
    rig.accept(&hello(json!({ "via": "ops" })));
    assert_eq!(rig.sends().count(), 1);
}

#[test]
fn those_who_never_answer_keep_nobody_else_waiting() {
    let to = |name: &str| json!({ "url": format!("https://{name}.example/in"), "secret": "$CRM" });
    let mut rig = Rig::with(|config| {
        config["subscribers"] = json!({ "a": to("a"), "b": to("b"), "c": to("c"), "well": to("well") });
    });
    rig.provide(|request| {
        let is_well = request.url.starts_with("https://well.");
        Some(if is_well { (1, said(200)) } else { (25 * SECOND, Err(Failure::Timeout)) })
    });
    for id in 0..20 {
        rig.report(&written(&id.to_string(), "Hello"));
    }
    // Once it is known who they are.
    rig.pass(30 * SECOND);
    let well = rig.log.iter().filter(|flight| flight.request.url.starts_with("https://well.")).count();
    assert_eq!(well, 20);
}

#[test]
fn who_asks_for_a_rest_gets_it() {
    let mut rig = subscribed(json!({}));
    rig.report(&written("A", "Hello"));
    rig.land(Ok(Response {
        status: 429,
        headers: vec![("retry-after".to_owned(), "600".to_owned())],
        body: Vec::new(),
    }));
    rig.report(&written("B", "Hello"));
    assert!((600 * SECOND..720 * SECOND).contains(&rig.until_fetch()));
}

#[test]
fn what_was_on_its_way_when_the_object_died_goes_out_again() {
    let mut rig = subscribed(json!({}));
    rig.report(&written("A", "Hello"));
    rig.restart();
    rig.pass(SECOND);
    assert_eq!(rig.log.len(), 2);
    assert_eq!(header(&rig.log[0].request, "webhook-id"), header(&rig.log[1].request, "webhook-id"));
    rig.land(said(200));
    assert_eq!(rig.deliveries()[0]["attempts"].as_array().unwrap().len(), 2);
}

#[test]
fn who_listens_hears_of_an_event_at_once() {
    let mut rig = Rig::new();
    let listening = incoming("GET", "/v1/events").with("prefer", "wait=20");
    assert!(rig.ask(&listening).is_none());
    rig.report(&written("A", "Hello"));
    assert_eq!(rig.heard().unwrap().items()[0]["message"]["id"], "A");
    let nothing = Incoming { query: "cursor=1".to_owned(), ..listening };
    let before = rig.now;
    assert_eq!(rig.wait(&nothing).items(), Vec::<Value>::new().as_slice());
    assert_eq!(rig.now.0 - before.0, 20 * SECOND);
}
