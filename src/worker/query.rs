//! The parameters in the query of a request, for lists.

use super::host::Incoming;
use crate::{
    error::{Error, Violation, joined},
    input::escape,
    timestamp::Timestamp,
};

/// The page size without `limit`, and the largest.
pub(crate) const LIMITS: (i64, i64) = (50, 100);

/// Reads each parameter with `take`, by its name. One that is none of `names` is wrong.
pub(crate) fn parameters(
    incoming: &Incoming,
    names: &[&str],
    mut take: impl FnMut(&str, String) -> Result<(), String>,
) -> Result<(), Error> {
    let mut errors = Vec::new();
    for (name, value) in incoming.parameters() {
        let taken = match names.contains(&name.as_str()) {
            true => take(&name, value),
            false => Err(format!("no such parameter; there are {}", joined(names.iter(), ", "))),
        };
        errors.extend(taken.err().map(|detail| Violation::new(format!("/{}", escape(&name)), detail)));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

/// How many items at most.
pub(crate) fn limit(value: &str) -> Result<i64, String> {
    let limit = value.parse().ok().filter(|limit| (1..=LIMITS.1).contains(limit));
    limit.ok_or_else(|| format!("1 to {}", LIMITS.1))
}

/// A place in a list.
pub(crate) fn cursor(value: &str) -> Result<i64, String> {
    value.parse().map_err(|_| "the `next` of the page before".to_owned())
}

/// A moment.
pub(crate) fn moment(value: &str) -> Result<Timestamp, String> {
    Timestamp::parse(value).map_err(str::to_owned)
}
