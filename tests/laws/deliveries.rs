//! What can become of a message, along any path: never twice, never lost, and only as the diagram says.

use super::*;
use chaski::{
    OnAmbiguous,
    delivery::{Action, Again, Delivery, Input, Phase, Refused, Verdict},
};
use std::{collections::BTreeSet, sync::LazyLock};

/// From, to, and what led there.
type Edge = (String, String, String);

/// The diagram in the documentation of the state machine.
fn documented() -> BTreeSet<Edge> {
    let source = include_str!("../../src/delivery.rs");
    let (_, rest) = source.split_once("stateDiagram-v2").unwrap();
    let (diagram, _) = rest.split_once("```").unwrap();
    let lines = diagram.lines().filter_map(|line| line.trim_start_matches("//!").trim().split_once(" --> "));
    let edges = lines.map(|(from, rest)| {
        let (to, label) = rest.split_once(": ").unwrap();
        let (label, _) = label.split_once(", ").unwrap_or((label, ""));
        (from.to_owned(), to.to_owned(), label.to_owned())
    });
    edges.collect()
}

fn phase(delivery: &Delivery) -> String {
    let name = format!("{:?}", delivery.phase);
    name.split([' ', '(']).next().unwrap().to_owned()
}

fn label(input: Input) -> String {
    match input {
        Input::Resolve(verdict) => format!("resolved as {verdict:?}").to_lowercase(),
        Input::Accepted { .. } => "accepted".to_owned(),
        input => format!("{input:?}").split([' ', '(']).next().unwrap().to_lowercase(),
    }
}

fn again() -> impl Strategy<Value = Again> + Clone {
    let retry_after = option::of(prop_oneof![0..5u32, Just(7200), any::<u32>()]);
    (retry_after, any::<u32>()).prop_map(|(retry_after, chance)| Again { retry_after, chance })
}

fn statuses() -> impl Strategy<Value = Status> + Clone {
    use Status::*;
    select(vec![Accepted, Queued, Sent, Delivered, Read, Failed, Unknown, Scheduled, Sending, Expired, Cancelled])
}

fn any_input() -> impl Strategy<Value = Input> + Clone {
    prop_oneof![
        4 => Just(Input::Go),
        1 => (statuses(), any::<bool>()).prop_map(|(status, can_ask)| Input::Accepted { status, can_ask }),
        2 => option::of(again()).prop_map(|again| Input::Rejected { again }),
        1 => (any::<bool>(), again()).prop_map(|(can_ask, again)| Input::Ambiguous { can_ask, again }),
        1 => again().prop_map(|again| Input::Stopped { again }),
        2 => Just(Input::Tick),
        1 => Just(Input::Cancel),
        1 => select(vec![Verdict::Sent, Verdict::Failed, Verdict::Resend]).prop_map(Input::Resolve),
        1 => statuses().prop_map(Input::Reported),
    ]
}

/// Milliseconds until the next input: now, a while, or longer than any rest.
fn pause() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![Just(0), 0..20_000i64, 0..5_000_000i64, Just(90_000_000)]
}

/// A message that was just accepted.
pub fn fresh() -> impl Strategy<Value = Delivery> {
    let on_ambiguous = select(vec![OnAmbiguous::Hold, OnAmbiguous::Resend]);
    (1..4usize, option::of(-5000..50_000i64), option::of(1..100_000i64), on_ambiguous).prop_map(
        |(legs, at, expires_in, on_ambiguous)| {
            let at = Timestamp(at.unwrap_or(0));
            let route = (0..legs).map(|leg| (format!("leg-{leg}"), at));
            let expires_at = expires_in.map(|wait| Timestamp(at.0.max(0) + wait));
            Delivery::new(route, Timestamp(0), expires_at, on_ambiguous)
        },
    )
}

/// What happens to a message next, so many milliseconds later.
pub fn happening() -> impl Strategy<Value = (Input, i64)> {
    (any_input(), pause())
}

fn path() -> impl Strategy<Value = Vec<(Input, i64)>> {
    vec(happening(), 1..60)
}

/// What the tries of a message come to.
pub fn outcomes() -> impl Strategy<Value = Vec<(u8, Again)>> {
    vec((0..4u8, again()), 40)
}

/// Goes along a path; calls `seen` with each step that is not refused.
fn walk(
    mut delivery: Delivery,
    path: &[(Input, i64)],
    mut seen: impl FnMut(&Delivery, Input, &Delivery, Option<Action>, Timestamp) -> TestCaseResult,
) -> Result<Delivery, TestCaseError> {
    let mut now = Timestamp(0);
    for (input, pause) in path {
        now.0 += pause;
        let before = delivery.clone();
        match delivery.step(*input, now) {
            Ok((after, action)) => {
                seen(&before, *input, &after, action, now)?;
                delivery = after;
            }
            Err(Refused(status)) => {
                prop_assert_eq!(status, before.status());
                delivery = before;
            }
        }
    }
    Ok(delivery)
}

#[test]
fn all_transitions_are_documented_and_no_other_is_possible() {
    let mut found = BTreeSet::new();
    let config = ProptestConfig { cases: 4_000, ..laws() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let edges = std::cell::RefCell::new(&mut found);
    let law = (fresh(), path());
    runner
        .run(&law, |(delivery, path)| {
            // Where a message begins.
            let begun = if delivery.phase == Phase::Scheduled { "for later" } else { "for now" };
            edges.borrow_mut().insert(("[*]".to_owned(), phase(&delivery), begun.to_owned()));
            walk(delivery, &path, |before, input, after, action, _| {
                if before.phase != after.phase || action.is_some() {
                    edges.borrow_mut().insert((phase(before), phase(after), label(input)));
                }
                Ok(())
            })
            .map(drop)
        })
        .unwrap();
    let documented = documented();
    assert_eq!(found.difference(&documented).collect::<Vec<_>>(), Vec::<&Edge>::new(), "possible, not documented");
    assert_eq!(documented.difference(&found).collect::<Vec<_>>(), Vec::<&Edge>::new(), "documented, not possible");
}

/// All that holds along any path, and what follows where the message is then left to itself.
pub fn keeps_all_laws(delivery: &Delivery, path: &[(Input, i64)], outcomes: &[(u8, Again)]) -> TestCaseResult {
    is_as_documented(delivery, path)?;
    is_not_sent_again_by_itself(delivery, path)?;
    is_not_out_where_it_is_said_not_to_be(delivery, path)?;
    ends_once(delivery, path)?;
    goes_forwards(delivery, path)?;
    keeps_its_legs_in_bounds(delivery, path)?;
    let left = walk(delivery.clone(), path, |_, _, _, _, _| Ok(()))?;
    comes_to_an_end(left, Timestamp(path.iter().map(|(_, pause)| pause).sum()), outcomes)
}

fn is_as_documented(delivery: &Delivery, path: &[(Input, i64)]) -> TestCaseResult {
    static DOCUMENTED: LazyLock<BTreeSet<Edge>> = LazyLock::new(documented);
    walk(delivery.clone(), path, |before, input, after, action, _| {
        let edge = (phase(before), phase(after), label(input));
        let is_edge = before.phase != after.phase || action.is_some();
        prop_assert!(!is_edge || DOCUMENTED.contains(&edge), "{edge:?} is not in the diagram");
        Ok(())
    })
    .map(drop)
}

/// What may be out is not sent again by itself.
fn is_not_sent_again_by_itself(delivery: &Delivery, path: &[(Input, i64)]) -> TestCaseResult {
    let asked_for = delivery.on_ambiguous == OnAmbiguous::Resend;
    let (mut out, mut sending) = (false, false);
    walk(delivery.clone(), path, |_, input, _, action, _| {
        prop_assert!(!(sending && action == Some(Action::Send)), "two at once");
        match input {
            Input::Accepted { .. } => out = true,
            Input::Ambiguous { .. } | Input::Stopped { .. } if !asked_for => out = true,
            Input::Resolve(Verdict::Resend) => out = false,
            _ => {}
        }
        if matches!(
            input,
            Input::Accepted { .. } | Input::Rejected { .. } | Input::Ambiguous { .. } | Input::Stopped { .. }
        ) {
            sending = false;
        }
        if action == Some(Action::Send) {
            prop_assert!(!out, "it may be out, and is sent again");
            sending = true;
        }
        Ok(())
    })
    .map(drop)
}

/// What is said not to be sent was not sent.
fn is_not_out_where_it_is_said_not_to_be(delivery: &Delivery, path: &[(Input, i64)]) -> TestCaseResult {
    let mut out = false;
    walk(delivery.clone(), path, |before, input, after, _, _| {
        match input {
            Input::Ambiguous { .. } | Input::Stopped { .. } => out = true,
            // The caller and the provider know better.
            Input::Resolve(_) | Input::Reported(_) => out = false,
            Input::Accepted { .. } => out = false,
            _ => {}
        }
        if before.phase != after.phase && matches!(after.phase, Phase::Failed | Phase::Expired | Phase::Cancelled) {
            prop_assert!(!out, "{:?}", after.phase);
        }
        Ok(())
    })
    .map(drop)
}

/// An end is an end.
fn ends_once(delivery: &Delivery, path: &[(Input, i64)]) -> TestCaseResult {
    walk(delivery.clone(), path, |before, _, _, _, _| {
        prop_assert!(!matches!(before.phase, Phase::Failed | Phase::Expired | Phase::Cancelled));
        Ok(())
    })
    .map(drop)
}

/// No report goes backwards.
fn goes_forwards(delivery: &Delivery, path: &[(Input, i64)]) -> TestCaseResult {
    let order = [Status::Accepted, Status::Queued, Status::Sent, Status::Delivered, Status::Read];
    let rank = |status| order.iter().position(|known| *known == status);
    walk(delivery.clone(), path, |before, _, after, _, _| {
        if let (Phase::Taken(before), Phase::Taken(after)) = (before.phase, after.phase) {
            prop_assert!(rank(after) >= rank(before), "{before:?} {after:?}");
        }
        if matches!(before.phase, Phase::Taken(Status::Delivered | Status::Read)) {
            prop_assert!(matches!(after.phase, Phase::Taken(_)));
        }
        Ok(())
    })
    .map(drop)
}

/// Each leg is tried seven times at most, and rests as long as it is told.
fn keeps_its_legs_in_bounds(delivery: &Delivery, path: &[(Input, i64)]) -> TestCaseResult {
    let mut rests = Vec::<(String, Timestamp)>::new();
    walk(delivery.clone(), path, |before, input, after, action, now| {
        prop_assert!(after.legs.iter().all(|leg| leg.tries <= 7));
        if let (Input::Resolve(Verdict::Resend), Phase::Queued { .. }) = (input, after.phase) {
            rests.clear();
        }
        if action == Some(Action::Send) {
            let leg = after.leg().unwrap();
            prop_assert!(leg.is_open && leg.tries < 7);
            prop_assert!(rests.iter().all(|(name, until)| *name != leg.connection || *until <= now));
        }
        if let (Input::Rejected { again: Some(Again { retry_after: Some(seconds), .. }) }, Some(leg)) =
            (input, before.leg())
        {
            rests.push((leg.connection.clone(), Timestamp(now.0 + i64::from(seconds.min(86_400)) * 1000)));
        }
        Ok(())
    })
    .map(drop)
}

/// A message left to itself comes to an end, whatever its tries come to: until then it has a next time.
fn comes_to_an_end(mut delivery: Delivery, mut now: Timestamp, outcomes: &[(u8, Again)]) -> TestCaseResult {
    let mut outcomes = outcomes.iter();
    let mut sends = 0;
    while delivery.is_open() {
        let input = match (delivery.phase, outcomes.next()) {
            (Phase::Sending { .. }, Some((0, again))) => Input::Ambiguous { can_ask: false, again: *again },
            (Phase::Sending { .. }, Some((1, _)) | None) => Input::Rejected { again: None },
            (Phase::Sending { .. }, Some((_, again))) => Input::Rejected { again: Some(*again) },
            _ => {
                prop_assert!(delivery.is_waiting() && delivery.leg().is_some(), "{delivery:?} waits for nothing");
                now = now.max(delivery.leg().unwrap().at);
                let is_late = delivery.expires_at.is_some_and(|end| end <= now);
                sends += u32::from(!is_late);
                if is_late { Input::Tick } else { Input::Go }
            }
        };
        delivery = delivery.step(input, now).map_err(|refused| TestCaseError::fail(format!("{refused:?}")))?.0;
        prop_assert!(sends <= 7 * 3 + 1, "it is sent for ever");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..laws() })]

    #[test]
    fn what_may_be_out_is_not_sent_again_by_itself(delivery in fresh(), path in path()) {
        is_not_sent_again_by_itself(&delivery, &path)?;
    }

    #[test]
    fn what_is_said_not_to_be_sent_was_not_sent(delivery in fresh(), path in path()) {
        is_not_out_where_it_is_said_not_to_be(&delivery, &path)?;
    }

    #[test]
    fn an_end_is_an_end(delivery in fresh(), path in path()) {
        ends_once(&delivery, &path)?;
    }

    #[test]
    fn no_report_goes_backwards(delivery in fresh(), path in path()) {
        goes_forwards(&delivery, &path)?;
    }

    #[test]
    fn each_leg_is_tried_seven_times_at_most_and_rests_as_long_as_it_is_told(delivery in fresh(), path in path()) {
        keeps_its_legs_in_bounds(&delivery, &path)?;
    }

    #[test]
    fn a_message_left_to_itself_comes_to_an_end(delivery in fresh(), path in path(), outcomes in outcomes()) {
        comes_to_an_end(delivery.clone(), Timestamp(0), &outcomes)?;
        keeps_all_laws(&delivery, &path, &outcomes)?;
    }

    #[test]
    fn the_provider_is_asked_more_and_more_seldom_and_not_for_ever(delivery in fresh()) {
        let now = delivery.leg().unwrap().at.max(Timestamp(0));
        let (delivery, _) = delivery.step(Input::Go, now).unwrap();
        let accepted = Input::Accepted { status: Status::Queued, can_ask: true };
        let (mut delivery, _) = delivery.step(accepted, now).unwrap();
        let (mut last, mut wait, mut asks) = (now, 0, 0);
        while let Some(follow) = delivery.follow {
            prop_assert!(follow.at.0 - last.0 > wait);
            (wait, last) = (follow.at.0 - last.0, follow.at);
            let (next, action) = delivery.step(Input::Tick, last).unwrap();
            prop_assert_eq!(action, Some(Action::Ask));
            asks += 1;
            delivery = next;
        }
        prop_assert_eq!(asks, 9);
    }
}
