//! What a template may make of a value, written behind its name: `{{ title.short_80 }}`.

use super::scope::{Node, Value};
use std::borrow::Cow;

/// A view of a list or a text; `owner` is the object that the value stands in. `None` where there is no such view,
/// or nothing to see.
pub(super) fn view<'v, 'a>(value: &Value<'v, 'a>, owner: Option<&'v Node<'a>>, name: &str) -> Option<Value<'v, 'a>> {
    let (verb, argument) = name.split_once('_').unwrap_or((name, ""));
    let number = argument.parse::<usize>();
    let Some(items) = value.items() else {
        let text = value.text();
        return of_text(text, owner, verb, argument, number.ok()).map(Value::Text);
    };
    match (verb, number) {
        ("count", _) => Some(Value::Text(items.len().to_string().into())),
        ("first", Ok(most)) => Some(Value::Items(items.get(..most).unwrap_or(items))),
        ("more", Ok(most)) => {
            let more = items.len().checked_sub(most).filter(|more| *more > 0)?;
            Some(Value::Text(more.to_string().into()))
        }
        _ => items.get(name.parse::<usize>().ok()?).map(|(_, item)| Value::Node(item)),
    }
}

fn of_text<'v>(
    text: Cow<'v, str>,
    owner: Option<&Node<'_>>,
    verb: &str,
    argument: &str,
    number: Option<usize>,
) -> Option<Cow<'v, str>> {
    let made = match (verb, number) {
        ("is", _) => if argument.split(',').any(|word| word == text) { "true" } else { "" }.to_owned(),
        ("first", Some(most)) => text.get(..end_of(&text, most).unwrap_or(text.len()))?.to_owned(),
        ("short", Some(most)) => shortened(one_line(&text), most),
        ("line", _) => text.trim_start().split(['\r', '\n']).next()?.trim_end().to_owned(),
        ("words", _) => text.replace('_', " "),
        ("branch", _) => text.strip_prefix("refs/heads/")?.to_owned(),
        ("tag", _) => text.strip_prefix("refs/tags/")?.to_owned(),
        ("money", _) => money(&text, &Value::Node(owner?.member("currency")?).text())?,
        _ => return None,
    };
    Some(made.into())
}

/// Where so many characters end; the whole text may be shorter.
fn end_of(text: &str, most: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).nth(most)
}

/// A text of so many characters at most; `…` tells that there was more.
pub(super) fn shortened(mut text: String, most: usize) -> String {
    if end_of(&text, most).is_some() {
        text.truncate(end_of(&text, most.saturating_sub(1)).unwrap_or_default());
        text.truncate(text.trim_end().len());
        text.push('…');
    }
    text
}

fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Currencies without minor units, and with thousandths. Stripe counts the Icelandic króna and the Ugandan
/// shilling in hundredths, although they have none.
const WHOLE: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// An amount in minor units, with its currency: `USD 20.00`.
fn money(amount: &str, currency: &str) -> Option<String> {
    let currency = currency.to_ascii_uppercase();
    let decimals = match currency.as_str() {
        whole if WHOLE.contains(&whole) => 0,
        thousandths if THOUSANDTHS.contains(&thousandths) => 3,
        _ => 2,
    };
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("-", digits));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut digits = digits.to_owned();
    while digits.len() <= decimals {
        digits.insert(0, '0');
    }
    let (units, minor) = digits.split_at_checked(digits.len() - decimals)?;
    let point = if decimals == 0 { "" } else { "." };
    Some(format!("{currency} {sign}{units}{point}{minor}"))
}
