//! What is wrong with an input is told, and where.

use super::{document::Document, *};

fn refused_well(input: &[u8], error: &Error, inside: impl Fn(Document<'_>) -> Document<'_>) -> TestCaseResult {
    prop_assert!(!error.message.is_empty());
    // A pointer says what the caller calls a member; nothing says what stands in it.
    let is_name = error.errors.iter().any(|violation| violation.pointer.contains(PLANTED));
    prop_assert!(is_name || !error.message.contains(PLANTED), "shown: {}", error.message);
    prop_assert_eq!((error.status, &error.body), (None, &None));
    match serde_json::from_slice::<Value>(input) {
        Err(_) if error.kind == ErrorKind::Malformed => {}
        // What serde_json cannot hold (a number like 1e999), the core may be able to read.
        Err(_) => prop_assert_eq!(error.kind, ErrorKind::Invalid),
        Ok(_) => {
            let document = inside(Document(str::from_utf8(input).unwrap()));
            prop_assert_eq!(error.kind, ErrorKind::Invalid, "{}", error.message);
            prop_assert!(!error.errors.is_empty());
            for violation in &error.errors {
                prop_assert!(document.has(&violation.pointer), "{:?} leads nowhere", violation);
                prop_assert!(!violation.detail.is_empty() && !violation.detail.contains(PLANTED), "{:?}", violation);
            }
        }
    }
    Ok(())
}

/// Any bytes are a message, or an error that says where they are wrong.
pub fn is_a_message(input: &[u8]) -> TestCaseResult {
    match Message::parse(input) {
        Ok(_) => prop_assert_eq!(input.trim_ascii().first(), Some(&b'{')),
        Err(error) => refused_well(input, &error, |document| document)?,
    }
    Ok(())
}

/// Any bytes are an account, or an error that says where they are wrong and shows no key.
pub fn is_an_account(input: &[u8]) -> TestCaseResult {
    match Account::parse(input) {
        Ok(_) => prop_assert_eq!(input.trim_ascii().first(), Some(&b'{')),
        Err(error) => {
            refused_well(input, &error, |document| document)?;
            prop_assert!(!format!("{error:?}").contains("s3cr3t"), "a key is shown: {error:?}");
        }
    }
    Ok(())
}

/// Any bytes are a call, or an error that says where they are wrong.
pub fn is_a_call(input: &[u8]) -> TestCaseResult {
    // The pointers are into what the call holds.
    fn inside(document: Document<'_>) -> Document<'_> {
        match document.members().as_deref() {
            Some([(_, call)]) => *call,
            _ => document,
        }
    }
    match AnyCall::parse(input) {
        Ok(_) => Ok(()),
        Err(error) => refused_well(input, &error, inside),
    }
}

/// A message that was read is written back so that it is read as the same.
pub fn stays_the_same(message: &Message) -> TestCaseResult {
    let once = serde_json::to_string(message).unwrap();
    let again = Message::parse(once.as_bytes());
    prop_assert!(again.is_ok(), "{:?} of {}", again, once);
    prop_assert_eq!(serde_json::to_string(&again.unwrap()).unwrap(), once);
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn any_bytes_are_a_message_or_an_error_that_says_where(input in bytes(message())) {
        is_a_message(&input)?;
    }

    #[test]
    fn any_bytes_are_an_account_or_an_error_that_says_where(
        input in bytes(account_fields().prop_flat_map(|(_, _, fields)| select(fields)).boxed()),
    ) {
        is_an_account(&input)?;
    }

    #[test]
    fn any_bytes_are_a_call_or_an_error_that_says_where(input in bytes(
        prop_oneof![
            message().prop_map(|message| json!({ "send_message": message })),
            (name(), json_value()).prop_map(|(name, value)| json!({ name: value })),
            json_value().prop_map(|id| json!({ "message_status": { "id": id } })),
        ]
        .boxed(),
    )) {
        is_a_call(&input)?;
    }

    #[test]
    fn a_right_message_is_read_and_written_back_the_same(message in message()) {
        let parsed = Message::parse(message.to_string().as_bytes()).unwrap();
        stays_the_same(&parsed)?;
        let once = serde_json::to_value(parsed).unwrap();
        for name in ["text", "media", "reply_to", "typing", "presence", "expires_in", "via", "options", "metadata"] {
            prop_assert_eq!(&once[name], &message[name]);
        }
    }

    #[test]
    fn a_member_that_nobody_knows_is_refused_wherever_it_stands(message in message()) {
        let with = |place: &str| {
            let mut wrong = message.clone();
            wrong.pointer_mut(place)?.as_object_mut()?.insert("nobody".to_owned(), 1.into());
            Some(wrong)
        };
        let options = message["options"].as_object().into_iter().flatten().map(|(slug, _)| format!("/options/{slug}"));
        for place in ["", "/to", "/to/0", "/media", "/options"].map(str::to_owned).into_iter().chain(options) {
            let Some(wrong) = with(&place) else { continue };
            let error = Message::parse(wrong.to_string().as_bytes()).unwrap_err();
            let pointers: Vec<_> = error.errors.iter().map(|error| error.pointer.as_str()).collect();
            prop_assert_eq!(pointers, [format!("{place}/nobody")]);
        }
    }
}
