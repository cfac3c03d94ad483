//! Forgeries: nobody but the Worker makes tokens, and nobody gets more out of one than it says.

use super::{
    tokens::{PAGE, asked, by, claims_of, minting, open},
    *,
};
use ::base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

#[test]
fn another_key_is_the_end_of_all_tokens() {
    let mut rig = Rig::new();
    let token = rig.mint(json!({}));
    let other: Rc<App> = App::new(Some("chaski-key-0123456780"), Some(&config().to_string()), secret).into();
    let refused = handle(&other, &no_fetch(), &by(&token, posting(&hello(json!({})))));
    assert_eq!((refused.problem(), refused.header("www-authenticate")), ((401, "auth", vec![]), Some("Bearer")));
    let same: Rc<App> = App::new(Some(KEY), Some(&config().to_string()), secret).into();
    assert_eq!(handle(&same, &no_fetch(), &by(&token, posting(&hello(json!({}))))).status, 202);
}

/// A token with these claims, signed with this secret as the Worker would.
fn signed(claims: &Value, secret: &[u8], prefix: &[u8]) -> String {
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(prefix);
    mac.update(claims.as_bytes());
    format!("chaski_{claims}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[test]
fn only_the_worker_makes_tokens() {
    let mut rig = Rig::new();
    let token = rig.mint(json!({}));
    let claims = claims_of(&token);
    let digest = Sha256::digest(KEY);
    let ask = |rig: &mut Rig, token: &str| rig.post_by(token, &hello(json!({}))).status;
    assert_eq!(ask(&mut rig, &signed(&claims, &digest, b"chaski token\n")), 202, "this is how");
    for other in [
        signed(&claims, KEY.as_bytes(), b"chaski token\n"),
        signed(&claims, &digest, b""),
        signed(&claims, b"", b"chaski token\n"),
        signed(&claims, &[0; 32], b"chaski token\n"),
    ] {
        assert_eq!(ask(&mut rig, &other), 401, "{other}");
    }
    // What this Worker signed, and cannot read.
    for change in [json!({ "id": null }), json!({ "expires_at": 1 }), json!({ "grant": {} }), json!({ "more": 1 })] {
        let other = signed(&with(claims.clone(), change), &digest, b"chaski token\n");
        assert_eq!(ask(&mut rig, &other), 401, "{other}");
    }
    let late = signed(&with(claims, json!({ "expires_at": NOW })), &digest, b"chaski token\n");
    let refused = handle(
        &app(),
        &no_fetch(),
        &by(&late, Incoming { path: "/v1/messages/preview".to_owned(), ..posting(&hello(json!({}))) }),
    );
    assert_eq!(refused.problem(), (401, "auth", vec![]));
    assert!(refused.json["detail"].as_str().unwrap().contains("expired"));
    // Each text in one spelling only: neither the other alphabet of base64, nor padding.
    let minted = std::iter::repeat_with(|| rig.mint(json!({})));
    let mut parts = minted.map(|token| token.split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap());
    let (claims, signature) = parts.find(|(_, signature)| signature.contains(['-', '_'])).unwrap();
    for other in [signature.replace('-', "+").replace('_', "/"), format!("{signature}="), format!("{signature} ") + "A"]
    {
        assert_eq!(ask(&mut rig, &format!("{claims}.{other}")), 401, "{other}");
    }
    for garbled in [
        "chaski_",
        "chaski_.",
        "chaski_a.b",
        "chaski_e30.",
        &token[7..],
        &token.replace('.', ""),
        &token.replace("chaski", "Chaski"),
    ] {
        assert_eq!(ask(&mut rig, garbled), 401, "{garbled}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A change of any letters of a token makes it void: there is no other way to write it.
    #[test]
    fn no_other_text_is_a_token(
        from in 0_usize..4096, length in 0_usize..4, letters in "[A-Za-z0-9_.=+/ -]{0,4}", is_near_end in any::<bool>(),
    ) {
        thread_local! {
            static APP: (Rc<App>, String) = {
                let (app, mut rig) = (app(), Rig::new());
                (app, rig.mint(json!({ "actions": ["preview"], "uses": null })))
            };
        }
        APP.with(|(app, token)| {
            let from = from % token.len();
            let from = if is_near_end { token.len() - 1 - from % 50 } else { from };
            let until = (from + length).min(token.len());
            let other = [&token[..from], &letters, &token[until..]].concat();
            prop_assume!(other.trim() != token);
            let request = by(&other, Incoming { path: "/v1/messages/preview".to_owned(), ..posting(&hello(json!({}))) });
            let answer = handle(app, &no_fetch(), &request);
            prop_assert_eq!(answer.problem(), (401, "auth", vec![]));
            Ok(())
        })?;
    }
}

/// What `door.js` hands over, and who a caller may be taken for by it.
#[test]
fn no_caller_can_bring_a_pass_along() {
    let mut rig = Rig::new();
    let token = rig.mint(json!({ "recipients": [{ "group": "495" }], "via": ["ops"] }));
    let pass = claims_of(&token);
    // The caller writes query, headers and body.
    let head = |pass: &str| {
        let headers = format!("pass:{pass}\nx: {pass}\nauthorization:Bearer {token}\n");
        format!("POST https://chaski.example/v1/messages?pass={{}} {pass}\n{headers}")
    };
    let body =
        |to: &str| with(hello(json!({ "to": { "group": to }, "via": "ops" })), json!({ "metadata": { "pass": null } }));
    let read = |head: &str, to: &str| Incoming::read(head, Some(body(to).to_string().into_bytes()));
    let status = |rig: &Rig, incoming: &Incoming| match rig.step(|outbox| outbox.ask(incoming, false)).unwrap().0 {
        chaski::worker::Asked::Answer(outgoing) => outgoing.status,
        _ => panic!("an answer is still to come"),
    };
    // With a token, whatever stands in headers, query and body.
    let incoming = read(&head(""), "496");
    assert!(incoming.pass.is_none());
    assert_eq!(rig.wait(&incoming).problem(), (403, "auth", vec!["/to/group"]));
    assert_eq!(rig.wait(&read(&head(""), "495")).status, 202);
    // What the door itself hands over.
    assert_eq!(status(&rig, &read(&head(&pass.to_string()), "495")), 202);
    assert_eq!(status(&rig, &read(&head(&pass.to_string()), "496")), 403);
    let Handled::Onward(onward) = block_on(app().handle(&no_fetch(), &incoming)) else { panic!("an answer") };
    let handed = incoming.head(onward.pass.as_ref());
    assert!(!handed.contains(&token), "the token opens nothing behind the door");
    assert_eq!(status(&rig, &read(&handed, "495")), 202);
    assert_eq!(status(&rig, &read(&handed, "496")), 403);
    // One that cannot be read is no key.
    for broken in [json!({}), json!("{"), json!(7), json!([]), json!(null), with(pass, json!({ "grant": null }))] {
        assert_eq!(status(&rig, &read(&head(&broken.to_string()), "495")), 401, "{broken}");
    }
    // What comes in at the door with a pass in hand has none by it.
    let brought = Incoming { pass: incoming_pass(&token), ..posting(&hello(json!({}))) };
    let Handled::Onward(onward) = block_on(app().handle(&no_fetch(), &brought)) else { panic!("an answer") };
    assert!(onward.pass.is_none(), "who has the key has the key");
}

fn incoming_pass(token: &str) -> Option<chaski::worker::Pass> {
    Incoming::read(&format!("POST / {}", claims_of(token)), None).pass
}

#[test]
fn no_answer_shows_a_token_or_the_key() {
    let mut rig = open();
    let token = rig.mint(json!({ "origin": PAGE, "uses": 1 }));
    let page = |message: &Value| by(&token, posting(message).with("origin", PAGE));
    let answers = [
        rig.wait(&page(&hello(json!({})))),
        rig.wait(&page(&hello(json!({})))),
        rig.wait(&page(&hello(json!({ "to": { "group": "496" } })))),
        rig.wait(&by(&token, posting(&hello(json!({}))))),
        rig.wait(&by(&token[..token.len() - 1], posting(&hello(json!({}))))),
        rig.wait(&by(&token, minting(&asked(json!({}))))),
    ];
    assert_eq!(answers.each_ref().map(|answer| answer.status), [202, 403, 403, 403, 401, 403]);
    for answer in answers {
        assert!(!answer.text.contains("chaski_") && !answer.text.contains(KEY), "{}", answer.text);
    }
    let kept = json!(rig.db.dump()).to_string();
    assert!(!kept.contains("chaski_") && !kept.contains(KEY));
}
