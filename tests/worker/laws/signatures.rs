//! Nothing is ever let in but what was signed, as it was signed, and not long ago.

use super::super::{
    tokens::{asked, by, minting},
    *,
};
use ::base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    strategy::ValueTree,
    test_runner::{TestCaseResult, TestRunner},
};
use sha2::Sha256;

/// Who signs, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Signer {
    /// A gateway: the body alone.
    GoWhatsapp,
    WhatsSpot,
    /// A gateway: the time and the body.
    A1Base,
    Github,
    Stripe,
    Standard,
    /// The Worker itself.
    Token,
}

use Signer::{A1Base, Github, GoWhatsapp, Standard, Stripe, Token, WhatsSpot};

const WEBHOOK: &str = "wh-s3cr3t-webhook";

/// What is done to a request behind the back of who signed it.
#[derive(Clone, Debug)]
enum Edit {
    /// A byte of the body or of a header becomes another.
    Put(Index, Index, u8),
    Insert(Index, Index, u8),
    Cut(Index, Index),
    /// A header is gone, or there twice.
    Drop(Index),
    Double(Index),
}

fn world() -> Rc<App> {
    let hook =
        |members: Value| with(json!({ "key": "$HOOK", "to": { "group": "ops-team" }, "template": "plain" }), members);
    changed(|config| {
        config["connections"]["backup"]["api_secret"] = json!("$WEBHOOK");
        config["hooks"] = json!({
            "github": hook(json!({ "signature": "github", "secret": "$WEBHOOK" })),
            "stripe": hook(json!({ "signature": "stripe", "secret": "$WEBHOOK" })),
            "standard": hook(json!({ "signature": "standard", "secret": "$CRM", "previous_secret": "$CRM_OLD" })),
        });
    })
}

thread_local! {
    static WORLD: Rc<App> = world();
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn hex_hmac(parts: &[&[u8]]) -> String {
    hmac(WEBHOOK.as_bytes(), parts).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request that was signed so many seconds ago.
fn signed(app: &Rc<App>, signer: Signer, body: &[u8], age: i64) -> Incoming {
    let seconds = (Timestamp::parse(NOW).unwrap().0 / 1000 - age).to_string();
    let path = match signer {
        GoWhatsapp => "/v1/inbound/own",
        WhatsSpot => "/v1/inbound/spot",
        A1Base => "/v1/inbound/backup",
        Github => "/v1/hooks/github/hook-s3cr3t-0123456789",
        Stripe => "/v1/hooks/stripe/hook-s3cr3t-0123456789",
        Standard => "/v1/hooks/standard/hook-s3cr3t-0123456789",
        Token => {
            let token =
                handle(app, &no_fetch(), &minting(&asked(json!({})))).json["token"].as_str().unwrap().to_owned();
            return by(&token, posting(&hello(json!({}))));
        }
    };
    let incoming = Incoming { headers: Headers::default(), body: Some(body.to_vec()), ..incoming("POST", path) };
    match signer {
        GoWhatsapp => incoming.with("x-hub-signature-256", &format!("sha256={}", hex_hmac(&[body]))),
        WhatsSpot => incoming.with("x-webhook-signature", &hex_hmac(&[body])),
        A1Base => incoming.with("x-timestamp", &seconds).with("x-signature", &hex_hmac(&[seconds.as_bytes(), body])),
        Github => incoming.with("x-hub-signature-256", &format!("sha256={}", hex_hmac(&[body]))),
        Stripe => {
            let signature = hex_hmac(&[seconds.as_bytes(), b".", body]);
            incoming.with("stripe-signature", &format!("t={seconds},v1={signature}"))
        }
        _ => {
            let key = STANDARD.decode(&secret("CRM").unwrap()["whsec_".len()..]).unwrap();
            let signature = hmac(&key, &[b"msg_1.", seconds.as_bytes(), b".", body]);
            let signature = format!("v1,{}", STANDARD.encode(signature));
            incoming
                .with("webhook-id", "msg_1")
                .with("webhook-timestamp", &seconds)
                .with("webhook-signature", &signature)
        }
    }
}

/// What the signature is about: the id and the time where there are any, and the body. For a token, the token.
fn meant(signer: Signer, incoming: &Incoming) -> Option<(String, Option<i64>, Vec<u8>)> {
    let header = |name: &str| incoming.headers.get(name).map(str::trim);
    let body = incoming.body.clone().unwrap();
    Some(match signer {
        GoWhatsapp | WhatsSpot | Github => (String::new(), None, body),
        A1Base => (header("x-timestamp")?.to_owned(), header("x-timestamp")?.parse().ok(), body),
        Stripe => {
            let mut items = header("stripe-signature")?.split(',');
            let time = items.find_map(|item| item.trim().strip_prefix("t="))?;
            (time.to_owned(), time.parse().ok(), body)
        }
        Standard => {
            let time = header("webhook-timestamp")?;
            (format!("{} {time}", header("webhook-id")?), time.parse().ok(), body)
        }
        Token => (header("authorization")?.split_once(' ')?.1.trim().to_owned(), None, Vec::new()),
    })
}

fn edited(mut incoming: Incoming, edits: &[Edit]) -> Incoming {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut headers: Vec<_> = incoming.headers.iter().map(owned).collect();
    let body = incoming.body.as_mut().unwrap();
    for edit in edits {
        let count = headers.len();
        match edit {
            Edit::Put(part, at, byte) | Edit::Insert(part, at, byte) => {
                let is_put = matches!(edit, Edit::Put(..));
                change(&mut headers, body, part, |bytes| match at.index(bytes.len() + 1) {
                    at if is_put && at < bytes.len() => bytes[at] = *byte,
                    at => bytes.insert(at, *byte),
                });
            }
            Edit::Cut(part, at) => change(&mut headers, body, part, |bytes| {
                if !bytes.is_empty() {
                    bytes.remove(at.index(bytes.len()));
                }
            }),
            Edit::Drop(header) if count > 0 => drop(headers.remove(header.index(count))),
            Edit::Double(header) if count > 0 => headers.push(headers[header.index(count)].clone()),
            Edit::Drop(_) | Edit::Double(_) => {}
        }
    }
    Incoming { headers: headers.into_iter().collect(), ..incoming }
}

/// Changes the body or one of the headers, whose text stays text, and in its line.
fn change(headers: &mut [(String, String)], body: &mut Vec<u8>, part: &Index, how: impl FnOnce(&mut Vec<u8>)) {
    match headers.get_mut(part.index(headers.len() + 1)) {
        None => how(body),
        Some((_, value)) => {
            let mut bytes = std::mem::take(value).into_bytes();
            how(&mut bytes);
            *value = bytes.iter().map(|byte| char::from(byte & 0x7f)).filter(|char| *char != '\n').collect();
        }
    }
}

fn is_let_in(app: &Rc<App>, incoming: &Incoming) -> bool {
    match block_on(app.handle(&no_fetch(), incoming)) {
        Handled::Onward(_) => true,
        Handled::Answer(outgoing) => {
            assert!([401, 403, 404].contains(&outgoing.status), "{}", outgoing.status);
            false
        }
    }
}

fn only_what_was_signed(signer: Signer, body: &[u8], age: i64, edits: &[Edit]) -> TestCaseResult {
    WORLD.with(|app| {
        let before = signed(app, signer, body, age);
        let oldest_and_youngest = match signer {
            A1Base => Some(-60..=300),
            Stripe | Standard => Some(-300..=300),
            _ => None,
        };
        let is_fresh = oldest_and_youngest.is_none_or(|ages| ages.contains(&age));
        prop_assert_eq!(is_let_in(app, &before), is_fresh, "{:?}, {} s old", signer, age);
        let after = edited(before.clone(), edits);
        if is_let_in(app, &after) {
            prop_assert!(is_fresh, "{:?}, {} s old", signer, age);
            prop_assert_eq!(meant(signer, &after), meant(signer, &before), "{:?} by {:?}", signer, edits);
        }
        Ok(())
    })
}

fn any_request() -> impl Strategy<Value = (Signer, Vec<u8>, i64)> {
    let signer = select(vec![GoWhatsapp, WhatsSpot, A1Base, Github, Stripe, Standard, Token]);
    let body = prop_oneof![vec(any::<u8>(), 0..24), Just(b"{\"text\":\"Hello\"}".to_vec())];
    let age = prop_oneof![4 => Just(0i64), 1 => -400..400i64];
    (signer, body, age)
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let byte = prop_oneof![select(b"0123456789abcdefABCDEF=,. +-v1t".to_vec()), any::<u8>()].boxed();
    let (part, at) = (any::<Index>, any::<Index>);
    prop_oneof![
        4 => (part(), at(), byte.clone()).prop_map(|(part, at, byte)| Edit::Put(part, at, byte)),
        2 => (part(), at(), byte).prop_map(|(part, at, byte)| Edit::Insert(part, at, byte)),
        2 => (part(), at()).prop_map(|(part, at)| Edit::Cut(part, at)),
        1 => part().prop_map(Edit::Drop),
        1 => part().prop_map(Edit::Double),
    ]
}

/// Nothing is let in but what was signed, whatever is drawn to be signed and done to it.
pub fn keep_out(mut draws: impl Iterator<Item = TestRunner>) -> TestCaseResult {
    let Some(mut draw) = draws.next() else { return Ok(()) };
    let (signer, body, age) = any_request().new_tree(&mut draw).map_err(TestCaseError::reject)?.current();
    let any_edit = any_edit();
    let edits = draws.take(6).map(|mut draw| any_edit.new_tree(&mut draw).map(|edit| edit.current()));
    only_what_was_signed(signer, &body, age, &edits.collect::<Result<Vec<_>, _>>().map_err(TestCaseError::reject)?)
}

proptest! {
    #![proptest_config(super::laws())]

    #[test]
    fn nothing_is_let_in_but_what_was_signed((signer, body, age) in any_request(), edits in vec(any_edit(), 0..6)) {
        only_what_was_signed(signer, &body, age, &edits)?;
    }
}
