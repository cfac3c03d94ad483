//! What becomes of deliveries: each subscriber on its own, whatever the others do and the Worker goes through.

use super::{
    inbound::webhook,
    subscribers::{said, subscribed},
    *,
};
use chaski::worker::Errand;

/// A subscriber at `https://{name}.example/in` that has these members, too.
pub fn at(name: &str, more: Value) -> Value {
    with(json!({ "url": format!("https://{name}.example/in"), "secret": "$CRM" }), more)
}

/// With these subscribers.
pub fn served(subscribers: Value) -> Rig {
    Rig::with(|config| config["subscribers"] = subscribers)
}

/// The nth of many writes, in a chat of its own.
pub fn apart(at: usize) -> Incoming {
    let body = json!({ "message": "Hello", "from": format!("62851560{at:05}@s.whatsapp.net"), "message_id": format!("apart-{at}") });
    webhook("ops/wh-s3cr3t-webhook", &body)
}

pub fn brought(rig: &Rig, name: &str) -> usize {
    let host = format!("https://{name}.example/");
    rig.log.iter().filter(|flight| flight.request.url.starts_with(&host)).count()
}

pub fn statuses(rig: &mut Rig, name: &str) -> Vec<String> {
    let page = rig.get(&format!("/v1/subscribers/{name}/deliveries?limit=100"));
    page.items().iter().rev().map(|item| item["status"].as_str().unwrap().to_owned()).collect()
}

pub fn state(rig: &mut Rig, name: &str) -> String {
    let page = rig.get("/v1/subscribers");
    let item = page.items().iter().find(|item| item["name"] == name).unwrap();
    item["state"].as_str().unwrap().to_owned()
}

fn busy(seconds: u32) -> Fetched {
    Ok(Response { status: 429, headers: vec![("retry-after".to_owned(), seconds.to_string())], body: Vec::new() })
}

#[test]
fn page_after_page_tells_each_delivery_the_newest_event_first() {
    let mut rig = subscribed(json!({ "retries": [] }));
    rig.provide(|request| Some((0, said(if json_of(request)["message"]["id"] == "apart-3" { 500 } else { 200 }))));
    for event in 0..7 {
        rig.report(&apart(event));
    }
    let mut events = rig.events();
    events.reverse();
    let path = "/v1/subscribers/crm/deliveries";
    for (limit, pages) in [(1, 7), (3, 3), (7, 1), (100, 1)] {
        let (mut seen, mut count, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let page = rig.get(&format!("{path}?limit={limit}{cursor}"));
            seen.extend(page.items().iter().map(|item| item["event"].clone()));
            count += 1;
            let Some(next) = page.json["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert!(seen.iter().eq(events.iter().map(|event| &event["id"])), "{limit}");
        assert_eq!(count, pages);
    }
    for (query, want) in [("status=failed", 1), ("status=delivered&limit=100", 6), ("status=pending", 0)] {
        assert_eq!(rig.get(&format!("{path}?{query}")).items().len(), want, "{query}");
    }
    let failed = rig.get(&format!("{path}?status=failed"));
    let want = ["event", "type", "status", "attempts", "next_at", "queued_at", "updated_at"];
    assert_eq!(members(&failed.items()[0]), want.into());
    assert_eq!(
        failed.items()[0]["attempts"][0],
        json!({ "at": rig.now.to_string(), "http_status": 500, "error": null, "body": "ok?" })
    );
    for (query, pointers) in [
        ("limit=0", vec!["/limit"]),
        ("status=lost", vec!["/status"]),
        ("cursor=evt_0", vec!["/cursor"]),
        ("since=2026-11-05T08:30:00Z", vec!["/since"]),
        ("status=&limit=x&page=1", vec!["/limit", "/page"]),
    ] {
        assert_eq!(rig.get(&format!("{path}?{query}")).problem(), (422, "invalid", pointers), "{query}");
    }
    assert_eq!(rig.get("/v1/subscribers/nobody/deliveries").problem(), (404, "not_found", vec![]));
}

#[test]
fn what_is_down_keeps_nobody_else_waiting() {
    let mut rig = served(json!({ "crm": at("crm", json!({})), "bot": at("bot", json!({})) }));
    rig.provide(|request| (!request.url.contains("crm")).then(|| (100, said(200))));
    for event in 0..20 {
        rig.report(&apart(event));
    }
    rig.pass(10 * SECOND);
    assert_eq!((statuses(&mut rig, "bot"), brought(&rig, "bot")), (vec!["delivered".to_owned(); 20], 20));
    assert!(brought(&rig, "crm") <= 3, "{}", brought(&rig, "crm"));
    // Who does not answer at all is tried with one at a time.
    rig.pass(10 * MINUTE);
    assert_eq!((state(&mut rig, "crm"), state(&mut rig, "bot")), ("failing".to_owned(), "up".to_owned()));
    assert!(rig.flights.len() <= 1);
}

#[test]
fn many_that_are_down_do_not_keep_one_that_is_up_waiting() {
    let mut subscribers = json!({ "crm": at("crm", json!({})) });
    for name in ["down1", "down2", "down3", "down4"] {
        subscribers[name] = at(name, json!({}));
    }
    let mut rig = served(subscribers);
    rig.provide(|request| request.url.contains("crm").then(|| (100, said(200))));
    for event in 0..60 {
        rig.report(&apart(event));
        rig.pass(SECOND);
    }
    rig.pass(MINUTE);
    assert_eq!(brought(&rig, "crm"), 60);
    assert!((1..5).all(|name| brought(&rig, &format!("down{name}")) > 1), "and they are tried, too");
}

#[test]
fn each_of_many_slow_subscribers_gets_its_turn() {
    let subscribers: serde_json::Map<_, _> =
        (0..9).map(|name| (format!("s{name}"), at(&format!("s{name}"), json!({})))).collect();
    let mut rig = served(json!(subscribers));
    rig.provide(|_| Some((1_000, said(200))));
    for event in 0..8 {
        rig.report(&apart(event));
    }
    rig.pass(12 * SECOND);
    let counts: Vec<_> = (0..9).map(|name| brought(&rig, &format!("s{name}"))).collect();
    assert!(counts.iter().all(|count| (3..=5).contains(count)), "{counts:?}");
    rig.pass(13 * SECOND);
    assert!((0..9).all(|name| brought(&rig, &format!("s{name}")) == 8));
}

#[test]
fn who_says_that_it_is_gone_is_left_alone_whatever_else_it_takes() {
    let mut rig = subscribed(json!({}));
    // Gone for one contact, and not for the others.
    rig.provide(|request| Some((100, said(if json_of(request)["message"]["id"] == "apart-0" { 410 } else { 200 }))));
    for event in 0..6 {
        rig.report(&apart(event));
    }
    rig.pass(MINUTE);
    assert!(rig.log.len() <= 3, "{} requests to who is gone", rig.log.len());
    assert_eq!(rig.get("/v1/events?type=subscriber.*").items().len(), 1);
    assert_eq!(state(&mut rig, "crm"), "paused");
}

#[test]
fn a_rest_that_was_asked_for_is_not_ended_by_what_was_on_its_way() {
    let mut rig = subscribed(json!({}));
    for event in 0..4 {
        rig.report(&apart(event));
    }
    assert_eq!(rig.flights.len(), 2);
    rig.land(busy(600));
    rig.land(said(200));
    rig.pass(599 * SECOND);
    assert_eq!(rig.log.len(), 2, "it asked for a rest");
    rig.pass(SECOND);
    assert!(rig.log.len() > 2);
}

#[test]
fn a_rest_is_for_one_subscriber() {
    let mut rig = served(json!({ "crm": at("crm", json!({})), "bot": at("bot", json!({})) }));
    rig.provide(|request| Some((10, if request.url.contains("crm") { busy(3600) } else { said(204) })));
    for event in 0..5 {
        rig.report(&apart(event));
        rig.pass(SECOND);
    }
    assert_eq!((brought(&rig, "crm"), brought(&rig, "bot")), (1, 5));
}

#[test]
fn what_was_on_its_way_goes_out_again_whatever_the_clock_was_then() {
    let mut rig = subscribed(json!({}));
    rig.report(&apart(0));
    rig.now.0 -= HOUR;
    rig.restart();
    assert!(rig.until_fetch() < MINUTE);
    rig.land(said(200));
    assert_eq!(statuses(&mut rig, "crm"), ["delivered"]);
}

#[test]
fn what_ends_the_worker_each_time_does_not_do_so_for_ever() {
    let mut rig = subscribed(json!({}));
    rig.report(&apart(0));
    for _ in 0..40 {
        rig.restart();
        rig.pass(SECOND);
    }
    assert_eq!((rig.log.len(), statuses(&mut rig, "crm")), (30, vec!["failed".to_owned()]));
    assert_eq!(rig.deliveries()[0]["attempts"].as_array().unwrap().len(), 30);
    rig.report(&apart(1));
    rig.land(said(200));
    assert_eq!(statuses(&mut rig, "crm")[1], "delivered");
}

#[test]
fn an_outcome_that_never_came_home_is_one_that_is_tried_again() {
    let mut rig = subscribed(json!({}));
    rig.report(&apart(0));
    rig.lose(0);
    assert!((100 * SECOND..=150 * SECOND).contains(&rig.until_fetch()));
    assert!(matches!(rig.flights[0].errand, Errand::Bring { seq: 1, attempt: 2 }));
    // What comes of the first one is too late.
    rig.step(|outbox| outbox.came(Errand::Bring { seq: 1, attempt: 1 }, said(200))).unwrap();
    assert_eq!(statuses(&mut rig, "crm"), ["pending"]);
    rig.land(said(200));
    assert_eq!(statuses(&mut rig, "crm"), ["delivered"]);
}

#[test]
fn who_is_gone_from_the_configuration_and_back_gets_what_was_kept() {
    let both = json!({ "crm": at("crm", json!({})), "bot": at("bot", json!({})) });
    let (with_both, without) = (both.clone(), json!({ "bot": both["bot"] }));
    let mut rig = served(both);
    rig.report(&apart(0));
    rig.report(&apart(1));
    rig.restart_as(&changed(|config| config["subscribers"] = without));
    rig.provide(|_| Some((10, said(200))));
    rig.report(&apart(2));
    rig.pass(HOUR);
    let (rung, tried) = (rig.alarms, brought(&rig, "crm"));
    rig.pass(10 * DAY);
    assert_eq!((rig.alarms, brought(&rig, "crm")), (rung, tried), "nothing rings for who is gone");
    assert_eq!(statuses(&mut rig, "bot"), ["delivered"; 3]);
    assert_eq!(rig.get("/v1/subscribers/crm/deliveries").status, 404);
    rig.restart_as(&changed(|config| config["subscribers"] = with_both));
    rig.pass(SECOND);
    assert_eq!(statuses(&mut rig, "crm"), ["delivered"; 2], "and nothing from while it was gone");
}

#[test]
fn a_subscriber_without_its_secret_keeps_no_other_from_its_events() {
    let wrong = at("crm", json!({ "secret": "$UNSET" }));
    let mut rig = served(json!({ "crm": wrong, "bot": at("bot", json!({})) }));
    rig.provide(|_| Some((10, said(200))));
    rig.report(&apart(0));
    rig.pass(HOUR);
    assert_eq!((brought(&rig, "bot"), brought(&rig, "crm")), (1, 0));
    assert_eq!(rig.get("/v1/subscribers/crm/deliveries").problem().0, 503);
    assert_eq!(rig.get("/v1/subscribers").items().len(), 1);
    let rung = rig.alarms;
    rig.pass(10 * DAY);
    assert_eq!(rig.alarms, rung);
}

#[test]
fn long_stories_stay_bounded() {
    let mut rig = subscribed(json!({ "retries": vec![1; 29] }));
    let page = "\u{0}€".repeat(4096);
    rig.provide(move |_| Some((0, Ok(Response { status: 500, headers: Vec::new(), body: page.clone().into_bytes() }))));
    rig.report(&apart(0));
    let event = rig.events()[0]["id"].clone();
    let longest = "SELECT MAX(LENGTH(CAST(attempts AS BLOB))) FROM delivery";
    let mut most = 0;
    for _ in 0..6 {
        rig.pass(2 * MINUTE);
        most = most.max(rig.db.number(longest));
        assert_eq!(rig.replay(&json!({ "event": event })).status, 202);
    }
    assert!(rig.log.len() > 150);
    assert!((100_000..1_000_000).contains(&most), "{most}");
    assert!(rig.deliveries().iter().all(|delivery| delivery["attempts"].is_array()));
}

#[test]
fn an_event_of_megabytes_goes_out_whole() {
    let mut rig = Rig::with(|config| {
        config["connections"]["backup"]["inbound_key"] = json!("$WEBHOOK");
        config["subscribers"] = json!({ "crm": at("crm", json!({})) });
    });
    // Some of it is more than a byte, wherever it is cut.
    let data = "€uros".repeat(16 << 17);
    let body = json!({ "thread_id": "t-1", "message_id": "m-1", "thread_type": "group", "message_type": "video",
        "sender_number": "+61400123456", "message_content": { "data": data } });
    rig.report(&webhook("backup/wh-s3cr3t-webhook", &body));
    let sent = rig.flights[0].json();
    assert_eq!((&sent["raw"], &sent["message"]["media"]["base64"]), (&body, &json!(data)));
    assert!(rig.db.number("SELECT MAX(LENGTH(CAST(text AS BLOB))) FROM event_text") <= 1 << 20);
}
