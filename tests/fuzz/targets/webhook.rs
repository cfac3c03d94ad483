//! What gateways report: told to the last byte where they are trusted, and forged where they should have signed. The line of the
//! input begins with a letter for the gateway.

#![no_main]

use chaski::{Account, ErrorKind, Webhook};
use chaski_fuzz::{
    Wire, hold,
    laws::webhooks::{NOW, is_told, signing, trusting},
};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static TRUSTING: Vec<Account> = trusting();
    static SIGNING: Vec<Account> = signing().into_iter().map(|(account, ..)| account).collect();
}

fuzz_target!(|data: &[u8]| {
    let Some(Wire { line, headers, body }) = Wire::read(data) else { return };
    let letter = usize::from(line.bytes().next().unwrap_or_default());
    let webhook = Webhook { headers, body: body.to_vec() };
    TRUSTING.with(|accounts| hold(is_told(&accounts[letter % accounts.len()], &webhook, NOW)));
    SIGNING.with(|accounts| {
        for account in accounts {
            assert_eq!(account.receive(&webhook, NOW).unwrap_err().kind, ErrorKind::Forged);
        }
    });
});
