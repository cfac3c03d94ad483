//! Collections as the API tells them: `{ "items": […], "next": "cursor" | null }`.

use super::host::Outgoing;
use serde::Serialize;

#[derive(Serialize)]
struct Page<'a, T> {
    items: Vec<&'a T>,
    next: Option<String>,
}

/// A whole collection, as one page.
pub(crate) fn whole(items: &[impl Serialize]) -> Outgoing {
    Outgoing::json(200, &Page { items: items.iter().collect(), next: None })
}

/// Up to `limit` of what was found, each with its place in the collection. Whoever finds one more than that finds more.
pub(crate) fn part<T: Serialize>(found: &[(i64, T)], limit: i64) -> Outgoing {
    let has_more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
    let shown = found.get(..found.len() - usize::from(has_more)).unwrap_or(found);
    let next = shown.last().filter(|_| has_more).map(|(place, _)| place.to_string());
    Outgoing::json(200, &Page { items: shown.iter().map(|(_, item)| item).collect(), next })
}
