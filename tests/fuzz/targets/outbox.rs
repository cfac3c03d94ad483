//! The whole outbox over SQLite: whatever callers ask, gateways answer and the storage does, nothing that was accepted is lost, and
//! nothing is sent twice.

#![no_main]

use chaski_fuzz::{draws, hold, worker_laws::keeps_its_word};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hold(keeps_its_word(draws(data))));
