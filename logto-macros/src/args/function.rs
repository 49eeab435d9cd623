//! The value of `check`: the path of the application's own authorization check.

use super::entry::Entry;
use super::value::{self, Value};
use crate::problem::Problem;
use syn::{Expr, ExprPath, Ident};

/// The path of a function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) key: Ident,
    pub(crate) path: ExprPath,
}

const EXPECTED: &str = "the path of a function";

pub(super) fn read(entry: Entry) -> Result<Function, Problem> {
    match Value::of(&entry.value) {
        Value::Constant(path) => Ok(Function { key: entry.key, path }),
        Value::Text(text) => Err(value::unquoted(&entry, EXPECTED, &text)),
        _ => Err(not_a_path(&entry, &entry.value)),
    }
}

fn not_a_path(entry: &Entry, written: &Expr) -> Problem {
    match written {
        Expr::Group(group) => not_a_path(entry, &group.expr),
        Expr::Closure(_) => value::ill_typed_as(
            entry,
            EXPECTED,
            "define a function, `fn is_owner(who: &Identity, request: &Request<'_>) -> bool`, and write `check = is_owner`",
        ),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => {
                let help = format!("write `check = {}`: the guard calls the function", value::shown(path));
                value::ill_typed_as(entry, EXPECTED, &help)
            }
            _ => value::ill_typed(entry, EXPECTED),
        },
        _ => value::ill_typed(entry, EXPECTED),
    }
}
