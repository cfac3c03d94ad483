//! Six fetches at once, and who gets them.

use super::*;

fn to(at: usize, via: &str) -> Value {
    json!({ "to": { "phone": format!("+12025550{at:03}") }, "text": "Hello", "via": via })
}

fn count(rig: &Rig, host: &str) -> usize {
    rig.sends().filter(|send| send.request.url.contains(host)).count()
}

#[test]
fn one_number_takes_no_more_than_half_of_what_is_free() {
    let mut rig = Rig::new();
    for at in 0..10 {
        rig.accept(&to(at, "ops"));
    }
    assert_eq!(rig.flights.len(), 3);
    for at in 10..20 {
        rig.accept(&to(at, "backup"));
    }
    assert_eq!((rig.flights.len(), count(&rig, "a1base")), (5, 2));
    rig.accept(&to(20, "wa"));
    rig.accept(&to(21, "own"));
    assert_eq!((rig.flights.len(), count(&rig, "wachat"), count(&rig, "127.0.0.1")), (6, 1, 0));
    rig.land(taken());
    assert_eq!((rig.flights.len(), count(&rig, "127.0.0.1")), (6, 1), "what becomes free is for who has none");
}

#[test]
fn a_number_that_does_not_answer_keeps_no_other_waiting() {
    let mut rig = Rig::new();
    rig.provide(|request| (!request.url.contains("whatspie")).then(|| (300, also_taken())));
    for at in 0..30 {
        rig.accept(&to(at, "ops"));
        rig.accept(&to(at + 100, "backup"));
    }
    rig.pass(10 * SECOND);
    assert_eq!((count(&rig, "whatspie"), count(&rig, "a1base")), (3, 30));
}

#[test]
fn each_of_many_slow_numbers_gets_its_turn() {
    let names: Vec<_> = (0..9).map(|at| format!("own-{at}")).collect();
    let mut rig = Rig::with(|config| {
        for (at, name) in names.iter().enumerate() {
            let base = format!("http://127.0.0.1:700{at}");
            config["connections"][name] = json!({ "provider": "gowhatsapp", "base_url": base, "token": "$GO_TOKEN" });
        }
    });
    rig.provide(|_| Some((1_000, answer(200, json!({ "data": { "message_id": "3EB0" } })))));
    for at in 0..8 {
        for (number, name) in names.iter().enumerate() {
            rig.accept(&to(at * names.len() + number, name));
        }
    }
    rig.pass(5 * SECOND);
    let counts: Vec<_> = (0..9).map(|at| count(&rig, &format!(":700{at}"))).collect();
    assert!(counts.iter().all(|count| *count >= 3), "{counts:?}");
}

#[test]
fn questions_wait_until_a_slot_is_free() {
    let mut rig = Rig::new();
    rig.accept(&to(0, "ops"));
    rig.land(taken());
    rig.pass(4_999);
    for (at, via) in ["ops", "ops", "ops", "backup", "backup", "wa"].into_iter().enumerate() {
        rig.accept(&to(at + 1, via));
    }
    rig.pass(SECOND);
    assert_eq!((rig.flights.len(), rig.log.len()), (6, 7), "only sends");
    rig.land(slow_down(Some(600)));
    assert_eq!(rig.flights[5].errand.sends(), None);
}
