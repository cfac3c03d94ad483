//! One key, one message.

use super::*;

fn keyed(message: &Value, key: &str) -> Incoming {
    posting(message).with("idempotency-key", key)
}

fn keyed_and_waiting(message: &Value, key: &str) -> Incoming {
    waiting(message, 10).with("idempotency-key", key)
}

/// All that a caller sees but that it is a replay.
fn seen(answer: &Answer) -> (u16, &str, Option<&str>) {
    (answer.status, &answer.text, answer.header("location"))
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

fn messages(rig: &Rig) -> i64 {
    rig.db.number("SELECT COUNT(*) FROM message")
}

#[test]
fn the_same_again_is_answered_like_the_first_time_and_done_once() {
    let mut rig = Rig::new();
    let message = hello(json!({}));
    let first = rig.post_keyed("k", &message);
    assert_eq!((first.status, is_replay(&first)), (202, false));
    let again = rig.post_keyed("k", &message);
    assert_eq!((seen(&again), is_replay(&again)), (seen(&first), true));
    rig.land(taken());
    rig.restart();
    let again = rig.post_keyed("k", &message);
    assert_eq!(seen(&again), seen(&first), "the first answer, not what became of the message since");
    assert_eq!((messages(&rig), rig.sends().count()), (1, 1));
}

#[test]
fn a_thousand_requests_with_one_key_are_one_message() {
    let mut rig = Rig::new();
    rig.serve(|_| taken());
    for _ in 0..1000 {
        assert_eq!(rig.post_keyed("k", &hello(json!({}))).status, 202);
    }
    assert_eq!((messages(&rig), rig.sends().count()), (1, 1));
}

#[test]
fn another_body_or_the_same_in_other_words_needs_another_key() {
    let mut rig = Rig::new();
    rig.post_keyed("k", &hello(json!({})));
    for body in [
        hello(json!({ "text": "Bye" })).to_string(),
        hello(json!({})).to_string() + " ",
        hello(json!({ "via": "nobody" })).to_string(),
        "{".to_owned(),
    ] {
        let other = Incoming { body: Some(body.into_bytes()), ..keyed(&Value::Null, "k") };
        assert_eq!(rig.wait(&other).problem(), (422, "invalid", vec![]));
    }
    assert_eq!(rig.post_keyed("K", &hello(json!({ "text": "Bye" }))).status, 202, "a key is its letters");
    assert_eq!(messages(&rig), 2);
}

#[test]
fn while_the_first_waits_the_same_again_is_a_conflict_and_another_body_is_wrong() {
    let mut rig = Rig::new();
    let message = hello(json!({}));
    assert!(rig.ask(&keyed_and_waiting(&message, "k")).is_none());
    let second = rig.post_keyed("k", &message);
    assert_eq!((second.problem(), second.header("retry-after")), ((409, "rejected", vec![]), Some("1")));
    assert_eq!(rig.post_keyed("k", &hello(json!({ "text": "Bye" }))).status, 422);
    rig.land(taken());
    let first = rig.heard().unwrap();
    assert_eq!((first.status, is_replay(&first)), (200, false));
    for incoming in [keyed(&message, "k"), keyed_and_waiting(&message, "k")] {
        let again = rig.wait(&incoming);
        assert_eq!((seen(&again), is_replay(&again)), (seen(&first), true));
    }
    assert_eq!(messages(&rig), 1);
}

#[test]
fn where_the_time_is_over_the_answer_that_was_given_then_is_given_again() {
    let mut rig = Rig::new();
    let message = hello(json!({}));
    let first = rig.wait(&keyed_and_waiting(&message, "k"));
    assert_eq!((first.status, first.outcomes()), (202, ("sending", vec![])));
    rig.land(taken());
    assert_eq!(seen(&rig.post_keyed("k", &message)), seen(&first));
}

#[test]
fn where_whoever_waited_is_gone_the_next_one_gets_the_first_answer() {
    let mut rig = Rig::new();
    let message = hello(json!({ "on_ambiguous": "resend" }));
    assert!(rig.ask(&keyed_and_waiting(&message, "k")).is_none());
    rig.restart();
    assert_eq!(rig.post_keyed("k", &message).status, 409);
    rig.pass(10_000);
    let first = rig.post_keyed("k", &message);
    assert_eq!((first.status, first.outcomes(), is_replay(&first)), (202, ("sending", vec!["ambiguous"]), true));
    rig.land(taken());
    assert_eq!(seen(&rig.post_keyed("k", &message)), seen(&first));
    assert_eq!(messages(&rig), 1);
}

#[test]
fn who_asks_again_in_the_moment_in_which_the_time_is_over_takes_no_answer_from_who_waited() {
    let mut rig = Rig::new();
    let message = hello(json!({}));
    assert!(rig.ask(&keyed_and_waiting(&message, "k")).is_none());
    // Before the timer of who waited rings.
    rig.now.0 += 10_000;
    let again = rig.post_keyed("k", &message);
    let first = rig.wait_for_answer();
    assert_eq!((seen(&again), is_replay(&again)), (seen(&first), true));
}

#[test]
fn a_key_is_kept_for_24_hours() {
    let mut rig = Rig::new();
    rig.serve(|_| taken());
    let message = hello(json!({}));
    let first = rig.post_keyed("k", &message);
    rig.pass(DAY - 1);
    assert_eq!(seen(&rig.post_keyed("k", &message)), seen(&first));
    assert_eq!(rig.post_keyed("k", &hello(json!({ "text": "Bye" }))).status, 422);
    rig.pass(1);
    let second = rig.post_keyed("k", &hello(json!({ "text": "Bye" })));
    assert_eq!((second.status, is_replay(&second), messages(&rig)), (202, false, 2));
    rig.pass(DAY - 1);
    assert_eq!(seen(&rig.post_keyed("k", &hello(json!({ "text": "Bye" })))), seen(&second));
}

#[test]
fn a_request_that_is_refused_leaves_its_key_free() {
    let mut rig = Rig::with(|config| config["connections"]["own"]["token"] = "$NOT_SET".into());
    for (message, status) in [
        (json!({ "text": "Hello" }), 422),
        (hello(json!({ "via": "nobody" })), 422),
        (hello(json!({ "send_at": "2025-11-05T08:30:00Z" })), 422),
        (hello(json!({ "via": "own" })), 503),
    ] {
        assert_eq!(rig.post_keyed("k", &message).status, status);
    }
    let malformed = Incoming { body: Some(b"{".to_vec()), ..keyed(&Value::Null, "k") };
    assert_eq!(rig.wait(&malformed).status, 400);
    rig.db.size.set(Some(10_000_000_000));
    assert_eq!(rig.post_keyed("k", &hello(json!({}))).status, 503);
    rig.db.size.set(None);
    rig.db.fail_after(5);
    assert_eq!(rig.post_keyed("k", &hello(json!({}))).status, 503);
    let accepted = rig.post_keyed("k", &hello(json!({})));
    assert_eq!((accepted.status, is_replay(&accepted), messages(&rig)), (202, false, 1));
}

#[test]
fn a_key_is_1_to_255_printable_characters() {
    let mut rig = Rig::new();
    for key in ["", "\u{7f}", "a\tb", "é", "a".repeat(256).as_str()] {
        assert_eq!(rig.post_keyed(key, &hello(json!({}))).problem(), (422, "invalid", vec![""]), "{key:?}");
    }
    for key in ["a", " ~", "\"k-1\"", "a".repeat(255).as_str()] {
        assert_eq!(rig.post_keyed(key, &hello(json!({}))).status, 202, "{key:?}");
    }
}

#[test]
fn an_answer_of_megabytes_is_given_again_to_the_letter() {
    let mut rig = Rig::new();
    let to: Vec<_> = (0..1000).map(|at| json!({ "phone": format!("+12025550{at:03}") })).collect();
    let message = json!({ "to": to, "text": "Hello", "metadata": { "note": "é".repeat(1500) } });
    let first = rig.post_keyed("k", &message);
    assert!(first.status == 202 && first.text.len() > 3 << 20, "{} bytes", first.text.len());
    assert_eq!(seen(&rig.post_keyed("k", &message)), seen(&first));
    assert_eq!(messages(&rig), 1000);
}
