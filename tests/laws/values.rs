//! Phone numbers, multipart bodies, statuses, moments.

use super::paths::trick;
use super::*;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Name, file name and type, content.
type ReadPart = (String, Option<(String, String)>, Vec<u8>);

/// A reader of `multipart/form-data` that knows nothing of the writer: RFC 2046 §5.1, RFC 7578.
fn read_multipart(content_type: &str, body: &[u8]) -> Vec<ReadPart> {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!((1..=70).contains(&boundary.len()));
    assert!(boundary.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let find = |within: &[u8], what: &str| within.windows(what.len()).position(|window| window == what.as_bytes());
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(format!("--{boundary}").as_bytes()).unwrap();
    let mut parts = Vec::new();
    while rest != b"--\r\n" {
        let part = rest.strip_prefix(b"\r\n").unwrap();
        let head_end = find(part, "\r\n\r\n").unwrap();
        let head = String::from_utf8(part[..head_end].to_vec()).unwrap();
        let content = &part[head_end + 4..];
        let end = find(content, &delimiter).unwrap();
        let mut lines = head.split("\r\n");
        let disposition = lines.next().unwrap().strip_prefix("Content-Disposition: form-data; name=\"").unwrap();
        let (name, more) = disposition.split_once('"').unwrap();
        let file = more.strip_prefix("; filename=\"").map(|rest| {
            let filename = rest.strip_suffix('"').unwrap();
            assert!(!filename.contains('"'));
            let filename = filename.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
            (filename, lines.next().unwrap().strip_prefix("Content-Type: ").unwrap().to_owned())
        });
        assert_eq!(lines.next(), None);
        parts.push((name.to_owned(), file, content[..end].to_vec()));
        rest = &content[end + delimiter.len()..];
    }
    parts
}

/// The name of the field; for a file, its name and media type; the bytes.
type Field = (&'static str, Option<(String, String)>, Vec<u8>);

fn write_multipart(fields: &[Field]) -> (String, Vec<u8>) {
    let parts = fields.iter().cloned().map(|(name, file, content)| Part { name, file, content });
    let body = Body::Multipart(parts.collect());
    let request = Request { method: Method::Post, url: String::new(), headers: Vec::new(), body };
    let (content_type, body) = request.encode().unwrap();
    (content_type.into_owned(), body)
}

fn comes_back(fields: &[Field]) -> bool {
    let (content_type, body) = write_multipart(fields);
    let read = read_multipart(&content_type, &body);
    read.len() == fields.len()
        && read
            .iter()
            .zip(fields)
            .all(|(read, (name, file, content))| (read.0 == *name) && read.1 == *file && read.2 == *content)
}

fn field() -> impl Strategy<Value = Field> {
    let content = prop_oneof![
        vec(any::<u8>(), 0..40),
        "[a-z\r\n-]{0,20}".prop_map(String::into_bytes),
        select(&["\r\n--chaski-", "--chaski-cbf29ce484222325\r\n", "\r\n--", "\r\n\r\n", "--"][..])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    // `%` itself is not escaped, as browsers have it.
    let filename = any::<String>().prop_map(|name| name.replace('%', "")).boxed();
    let filename = prop_oneof![filename, Just("a\"; filename=\"b\r\nX: y".to_owned())];
    let file = option::of((filename, select(&["image/png", "application/pdf"][..]).prop_map(str::to_owned)));
    (select(&["file", "caption", "view_once"][..]), file, content)
}

/// A file that holds its own boundary: FNV-1a of these bytes is the number in them.
const FIXED_POINT: &[u8] = b"\r\n--chaski-91b7584a2265b1f5\r\n\n>\x0b\x08z\x05\x0c\x0e\x1f8\x06;\x06\x0c";

#[test]
fn a_boundary_gives_way_to_a_file_that_holds_it() {
    let file: Field = ("file", None, FIXED_POINT.to_vec());
    let (content_type, _) = write_multipart(std::slice::from_ref(&file));
    assert!(content_type.contains("chaski-91b7584a2265b1f5"), "made for another boundary: {content_type}");
    assert!(comes_back(&[file]));
}

#[test]
fn a_moment_outside_of_rfc_3339_is_refused() {
    for text in ["9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01"] {
        assert_eq!(Timestamp::parse(text).map(|moment| moment.to_string()).ok(), None, "{text}");
    }
}

/// Base64 is what the base64 crate reads.
pub fn is_base64(text: &str) -> TestCaseResult {
    let media = Media { kind: MediaKind::Image, url: None, base64: Some(text.to_owned()), filename: None, mime: None };
    prop_assert_eq!(media.bytes(), STANDARD.decode(text).ok());
    Ok(())
}

/// A phone stays the same however it is written, and is never shown whole.
pub fn is_a_phone(spelling: &str) -> TestCaseResult {
    let Ok(phone) = Phone::parse(spelling) else { return Ok(()) };
    let digits = phone.digits();
    prop_assert!((7..=15).contains(&digits.len()) && !digits.starts_with('0'));
    prop_assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
    let given: String =
        spelling.trim().trim_end_matches("@s.whatsapp.net").chars().filter(char::is_ascii_digit).collect();
    prop_assert_eq!(&given, digits);
    for written in [phone.e164(), phone.jid(), digits.to_owned(), format!(" {} ", phone.e164())] {
        prop_assert_eq!(Phone::parse(&written), Ok(phone.clone()));
    }
    prop_assert_eq!(format!("+{digits}"), phone.e164());
    prop_assert_eq!(serde_json::to_value(&phone).unwrap(), Value::from(phone.e164()));
    let shown = format!("{phone:?} {:?} {:#?}", Recipient::Phone(phone.clone()), Some(&phone));
    let runs: Vec<_> = shown.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    prop_assert_eq!(runs, vec![&digits[digits.len() - 2..]; 3], "{}", shown);
    Ok(())
}

/// A moment is read as the time crate reads it, and written so that it is read again.
pub fn is_a_moment(text: &str) -> TestCaseResult {
    let expected = OffsetDateTime::parse(text, &Rfc3339).ok();
    let ours = Timestamp::parse(text).ok();
    // Leap seconds, dates with a blank behind them, and years that only an offset leads to are moments to the time crate alone.
    let (separator, seconds) = (text.as_bytes().get(10), text.as_bytes().get(17..19));
    let is_ours = matches!(separator, Some(b'T' | b't')) && seconds != Some(b"60");
    let is_written = |moment: &OffsetDateTime| (-62_167_219_200..253_402_300_800).contains(&moment.unix_timestamp());
    let expected = expected.filter(|moment| is_ours && is_written(moment));
    let milliseconds = |moment: OffsetDateTime| Timestamp(moment.unix_timestamp_nanos().div_euclid(1_000_000) as i64);
    prop_assert_eq!(ours, expected.map(milliseconds), "{:?}", text);
    if let Some(moment) = ours {
        prop_assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment), "{} is {}", text, moment);
    }
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn base64_is_what_the_base64_crate_reads(
        text in prop_oneof!["[A-Za-z0-9+/]{0,9}={0,3}", vec(any::<u8>(), 0..9).prop_map(|bytes| STANDARD.encode(bytes)), any::<String>()]
    ) {
        is_base64(&text)?;
    }

    #[test]
    fn a_phone_stays_the_same_however_it_is_written(
        spelling in prop_oneof![phone(), "[ ]?[+]?[0-9][0-9 ().-]{5,20}", "[0-9]{5,18}", "[1-9][0-9]{6,14}@s[.]whatsapp[.]net", trick(), any::<String>()],
    ) {
        is_a_phone(&spelling)?;
    }

    #[test]
    fn a_phone_in_any_usual_spelling_is_the_same(digits in "[1-9][0-9]{6,14}", at in vec((any::<Index>(), select(&[' ', '-', '.', '(', ')'][..])), 0..6)) {
        let mut spelling = digits.clone();
        for (at, separator) in at {
            spelling.insert(at.index(spelling.len()), separator);
        }
        let phone = Phone::parse(&format!("+{spelling}")).unwrap();
        prop_assert_eq!(phone.digits(), &digits);
    }

    #[test]
    fn a_multipart_body_can_be_taken_apart_again(fields in vec(field(), 1..5)) {
        prop_assert!(comes_back(&fields));
    }

    #[test]
    fn a_boundary_stands_in_no_file_even_one_that_quotes_another_body(fields in vec(field(), 1..3)) {
        let (_, quoted) = write_multipart(&fields);
        prop_assert!(comes_back(&[("file", None, quoted)]));
    }

    #[test]
    fn a_status_means_the_same_in_any_case(word in prop_oneof![
        select(&["PENDING", "U", "Q", "queued", "PROCESSING", "S", "SENT", "D", "delivered", "R", "read", "A", "ERROR", "failed"][..])
            .prop_map(str::to_owned),
        any::<String>(),
    ], upper in vec(any::<bool>(), 12)) {
        let change = |(c, upper): (char, &bool)| if *upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        let mixed: String = word.chars().zip(upper.iter().cycle()).map(change).collect();
        prop_assert_eq!(Status::fold(&mixed), Status::fold(&word));
        let folded = match word.to_ascii_lowercase().as_str() {
            "pending" | "u" | "q" | "queued" | "processing" => Status::Queued,
            "s" | "sent" => Status::Sent,
            "d" | "delivered" => Status::Delivered,
            "r" | "read" => Status::Read,
            "a" | "error" | "failed" => Status::Failed,
            _ => Status::Unknown,
        };
        prop_assert_eq!(Status::fold(&word), folded);
    }

    #[test]
    fn a_moment_is_read_as_it_is_written(
        moment in prop_oneof![-62_167_219_200_000..253_402_300_800_000i64, (0..4_102_444_800i64).prop_map(|second| second * 1000)],
    ) {
        let text = Timestamp(moment).to_string();
        prop_assert_eq!(Timestamp::parse(&text), Ok(Timestamp(moment)), "{}", text);
        prop_assert!(text.ends_with('Z'), "{}", text);
    }

    #[test]
    fn a_moment_is_the_same_in_any_zone(hour in 0..24i64, minute in 0..60i64, east in any::<bool>(), zone in (0..24i64, 0..60i64)) {
        let (hours, minutes) = zone;
        let sign = if east { '+' } else { '-' };
        let here = Timestamp::parse(&format!("2026-06-15T{hour:02}:{minute:02}:00{sign}{hours:02}:{minutes:02}")).unwrap();
        let utc = Timestamp::parse(&format!("2026-06-15T{hour:02}:{minute:02}:00Z")).unwrap();
        let offset = (hours * 60 + minutes) * 60_000;
        prop_assert_eq!(here.0, if east { utc.0 - offset } else { utc.0 + offset });
        prop_assert_eq!(Timestamp::parse(&here.to_string()), Ok(here));
    }

    #[test]
    fn any_text_is_a_moment_or_not_and_any_number_can_be_written(
        text in prop_oneof![any::<String>(), "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{0,12})?([Zz]|[+-][0-2][0-9]:[0-5][0-9])"],
        number in any::<i64>(),
    ) {
        prop_assert!(!Timestamp(number).to_string().is_empty());
        is_a_moment(&text)?;
    }
}

#[test]
fn the_laws_are_tried_on_every_provider() {
    for accounts in [plain_accounts(), Accounts::keyed().all] {
        let tried: Vec<_> = accounts.iter().map(|account| account.provider.slug).collect();
        assert_eq!(tried, PROVIDERS.iter().map(|provider| provider.slug).collect::<Vec<_>>());
    }
}
