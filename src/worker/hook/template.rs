//! Templates: Mustache, without partials, lambdas and HTML.
//!
//! `ramhorns` does the work. What it leaves open is done here: where a template is wrong, what a line that has
//! nothing but a section's tag leaves behind, and how much work one may make.

use super::{
    payload::Payload,
    scope::{Budget, Node, Scope, Value},
};
use ramhorns::{Content, Section, encoding::Encoder, traits::ContentSequence};
use std::cell::Cell;

/// A template, checked.
pub(super) struct Template {
    compiled: ramhorns::Template<'static>,
    /// What rendering a section may write by itself, at most.
    length: usize,
}

/// How much work a template may make: how many members it may look at, and how many bytes it may write.
const FUEL: usize = 1 << 20;

/// How much of one value it may write: a message is much shorter.
const MOST: usize = 64 << 10;

/// How deep sections may stand in sections.
const DEEPEST: usize = 15;

impl Template {
    /// Reads a template; an error says what is wrong in which line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        check(text).map_err(|(line, wrong)| format!("line {line}: {wrong}"))?;
        let text: String = text.split_inclusive('\n').map(without_standalone).collect();
        let length = text.len();
        let compiled = ramhorns::Template::new(text).map_err(|_| "not a template of Mustache")?;
        Ok(Self { compiled, length })
    }

    /// The text for a payload. What is missing is empty, and what is too much is left out.
    pub(super) fn render(&self, payload: &Payload) -> String {
        let (variables, beside) = (Node::of(payload.variables()), Node::of(payload.beside()));
        let budget = Budget { fuel: Cell::new(FUEL), length: self.length };
        let beside = Scope { value: Value::Node(&beside), outer: None, budget: &budget };
        self.compiled.render(&beside.inner(Value::Node(&variables)))
    }
}

/// Names are looked up by the scope itself, in those around it too, so that ramhorns need not remember any.
impl Content for Scope<'_, '_> {
    fn render_field_escaped<E: Encoder>(&self, _: u64, name: &str, encoder: &mut E) -> Result<bool, E::Error> {
        if let Some(value) = self.find(name) {
            let text = value.text();
            let text = text.get(..text.floor_char_boundary(MOST)).unwrap_or_default();
            if self.budget.spend(text.len()).is_some() {
                encoder.write_unescaped(text)?;
            }
        }
        Ok(true)
    }

    fn render_field_unescaped<E: Encoder>(&self, hash: u64, name: &str, encoder: &mut E) -> Result<bool, E::Error> {
        self.render_field_escaped(hash, name, encoder)
    }

    fn render_field_section<C: ContentSequence, E: Encoder>(
        &self,
        _: u64,
        name: &str,
        section: Section<'_, C>,
        encoder: &mut E,
    ) -> Result<bool, E::Error> {
        let Some(value) = self.find(name) else { return Ok(true) };
        let Some(items) = value.items() else {
            if value.is_truthy() && self.budget.section().is_some() {
                section.without_last().with(&self.inner(value)).render(encoder)?;
            }
            return Ok(true);
        };
        for (_, item) in items {
            if self.budget.section().is_none() {
                break;
            }
            section.without_last().with(&self.inner(Value::Node(item))).render(encoder)?;
        }
        Ok(true)
    }

    fn render_field_inverse<C: ContentSequence, E: Encoder>(
        &self,
        _: u64,
        name: &str,
        section: Section<'_, C>,
        encoder: &mut E,
    ) -> Result<bool, E::Error> {
        if !self.find(name).is_some_and(|value| value.is_truthy()) && self.budget.section().is_some() {
            section.render(encoder)?;
        }
        Ok(true)
    }
}

/// What is wrong, and in which line.
fn check(text: &str) -> Result<(), (usize, String)> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    let (mut line, mut rest) = (1, text);
    while let Some((before, after)) = rest.split_once("{{") {
        line += before.matches('\n').count();
        let wrong = |detail: String| Err((line, detail));
        let Some((tag, after)) = after.split_once("}}") else {
            return wrong("{{ without }}".to_owned());
        };
        let (kind, name) = match tag.chars().next() {
            Some(kind @ ('#' | '^' | '/' | '&' | '!' | '{' | '>' | '=')) => (kind, tag.get(1..).unwrap_or_default()),
            _ => (' ', tag),
        };
        rest = after;
        let name = name.trim_matches(' ');
        match kind {
            '!' if name.contains('}') => return wrong("a comment has no }".to_owned()),
            '!' if !name.is_empty() => {
                line += tag.matches('\n').count();
                continue;
            }
            '>' | '=' => return wrong(format!("{{{{{kind}: there are no partials and no other delimiters")),
            '{' => match after.strip_prefix('}') {
                Some(after) => rest = after,
                None => return wrong("{{{ without }}}".to_owned()),
            },
            _ => {}
        }
        if name.is_empty() || name.contains(|char: char| char.is_whitespace() || "{}".contains(char)) {
            return wrong(format!("{{{{{tag}}}}} is no name: dots go between names, like user.name, and no blanks"));
        }
        match kind {
            '#' | '^' if open.len() == DEEPEST => return wrong(format!("sections stand {DEEPEST} deep at most")),
            '#' | '^' => open.push((name, line)),
            '/' => match open.pop() {
                Some((opened, _)) if opened == name => {}
                Some((opened, _)) => return wrong(format!("{{{{/{name}}}}} where {{{{/{opened}}}}} belongs")),
                None => return wrong(format!("{{{{/{name}}}}} closes nothing")),
            },
            _ => {}
        }
    }
    match open.pop() {
        Some((name, line)) => Err((line, format!("{{{{#{name}}}}} without {{{{/{name}}}}}"))),
        None => Ok(()),
    }
}

/// A line that has nothing but a section's tag or a comment leaves no line behind, as Mustache has it.
fn without_standalone(line: &str) -> &str {
    let tag = line.trim();
    let inner = tag.strip_prefix("{{").and_then(|tag| tag.strip_suffix("}}"));
    let is_standalone =
        inner.is_some_and(|tag| tag.starts_with(['#', '^', '/', '!']) && !tag.contains("{{") && !tag.contains("}}"));
    if is_standalone { tag } else { line }
}
