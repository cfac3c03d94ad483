//! The README's table of providers is what the code can do, no more and no less, and the guide to another shows real code.

#![allow(clippy::unwrap_used, clippy::panic)]

use chaski::{Feature, PROVIDERS, Provider};

const README: &str = include_str!("../README.md");
const GUIDE: &str = include_str!("../src/provider/README.md");

type Column = (&'static str, fn(&Provider) -> bool);

/// The columns, and whether a provider has what stands in each.
const COLUMNS: &[Column] = &[
    ("group", |provider| provider.features.contains(&Feature::Group)),
    ("phone", |provider| provider.features.contains(&Feature::Phone)),
    ("many", |provider| provider.features.contains(&Feature::ManyRecipients)),
    ("image", |provider| provider.features.contains(&Feature::Image)),
    ("video", |provider| provider.features.contains(&Feature::Video)),
    ("audio", |provider| provider.features.contains(&Feature::Audio)),
    ("document", |provider| provider.features.contains(&Feature::Document)),
    ("by url", |provider| provider.features.contains(&Feature::MediaUrl)),
    ("by base64", |provider| provider.features.contains(&Feature::MediaBase64)),
    ("mentions", |provider| provider.features.contains(&Feature::Mentions)),
    ("reply", |provider| provider.features.contains(&Feature::ReplyTo)),
    ("typing", |provider| provider.features.contains(&Feature::Typing)),
    ("presence", |provider| provider.features.contains(&Feature::Presence)),
    ("schedule", |provider| provider.features.contains(&Feature::SendAt)),
    ("status", |provider| provider.message_status.is_some()),
    ("check", |provider| provider.check_account.is_some()),
    ("quota", |provider| provider.quota.is_some()),
    ("groups", |provider| provider.list_groups.is_some()),
];

#[test]
fn the_table_is_what_the_code_can_do() {
    let head: String = COLUMNS.iter().map(|(name, _)| format!(" {name} |")).collect();
    let line: String = COLUMNS.iter().map(|_| " :-: |").collect();
    let rows = PROVIDERS.iter().map(|provider| {
        let cells: String = COLUMNS.iter().map(|(_, has)| if has(provider) { " ✓ |" } else { " – |" }).collect();
        format!("| [{}]({}) `{}` |{cells}\n", provider.name, provider.docs, provider.slug)
    });
    let table = format!("| provider |{head}\n| --- |{line}\n{}", rows.collect::<String>());
    assert!(README.contains(&table), "the README's table should be:\n\n{table}");
}

#[test]
fn the_readme_is_short() {
    assert!(README.lines().count() < 200);
}

#[test]
fn the_guide_shows_code_that_is_there() {
    let (_, code) = GUIDE.split_once("```rust\n").unwrap();
    let (code, _) = code.split_once("```").unwrap();
    assert!(include_str!("../src/provider/wachat.rs").contains(code), "{code}");
}
