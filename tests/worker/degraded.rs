//! `on_unsupported: "degrade"`: what a provider lacks is said otherwise or left out, and told.

use super::*;

fn rich(more: Value) -> Value {
    let asked = json!({ "mentions": ["+6285612345678"], "reply_to": "3EB0", "typing": true, "presence": true });
    with(with(hello(asked), json!({ "on_unsupported": "degrade" })), more)
}

#[test]
fn what_a_provider_lacks_is_said_otherwise_and_named() {
    for (via, text, degraded) in [
        ("backup", json!("> re 3EB0\nHello @6285612345678"), json!(["mentions", "reply_to", "typing", "presence"])),
        ("own", json!("Hello @6285612345678"), json!(["mentions"])),
        ("ops", json!("Hello"), json!(["presence"])),
    ] {
        let mut rig = Rig::new();
        let id = rig.accept(&rich(json!({ "via": via })));
        let sent = rig.log[0].json();
        let said = [&sent["content"], &sent["text"], &sent["params"]["text"]];
        assert_eq!(said.into_iter().find(|said| said.is_string()), Some(&text), "{via}: {sent}");
        assert_eq!(rig.message(&id).json["degraded"], degraded, "{via}");
    }
}

#[test]
fn each_connection_gets_what_it_can_do_and_the_last_one_is_told() {
    let mut rig = Rig::new();
    let id = rig.accept(&rich(json!({})));
    rig.land(refused());
    assert_eq!(rig.log[0].json()["params"]["quotedMessageId"], "3EB0");
    assert_eq!(rig.log[1].json()["content"], "> re 3EB0\nHello @6285612345678");
    rig.land(also_taken());
    assert_eq!(rig.message(&id).json["degraded"], json!(["mentions", "reply_to", "typing", "presence"]));
}

#[test]
fn what_can_be_done_is_not_degraded() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "on_unsupported": "degrade", "reply_to": "3EB0" })));
    assert_eq!(rig.log[0].json()["params"]["quotedMessageId"], "3EB0");
    assert_eq!(rig.message(&id).json["degraded"], json!([]));
}

#[test]
fn what_cannot_be_said_otherwise_is_refused() {
    let mut rig = Rig::new();
    let sound = rich(json!({ "media": { "kind": "audio", "url": "https://example.com/a.mp3" } }));
    assert_eq!(rig.post(&sound).problem().0, 422);
    assert!(rig.post(&sound).pointers().contains(&"/media/kind"));
    let fail = rich(json!({ "via": "backup", "on_unsupported": "fail" }));
    assert_eq!(rig.post(&fail).problem(), (422, "unsupported", vec!["/mentions", "/reply_to", "/typing", "/presence"]));
}
