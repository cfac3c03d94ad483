//! A request goes where the account says, says what the message says, and shows no key.

use super::document::Document;
use super::*;

/// The path of a URL under `base_url`, as a browser would read it: segment by segment.
pub fn segments(url: &str, base_url: &str) -> Result<Vec<String>, TestCaseError> {
    let base_url = base_url.trim_end_matches('/');
    let path =
        url.strip_prefix(base_url).ok_or_else(|| TestCaseError::fail(format!("{url} is not under {base_url}")))?;
    prop_assert!(path.starts_with('/'), "{}", url);
    for (at, c) in path.char_indices() {
        let escape = path.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        prop_assert!(c.is_ascii_alphanumeric() || "/-._~@:".contains(c) || c == '%' && escape, "{c:?} in {url}");
    }
    let segments: Vec<_> =
        path.split('/').skip(1).map(|segment| segment.to_ascii_lowercase().replace("%2e", ".")).collect();
    prop_assert!(segments.iter().all(|segment| !matches!(segment.as_str(), "" | "." | "..")), "{}", url);
    Ok(segments)
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(other) => other == text,
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        _ => false,
    }
}

/// Whether the body says this, unchanged.
fn says(request: &Request, text: &str) -> bool {
    match &request.body {
        Body::Empty => false,
        Body::Json(json) => holds(&serde_json::from_slice(json).expect("JSON"), text),
        Body::Multipart(parts) => parts.iter().any(|part| part.content == text.as_bytes()),
    }
}

fn everything(request: &Request) -> String {
    let headers =
        request.headers.iter().map(|header| format!("{}: {}\n", header.name, header.value)).collect::<String>();
    let body = request.clone().encode().map(|(_, body)| String::from_utf8_lossy(&body).into_owned());
    format!("{}\n{headers}\n{}", request.url, body.unwrap_or_default())
}

/// The group ids and the digits of the phones of `to`.
fn ids(to: &Value) -> Vec<String> {
    let digits = |phone: &Value| Some(Phone::parse(phone.as_str()?).unwrap().digits().to_owned());
    let id = |to: &Value| to["group"].as_str().map(str::to_owned).or_else(|| digits(&to["phone"])).unwrap();
    to.as_array().map_or_else(|| vec![id(to)], |many| many.iter().map(id).collect())
}

/// A request goes under this base URL, and no server can take it for another.
pub fn is_well_formed(request: &Request, base_url: &str) -> TestCaseResult {
    segments(&request.url, base_url)?;
    for Header { name, value, .. } in &request.headers {
        prop_assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", name);
        prop_assert!(!value.is_empty() && value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{value:?}");
    }
    if let Body::Json(json) = &request.body {
        // What serde_json cannot hold (a number like 1e999) is passed on as it is.
        prop_assert!(Document(str::from_utf8(json).unwrap()).members().is_some());
    }
    prop_assert_eq!(request.method == Method::Get, request.clone().encode().is_none());
    Ok(())
}

fn shows_no_key(account: &Account, request: &Request, secrets: &[String]) -> TestCaseResult {
    let masked = serde_json::to_string(&request.masked()).unwrap();
    let debug = format!("{account:?} {request:?} {:?}", account.provider.slug);
    for secret in secrets {
        prop_assert!(!masked.contains(secret) && !debug.contains(secret), "{secret} in {masked} or {debug}");
    }
    let signed = request
        .headers
        .iter()
        .any(|header| header.secret && secrets.iter().any(|secret| header.value.contains(secret)));
    prop_assert!(signed, "no key at all in {}", masked);
    Ok(())
}

/// Answers that repeat a key.
const REPEATED: &[&str] = &[
    r#"{ "message": "KEY is wrong", "key": "KEY" }"#,
    r#"{ "message": "no", "code": "KEY" }"#,
    r#"{ "message": "no", "given": "ESCAPED" }"#,
    r#"{ "error": { "message": "Bearer KEY is wrong" }, "success": false }"#,
    r#"{ "errors": { "token": ["KEY is wrong"], "KEY": ["no"] } }"#,
    r#"{ "detail": [{ "loc": ["header", "KEY"], "msg": "KEY", "input": "KEY" }] }"#,
    r#"{ "data": { "id": "KEY", "status": "KEY", "token": "KEY" }, "jobId": "KEY", "message": [{ "id": "KEY" }] }"#,
    "<html>KEY</html>",
    "",
];

/// A message is a sound request at each of these accounts, or an error says why not.
pub fn is_sound(message: &Message, json: &Value, accounts: &Accounts) -> TestCaseResult {
    for account in &accounts.all {
        let request = match account.request(message) {
            Ok(request) => request,
            Err(error) => {
                prop_assert!(matches!(error.kind, ErrorKind::Invalid | ErrorKind::Unsupported), "{:?}", error);
                prop_assert!(!error.errors.is_empty() && error.outcome() == Outcome::Rejected);
                for violation in &error.errors {
                    prop_assert!(
                        Document(&json.to_string()).has(&violation.pointer),
                        "{:?} leads nowhere in {}",
                        violation,
                        json
                    );
                }
                continue;
            }
        };
        is_well_formed(&request, &accounts.base_url)?;
        shows_no_key(account, &request, &accounts.secrets)?;
        // An option may say something else.
        if let Some(text) = message.text.as_ref().filter(|_| json["options"].is_null()) {
            prop_assert!(says(&request, text), "{:?} is not in {}", text, everything(&request));
        }
        let everything = everything(&request);
        prop_assert!(!everything.contains(METADATA), "metadata is sent: {}", everything);
        for id in ids(&json["to"]) {
            prop_assert!(everything.contains(&id), "{} is not in {}", id, everything);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn any_message_is_a_sound_request_or_an_error_that_says_why(json in message(), accounts in accounts()) {
        is_sound(&Message::parse(json.to_string().as_bytes()).unwrap(), &json, &accounts)?;
    }

    #[test]
    fn what_only_the_worker_reads_changes_no_request(json in message(), flags in (any::<bool>(), any::<bool>())) {
        for account in plain_accounts() {
            let request = |json: &Value| account.request(&Message::parse(json.to_string().as_bytes()).unwrap());
            let options = [(account.provider.bulk, flags.0), (account.provider.schedule, flags.1)];
            let mut marked = json.clone();
            for (option, flag) in options {
                if let Some(option) = option {
                    marked["options"][account.provider.slug][option.name] = flag.into();
                }
            }
            match (request(&json), request(&marked)) {
                (Ok(plain), Ok(marked)) => prop_assert_eq!(everything(&plain), everything(&marked)),
                (Err(plain), Err(marked)) => prop_assert_eq!(&plain.errors, &marked.errors),
                _ => prop_assert!(false, "one of them is refused: {}", json),
            }
        }
    }

    #[test]
    fn any_text_to_anyone_can_be_sent_by_any_provider(text in text(), phone in phone(), accounts in accounts()) {
        for account in &accounts.all {
            let message = Message::text(Recipient::Phone(Phone::parse(&phone).unwrap()), text.clone());
            prop_assert!(says(&account.request(&message).unwrap(), &text));
        }
    }

    #[test]
    fn a_key_that_a_provider_repeats_is_in_no_reply_and_no_error(
        accounts in accounts(),
        status in select(&[200u16, 302, 401, 422, 500][..]),
        answer in select(REPEATED),
        location in any::<bool>(),
    ) {
        for (account, keys) in accounts.all.iter().zip(&accounts.keys) {
            for key in keys {
                let headers = if location { vec![("location".to_owned(), format!("https://{key}/?key={key}"))] } else { Vec::new() };
                let body = answer.replace("KEY", key).replace("ESCAPED", &key.replace('/', "\\/")).into_bytes();
                let response = Response { status, headers, body };
                for (name, call) in calls() {
                    let told = match call.reply(account, &response) {
                        Ok(reply) => serde_json::to_string(&reply).unwrap(),
                        Err(error) => serde_json::to_string(&error).unwrap(),
                    };
                    prop_assert!(!told.replace('\\', "").contains(key), "{} of {}: {} in {}", name, account.provider.slug, key, told);
                }
            }
        }
    }

    #[test]
    fn no_account_breaks_a_header_or_a_path(text in prop_oneof![any::<String>(), "(?s).{1,8}", "[ -~\r\n\t\x7f\u{e9}]{1,8}", "[+.%/]{1,4}"]) {
        let fields = accounts_of(|provider, field| match field.kind {
            FieldKind::Text | FieldKind::Token | FieldKind::Segment => Some(text.clone()),
            _ if field.required => plain(provider, field),
            _ => None,
        });
        for fields in fields {
            let Ok(account) = Account::parse(fields.to_string().as_bytes()) else { continue };
            for request in calls().iter().filter_map(|(_, call)| call.request(&account).ok()) {
                let base_url = account.provider.base_url.unwrap_or("https://api.example.com");
                is_well_formed(&request, base_url)?;
            }
        }
    }

    #[test]
    fn any_call_is_a_sound_request(id in any::<String>(), accounts in accounts()) {
        let mut calls: Vec<_> = calls().into_iter().map(|(_, call)| call).collect();
        calls.extend(AnyCall::parse(json!({ "message_status": { "id": id } }).to_string().as_bytes()));
        for account in &accounts.all {
            for call in &calls {
                if let Ok(request) = call.request(account) {
                    is_well_formed(&request, &accounts.base_url)?;
                    shows_no_key(account, &request, &accounts.secrets)?;
                }
            }
        }
    }
}
