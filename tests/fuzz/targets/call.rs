//! Calls: read or refused with the place, and a sound request at each gateway that knows the call.

#![no_main]

use chaski::{AnyCall, ErrorKind};
use chaski_fuzz::{
    hold,
    laws::{inputs::Accounts, mistakes::is_a_call, requests::is_well_formed},
};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static ACCOUNTS: Accounts = Accounts::keyed();
}

fuzz_target!(|data: &[u8]| {
    hold(is_a_call(data));
    let Ok(call) = AnyCall::parse(data) else { return };
    ACCOUNTS.with(|accounts| {
        for account in &accounts.all {
            match call.request(account) {
                Ok(request) => hold(is_well_formed(&request, &accounts.base_url)),
                Err(error) => assert!(matches!(error.kind, ErrorKind::Invalid | ErrorKind::Unsupported), "{error:?}"),
            }
        }
    });
});
