//! Phone numbers: read in any usual spelling, written as the provider wants them, never shown whole.

use serde::Serialize;
use std::fmt;

/// A phone number in E.164: 7 to 15 digits, the country code first.
///
/// WhatsApp delivers to numbers that national numbering plans call invalid, so nothing but the length is
/// checked. `Debug` shows the last two digits only.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Phone(String);

impl Phone {
    /// Reads a number with or without `+`; spaces, dashes, dots and parentheses are dropped, and so is the
    /// `@s.whatsapp.net` of a WhatsApp id.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "a phone number is E.164: 7 to 15 digits with the country code, like +12025550100";
        let number = text.trim();
        let number = number.strip_suffix("@s.whatsapp.net").unwrap_or(number);
        let number = number.strip_prefix('+').unwrap_or(number);
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let digits = match are_digits(number) {
            true => number.to_owned(),
            false => number.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect(),
        };
        let valid = (7..=15).contains(&digits.len()) && are_digits(&digits) && !digits.starts_with('0');
        if valid { Ok(Self(digits)) } else { Err(WRONG) }
    }

    /// The number in a WhatsApp id of any spelling, like `12025550100:7@s.whatsapp.net` or `12025550100@c.us`; in ids
    /// of another kind, such as `@lid`, there is none.
    pub(crate) fn of_jid(jid: &str) -> Option<Self> {
        let number = match jid.split_once('@') {
            None => jid,
            // Behind the number stands which of its devices it is.
            Some((user, "s.whatsapp.net" | "c.us")) => user.split([':', '.']).next()?,
            Some(_) => return None,
        };
        Self::parse(number).ok()
    }

    /// The digits alone: `12025550100`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// With the plus: `+12025550100`.
    #[must_use]
    pub fn e164(&self) -> String {
        ["+", &self.0].concat()
    }

    /// As a WhatsApp id: `12025550100@s.whatsapp.net`.
    #[must_use]
    pub fn jid(&self) -> String {
        [&self.0, "@s.whatsapp.net"].concat()
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.e164()
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

/// The text with each run of 7 digits or more masked to its last two: such a run may be a phone number. Behind a
/// plus, the marks that people write within a number do not end a run.
pub(crate) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        let inside = run.starts_with('+') && matches!(c, ' ' | '-' | '.' | '(' | ')');
        if c.is_ascii_digit() || inside {
            run.push(c);
            continue;
        }
        mask_run(&mut run, &mut masked);
        match c {
            '+' => run.push(c),
            _ => masked.push(c),
        }
    }
    mask_run(&mut run, &mut masked);
    masked
}

fn mask_run(run: &mut String, masked: &mut String) {
    let digits = run.chars().filter(char::is_ascii_digit).count();
    let mut hidden = if digits < 7 { 0 } else { digits - 2 };
    masked.extend(run.drain(..).map(|c| {
        let hide = c.is_ascii_digit() && hidden > 0;
        hidden -= usize::from(hide);
        if hide { '*' } else { c }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings_are_one_number() {
        for spelling in
            ["+12025550100", "12025550100", "+1 (202) 555-0100", "1.202.555.0100", "12025550100@s.whatsapp.net"]
        {
            assert_eq!(Phone::parse(spelling).unwrap().e164(), "+12025550100", "{spelling}");
        }
    }

    #[test]
    fn a_whatsapp_id_has_a_number_or_hides_it() {
        for jid in ["12025550100", "12025550100@s.whatsapp.net", "12025550100.0:7@s.whatsapp.net", "12025550100@c.us"] {
            assert_eq!(Phone::of_jid(jid), Phone::parse("+12025550100").ok(), "{jid}");
        }
        for jid in ["", "+", "12025550100@lid", "120363025246125016@g.us", "status@broadcast", "@c.us"] {
            assert_eq!(Phone::of_jid(jid), None, "{jid}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for spelling in [
            "",
            "+",
            "123456",
            "0812345678",
            "+1202555010o",
            "1234567890123456",
            "++12025550100",
            "１２０２５５５０１００",
        ] {
            assert!(Phone::parse(spelling).is_err(), "{spelling}");
        }
    }

    #[test]
    fn a_number_is_never_shown_whole() {
        assert_eq!(format!("{:?}", Phone::parse("+12025550100").unwrap()), "*********00");
        assert_eq!(mask("to 12025550100, code 422"), "to *********00, code 422");
        assert_eq!(mask("12025550100"), "*********00");
        assert_eq!(mask("+1 (202) 555-0100 is bad, 422"), "+* (***) ***-**00 is bad, 422");
        assert_eq!(mask("+1 of 2026-11-21"), "+1 of 2026-11-21");
    }
}
