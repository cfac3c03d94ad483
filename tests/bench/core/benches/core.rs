//! Time of each half, for each provider.

use chaski_bench::{Ours, check, sample::SAMPLES};
use criterion::{Criterion, criterion_group, criterion_main};
use std::{hint::black_box, time::Duration};

fn core(criterion: &mut Criterion) {
    check();
    for sample in SAMPLES {
        let ours = Ours::of(sample);
        let (message, answer) = (sample.message.as_bytes(), sample.answer.as_bytes());
        let mut group = criterion.benchmark_group(sample.provider);
        group.bench_function("build/ours", |bencher| bencher.iter(|| ours.build(black_box(message))));
        group.bench_function("build/typed", |bencher| bencher.iter(|| (sample.typed.build)(black_box(message))));
        group.bench_function("parse/ours", |bencher| bencher.iter(|| ours.parse(black_box(answer))));
        group.bench_function("parse/typed", |bencher| bencher.iter(|| (sample.typed.parse)(black_box(answer))));
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_000))
        // The intervals are not told.
        .nresamples(1_000)
        .without_plots();
    targets = core
}
criterion_main!(benches);
