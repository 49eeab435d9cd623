//! The item below an attribute.

use crate::attribute::{self, Kind};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, ItemStruct, Signature, Token, Visibility, braced, token};

/// An item that can be guarded, or one that cannot.
pub(crate) enum Item {
    Handler(Box<Handler>),
    Struct(Box<ItemStruct>),
    Refused(Refused),
}

/// A function. Its body stays unparsed, so that incomplete code in it causes no errors here.
pub(crate) struct Handler {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Group,
}

/// An item that is neither a route nor a struct that can become a guard.
pub(crate) struct Refused {
    pub(crate) what: What,
    /// The keyword of the item.
    pub(crate) at: TokenStream,
    /// The item without the attributes that would report further errors.
    pub(crate) item: TokenStream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Method,
    GenericStruct,
    Other(&'static str),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let start = input.fork();
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;

        if input.peek(Token![struct]) {
            let item: ItemStruct = start.parse()?;
            input.advance_to(&start);
            return Ok(classify_struct(item));
        }
        let ahead = input.fork();
        if let Ok(sig) = ahead.parse::<Signature>() {
            input.advance_to(&ahead);
            return parse_handler(attrs, vis, sig, input);
        }
        let rest: TokenStream = input.parse()?;
        let (what, at) = name_item(&rest);
        Ok(Item::Refused(Refused { what, at, item: without_our_attributes(attrs, vis, rest) }))
    }
}

fn parse_handler(
    attrs: Vec<Attribute>,
    vis: Visibility,
    sig: Signature,
    input: ParseStream<'_>,
) -> syn::Result<Item> {
    let receiver = sig.receiver().map(ToTokens::to_token_stream);
    // `Self` is the only sign that a function is in an `impl`.
    let method = receiver.or_else(|| find_word(sig.to_token_stream(), "Self"));
    if method.is_none() && input.peek(token::Brace) {
        let body = parse_body(input)?;
        return Ok(Item::Handler(Box::new(Handler { attrs, vis, sig, body })));
    }
    let at = method.unwrap_or_else(|| sig.ident.to_token_stream());
    let rest: TokenStream = input.parse()?;
    let item = without_our_attributes(attrs, vis, sig.into_token_stream().into_iter().chain(rest).collect());
    Ok(Item::Refused(Refused { what: What::Method, at, item }))
}

fn find_word(tokens: TokenStream, wanted: &str) -> Option<TokenStream> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) => (word == wanted).then(|| word.into_token_stream()),
        TokenTree::Group(group) => find_word(group.stream(), wanted),
        _ => None,
    })
}

/// The tokens between the braces, which may have come through `macro_rules!` as one `$body:block`.
fn parse_body(input: ParseStream<'_>) -> syn::Result<Group> {
    let content;
    let brace = braced!(content in input);
    let mut body = Group::new(Delimiter::Brace, content.parse()?);
    body.set_span(brace.span.join());
    Ok(body)
}

fn classify_struct(item: ItemStruct) -> Item {
    if item.generics.params.is_empty() {
        return Item::Struct(Box::new(item));
    }
    let at = item.generics.to_token_stream();
    Item::Refused(Refused { what: What::GenericStruct, at, item: item.into_token_stream() })
}

/// The kind of an item that is neither a function nor a struct.
fn name_item(tokens: &TokenStream) -> (What, TokenStream) {
    for token in tokens.clone() {
        let TokenTree::Ident(word) = &token else { continue };
        let what = match word.to_string().as_str() {
            "enum" => "an enum",
            "union" => "a union",
            "trait" => "a trait",
            "impl" => "an `impl` block",
            "mod" => "a module",
            "const" => "a constant",
            "static" => "a static",
            "type" => "a type alias",
            "use" => "an import",
            "extern" => "an `extern` item",
            "macro_rules" => "a macro",
            _ => continue,
        };
        return (What::Other(what), token.into());
    }
    (What::Other("this"), tokens.clone())
}

/// Removes Rocket's and our other attributes from a refused item, because each would report it again.
fn without_our_attributes(attrs: Vec<Attribute>, vis: Visibility, rest: TokenStream) -> TokenStream {
    let mut item = TokenStream::new();
    for attribute in attrs {
        if !attribute::is_route(&attribute) && Kind::of(&attribute).is_none() {
            attribute.to_tokens(&mut item);
        }
    }
    vis.to_tokens(&mut item);
    item.extend(rest);
    item
}

impl ToTokens for Handler {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.attrs.iter().map(ToTokens::to_token_stream));
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}
