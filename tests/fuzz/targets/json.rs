//! JSON: what serde_json takes for it, value by value.

#![no_main]

use chaski::AnyCall;
use chaski_fuzz::{hold, laws::json::is_as_serde_json_has_it};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::value::RawValue;

/// As serde reads the call: one member of this name, and no other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageStatus<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
}

fuzz_target!(|data: &[u8]| {
    hold(is_as_serde_json_has_it(data));

    // Names and strings, with their escapes, as they are read where a call stands.
    let ours = AnyCall::named("message_status", data).ok().and_then(|call| match call {
        AnyCall::MessageStatus(call) => Some(call.id),
        _ => None,
    });
    let call: Option<MessageStatus<'_>> =
        serde_json::from_slice(data).ok().filter(|_| data.trim_ascii().starts_with(b"{"));
    let theirs: Option<String> = call.and_then(|call| serde_json::from_str(call.id.get()).ok());
    assert_eq!(ours, theirs);
});
