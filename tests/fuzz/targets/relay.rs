//! The whole relay over SQLite: whatever gateways report, subscribers answer and the storage does, each event is told once, and
//! brought to all who want it.

#![no_main]

use chaski_fuzz::{draws, hold, relay_laws::keeps_its_word};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hold(keeps_its_word(draws(data))));
