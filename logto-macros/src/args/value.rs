//! The values that may follow `=`.

use super::entry::Entry;
use crate::problem::Problem;
use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprPath, Ident, Lit, LitStr, Path};

/// The kinds of value that the grammar distinguishes.
pub(super) enum Value {
    Text(LitStr),
    Constant(ExprPath),
    List(Vec<Expr>),
    Other,
}

impl Value {
    pub(super) fn of(value: &Expr) -> Value {
        match value {
            // `macro_rules!` wraps expressions into invisible groups.
            Expr::Group(group) => Value::of(&group.expr),
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Value::Text(text.clone()),
                _ => Value::Other,
            },
            Expr::Path(path) => Value::Constant(path.clone()),
            Expr::Array(list) => Value::List(list.elems.iter().cloned().collect()),
            _ => Value::Other,
        }
    }
}

/// A string literal that is not empty.
pub(super) fn text(entry: &Entry) -> Result<LitStr, Problem> {
    match Value::of(&entry.value) {
        Value::Text(text) if text.value().trim().is_empty() => Err(empty(entry, &text)),
        Value::Text(text) => Ok(text),
        _ => Err(ill_typed(entry, "a string literal")),
    }
}

/// `true` or `false`.
pub(super) fn switch(entry: &Entry) -> Result<bool, Problem> {
    match &entry.value {
        Expr::Lit(ExprLit { lit: Lit::Bool(switch), .. }) => Ok(switch.value),
        Expr::Group(group) => {
            switch(&Entry { key: entry.key.clone(), value: (*group.expr).clone(), example: entry.example })
        }
        _ => Err(ill_typed(entry, "`true` or `false`")),
    }
}

/// A name, written as such or as a string.
pub(super) fn identifier(entry: &Entry) -> Result<Ident, Problem> {
    match Value::of(&entry.value) {
        Value::Constant(path) => {
            path.path.get_ident().cloned().ok_or_else(|| ill_typed(entry, "the name of a parameter"))
        }
        Value::Text(text) if text.value().trim().is_empty() => Err(empty(entry, &text)),
        Value::Text(text) => parse_identifier(&text.value(), text.span()).ok_or_else(|| {
            Problem::at(&text, format!("{:?} cannot be the name of a parameter", text.value()))
                .help(format!("write `{}`", entry.example))
        }),
        _ => Err(ill_typed(entry, "the name of a parameter")),
    }
}

/// The path of a crate.
pub(super) fn crate_path(entry: &Entry) -> Result<Path, Problem> {
    const EXPECTED: &str = "the path of the crate";
    match Value::of(&entry.value) {
        Value::Constant(ExprPath { qself: None, path, .. })
            if path.segments.iter().all(|segment| segment.arguments.is_none()) =>
        {
            Ok(path)
        }
        Value::Text(text) => Err(unquoted(entry, EXPECTED, &text)),
        _ => Err(ill_typed(entry, EXPECTED)),
    }
}

/// The problem with a string where a path is required. The string may contain the path.
pub(super) fn unquoted(entry: &Entry, expected: &str, text: &LitStr) -> Problem {
    match syn::parse_str::<ExprPath>(&text.value()) {
        Ok(path) => {
            let help = format!("write `{} = {}`, without quotation marks", entry.key, shown(&path));
            ill_typed_as(entry, expected, &help)
        }
        Err(_) => ill_typed(entry, expected),
    }
}

/// A path as it is usually written.
pub(super) fn shown(path: &ExprPath) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

/// A valid name of a parameter. A keyword is valid as a raw identifier.
pub(super) fn parse_identifier(name: &str, span: Span) -> Option<Ident> {
    let mut ident = syn::parse_str::<Ident>(name).or_else(|_| syn::parse_str(&format!("r#{name}"))).ok()?;
    ident.set_span(span);
    Some(ident)
}

pub(super) fn empty(entry: &Entry, at: impl ToTokens) -> Problem {
    let Entry { key, example, .. } = entry;
    Problem::at(at, format!("`{key}` is empty")).help(format!("write `{example}`, or omit `{key}`"))
}

pub(super) fn ill_typed(entry: &Entry, expected: &str) -> Problem {
    ill_typed_as(entry, expected, &format!("write `{}`", entry.example))
}

/// The same with specific advice.
pub(super) fn ill_typed_as(entry: &Entry, expected: &str, help: &str) -> Problem {
    let (key, found) = (&entry.key, described(&entry.value));
    Problem::at(&entry.value, format!("`{key}` takes {expected}, not {found}")).help(help)
}

/// The kind of a value for messages.
pub(super) fn described(value: &Expr) -> &'static str {
    match value {
        Expr::Group(group) => described(&group.expr),
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(_) => "a string",
            Lit::ByteStr(_) | Lit::CStr(_) => "a string of bytes",
            Lit::Int(_) => "an integer",
            Lit::Float(_) => "a number",
            Lit::Bool(_) => "a boolean",
            Lit::Char(_) | Lit::Byte(_) => "a character",
            _ => "this literal",
        },
        Expr::Path(_) => "a path",
        Expr::Array(_) => "a list",
        Expr::Tuple(_) | Expr::Paren(_) => "parentheses",
        Expr::Macro(_) => "a macro call",
        Expr::Call(_) | Expr::MethodCall(_) => "a call",
        Expr::Reference(_) => "a reference",
        Expr::Closure(_) => "a closure",
        Expr::Range(_) => "a range",
        Expr::Block(_) => "a block",
        _ => "an expression",
    }
}
