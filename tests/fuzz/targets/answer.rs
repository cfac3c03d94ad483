//! What gateways answer: a reply or an error that has all of it, and no guess. The line of the input is a letter for the gateway, a
//! letter for the call, and the status.

#![no_main]

use chaski::{Account, AnyCall, Response};
use chaski_fuzz::{
    Wire, hold,
    laws::{
        answers::{is_no_guess, is_told},
        inputs::{calls, plain_accounts},
    },
};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static ACCOUNTS: Vec<Account> = plain_accounts();
    static CALLS: Vec<(&'static str, AnyCall)> = calls();
}

fuzz_target!(|data: &[u8]| {
    let Some(Wire { line, headers, body }) = Wire::read(data) else { return };
    let letter = |at| usize::from(line.bytes().nth(at).unwrap_or_default());
    let status = line.get(2..).and_then(|status| status.parse().ok()).unwrap_or(200);
    let response = Response { status, headers, body: body.to_vec() };
    ACCOUNTS.with(|accounts| {
        let account = &accounts[letter(0) % accounts.len()];
        CALLS.with(|calls| hold(is_told(account, &calls[letter(1) % calls.len()], &response)));
        hold(is_no_guess(account, &response));
    });
});
