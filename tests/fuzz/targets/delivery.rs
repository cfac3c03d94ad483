//! What can become of a message, along any path: never twice, never lost, and only as the diagram says.

#![no_main]

use chaski_fuzz::{
    draws, hold,
    laws::deliveries::{fresh, happening, keeps_all_laws, outcomes},
};
use libfuzzer_sys::fuzz_target;
use proptest::strategy::{Strategy, ValueTree};

fuzz_target!(|data: &[u8]| {
    let mut draws = draws(data);
    let (Some(mut first), Some(mut last)) = (draws.next(), draws.next()) else { return };
    let (Ok(delivery), Ok(outcomes)) = (fresh().new_tree(&mut first), outcomes().new_tree(&mut last)) else { return };
    let happening = happening();
    let path: Vec<_> =
        draws.take(60).filter_map(|mut draw| Some(happening.new_tree(&mut draw).ok()?.current())).collect();
    hold(keeps_all_laws(&delivery.current(), &path, &outcomes.current()));
});
