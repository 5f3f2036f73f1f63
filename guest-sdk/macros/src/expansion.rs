//! What `#[job]` becomes: the function as it was, the manifest, and the entry point.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ItemFn, Result, ReturnType};

use crate::arguments::Arguments;
use crate::{manifest, signature};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match job(arguments, item.clone()) {
        Ok(expanded) => expanded,
        // The item stays, so that what is right in it causes no further errors.
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #item)
        }
    }
}

fn job(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function = signature::job_function(item);
    let place = function.as_ref().map_or_else(|_| Span::call_site(), |function| function.sig.ident.span());
    let manifest =
        syn::parse2::<Arguments>(arguments).and_then(|arguments| manifest::json(place, &arguments));
    let (function, manifest) = match (function, manifest) {
        (Ok(function), Ok(manifest)) => (function, manifest),
        (Err(mut error), Err(other)) => {
            error.combine(other);
            return Err(error);
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let name = &function.sig.ident;
    let length = manifest.len();
    let bytes = Literal::byte_string(manifest.as_bytes());
    let types = types(&function);
    // A frame of its own: otherwise a trap in the job would be shown in the SDK, where it is inlined.
    let own_frame = match function.attrs.iter().any(|attribute| attribute.path().is_ident("inline")) {
        true => None,
        false => Some(quote!(#[inline(never)])),
    };
    Ok(quote! {
        #own_frame
        #function

        const _: () = {
            #types

            #[cfg(target_family = "wasm")]
            #[used]
            #[unsafe(link_section = "cofferdam.manifest")]
            static MANIFEST: [u8; #length] = *#bytes;

            #[cfg(target_family = "wasm")]
            #[unsafe(no_mangle)]
            extern "C" fn cofferdam_run() -> i32 {
                ::cofferdam_sdk::entry::run(#name)
            }

            // Natively nobody calls a job but its tests.
            #[cfg(not(target_family = "wasm"))]
            const _: fn() = || _ = #name;
        };
    })
}

/// Assertions that make the compiler point at the argument or the result, and
/// not at the attribute, when a type does not fit.
fn types(function: &ItemFn) -> TokenStream {
    let input = signature::input(&function.sig).map(|input| {
        quote_spanned!(input.span()=> const _: fn() = ::cofferdam_sdk::entry::input_deserializes::<#input>;)
    });
    let output = match &function.sig.output {
        ReturnType::Type(_, output) => Some(
            quote_spanned!(output.span()=> const _: fn() = ::cofferdam_sdk::entry::output_serializes::<#output>;),
        ),
        ReturnType::Default => None,
    };
    quote!(#input #output)
}

#[cfg(test)]
mod tests;
