//! Messages: read or refused with the place, written back the same, and a sound request at each gateway or an error that says why.

#![no_main]

use chaski::Message;
use chaski_fuzz::{
    hold,
    laws::{
        inputs::Accounts,
        mistakes::{is_a_message, stays_the_same},
        requests::is_sound,
    },
};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static ACCOUNTS: Accounts = Accounts::keyed();
}

fuzz_target!(|data: &[u8]| {
    hold(is_a_message(data));
    let Ok(message) = Message::parse(data) else { return };
    hold(stays_the_same(&message));
    // Who writes a key into a text sees it there.
    if data.windows(6).any(|some| some == b"s3cr3t") {
        return;
    }
    // What serde_json cannot hold, a number like 1e999, stands in what is passed on as it is.
    let Ok(json) = serde_json::from_slice(data) else { return };
    ACCOUNTS.with(|accounts| hold(is_sound(&message, &json, accounts)));
});
