//! Nothing from a message changes a path.

use super::requests::segments;
use super::*;

/// What would climb, end a path or add to it, if it got into one.
const TRICKS: &[&str] = &[
    "",
    ".",
    "..",
    "../..",
    "%2e%2e",
    "%2E%2E%2F",
    "495/../../devices",
    "495/send",
    "495%2Fsend",
    "495?x=1",
    "495#x",
    "495\\send",
    "495;x",
    "495 ",
    " 495",
    "\t495",
    "495\n",
    "495\r\nx: y",
    "４９５",
    "495@g.us/..",
    "..@g.us",
    "-@g.us",
    "@g.us",
    "495@g.us?",
    "495@g.us@g.us",
    "//example.com",
    "https://example.com",
    "495\u{0}",
    "a:b@c",
    "١٢٣",
];

/// What looks like a base URL, and is one or not.
fn base_url() -> impl Strategy<Value = String> {
    let scheme = select(&["https://", "http://", "https:/", "HTTPS://", ""][..]);
    let host = prop_oneof![
        select(
            &["api.example.com", "localhost", "127.0.0.1", "[::1]", "user@example.com", "..", "-", "a_b", "a b", ""][..]
        )
        .prop_map(str::to_owned),
        "[a-z.-]{1,4}",
    ];
    let port = select(&["", "", ":80", ":+80", ":", ":65536", ":-1", ":8 0"][..]);
    let path =
        prop_oneof![select(&["", "/", "/v1", "/v1//", "/a/../b"][..]).prop_map(str::to_owned), "[/a.?#%\\@]{0,6}"];
    (scheme, host, port, path).prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}"))
}

pub(crate) fn trick() -> impl Strategy<Value = String> {
    let mixed = (group_id(), select(TRICKS), any::<Index>()).prop_map(|(mut id, trick, at)| {
        let at = at.index(id.len() + 1);
        id.insert_str(at, trick);
        id
    });
    prop_oneof![select(TRICKS).prop_map(str::to_owned), any::<String>(), "[!-/:-@]{1,6}", mixed, group_id()]
}

/// A base URL that is taken is one to every browser, and no requests go where they should not.
pub fn is_a_base_url(base_url: &str) -> TestCaseResult {
    let fields = json!({ "provider": "whatspie", "token": "t", "base_url": base_url });
    let Ok(account) = Account::parse(fields.to_string().as_bytes()) else { return Ok(()) };
    let url = account.request(&Quota {}).unwrap().url;
    prop_assert_eq!(&url, &format!("{}/devices", base_url.trim_end_matches('/')));
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let authority = authority.replace("[::1]", "localhost");
    let (host, port) = authority.split_once(':').unwrap_or((&authority, "443"));
    prop_assert!(scheme == "https" || scheme == "http" && matches!(host, "localhost" | "127.0.0.1"), "{}", url);
    prop_assert!(host.bytes().any(|byte| byte.is_ascii_alphanumeric()), "no host in {}", url);
    prop_assert!(host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)), "{}", url);
    prop_assert!(port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok(), "port of {}", url);
    prop_assert!(
        path.split('/').all(|segment| !matches!(segment, "." | "..")) && !path.contains(['?', '#', '%', '\\']),
        "{}",
        url
    );
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn no_group_changes_a_path(id in trick()) {
        for account in plain_accounts() {
            let request = |id: &str| account.request(&Message::text(Recipient::Group(id.to_owned()), "Hello"));
            // A group as each provider names them.
            let plain = ["495", "495@g.us"].into_iter().find(|id| request(id).is_ok()).expect("a group");
            let plain_segments = segments(&request(plain).unwrap().url, "https://api.example.com")?;
            match request(&id) {
                Err(error) => prop_assert!(error.errors.iter().any(|error| error.pointer == "/to/group"), "{:?}", error),
                Ok(request) => {
                    let segments = segments(&request.url, "https://api.example.com")?;
                    prop_assert_eq!(segments.len(), plain_segments.len(), "{}", request.url);
                    for (segment, plain_segment) in segments.iter().zip(&plain_segments) {
                        let own = plain_segment == plain && *segment == id.to_ascii_lowercase();
                        prop_assert!(segment == plain_segment || own, "{}", request.url);
                    }
                }
            }
        }
    }

    #[test]
    fn no_id_of_a_message_changes_a_path(id in trick()) {
        let asked = |id: &str| AnyCall::parse(json!({ "message_status": { "id": id } }).to_string().as_bytes());
        for account in plain_accounts().iter().filter(|account| account.provider.message_status.is_some()) {
            let plain = segments(&asked("1").unwrap().request(account).unwrap().url, "https://api.example.com")?;
            if let Ok(request) = asked(&id).and_then(|call| call.request(account)) {
                let segments = segments(&request.url, "https://api.example.com")?;
                prop_assert_eq!(segments.len(), plain.len(), "{}", request.url);
                prop_assert_eq!(&segments[..segments.len() - 1], &plain[..plain.len() - 1]);
            }
        }
    }

    #[test]
    fn no_phone_changes_a_path(spelling in trick()) {
        let Ok(phone) = Phone::parse(&spelling) else { return Ok(()) };
        for account in plain_accounts() {
            let path = |phone: &Phone| {
                let message = Message::text(Recipient::Phone(phone.clone()), "Hello");
                account.request(&message).unwrap().url.replace(phone.digits(), "")
            };
            prop_assert_eq!(path(&phone), path(&Phone::parse("+12025550100").unwrap()));
        }
    }

    #[test]
    fn a_base_url_that_is_taken_is_one_to_every_browser(base_url in base_url()) {
        is_a_base_url(&base_url)?;
    }
}
