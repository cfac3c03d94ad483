//! What a provider lacks, said otherwise or left out: `on_unsupported: "degrade"`.

use crate::{
    message::Message,
    phone::Phone,
    provider::Feature::{self, Mentions, Presence, ReplyTo, Typing},
};
use std::{borrow::Cow, mem};

impl Message {
    /// The message without what these features lack and what can be said otherwise or left out; and what that was, in
    /// the order of [`Feature::ALL`]. What else is lacking is left to be refused.
    ///
    /// A mention stands in the text as `@` and the digits, a reply as a quoted line before it. Where nobody would see
    /// a text, both are left out.
    pub(crate) fn degraded(&self, features: &[Feature]) -> (Cow<'_, Self>, Vec<Feature>) {
        let lacking = self.lacks(features).into_iter().map(|(feature, _)| feature);
        let lost: Vec<_> = lacking.filter(|lost| matches!(lost, Mentions | ReplyTo | Typing | Presence)).collect();
        if lost.is_empty() {
            return (Cow::Borrowed(self), lost);
        }
        let mut message = self.clone();
        let mut text = self.text.clone().unwrap_or_default();
        for feature in &lost {
            match feature {
                Mentions => text = mention(&mem::take(&mut message.mentions), &text),
                ReplyTo => text = quote(&mem::take(&mut message.reply_to).unwrap_or_default(), &text),
                Typing => message.typing = None,
                _ => message.presence = None,
            }
        }
        // With neither text nor media the content is in an option, and a text would be another.
        if self.media.as_ref().map_or(self.text.is_some(), |media| features.contains(&media.kind.caption())) {
            message.text = Some(text).filter(|text| !text.is_empty());
        }
        (Cow::Owned(message), lost)
    }
}

/// The text, and behind it the numbers that are not yet mentioned in it.
fn mention(numbers: &[Phone], text: &str) -> String {
    let part_of_word = char::is_alphanumeric;
    let pieces: Vec<_> = text.split('@').collect();
    let words = pieces.windows(2).filter_map(|around| match around {
        [before, after] if !before.ends_with(part_of_word) => after.split(|c| !part_of_word(c)).next(),
        _ => None,
    });
    let mut said: Vec<_> = words.collect();
    said.sort_unstable();
    let mut text = text.to_owned();
    for number in numbers.iter().map(Phone::digits) {
        let Err(place) = said.binary_search(&number) else { continue };
        said.insert(place, number);
        if text.ends_with(|last: char| !last.is_whitespace()) {
            text.push(' ');
        }
        text.extend(["@", number]);
    }
    text
}

/// The text below a line that names the message it answers: its id is all that is known of it.
fn quote(id: &str, text: &str) -> String {
    // Longer than any provider's id that is known.
    const MOST: usize = 100;
    let line: String =
        id.chars().take(MOST).map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c }).collect();
    let cut = if id.chars().nth(MOST).is_some() { "…" } else { "" };
    let gap = if text.is_empty() { "" } else { "\n" };
    format!("> re {line}{cut}{gap}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Account,
        field::FieldKind,
        provider::{PROVIDERS, Provider},
    };
    use proptest::{collection::vec, option, prelude::*, sample::*};
    use serde_json::{Value, json};

    /// Some begin with another, and one is in the texts.
    const NUMBERS: &[&str] = &["6281234567", "628123456789", "12025550100", "12025550101"];

    fn read(json: &Value) -> Message {
        Message::parse(json.to_string().as_bytes()).unwrap()
    }

    fn written(message: &Message) -> Value {
        serde_json::to_value(message).unwrap()
    }

    /// A message that is right, to a group that every provider takes, or to a person.
    fn message() -> impl Strategy<Value = Message> {
        let to = select(vec![json!({ "group": "120363025246125016@g.us" }), json!({ "phone": "+12025550100" })]);
        let said =
            select(&["Hello", " ", "\n", "@", "é", "@6281234567", "@628123456789", "@12025550100", ",", "> "][..]);
        let text = prop_oneof![any::<String>(), vec(said, 1..6).prop_map(|words| words.concat())];
        let text = text.prop_filter("a text is not blank", |text| !text.trim().is_empty());
        let content = select(vec![("url", "https://example.com/a.png"), ("base64", "JVBERi0=")]);
        let media = (select(&["image", "video", "audio", "document"][..]), content)
            .prop_map(|(kind, (by, content))| json!({ "kind": kind, by: content, "filename": "a.png" }));
        let reply_to = prop_oneof!["[0-9A-F]{1,20}", any::<String>(), "\\PC{90,110}"];
        let reply_to = reply_to.prop_filter("an id is not empty", |id| !id.is_empty());
        let content = (option::of(text), option::weighted(0.4, media));
        let lacking = (vec(select(NUMBERS), 0..4), option::of(reply_to), any::<Option<bool>>(), any::<Option<bool>>());
        (to, content, lacking, any::<bool>(), option::weighted(0.1, Just("2026-12-25T10:00:00Z"))).prop_map(
            |(to, (text, media), (mentions, reply_to, typing, presence), is_elsewhere, send_at)| {
                let location = json!({ "whatspie": { "params": { "location": {} } } });
                // What has neither is content of one provider's own.
                let options = (is_elsewhere || text.is_none() && media.is_none()).then_some(location);
                read(&json!({
                    "to": to, "text": text, "media": media, "mentions": mentions, "reply_to": reply_to,
                    "typing": typing, "presence": presence, "send_at": send_at, "options": options,
                }))
            },
        )
    }

    fn features() -> impl Strategy<Value = Vec<Feature>> {
        subsequence(Feature::ALL, 0..=Feature::ALL.len())
    }

    /// What is lacking, of the four and of the others.
    fn lacking(message: &Message, features: &[Feature]) -> (Vec<Feature>, Vec<Feature>) {
        let lacking = message.lacks(features).into_iter().map(|(feature, _)| feature);
        lacking.partition(|feature| [Mentions, ReplyTo, Typing, Presence].contains(feature))
    }

    /// The message without these, and with its text as it was.
    fn without(lost: &[Feature], message: &Message) -> Message {
        let mut message = message.clone();
        for feature in lost {
            match feature {
                Mentions => message.mentions.clear(),
                ReplyTo => message.reply_to = None,
                Typing => message.typing = None,
                Presence => message.presence = None,
                _ => unreachable!(),
            }
        }
        message
    }

    fn mentions(text: &str, number: &str) -> bool {
        let word = format!("@{number}");
        text.match_indices(&word).any(|(at, _)| {
            let (before, after) = text.split_at(at);
            let (before, after) = (before.chars().next_back(), after.strip_prefix(&word).unwrap().chars().next());
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    }

    fn accounts() -> Vec<Account> {
        let account = |provider: &&'static Provider| {
            let mut account = json!({ "provider": provider.slug });
            for field in provider.fields().filter(|field| field.required) {
                account[field.name] = match field.kind {
                    FieldKind::BaseUrl => "https://api.example.com".into(),
                    FieldKind::Phone => "+14155552671".into(),
                    _ => "k".into(),
                };
            }
            Account::parse(account.to_string().as_bytes()).unwrap()
        };
        PROVIDERS.iter().map(account).collect()
    }

    fn degraded(message: Value, features: &[Feature]) -> (Value, Vec<Feature>) {
        let message = read(&message);
        let (message, lost) = message.degraded(features);
        (written(&message), lost)
    }

    #[test]
    fn a_mention_and_a_reply_are_said_in_the_text() {
        let to = json!({ "group": "495" });
        let mentions = ["+62 856-123-456", "+12025550100", "62856123456"];
        let message = json!({ "to": to, "text": "Hello @12025550100!", "mentions": mentions, "reply_to": "3EB0ABC123DEF456789", "typing": true, "presence": false });
        let (said, lost) = degraded(message, &[Feature::Group]);
        assert_eq!(said["text"], "> re 3EB0ABC123DEF456789\nHello @12025550100! @62856123456");
        assert_eq!((&said["mentions"], &said["reply_to"], &said["typing"]), (&json!(null), &json!(null), &json!(null)));
        assert_eq!((&said["presence"], lost), (&json!(false), vec![Mentions, ReplyTo, Typing]));
    }

    #[test]
    fn media_get_a_text_where_someone_sees_it() {
        let media = json!({ "kind": "document", "url": "https://example.com/a.pdf" });
        let message =
            json!({ "to": { "group": "495" }, "media": media, "mentions": ["+12025550100"], "reply_to": "7" });
        let (said, lost) = degraded(message.clone(), &[Feature::DocumentCaption]);
        assert_eq!((&said["text"], lost), (&json!("> re 7\n@12025550100"), vec![Mentions, ReplyTo]));
        let (said, lost) = degraded(message, &[Feature::Caption]);
        assert_eq!((&said["text"], lost), (&json!(null), vec![Mentions, ReplyTo]));
    }

    #[test]
    fn the_id_of_a_message_is_one_short_line() {
        let of = |id: &str| {
            let message = json!({ "to": { "group": "495" }, "text": "Yes", "reply_to": id });
            degraded(message, &[]).0["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(of("a\r\nb\u{2028}c"), "> re a  b c\nYes");
        assert_eq!(of(&"7".repeat(500)), format!("> re {}…\nYes", "7".repeat(100)));
    }

    proptest! {
        #[test]
        fn what_was_lost_is_lacking_no_more_and_nothing_new_is(message in message(), features in features()) {
            let (four, others) = lacking(&message, &features);
            let (degraded, lost) = message.degraded(&features);
            prop_assert!(degraded.check().is_ok());
            prop_assert_eq!(&lost, &four);
            prop_assert_eq!(lacking(&degraded, &features), (vec![], others));
            prop_assert!(lost.is_sorted_by_key(|lost| Feature::ALL.iter().position(|feature| feature == lost)));
            prop_assert_eq!(matches!(degraded, Cow::Borrowed(_)), lost.is_empty());
            prop_assert!(matches!(degraded.degraded(&features), (Cow::Borrowed(_), lost) if lost.is_empty()));
        }

        #[test]
        fn what_is_not_lacking_is_untouched(message in message(), features in features()) {
            let (degraded, lost) = message.degraded(&features);
            let mut plain = without(&lost, &message);
            if lost.contains(&Mentions) || lost.contains(&ReplyTo) {
                plain.text = degraded.text.clone();
            }
            prop_assert_eq!(written(&degraded), written(&plain));
        }

        #[test]
        fn what_can_be_said_is_said_around_the_text(message in message(), features in features()) {
            let (degraded, lost) = message.degraded(&features);
            let is_heard = match &message.media {
                Some(media) => features.contains(&media.kind.caption()),
                None => message.text.is_some(),
            };
            if !is_heard {
                prop_assert_eq!(&degraded.text, &message.text);
                return Ok(());
            }
            let (text, own) = (degraded.text.as_deref().unwrap_or_default(), message.text.as_deref().unwrap_or_default());
            let said = match lost.contains(&ReplyTo) {
                true => {
                    let (line, said) = text.split_once('\n').unwrap_or((text, ""));
                    prop_assert!(line.starts_with("> re ") && !line.contains(char::is_control), "{:?}", text);
                    said
                }
                false => text,
            };
            let mentioned = said.strip_prefix(own);
            prop_assert!(mentioned.is_some(), "{:?} does not begin with {:?}", said, own);
            if lost.contains(&Mentions) {
                for number in &message.mentions {
                    prop_assert!(mentions(said, number.digits()), "{:?} does not mention {}", said, number.digits());
                    let is_new = !mentions(own, number.digits());
                    let appended = mentioned.unwrap_or_default().split(' ').filter(|word| word.strip_prefix('@') == Some(number.digits()));
                    prop_assert_eq!(appended.count(), usize::from(is_new), "{:?} in {:?}", number.digits(), text);
                }
            } else {
                prop_assert_eq!(mentioned, Some(""));
            }
        }

        #[test]
        fn a_message_can_be_sent_degraded_if_it_can_be_without_what_was_lost(message in message()) {
            for account in accounts() {
                let provider = account.provider;
                let (degraded, lost) = message.degraded(provider.features);
                let is_sent = account.request(&*degraded).is_ok();
                let is_too_long = provider.text_limit.zip(degraded.text.as_ref()).is_some_and(|(limit, text)| text.chars().count() > limit);
                let plain = account.request(&without(&lost, &message));
                prop_assert_eq!(is_sent, plain.is_ok() && !is_too_long, "at {}: {:?}", provider.slug, plain);
                prop_assert!(!is_sent || lacking(&message, provider.features).1.is_empty(), "at {}", provider.slug);
            }
        }
    }
}
