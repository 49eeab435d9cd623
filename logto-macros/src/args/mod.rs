//! The keys between the parentheses of an attribute.

mod duration;
mod entry;
mod function;
mod keys;
mod model;
mod names;
mod organization;
mod resource;
mod value;

pub(crate) use function::Function;
pub(crate) use model::{Args, Otherwise, SignIn, Subject, Via};
pub(crate) use names::{Name, NameList};
pub(crate) use organization::{Organization, trailing};
pub(crate) use resource::Resource;

use crate::attribute::Kind;
use crate::problem::{Problem, Problems};
use entry::Entry;
use keys::Key;
use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, Ident, Lit, Token, token};

/// Parses the keys of an attribute. Each mistake is one problem, and parsing continues with the next key.
pub(crate) fn parse(kind: Kind, tokens: TokenStream, problems: &mut Problems) -> Args {
    let mut args = Args::default();
    let read_all = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match read_entry(kind, input, &mut args) {
                Ok((key, entry)) => (key.read)(entry, &mut args, problems),
                Err(problem) => problems.add(problem),
            }
            expect_comma(input, problems)?;
        }
        Ok(())
    };
    if let Err(error) = read_all.parse2(tokens) {
        problems.add(Problem::at_span(error.span(), error.to_string()));
    }
    args
}

fn read_entry(kind: Kind, input: ParseStream<'_>, args: &mut Args) -> Result<(&'static Key, Entry), Problem> {
    if let Ok(literal) = input.fork().parse::<Lit>() {
        skip_to_comma(input);
        return Err(positional(kind, &literal));
    }
    let Ok(name) = input.call(Ident::parse_any) else {
        let at = skip_to_comma(input);
        return Err(Problem::at(at, "expected a key").help(keys::listed(kind)));
    };
    let key = match keys::find(kind, &name) {
        Ok(key) => key,
        Err(problem) => {
            skip_to_comma(input);
            return Err(problem);
        }
    };
    let repeated = args.has(key.name);
    args.note(&name);
    let value = read_value(key, &name, input)?;
    if repeated {
        return Err(Problem::at(&name, format!("`{name}` is given twice")).help(key.once));
    }
    Ok((key, Entry { key: name, value, example: key.example }))
}

fn read_value(key: &Key, name: &Ident, input: ParseStream<'_>) -> Result<Expr, Problem> {
    let help = format!("write `{}`", key.example);
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        let text = if input.peek(token::Paren) {
            format!("`{name}` takes its value after `=`, not in parentheses")
        } else if input.peek(Token![:]) {
            format!("`{name}` takes its value after `=`, not after `:`")
        } else {
            format!("`{name}` needs a value: expected `=`")
        };
        skip_to_comma(input);
        return Err(Problem::at(name, text).help(help));
    }
    if let Err(error) = input.parse::<Token![=]>() {
        return Err(Problem::at_span(error.span(), error.to_string()));
    }
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Problem::at(name, format!("`{name}` needs a value after `=`")).help(help));
    }
    input.parse::<Expr>().map_err(|error| {
        // At the end of the input the error has no token, so it points at the key.
        let place = if input.is_empty() { name.span() } else { error.span() };
        skip_to_comma(input);
        Problem::at_span(place, format!("the value of `{name}` cannot be parsed: {error}")).help(help)
    })
}

/// The problem with a value without a key, such as `#[require_auth("read:orders")]`. Usually a scope is meant.
fn positional(kind: Kind, literal: &Lit) -> Problem {
    if kind == Kind::Public {
        return Problem::at(literal, "`#[public]` takes no bare value").help(keys::listed(kind));
    }
    let problem = Problem::at(literal, format!("`#[{}]` takes keys, not a bare value", kind.name()));
    match literal {
        Lit::Str(text) if !text.value().starts_with('<') => {
            problem.help(format!("for scopes write `scopes = {:?}`", text.value()))
        }
        Lit::Str(text) => {
            problem.help(format!("for an organization write `organization = {:?}`", text.value()))
        }
        _ => problem.help(keys::listed(kind)),
    }
}

fn expect_comma(input: ParseStream<'_>, problems: &mut Problems) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    if !input.peek(Token![,]) {
        let surplus = skip_to_comma(input);
        let first: TokenStream = surplus.into_iter().take(1).collect();
        problems.add(Problem::at(first, "expected a comma").help("separate keys by commas"));
    }
    input.parse::<Option<Token![,]>>().map(drop)
}

fn skip_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut skipped = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        match input.parse::<TokenTree>() {
            Ok(token) => skipped.extend([token]),
            Err(_) => break,
        }
    }
    skipped
}
