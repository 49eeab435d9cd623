//! Where in a TOML file a mistake is, and which key it is about.

use std::ops::Range;

use toml_edit::{ImDocument, Item, Value};

use crate::model::Inconsistency;

/// A place in a file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    /// In characters.
    pub(crate) column: usize,
}

/// A TOML text whose keys and values can be found again.
pub(crate) struct Source<'t> {
    text: &'t str,
    /// Empty if the text is not TOML.
    nodes: Vec<Node>,
}

/// A key or a value.
struct Node {
    /// Such as `user[0].roles[1]`.
    path: String,
    span: Range<usize>,
    /// The name of a key, or the content of a string.
    text: Option<String>,
}

impl<'t> Source<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut nodes = Vec::new();
        if let Ok(document) = ImDocument::parse(text) {
            visit(document.as_item(), "", &mut nodes);
        }
        Self { text, nodes }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Position { line, column }
    }

    /// The innermost key whose name or value is at this place, such as `user[0].roles`.
    pub(crate) fn key_at(&self, offset: usize) -> Option<&str> {
        let here = self.nodes.iter().filter(|node| node.span.contains(&offset) && !node.path.is_empty());
        here.min_by_key(|node| node.span.len()).map(|node| node.path.as_str())
    }

    /// The place of a mistake that is found only when the whole description is known.
    pub(crate) fn position_of(&self, mistake: &Inconsistency) -> Option<Position> {
        let (kind, owner) = &mistake.owner;
        let Some((table, key)) = identity(kind) else {
            return self.named(&mistake.name, "").map(|node| self.position(node.span.start));
        };
        let is_identity = |path: &str| path.starts_with(&format!("{table}[")) && path.ends_with(key);
        let mut identities = self.nodes.iter().filter(|node| {
            is_identity(&node.path)
                && node.text.as_ref() == Some(owner)
                && node.path.matches('.').count() == 1
        });
        // The second one, of two with the same name.
        let last = identities.next_back()?;
        let entry = last.path.split('.').next().unwrap_or_default();
        let inside = if mistake.name == *owner { None } else { self.named(&mistake.name, entry) };
        Some(self.position(inside.unwrap_or(last).span.start))
    }

    /// The first key or string with this text in a part of the file.
    fn named(&self, text: &str, part: &str) -> Option<&Node> {
        let within = |node: &&Node| part.is_empty() || node.path.starts_with(&format!("{part}."));
        self.nodes.iter().filter(within).find(|node| node.text.as_deref() == Some(text))
    }
}

/// The table of the file that describes something of this kind, and the key with its name.
fn identity(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "role" => ("role", ".name"),
        "organization role" => ("organization_role", ".name"),
        "user" => ("user", ".username"),
        "user id" => ("user", ".id"),
        "application" => ("application", ".client_id"),
        "organization" => ("organization", ".id"),
        "API resource" => ("api_resource", ".indicator"),
        _ => return None,
    })
}

fn visit(item: &Item, path: &str, nodes: &mut Vec<Node>) {
    match item {
        Item::None => {}
        Item::Value(value) => visit_value(value, path, nodes),
        Item::Table(table) => {
            note(nodes, path, table.span(), None);
            for (name, _) in table.iter() {
                if let Some((key, item)) = table.get_key_value(name) {
                    let path = joined(path, name);
                    note(nodes, &path, key.span(), Some(name));
                    visit(item, &path, nodes);
                }
            }
        }
        Item::ArrayOfTables(tables) => {
            for (index, table) in tables.iter().enumerate() {
                visit(&Item::Table(table.clone()), &format!("{path}[{index}]"), nodes);
            }
        }
    }
}

fn visit_value(value: &Value, path: &str, nodes: &mut Vec<Node>) {
    note(nodes, path, value.span(), value.as_str());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit_value(item, &format!("{path}[{index}]"), nodes);
            }
        }
        Value::InlineTable(table) => {
            for (name, _) in table.iter() {
                if let Some((key, item)) = table.get_key_value(name) {
                    let path = joined(path, name);
                    note(nodes, &path, key.span(), Some(name));
                    visit(item, &path, nodes);
                }
            }
        }
        _ => {}
    }
}

fn note(nodes: &mut Vec<Node>, path: &str, span: Option<Range<usize>>, text: Option<&str>) {
    if let Some(span) = span {
        nodes.push(Node { path: path.to_owned(), span, text: text.map(str::to_owned) });
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
