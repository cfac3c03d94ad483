//! What comes in: JSON of all kinds.

use super::*;

/// A number that no error may show, and that is planted in many values.
pub(crate) const PLANTED: &str = "6285612345678";

/// The names that mean something, to the core or to a provider.
pub(crate) const NAMES: &[&str] = &[
    "a1base",
    "account_id",
    "api_key",
    "api_secret",
    "base64",
    "base_url",
    "bulk",
    "burst",
    "check_account",
    "code",
    "counter",
    "data",
    "detail",
    "device",
    "dialect",
    "error",
    "error_code",
    "errors",
    "expires_in",
    "filename",
    "from",
    "group",
    "id",
    "is_connected",
    "jid",
    "jobId",
    "kind",
    "limit",
    "list_groups",
    "loc",
    "media",
    "media_size",
    "mentions",
    "message",
    "message_id",
    "message_status",
    "messages",
    "metadata",
    "mime",
    "msg",
    "name",
    "number",
    "on_ambiguous",
    "on_unsupported",
    "options",
    "pace",
    "paired_status",
    "params",
    "per_minute",
    "phone",
    "presence",
    "provider",
    "quota",
    "quote_used",
    "ref_no",
    "reply_to",
    "schedule",
    "send_at",
    "send_message",
    "sender",
    "status",
    "statusCode",
    "subscription",
    "success",
    "text",
    "thread_id",
    "threads",
    "title",
    "to",
    "token",
    "type",
    "typing",
    "url",
    "via",
    "view_once",
    "wachat",
    "whatspie",
];

/// The words that mean something, as values.
pub(crate) const WORDS: &[&str] = &[
    "",
    " ",
    "+6285612345678",
    "image",
    "whatspie",
    "gowhatsapp",
    "a1base",
    "https://example.com/a.png",
    "JVBERi0=",
    "2026-12-25T10:00:00Z",
    "495",
    "120363025246125016@g.us",
    "resend",
    "route",
    "universal",
    "a.pdf",
    "image/png",
    "ERROR",
    "error",
    "PENDING",
    "SENT",
    "PAIRED",
    "-1",
    "../..",
    "a\u{0}b",
    "\r\nx: y",
    "\u{1F600}",
    "number 6285612345678 is not on WhatsApp",
];

pub(crate) fn name() -> impl Strategy<Value = String> {
    prop_oneof![9 => select(NAMES).prop_map(str::to_owned), 1 => any::<String>()]
}

pub(crate) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..9u8).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(PLANTED.parse::<u64>().unwrap().into()),
        select(WORDS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name(), inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Bytes in which everything can happen: noise, JSON of any shape, and `right` with a member or a byte wrong.
pub(crate) fn bytes(right: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Vec<u8>> {
    let with_wrong_member = (right.clone(), name(), json_value()).prop_map(|(mut right, name, wrong)| {
        if let Some(members) = right.as_object_mut() {
            members.insert(name, wrong);
        }
        right
    });
    let with_wrong_byte = (right.clone(), any::<Index>(), any::<u8>()).prop_map(|(right, at, wrong)| {
        let mut bytes = right.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = wrong;
        bytes
    });
    let cut = (right, any::<Index>()).prop_map(|(right, at)| {
        let mut bytes = right.to_string().into_bytes();
        bytes.truncate(at.index(bytes.len()));
        bytes
    });
    prop_oneof![
        1 => vec(any::<u8>(), 0..40),
        2 => json_value().prop_map(|value| value.to_string().into_bytes()),
        4 => with_wrong_member.prop_map(|value| value.to_string().into_bytes()),
        2 => with_wrong_byte,
        1 => cut,
    ]
}

pub(crate) fn group_id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[1-9][0-9]{0,18}",
        "[0-9]{10,25}@g\\.us",
        "[1-9][0-9]{7,12}-[0-9]{10}@g\\.us",
        "[A-Za-z0-9][A-Za-z0-9._@-]{0,20}"
    ]
}

pub(crate) fn phone() -> impl Strategy<Value = String> {
    "[+]?[1-9][0-9]{6,14}"
}

pub(crate) fn recipient() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![group_id().prop_map(|id| json!({ "group": id })), phone().prop_map(|phone| json!({ "phone": phone }))]
        .boxed()
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    "(?s).{1,40}".prop_filter("a text is not blank", |text| !text.trim().is_empty())
}

pub(crate) fn media() -> impl Strategy<Value = Value> {
    let content = prop_oneof![
        "https?://[a-z0-9.-]{1,20}(:[0-9]{1,4})?(/[!-~]{0,20})?".prop_map(|url| ("url", url)),
        vec(any::<u8>(), 1..40).prop_map(|bytes| ("base64", STANDARD.encode(bytes))),
    ];
    let filename = option::weighted(0.7, r"[^/\\\pC]{1,20}");
    let mime = option::of(select(&["image/png", "application/vnd.ms-excel", "text/plain", "audio/ogg"][..]));
    (select(&["image", "video", "audio", "document"][..]), content, filename, mime).prop_map(
        |(kind, (by, content), filename, mime)| {
            let all = json!({ "kind": kind, by: content, "filename": filename, "mime": mime });
            all.as_object()
                .unwrap()
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect()
        },
    )
}

pub(crate) fn options() -> impl Strategy<Value = Value> {
    select(
        &[
            r#"{ "whatspie": { "view_once": true, "message": "stored" } }"#,
            r#"{ "whatspie": { "type": "location", "params": { "location": { "degreesLatitude": -6.2 } } } }"#,
            r#"{ "gowhatsapp": { "view_once": false, "voice_note": true } }"#,
            r#"{ "wachat": { "queue": "device 2", "sender": "628970450001" } }"#,
            r#"{ "a1base": { "dialect": "message" } }"#,
            r#"{ "a1base": { "dialect": "universal", "service": "telegram", "media_size": 1000 } }"#,
            r#"{ "whatsspot": { "caption": "another" } }"#,
            r#"{ "whatsspot": { "bulk": true, "schedule": false } }"#,
        ][..],
    )
    .prop_map(|options| serde_json::from_str(options).unwrap())
}

/// Never sent to a provider.
pub(crate) const METADATA: &str = "meta-c4n4ry";

/// A message that is right, though not at every provider.
pub(crate) fn message() -> impl Strategy<Value = Value> + Clone {
    let rarely = |chance| move |strategy: BoxedStrategy<Value>| option::weighted(chance, strategy).boxed();
    let members = [
        ("media", rarely(0.4)(media().boxed())),
        ("mentions", rarely(0.1)(vec(phone(), 1..3).prop_map(Value::from).boxed())),
        ("reply_to", rarely(0.1)("[!-~]{1,20}".prop_map(Value::from).boxed())),
        ("typing", rarely(0.2)(any::<bool>().prop_map(Value::from).boxed())),
        ("presence", rarely(0.2)(any::<bool>().prop_map(Value::from).boxed())),
        ("send_at", rarely(0.05)(Just("2026-12-25T10:00:00Z".into()).boxed())),
        ("expires_in", rarely(0.2)((1..=u32::MAX).prop_map(Value::from).boxed())),
        ("via", rarely(0.1)(Just("ops".into()).boxed())),
        ("on_unsupported", rarely(0.1)(Just("route".into()).boxed())),
        ("options", rarely(0.3)(options().boxed())),
        ("metadata", rarely(0.5)(Just(json!({ METADATA: METADATA })).boxed())),
    ];
    let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let to = prop_oneof![9 => recipient(), 1 => vec(recipient(), 1..4).prop_map(Value::from)];
    let message = (to, text(), any::<bool>(), values).prop_map(move |(to, text, silent, values)| {
        let given = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        let mut message: Map<String, Value> = given.collect();
        if !silent || !message.contains_key("media") {
            message.insert("text".to_owned(), text.into());
        }
        message.insert("to".to_owned(), to);
        Value::from(message)
    });
    message.boxed()
}

/// One account at each provider, with the base URL and the keys that they were made of; `keys` are those of each.
#[derive(Debug)]
pub struct Accounts {
    /// The accounts.
    pub all: Vec<Account>,
    /// Where they all are.
    pub base_url: String,
    /// All keys.
    pub secrets: Vec<String>,
    /// The keys of each.
    pub keys: Vec<Vec<String>>,
}

/// One account at each provider, as JSON, of the fields that get a value here.
pub(crate) fn accounts_of(mut value: impl FnMut(&Provider, &Field) -> Option<String>) -> Vec<Value> {
    let account = |provider: &&Provider| {
        let fields =
            provider.fields().filter_map(|field| Some((field.name.to_owned(), value(provider, field)?.into())));
        let fields: Map<_, Value> = [("provider".to_owned(), provider.slug.into())].into_iter().chain(fields).collect();
        fields.into()
    };
    PROVIDERS.iter().map(account).collect()
}

pub(crate) fn parsed(accounts: &[Value]) -> Vec<Account> {
    accounts.iter().map(|fields| Account::parse(fields.to_string().as_bytes()).unwrap()).collect()
}

/// Whether the number that an account sends from stands in this field.
pub(crate) fn is_number(provider: &Provider, field: &Field) -> bool {
    matches!(field.kind, FieldKind::Phone) || provider.number.is_some_and(|number| number.name == field.name)
}

pub(crate) fn account_fields() -> impl Strategy<Value = (String, Vec<String>, Vec<Value>)> + Clone {
    let base_url = "https://[a-z][a-z0-9-]{0,8}\\.[a-z]{2,3}(:[1-9][0-9]{0,3})?(/[A-Za-z0-9~_-]{1,6}){0,2}/?";
    let base_url = prop_oneof![9 => base_url, 1 => Just("http://127.0.0.1:9797/whatspie".to_owned())];
    let secret = "s3cr3t[A-Za-z0-9+/=._-]{16,24}";
    let id = "[ -~]{0,12}[0-9A-Za-z][/%?#.]{0,2}[ -~]{0,4}";
    let accounts = (base_url, vec(secret, 6), id, phone(), any::<bool>());
    let accounts = accounts.prop_map(|(base_url, secrets, id, phone, bare)| {
        let mut keys = secrets.iter().cycle();
        let fields = accounts_of(|provider, field| match field.kind {
            FieldKind::BaseUrl => Some(base_url.clone()),
            FieldKind::Token if field.secret => {
                let key = keys.next().unwrap();
                Some(if bare && field.name == "token" { format!("Token {key}") } else { key.clone() })
            }
            _ if is_number(provider, field) => Some(phone.clone()),
            FieldKind::Text | FieldKind::Token | FieldKind::Segment => Some(id.clone()),
            _ => None,
        });
        (base_url, secrets, fields)
    });
    accounts.boxed()
}

impl Accounts {
    /// One account at each provider, each key of its own.
    pub fn keyed() -> Self {
        let mut secrets = Vec::new();
        let fields = accounts_of(|provider, field| match field.kind {
            FieldKind::Token if field.secret => {
                secrets.push(format!("s3cr3t-{}-{}", provider.slug, field.name));
                secrets.last().cloned()
            }
            _ => plain(provider, field),
        });
        Self { all: parsed(&fields), base_url: "https://api.example.com".to_owned(), keys: Vec::new(), secrets }
    }
}

pub(crate) fn accounts() -> impl Strategy<Value = Accounts> {
    account_fields().prop_map(|(base_url, secrets, fields)| {
        let keys_of = |fields: &Value| {
            let fields = fields.to_string();
            secrets.iter().filter(|secret| fields.contains(*secret)).cloned().collect()
        };
        Accounts { all: parsed(&fields), base_url, keys: fields.iter().map(keys_of).collect(), secrets }
    })
}

/// What a plain account has in this field.
pub(crate) fn plain(provider: &Provider, field: &Field) -> Option<String> {
    let value = match field.kind {
        FieldKind::BaseUrl => "https://api.example.com",
        _ if is_number(provider, field) => "628970450001",
        _ if field.required => "k",
        _ => return None,
    };
    Some(value.to_owned())
}

/// One plain account at each provider.
pub fn plain_accounts() -> Vec<Account> {
    parsed(&accounts_of(plain))
}

/// Each call, with its name.
pub fn calls() -> Vec<(&'static str, AnyCall)> {
    let calls = [
        ("send_message", json!({ "to": { "group": "495" }, "text": "Hello" })),
        ("message_status", json!({ "id": "1" })),
        ("check_account", json!({})),
        ("quota", json!({})),
        ("list_groups", json!({})),
    ];
    calls.map(|(name, call)| (name, AnyCall::parse(json!({ name: call }).to_string().as_bytes()).unwrap())).into()
}
