//! The keys between the parentheses of an attribute.

mod duration;
mod function;
mod keys;
mod names;
mod organization;
mod value;

pub(crate) use function::Function;
pub(crate) use names::{Name, NameList};
pub(crate) use organization::{Organization, trailing};

use crate::attribute::Kind;
use crate::problem::{Problem, Problems};
use keys::Key;
use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, ExprPath, Ident, Lit, LitStr, Path, Token, token};

/// The values of the keys. A key with a wrong value is absent here and has a problem.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub(crate) scopes: Option<NameList>,
    pub(crate) any_scope: Option<NameList>,
    pub(crate) roles: Option<NameList>,
    pub(crate) any_role: Option<NameList>,
    pub(crate) resource: Option<Resource>,
    pub(crate) organization: Option<Written<Organization>>,
    pub(crate) via: Option<Written<Via>>,
    pub(crate) subject: Option<Written<Subject>>,
    /// The applications whose bearer tokens are accepted.
    pub(crate) clients: Option<NameList>,
    /// In seconds.
    pub(crate) max_age: Option<Written<u64>>,
    pub(crate) check: Option<Function>,
    pub(crate) otherwise: Option<Written<Otherwise>>,
    /// Whether a request to the item counts as use of the session. `None` counts as `true`.
    pub(crate) keep_alive: Option<bool>,
    pub(crate) sign_in: Option<Written<SignIn>>,
    pub(crate) param: Option<Ident>,
    /// The path of the runtime crate, if it is not `::logto_rocket`.
    pub(crate) runtime: Option<Path>,
    /// All keys that were written, also those with wrong values: a wrong key does not count as omitted.
    given: Vec<Ident>,
}

impl Args {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.iter().any(|given| given == key)
    }
}

/// The API resource that scopes belong to.
#[derive(Debug)]
pub(crate) enum Resource {
    Literal(LitStr),
    Constant { key: Ident, path: ExprPath },
}

/// The credential that a route accepts if it accepts only one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Session,
    Bearer,
}

/// The kind of caller that a route accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    User,
    Machine,
    Any,
}

/// What happens to an anonymous caller instead of the usual refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Otherwise {
    Forward,
}

/// Which sign-in a public route begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignIn {
    Silent,
}

/// The meaning of a string literal, and the literal itself for messages.
#[derive(Debug)]
pub(crate) struct Written<T> {
    pub(crate) at: LitStr,
    pub(crate) value: T,
}

/// `key = value`
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Expr,
}

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
    args.given.push(name.clone());
    let value = read_value(key, &name, input)?;
    if repeated {
        return Err(Problem::at(&name, format!("`{name}` is given twice")).help(key.once));
    }
    Ok((key, Entry { key: name, value }))
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
