//! Finds the parameter or field that receives what the `check` has loaded: `Checked<T>`.

use super::token::{last_segment, plain_name, typed};
use crate::args::Args;
use crate::item::Handler;
use crate::problem::{Problem, Problems};
use syn::{Fields, GenericArgument, ItemStruct, PathArguments, Type};

const CHECKED: &str = "Checked";

/// The parameter that receives what the check has loaded.
pub(crate) struct Loaded {
    /// The index of the parameter or field.
    pub(crate) index: usize,
    /// The `T` of `Checked<T>`.
    pub(crate) value: Type,
    /// Whether it is written correctly. If not, the problem is already reported.
    pub(crate) is_valid: bool,
}

/// The first parameter that no attribute has bound yet. Without a `check` the parameter is left to another attribute; if
/// there is none, the compiler says so.
pub(super) fn of_handler(args: &Args, handler: &Handler, problems: &mut Problems) -> Option<Loaded> {
    if !args.has("check") {
        return None;
    }
    let (index, parameter, value) =
        typed(handler).find_map(|(index, parameter)| Some((index, parameter, value_of(&parameter.ty)?)))?;
    let is_valid = plain_name(parameter).is_some();
    if !is_valid {
        problems.add(
            Problem::at(&parameter.pat, "the parameter for what the check has loaded needs a plain name")
                .help("write `value: Checked<..>`"),
        );
    }
    Some(Loaded { index, value, is_valid })
}

/// The field that receives it.
pub(super) fn of_struct(args: &Args, item: &ItemStruct, problems: &mut Problems) -> Option<Loaded> {
    let mut found = fields(&item.fields);
    let (index, first, value) = found.next()?;
    if !args.has("check") {
        problems.add(Problem::at(first, "no `check` has loaded what this field takes").help(
            "add `check = load`, with a function that returns `Result<T, Denied>`, or remove the field",
        ));
        return Some(Loaded { index, value, is_valid: false });
    }
    for (_, second, _) in found {
        problems.add(
            Problem::at(second, "a check loads one value, and this is the second field for it")
                .help("let the check return a tuple or a struct"),
        );
    }
    Some(Loaded { index, value, is_valid: true })
}

fn fields(fields: &Fields) -> impl Iterator<Item = (usize, &Type, Type)> {
    fields.iter().enumerate().filter_map(|(index, field)| Some((index, &field.ty, value_of(&field.ty)?)))
}

/// The `T` of a type `Checked<T>`. One with a second argument is bound already.
fn value_of(written: &Type) -> Option<Type> {
    let segment = last_segment(written).filter(|segment| segment.ident == CHECKED)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match (arguments.args.first(), arguments.args.len()) {
        (Some(GenericArgument::Type(value)), 1) => Some(value.clone()),
        _ => None,
    }
}
