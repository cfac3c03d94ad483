//! `GET /v1/events`: the log, oldest first, as pages or as server-sent events.

use super::Relay;
use crate::{
    error::{Error, Violation},
    timestamp::Timestamp,
    worker::{
        host::{Incoming, Outgoing},
        query,
        storage::{Fault, sql, values},
        subscriber::check_pattern,
        work::{Asked, Halt},
    },
    write::to_json,
};

/// A page ends where it comes to so many bytes: an event may be one of megabytes of media.
const PAGE: usize = 4 << 20;

/// Which events a caller wants to see.
struct Wanted {
    types: Vec<String>,
    connection: Option<String>,
    since: Option<Timestamp>,
    /// Behind which event: its place or its id.
    cursor: Option<String>,
    limit: i64,
}

impl Wanted {
    fn read(incoming: &Incoming) -> Result<Self, Error> {
        let mut wanted =
            Self { types: Vec::new(), connection: None, since: None, cursor: None, limit: query::LIMITS.0 };
        query::parameters(incoming, &["type", "connection", "since", "cursor", "limit"], |name, value| {
            match name {
                "type" => {
                    check_pattern(&value)?;
                    wanted.types.push(value);
                }
                "connection" => wanted.connection = Some(value),
                "since" => wanted.since = Some(query::moment(&value)?),
                "cursor" => wanted.cursor = Some(value),
                _ => wanted.limit = query::limit(&value)?,
            }
            Ok(())
        })?;
        Ok(wanted)
    }
}

/// An event with its place.
struct Found {
    seq: i64,
    text: String,
}

impl Relay<'_> {
    /// Answers with the events behind a place in the log; where there are none yet, after up to `wait` seconds.
    pub(crate) fn events(&self, incoming: &Incoming, wait: Option<u32>) -> Result<Asked, Halt> {
        let wanted = Wanted::read(incoming)?;
        let is_stream = incoming.header("accept").is_some_and(|accept| accept.contains("text/event-stream"));
        let place = self.place(&wanted, incoming)?;
        // Who listens without having heard anything hears what is new, and is told at once from where on that is.
        let is_fresh = is_stream && place.is_none() && wanted.since.is_none();
        let after = match is_fresh {
            true => sql(self.storage, "SELECT MAX(seq) FROM event", values![])?.integer().unwrap_or(0),
            false => place.unwrap_or(0),
        };
        let (found, has_more) = self.behind(after, &wanted)?;
        if let Some(seconds) = wait.filter(|_| found.is_empty() && !is_fresh) {
            return Ok(Asked::Listen { seconds });
        }
        Ok(Asked::Answer(if is_stream { stream(&found, after) } else { page(&found, has_more) }))
    }

    /// Where the caller is in the log.
    fn place(&self, wanted: &Wanted, incoming: &Incoming) -> Result<Option<i64>, Halt> {
        // A browser that comes back says what it has heard; the URL still says where it began.
        let Some(cursor) = incoming.header("last-event-id").or(wanted.cursor.as_deref()) else { return Ok(None) };
        if let Ok(place) = cursor.parse() {
            return Ok(Some(place));
        }
        let rows = sql(self.storage, "SELECT seq FROM event WHERE id = ?", values![cursor])?;
        let unknown = || {
            let detail = "the `next` of the page before, or the id of an event that is not forgotten";
            Error::invalid(vec![Violation::new("/cursor", detail)])
        };
        Ok(Some(rows.integer().ok_or_else(unknown)?))
    }

    fn behind(&self, after: i64, wanted: &Wanted) -> Result<(Vec<Found>, bool), Fault> {
        let types = (!wanted.types.is_empty()).then(|| to_json(&wanted.types));
        let rows = sql(
            self.storage,
            "SELECT seq FROM event WHERE seq > ?1 AND (?2 IS NULL OR came_at >= ?2) AND (?3 IS NULL OR connection = ?3) \
             AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(?4) WHERE event.type GLOB value)) ORDER BY seq LIMIT ?5",
            values![after, wanted.since, wanted.connection.as_ref(), types.as_ref(), wanted.limit + 1],
        )?;
        let (mut found, mut size) = (Vec::new(), 0);
        for seq in rows.all().iter().filter_map(|row| row.integer(0)) {
            if i64::try_from(found.len()).is_ok_and(|count| count == wanted.limit) || size > PAGE {
                return Ok((found, true));
            }
            let text = self.text(seq)?;
            size += text.len();
            found.push(Found { seq, text });
        }
        Ok((found, false))
    }
}

fn page(found: &[Found], has_more: bool) -> Outgoing {
    let next = found.last().filter(|_| has_more).map(|last| last.seq.to_string());
    let items: Vec<_> = found.iter().map(|event| event.text.as_str()).collect();
    Outgoing::text(200, format!("{{\"items\":[{}],\"next\":{}}}\n", items.join(","), to_json(&next)))
}

/// A piece of a stream; the header `last-event-id` says behind which event the next one begins.
fn stream(found: &[Found], after: i64) -> Outgoing {
    // What a provider sent may have line breaks of its own: each is another line of data.
    let lines = |text: &str| text.replace("\r\n", "\n").replace(['\r', '\n'], "\ndata: ");
    let piece = |Found { seq, text }: &Found| format!("id: {seq}\ndata: {}\n\n", lines(text));
    // The comment tells the caller, and whatever stands in between, that somebody is there.
    let text = if found.is_empty() { ":\n\n".to_owned() } else { found.iter().map(piece).collect() };
    let last = found.last().map_or(after, |last| last.seq);
    Outgoing::stream(text).with("last-event-id", last.to_string())
}
