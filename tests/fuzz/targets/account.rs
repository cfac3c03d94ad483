//! Accounts: read or refused with the place, without a key in what is said, and of use with any call.

#![no_main]

use chaski::Account;
use chaski_fuzz::{
    hold,
    laws::{inputs::calls, mistakes::is_an_account, requests::is_well_formed},
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    hold(is_an_account(data));
    let Ok(account) = Account::parse(data) else { return };
    let fields: Value = serde_json::from_slice(data).unwrap();
    let base_url = fields["base_url"].as_str().or(account.provider.base_url).unwrap();
    for (_, call) in calls() {
        if let Ok(request) = call.request(&account) {
            hold(is_well_formed(&request, base_url));
        }
    }
});
