//! Forms and queries: `application/x-www-form-urlencoded`.

use crate::bytes::hex_byte;

/// The fields, in order, where they have a value.
pub(crate) fn fields(form: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).filter(|(_, value)| !value.is_empty())
}

/// The first field of this name, where it has a value.
pub(crate) fn field(form: &str, name: &str) -> Option<String> {
    fields(form).find(|(other, _)| other == name).map(|(_, value)| value)
}

fn decoded(text: &str) -> String {
    let mut rest = text.as_bytes();
    let mut value = Vec::new();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let escaped = tail.split_at_checked(2).filter(|_| *first == b'%');
        let escaped = escaped.and_then(|(pair, after)| Some((hex_byte(pair)?, after)));
        value.push(match (first, escaped) {
            (_, Some((byte, after))) => {
                rest = after;
                byte
            }
            (b'+', _) => b' ',
            (other, _) => *other,
        });
    }
    String::from_utf8_lossy(&value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_decoded() {
        let form = "id=&m%73g=a%26b%3D+%2B%0A%f0%9f%98%80%zz%2&empty&msg=again";
        assert_eq!(field(form, "msg").as_deref(), Some("a&b= +\n😀%zz%2"));
        assert_eq!((field(form, "id"), field(form, "empty"), field(form, "g")), (None, None, None));
    }
}
