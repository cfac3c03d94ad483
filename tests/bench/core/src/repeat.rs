//! `repeat PROVIDER ours|typed TIMES`: the work alone, for callgrind to count its instructions. Prints the nanoseconds for each.

use chaski_bench::{By, repeat};
use std::time::Instant;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [provider, by, times] = arguments.as_slice() else { panic!("repeat PROVIDER ours|typed TIMES") };
    let by = if by == "ours" { By::Ours } else { By::Typed };
    let (provider, times) = (provider.parse().expect("a place"), times.parse().expect("a count"));
    let started = Instant::now();
    let bytes = repeat(provider, by, times);
    println!("{} {bytes}", started.elapsed().as_nanos() / u128::from(times));
}
