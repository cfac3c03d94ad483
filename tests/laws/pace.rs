//! A number that waits for its budget keeps its pace, and waits for nothing else.

use super::*;

/// A moment of the clock at which nothing was sent yet.
const START: i64 = 1_795_255_200_000;

/// Limits of all sizes, and often of those that get in each other's way.
fn pace() -> impl Strategy<Value = Pace> + Clone {
    let some = |usual: std::ops::Range<u32>, least: u32| {
        option::weighted(0.7, prop_oneof![6 => usual, 1 => least..=u32::MAX, 1 => Just(u32::MAX)].boxed())
    };
    let limits = (some(1..200, 1), some(1..6, 1), some(0..2000, 0), some(0..2000, 0));
    let pace = |(per_minute, burst, min_gap_ms, jitter_ms)| Pace { per_minute, burst, min_gap_ms, jitter_ms };
    limits.prop_map(pace).boxed()
}

/// What somebody would like sent: how long after the wish before it (the clock may go back), and the chance drawn.
type Wishes = Vec<(i64, u32)>;

fn wishes() -> impl Strategy<Value = Wishes> {
    let later =
        prop_oneof![4 => Just(0), 3 => 0..500i64, 3 => 0..100_000i64, 1 => 0..10_000_000_000i64, 1 => -100_000..0i64];
    let chance = prop_oneof![3 => any::<u32>(), 1 => Just(u32::MAX), 1 => Just(0)];
    vec((later, chance), 1..40)
}

/// Sends each wish as soon as it may begin; when each began, and the budget that is left.
fn send_from(budget: Budget, start: i64, pace: &Pace, wishes: &Wishes) -> (Vec<i64>, Budget) {
    let (mut budget, mut clock, mut sent) = (budget, start, Vec::new());
    for (later, chance) in wishes {
        clock += later;
        let now = budget.ready_at(pace).max(Timestamp(clock));
        budget = budget.spend(pace, now, *chance);
        sent.push(now.0);
    }
    (sent, budget)
}

fn send(pace: &Pace, wishes: &Wishes) -> (Vec<i64>, Budget) {
    send_from(Budget::default(), START, pace, wishes)
}

fn burst(pace: &Pace) -> i128 {
    pace.burst.unwrap_or(1).into()
}

fn gap(pace: &Pace) -> i64 {
    pace.min_gap_ms.unwrap_or(0).into()
}

fn jitter(pace: &Pace) -> i64 {
    pace.jitter_ms.unwrap_or(0).into()
}

fn interval(pace: &Pace) -> i64 {
    pace.per_minute.map_or(0, |per_minute| 60_000_u32.div_ceil(per_minute).into())
}

/// In no window more than the burst and the rate allow, and no gap too short.
fn keeps(pace: &Pace, sent: &[i64]) -> TestCaseResult {
    for (first, from) in sent.iter().enumerate() {
        for (last, to) in sent.iter().enumerate().skip(first) {
            let (count, window) = ((last - first + 1) as i128, i128::from(to - from));
            let Some(per_minute) = pace.per_minute.map(i128::from) else { continue };
            prop_assert!((count - burst(pace)) * 60_000 <= window * per_minute, "{count} in {window} ms at {pace:?}");
        }
    }
    prop_assert!(sent.windows(2).all(|two| two[1] - two[0] >= gap(pace)), "{:?} at {:?}", sent, pace);
    Ok(())
}

/// The earliest moment at which one more send keeps the pace, out of all that were sent.
fn demanded(pace: &Pace, sent: &[i64]) -> i64 {
    let of_rate = sent.iter().rev().zip(2..).map(|(at, count)| {
        let intervals = i128::max(count - burst(pace), 0) * i128::from(interval(pace));
        at + i64::try_from(intervals).unwrap()
    });
    let of_gap = sent.last().map(|last| last + gap(pace));
    of_rate.chain(of_gap).max().unwrap_or(START)
}

#[test]
fn a_pace_is_at_least_one() {
    let wrong = |pace: Value| {
        let account = json!({ "provider": "whatspie", "token": "t", "pace": pace });
        let error = Account::parse(account.to_string().as_bytes()).err();
        error.map_or_else(Vec::new, |error| {
            error.into_details().errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
        })
    };
    assert_eq!(wrong(json!({ "per_minute": 1, "burst": 1, "min_gap_ms": 0, "jitter_ms": 0 })), Vec::<String>::new());
    assert_eq!(wrong(json!({ "per_minute": 0, "burst": 0 })), ["/pace/per_minute", "/pace/burst"]);
    assert_eq!(wrong(json!({ "per_minute": -1, "burst": 4_294_967_296_u64 })), ["/pace/per_minute", "/pace/burst"]);
}

#[test]
fn a_burst_is_followed_by_a_message_each_interval_or_gap() {
    let pace = Pace { per_minute: Some(7), burst: Some(3), ..Pace::default() };
    let (sent, _) = send(&pace, &vec![(0, 0); 5]);
    assert_eq!(sent, [0, 0, 0, 8572, 17_144].map(|later| START + later));
    let pace = Pace { per_minute: Some(60), jitter_ms: Some(500), ..Pace::default() };
    let (sent, _) = send(&pace, &vec![(0, u32::MAX); 3]);
    assert_eq!(sent, [0, 1500, 3000].map(|later| START + later));
    let (sent, _) = send(&Pace { min_gap_ms: Some(1500), ..pace }, &vec![(0, u32::MAX); 3]);
    assert_eq!(sent, [0, 2000, 4000].map(|later| START + later));
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn whatever_is_wished_for_the_pace_is_kept(pace in pace(), wishes in wishes()) {
        let (sent, _) = send(&pace, &wishes);
        keeps(&pace, &sent)?;
    }

    #[test]
    fn nobody_waits_for_longer_than_the_pace_demands_and_one_jitter(pace in pace(), wishes in wishes()) {
        let (mut budget, mut sent) = (Budget::default(), Vec::new());
        for now in send(&pace, &wishes).0 {
            prop_assert!(budget.ready_at(&pace) <= Timestamp(demanded(&pace, &sent) + jitter(&pace)), "{:?}", sent);
            sent.push(now);
            // Any chance: the last one is not the only that may be drawn.
            let chances = [0, u32::MAX, wishes[0].1].map(|chance| budget.spend(&pace, Timestamp(now), chance));
            for after in chances {
                let (ready, demanded) = (after.ready_at(&pace).0, demanded(&pace, &sent));
                prop_assert!((demanded..=demanded + jitter(&pace)).contains(&ready), "{} after {:?}", ready - START, sent);
            }
            let [soonest, latest, drawn] = chances;
            if burst(&pace) == 1 {
                prop_assert_eq!(latest.ready_at(&pace).0, demanded(&pace, &sent) + jitter(&pace));
            }
            prop_assert!((soonest.ready_at(&pace)..=latest.ready_at(&pace)).contains(&drawn.ready_at(&pace)));
            budget = drawn;
        }
    }

    #[test]
    fn each_jitter_is_as_likely(jitter_ms in 0..50u32, chance in any::<u32>()) {
        let pace = Pace { jitter_ms: Some(jitter_ms), ..Pace::default() };
        let jitter = |chance| Budget::default().spend(&pace, Timestamp(START), chance).ready_at(&pace).0 - START;
        let share = (u64::from(chance) * (u64::from(jitter_ms) + 1)) / (u64::from(u32::MAX) + 1);
        prop_assert_eq!(jitter(chance), i64::try_from(share).unwrap());
        prop_assert_eq!((jitter(0), jitter(u32::MAX)), (0, i64::from(jitter_ms)));
    }

    #[test]
    fn an_idle_number_has_its_whole_burst_again(pace in pace(), wishes in wishes(), chance in any::<u32>()) {
        let (_, mut budget) = send(&pace, &wishes);
        let mut now = budget.whole_at.max(budget.ready_at(&pace).0);
        for _ in 0..burst(&pace).min(20) {
            prop_assert!(budget.ready_at(&pace).0 <= now, "{:?} at {:?}", budget, now);
            budget = budget.spend(&pace, Timestamp(now), chance);
            now += gap(&pace) + jitter(&pace);
        }
    }

    #[test]
    fn another_pace_holds_at_once_and_asks_for_no_more_than_its_own(
        (old, new) in (pace(), pace()),
        (before, after) in (wishes(), wishes()),
    ) {
        let (sent, budget) = send(&old, &before);
        let last = sent[sent.len() - 1];
        let latest = last + jitter(&old) + gap(&new).max(interval(&new));
        prop_assert!(budget.ready_at(&new).0 <= latest, "{:?}: {:?} after {}", new, budget, last);
        prop_assert!(budget.ready_at(&new).0 >= last + gap(&new));
        let (sent, _) = send_from(budget, last, &new, &after);
        keeps(&new, &sent)?;
    }

    #[test]
    fn connections_that_share_a_number_keep_both_paces((a, b) in (pace(), pace()), wishes in wishes()) {
        let (sent, _) = send(&a.stricter(&b), &wishes);
        keeps(&a, &sent)?;
        keeps(&b, &sent)?;
    }

    #[test]
    fn the_stricter_pace_is_the_same_in_any_order((a, b, c) in (pace(), pace(), pace()), wishes in wishes()) {
        prop_assert_eq!(a.stricter(&b), b.stricter(&a));
        prop_assert_eq!(a.stricter(&b).stricter(&c), a.stricter(&b.stricter(&c)));
        for alone in [a.stricter(&a), a.stricter(&Pace::default())] {
            prop_assert_eq!(send(&alone, &wishes), send(&a, &wishes));
        }
    }

    #[test]
    fn no_clock_and_no_pace_gives_anything_back(
        (pace, other) in (pace(), pace()),
        steps in vec((any::<i64>(), any::<u32>(), any::<bool>()), 1..20),
        (last_at, whole_at) in (any::<i64>(), any::<i64>()),
    ) {
        // Sends that did not wait, by any clock, and whatever was kept.
        let mut budget = Budget { last_at, whole_at };
        for (now, chance, is_other) in steps {
            let before = budget;
            budget = budget.spend(if is_other { &other } else { &pace }, Timestamp(now), chance);
            prop_assert!(budget.last_at >= before.last_at && budget.last_at >= now);
            for pace in [&pace, &other] {
                let most = budget.last_at.saturating_add(gap(pace).max(interval(pace)));
                prop_assert!((budget.last_at..=most).contains(&budget.ready_at(pace).0));
            }
            if !is_other {
                prop_assert!(budget.ready_at(&pace) >= before.ready_at(&pace), "{:?} after {:?}", budget, before);
            }
        }
    }

    #[test]
    fn what_is_kept_of_this_century_is_exact_in_javascript(pace in pace(), wishes in wishes()) {
        // A database of a Worker's hands numbers over as doubles.
        let (_, Budget { last_at, whole_at }) = send(&pace, &wishes);
        prop_assert!((0..1 << 53).contains(&last_at) && (0..1 << 53).contains(&whole_at), "{} {}", last_at, whole_at);
    }
}
