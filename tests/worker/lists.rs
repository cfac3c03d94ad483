//! `GET /v1/messages`.

use super::*;

fn ids(answer: &Answer) -> Vec<&str> {
    answer.items().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// Messages to as many people, the oldest first.
fn accepted(rig: &mut Rig, count: usize) -> Vec<String> {
    let to = |at| json!({ "to": { "phone": format!("+12025550{at:03}") }, "text": "Hello" });
    (0..count).map(|at| rig.accept(&to(at))).collect()
}

#[test]
fn the_newest_come_first_up_to_50() {
    let mut rig = Rig::new();
    let all = accepted(&mut rig, 51);
    let page = rig.get("/v1/messages");
    assert_eq!((page.status, members(&page.json)), (200, ["items", "next"].into()));
    assert!(ids(&page).into_iter().eq(all[1..].iter().rev()));
    assert!(page.json["next"].is_string());
    assert_eq!(page.items()[0], rig.message(&all[50]).json);

    let none = Rig::new().get("/v1/messages");
    assert_eq!(none.json, json!({ "items": [], "next": null }));
}

#[test]
fn page_after_page_shows_each_message_once_whatever_is_accepted_meanwhile() {
    for (limit, pages) in [(1, 7), (2, 4), (3, 3), (6, 2), (7, 1), (100, 1)] {
        let mut rig = Rig::new();
        let all = accepted(&mut rig, 7);
        let (mut seen, mut count, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let page = rig.get(&format!("/v1/messages?limit={limit}{cursor}"));
            seen.extend(ids(&page).into_iter().map(str::to_owned));
            count += 1;
            match page.json["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
            accepted(&mut rig, 2);
        }
        assert!(seen.iter().eq(all.iter().rev()), "{limit}");
        assert_eq!(count, pages, "the last page says that it is the last");
    }
}

#[test]
fn a_page_is_of_one_status_connection_and_batch() {
    let mut rig = Rig::new();
    let to = |group: &str, via: &str| json!({ "to": { "group": group }, "text": "Hello", "via": via });
    let sent = rig.accept(&to("495", "ops"));
    rig.land(taken());
    let failed = rig.accept(&to("496", "ops"));
    rig.land(refused());
    let other = rig.accept(&to("thread-9", "backup"));
    rig.land(also_taken());
    let batch = rig.post(&json!({ "to": [{ "group": "497" }, { "group": "498" }], "text": "Hello", "via": "ops" }));
    rig.land(taken());
    let [first, second] = [0, 1].map(|at| batch.items()[at]["id"].as_str().unwrap().to_owned());
    let name = batch.json["batch"].as_str().unwrap();
    for (query, want) in [
        ("status=queued".to_owned(), vec![&first, &sent]),
        ("status=failed".to_owned(), vec![&failed]),
        ("status=expired".to_owned(), vec![]),
        ("connection=backup".to_owned(), vec![&other]),
        ("connection=ops".to_owned(), vec![&second, &first, &failed, &sent]),
        ("connection=nobody".to_owned(), vec![]),
        (format!("batch={name}"), vec![&second, &first]),
        (format!("batch={name}&status=sending&limit=1"), vec![&second]),
        ("connection=ops&status=queued&limit=100".to_owned(), vec![&first, &sent]),
        ("batch=batch_1".to_owned(), vec![]),
        ("%73tatus=f%61iled".to_owned(), vec![&failed]),
    ] {
        let page = rig.get(&format!("/v1/messages?{query}"));
        assert_eq!((page.status, ids(&page)), (200, want.iter().map(|id| id.as_str()).collect()), "{query}");
        assert_eq!(page.json["next"], Value::Null, "{query}");
    }
}

#[test]
fn what_is_wrong_with_a_query_is_told_with_its_name() {
    let mut rig = Rig::new();
    for (query, pointers) in [
        ("limit=0", vec!["/limit"]),
        ("limit=101", vec!["/limit"]),
        ("limit=ten", vec!["/limit"]),
        ("limit=-1", vec!["/limit"]),
        ("status=lost", vec!["/status"]),
        ("status=Sent", vec!["/status"]),
        ("cursor=first", vec!["/cursor"]),
        ("page=2", vec!["/page"]),
        ("a%2Fb=2", vec!["/a~1b"]),
        ("limit=0&status=no&page=2&batch=b", vec!["/limit", "/status", "/page"]),
    ] {
        let answer = rig.get(&format!("/v1/messages?{query}"));
        assert_eq!(answer.problem(), (422, "invalid", pointers), "{query}");
    }
}

#[test]
fn a_message_that_is_not_there_is_not_found() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({})));
    for other in ["msg_1", "", "%00", &id.to_uppercase(), &format!("{id}'"), &id[4..]] {
        assert_eq!(rig.get(&format!("/v1/messages/{other}")).problem(), (404, "not_found", vec![]), "{other}");
    }
}
