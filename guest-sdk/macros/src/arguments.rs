//! What stands in the parentheses of `#[job(…)]`: keys and values with their places.
//!
//! Only the form is read here; what the values may be is the manifest's.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Lit, LitStr, Result, Token, bracketed, parenthesized};

/// `key = value`, or `grants(read = …, write = …)`.
pub(crate) struct Argument {
    pub key: Ident,
    pub value: Value,
}

pub(crate) enum Value {
    /// `"16MiB"`.
    Text(LitStr),
    /// `5`.
    Number(u64, Span),
    /// `["64MiB", "256MiB"]`, or what stands alone where a list may.
    List(Vec<LitStr>, Span),
    /// `(read = "flights")`.
    Nested(Vec<Argument>, Span),
    /// `-5`, `true`, `1.5`: a literal that no key takes.
    Other(Span),
}

impl Value {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Text(text) => text.span(),
            Self::Number(_, span) | Self::List(_, span) | Self::Nested(_, span) | Self::Other(span) => *span,
        }
    }
}

pub(crate) struct Arguments(pub Vec<Argument>);

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Self(Punctuated::<Argument, Token![,]>::parse_terminated(input)?.into_iter().collect()))
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(syn::Lit) {
            return Err(input.error("a value needs its key: `#[job(kind = \"reports.daily\")]`"));
        }
        let key: Ident = input.parse()?;
        if input.peek(syn::token::Paren) {
            let content;
            let paren = parenthesized!(content in input);
            let Arguments(nested) = content.parse()?;
            return Ok(Self { key, value: Value::Nested(nested, paren.span.join()) });
        }
        if !input.peek(Token![=]) {
            return Err(Error::new(key.span(), format!("`{key}` needs a value: `{key} = …`")));
        }
        input.parse::<Token![=]>()?;
        Ok(Self { key, value: input.parse()? })
    }
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(syn::token::Bracket) {
            let content;
            let bracket = bracketed!(content in input);
            let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content).map_err(|error| {
                Error::new(error.span(), "a list here holds texts: `[\"64MiB\", \"256MiB\"]`")
            })?;
            return Ok(Self::List(texts.into_iter().collect(), bracket.span.join()));
        }
        if input.peek(Token![-]) {
            input.parse::<Token![-]>()?;
            return Ok(Self::Other(input.parse::<Lit>()?.span()));
        }
        match input.parse::<Lit>().map_err(|error| {
            Error::new(
                error.span(),
                "the manifest is fixed when the job is compiled: write the value itself, as a literal",
            )
        })? {
            Lit::Str(text) => Ok(Self::Text(text)),
            Lit::Int(number) if number.suffix().is_empty() => match number.base10_parse() {
                Ok(value) => Ok(Self::Number(value, number.span())),
                Err(_) => Err(Error::new(number.span(), "this number is too large")),
            },
            other => Ok(Self::Other(other.span())),
        }
    }
}
