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

/// What the keys say. A key that is wrong is absent here, and a problem.
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
    /// In seconds.
    pub(crate) max_age: Option<Written<u64>>,
    pub(crate) check: Option<Function>,
    pub(crate) otherwise: Option<Written<Otherwise>>,
    pub(crate) param: Option<Ident>,
    /// Where the runtime crate is found, if not under its own name.
    pub(crate) runtime: Option<Path>,
    /// The keys that were written, the wrong ones too: what is there but wrong is not left out.
    given: Vec<Ident>,
}

impl Args {
    pub(crate) fn gives(&self, key: &str) -> bool {
        self.given.iter().any(|given| given == key)
    }
}

/// The API resource that scopes belong to.
#[derive(Debug)]
pub(crate) enum Resource {
    Literal(LitStr),
    Constant { key: Ident, path: ExprPath },
}

/// The credential that a route accepts, where it accepts one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Session,
    Bearer,
}

/// Who may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    User,
    Machine,
    Any,
}

/// What happens to an anonymous caller, where it is not the usual refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Otherwise {
    Forward,
}

/// What a string literal means, and the literal, for messages.
#[derive(Debug)]
pub(crate) struct Written<T> {
    pub(crate) at: LitStr,
    pub(crate) means: T,
}

/// `key = value`
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Expr,
}

/// Reads the keys of an attribute; each mistake is one problem, and the next key is read all the same.
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
    let repeated = args.gives(key.name);
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
            format!("`{name}` takes its value behind `=`, not in parentheses")
        } else if input.peek(Token![:]) {
            format!("`{name}` takes its value behind `=`, not behind `:`")
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
        return Err(Problem::at(name, format!("`{name}` needs a value behind `=`")).help(help));
    }
    input.parse::<Expr>().map_err(|error| {
        // At the end there is nothing to point at but the whole attribute.
        let place = if input.is_empty() { name.span() } else { error.span() };
        skip_to_comma(input);
        Problem::at_span(place, format!("`{name}` has a value that cannot be read: {error}")).help(help)
    })
}

/// `#[require_auth("read:orders")]`: what is usually meant is a scope.
fn positional(kind: Kind, literal: &Lit) -> Problem {
    if kind == Kind::Public {
        return Problem::at(literal, "`#[public]` has no keys").help(keys::listed(kind));
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
        problems.add(Problem::at(first, "expected a comma").help("a comma stands between two keys"));
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
