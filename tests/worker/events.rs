//! `GET /v1/events`: the log, as pages and as a stream.

use super::{
    inbound::{webhook, written},
    subscribers::said,
    *,
};

/// What the connection `ops` or `ops2` has heard, one after another: its ids.
fn heard(rig: &mut Rig, ids: impl IntoIterator<Item = usize>) {
    for id in ids {
        rig.report(&written(&id.to_string(), "Hello"));
    }
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.items().iter().map(|item| item["message"]["id"].as_str().unwrap()).collect()
}

fn asking(query: &str) -> Incoming {
    Incoming { query: query.to_owned(), ..incoming("GET", "/v1/events") }
}

fn down() -> Incoming {
    webhook("ops/wh-s3cr3t-webhook", &json!({ "type": "device_disconnected", "data": { "status": "UNPAIRED" } }))
}

/// A message with media of so many megabytes.
fn heavy(id: &str, megabytes: usize) -> Incoming {
    let data = "QUJD".repeat(megabytes << 18);
    webhook(
        "backup/wh-s3cr3t-webhook",
        &json!({ "thread_id": "t-1", "message_id": id, "thread_type": "group",
        "message_type": "image", "sender_number": "+61400123456", "message_content": { "data": data } }),
    )
}

fn with_backup(config: &mut Value) {
    config["connections"]["backup"]["inbound_key"] = json!("$WEBHOOK");
}

#[test]
fn page_after_page_tells_each_event_once_the_oldest_first() {
    for (limit, pages) in [(1, 7), (2, 4), (3, 3), (6, 2), (7, 1), (100, 1)] {
        let mut rig = Rig::new();
        heard(&mut rig, 0..7);
        let (mut seen, mut count, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let page = rig.get(&format!("/v1/events?limit={limit}{cursor}"));
            assert_eq!(members(&page.json), ["items", "next"].into());
            seen.extend(ids(&page).into_iter().map(|id| id.parse::<usize>().unwrap()));
            count += 1;
            match page.json["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert!(seen.into_iter().eq(0..7), "{limit}");
        assert_eq!(count, pages, "the last page says that it is the last");
    }
    let mut rig = Rig::new();
    heard(&mut rig, 0..51);
    assert_eq!(rig.get("/v1/events").items().len(), 50);
    assert_eq!(Rig::new().get("/v1/events").json, json!({ "items": [], "next": null }));
}

#[test]
fn a_cursor_is_the_id_of_an_event_too() {
    let mut rig = Rig::new();
    heard(&mut rig, 0..4);
    let id = rig.events()[1]["id"].as_str().unwrap().to_owned();
    assert_eq!(ids(&rig.get(&format!("/v1/events?cursor={id}"))), ["2", "3"]);
    assert_eq!(ids(&rig.get(&format!("/v1/events?cursor={id}&limit=1"))), ["2"]);
    assert_eq!(ids(&rig.get("/v1/events?cursor=0")).len(), 4);
    assert_eq!(ids(&rig.get("/v1/events?cursor=99")).len(), 0);
}

#[test]
fn a_page_is_of_some_types_a_connection_and_from_a_time_on() {
    let mut rig = Rig::with(|config| config["connections"]["ops2"] = config["connections"]["ops"].clone());
    heard(&mut rig, 0..2);
    rig.report(&Incoming { path: "/v1/inbound/ops2/wh-s3cr3t-webhook".to_owned(), ..written("2", "Hello") });
    rig.pass(HOUR);
    rig.report(&down());
    heard(&mut rig, [3]);
    let places = |rig: &mut Rig, query: &str| -> Vec<i64> {
        let all: Vec<_> = rig.events().iter().map(|event| event["id"].clone()).collect();
        let page = rig.get(&format!("/v1/events?{query}"));
        assert_eq!((page.status, &page.json["next"]), (200, &Value::Null), "{query}");
        let place = |item: &Value| all.iter().position(|id| *id == item["id"]).unwrap().try_into().unwrap();
        page.items().iter().map(place).collect()
    };
    for (query, want) in [
        ("type=connection.down", vec![3]),
        ("type=connection.*", vec![3]),
        ("type=message.*", vec![0, 1, 2, 4]),
        ("type=*", vec![0, 1, 2, 3, 4]),
        ("type=message.received&type=connection.down", vec![0, 1, 2, 3, 4]),
        ("type=message.read&type=connection.down", vec![3]),
        ("type=subscriber.down", vec![]),
        ("connection=ops2", vec![2]),
        ("connection=nobody", vec![]),
        ("connection=ops&type=message.*", vec![0, 1, 4]),
        ("since=2026-11-05T08:30:00Z", vec![0, 1, 2, 3, 4]),
        ("since=2026-11-05T08:30:00.001Z", vec![3, 4]),
        ("since=2026-11-05T10:00:00%2B00:30", vec![3, 4]),
        ("since=2026-11-05T10:30:00Z", vec![]),
        ("since=2026-11-05T09:00:00Z&cursor=4", vec![4]),
    ] {
        assert_eq!(places(&mut rig, query), want, "{query}");
    }
}

#[test]
fn what_is_wrong_with_a_query_is_told_with_its_name() {
    let mut rig = Rig::new();
    heard(&mut rig, 0..2);
    for (query, pointers) in [
        ("limit=0", vec!["/limit"]),
        ("limit=101", vec!["/limit"]),
        ("limit=-1", vec!["/limit"]),
        ("type=message", vec!["/type"]),
        ("type=mesage.*", vec!["/type"]),
        ("type=message.[r]*", vec!["/type"]),
        ("since=yesterday", vec!["/since"]),
        ("since=2026-11-05", vec!["/since"]),
        ("cursor=evt_0", vec!["/cursor"]),
        ("cursor=1.5", vec!["/cursor"]),
        ("page=2", vec!["/page"]),
        ("subscriber=crm", vec!["/subscriber"]),
        ("limit=0&type=no&page=2&since=no", vec!["/limit", "/type", "/page", "/since"]),
    ] {
        assert_eq!(rig.get(&format!("/v1/events?{query}")).problem(), (422, "invalid", pointers), "{query}");
    }
    let answer = rig.ask(&asking("").with("last-event-id", "evt_0")).unwrap();
    assert_eq!(answer.problem(), (422, "invalid", vec!["/cursor"]));
    for prefer in ["wait=0", "wait=31", "wait=soon"] {
        assert_eq!(rig.ask(&asking("").with("prefer", prefer)).unwrap().status, 422, "{prefer}");
    }
}

#[test]
fn a_page_ends_where_it_becomes_too_heavy_and_loses_nothing() {
    let mut rig = Rig::with(with_backup);
    for at in 0..7 {
        rig.report(&heavy(&at.to_string(), 1));
    }
    rig.report(&heavy("7", 4));
    heard(&mut rig, 8..10);
    let (mut seen, mut cursor, mut sizes) = (Vec::new(), "0".to_owned(), Vec::new());
    loop {
        let page = rig.get(&format!("/v1/events?limit=100&cursor={cursor}"));
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        sizes.push(page.items().len());
        let Some(next) = page.json["next"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert!(seen.iter().eq((0..10).map(|at| at.to_string()).collect::<Vec<_>>().iter()), "{seen:?}");
    assert_eq!(sizes, [2; 5]);
}

/// A piece of a stream: its events, and where the next one begins.
fn piece(rig: &mut Rig, incoming: &Incoming) -> (String, String) {
    let asked = rig.step(|outbox| outbox.ask(&incoming.clone().with("accept", "text/event-stream"), false));
    let Ok((chaski::worker::Asked::Answer(outgoing), _)) = asked else { panic!("no piece") };
    let header = |name: &str| outgoing.headers.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    assert_eq!((outgoing.status, header("content-type").as_str()), (200, "text/event-stream"));
    (outgoing.body.clone(), header("last-event-id"))
}

/// What a browser makes of a stream: ids and data.
fn parsed(text: &str) -> Vec<(String, Value)> {
    let blocks = text.split("\n\n").filter(|block| !block.is_empty() && !block.starts_with(':'));
    let event = |block: &str| {
        let (mut id, mut data) = (String::new(), Vec::new());
        for line in block.split(['\n', '\r']) {
            match line.split_once(": ").unwrap() {
                ("id", value) => value.clone_into(&mut id),
                ("data", value) => data.push(value),
                other => panic!("{other:?}"),
            }
        }
        (id, serde_json::from_str(&data.join("\n")).unwrap())
    };
    blocks.map(event).collect()
}

#[test]
fn a_stream_tells_what_is_new_from_where_it_is() {
    let mut rig = Rig::new();
    assert_eq!(piece(&mut rig, &asking("")), (":\n\n".to_owned(), "0".to_owned()));
    heard(&mut rig, 0..3);
    assert_eq!(piece(&mut rig, &asking("")), (":\n\n".to_owned(), "3".to_owned()), "what was before is not new");
    for (incoming, want) in [
        (asking("cursor=1"), vec!["2", "3"]),
        (asking("since=2026-11-05T00:00:00Z"), vec!["1", "2", "3"]),
        (asking("").with("last-event-id", "2"), vec!["3"]),
        (asking("cursor=1").with("last-event-id", "2"), vec!["3"]),
        (asking("cursor=wrong").with("last-event-id", "2"), vec!["3"]),
        (asking("cursor=1&limit=1"), vec!["2"]),
    ] {
        let (text, last) = piece(&mut rig, &incoming);
        let found = parsed(&text);
        assert_eq!(found.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), want);
        assert_eq!(last, *want.last().unwrap());
        assert!(found.iter().all(|(id, event)| rig.events()[id.parse::<usize>().unwrap() - 1] == *event));
    }
    let id = rig.events()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(piece(&mut rig, &asking("").with("last-event-id", &id)).1, "3");
    assert_eq!(piece(&mut rig, &asking("cursor=1&type=connection.*")), (":\n\n".to_owned(), "1".to_owned()));
}

#[test]
fn line_breaks_in_what_was_sent_are_no_line_breaks_of_the_stream() {
    for end in ["\n", "\r\n", "\r", "\n\n", "\r\r\n\n"] {
        let mut rig = Rig::new();
        let body =
            format!("{{{end}\"message\":{end}\"Hello\",\"from\":\"6285156055377\",{end}\"message_id\":\"A\"{end}}}");
        rig.report(&Incoming { body: Some(body.into_bytes()), ..written("", "") });
        let text = piece(&mut rig, &asking("cursor=0")).0;
        assert_eq!(parsed(&text)[0].1, rig.events()[0], "{text:?}");
    }
}

#[test]
fn a_heavy_event_is_a_piece_of_its_own() {
    let mut rig = Rig::with(with_backup);
    rig.report(&heavy("A", 5));
    heard(&mut rig, [1]);
    let (text, last) = piece(&mut rig, &asking("cursor=0"));
    assert_eq!((parsed(&text).len(), last.as_str()), (1, "1"));
    assert_eq!(piece(&mut rig, &asking("").with("last-event-id", &last)).1, "2");
}

#[test]
fn who_waits_hears_of_what_it_asked_for_alone() {
    let mut rig = Rig::new();
    heard(&mut rig, 0..2);
    let waiting = asking("type=connection.*&cursor=2").with("prefer", "wait=20");
    assert!(rig.ask(&waiting).is_none());
    rig.pass(5 * SECOND);
    heard(&mut rig, [2]);
    assert!(rig.heard().is_none(), "that is none of theirs");
    rig.pass(5 * SECOND);
    rig.report(&down());
    assert_eq!(rig.heard().unwrap().items()[0]["type"], "connection.down");
    assert!(rig.ask(&waiting).unwrap().items().len() == 1, "what is there already is told at once");
    let before = rig.now;
    let later = asking("cursor=4").with("prefer", "respond-async, wait=7");
    assert_eq!((rig.wait(&later).items().len(), rig.now.0 - before.0), (0, 7 * SECOND));
}

#[test]
fn who_listens_and_waits_from_the_first_piece_on_misses_nothing() {
    let mut rig = Rig::new();
    heard(&mut rig, [0]);
    let listening = asking("").with("accept", "text/event-stream").with("prefer", "wait=20");
    let mut place = None;
    // As door.js does.
    for id in 1..4 {
        let asked =
            place.iter().fold(listening.clone(), |incoming, last: &String| incoming.with("last-event-id", last));
        let told = match rig.step(|outbox| outbox.ask(&asked, false)).unwrap().0 {
            chaski::worker::Asked::Answer(outgoing) => outgoing,
            chaski::worker::Asked::Listen { .. } => {
                heard(&mut rig, [id]);
                match rig.step(|outbox| outbox.ask(&asked, false)).unwrap().0 {
                    chaski::worker::Asked::Answer(outgoing) => outgoing,
                    _ => panic!("nobody told who listens of event {id}"),
                }
            }
            chaski::worker::Asked::Wait { .. } => panic!("no message"),
        };
        place = told.headers.iter().find(|(name, _)| *name == "last-event-id").map(|(_, last)| last.clone());
    }
    assert_eq!(place.as_deref(), Some("3"));
}

#[test]
fn a_subscriber_that_goes_down_is_an_event_of_the_log() {
    let mut rig = super::subscribers::subscribed(json!({}));
    assert!(rig.ask(&asking("type=subscriber.*").with("prefer", "wait=30")).is_none());
    heard(&mut rig, [0]);
    rig.land(said(410));
    let told = rig.heard().unwrap();
    assert_eq!((&told.items()[0]["type"], &told.items()[0]["subscriber"]), (&json!("subscriber.down"), &json!("crm")));
    assert_eq!(rig.get("/v1/events?connection=ops").items().len(), 1);
}

#[test]
fn what_is_forgotten_is_skipped_and_what_comes_then_is_not() {
    let mut rig = Rig::with(|config| config["retention_days"] = json!(1));
    heard(&mut rig, 0..2);
    let id = rig.events()[1]["id"].as_str().unwrap().to_owned();
    rig.pass(2 * DAY);
    assert_eq!(rig.events().len(), 0);
    heard(&mut rig, [2]);
    assert_eq!(ids(&rig.get("/v1/events?cursor=2")), ["2"], "no place is given twice");
    assert_eq!(rig.get(&format!("/v1/events?cursor={id}")).problem(), (422, "invalid", vec!["/cursor"]));
}
