//! The function under `#[job]`: whether its form is that of a job.
//!
//! Types are the compiler's to check, in what `expansion` writes; here is what
//! the compiler would explain badly.

use proc_macro2::TokenStream;
use syn::{Error, FnArg, ItemFn, ReturnType, Signature, Type};

const FORM: &str = "a job is `fn name(job: &mut Job, input: T) -> Result<U>`";

/// Reads the item as a function that can be a job.
pub(crate) fn job_function(item: TokenStream) -> Result<ItemFn, Error> {
    let function: ItemFn = syn::parse2(item.clone())
        .map_err(|_| Error::new_spanned(&item, format!("`#[job]` belongs on a function: {FORM}")))?;
    check(&function.sig)?;
    Ok(function)
}

fn check(signature: &Signature) -> Result<(), Error> {
    if let Some(token) = &signature.asyncness {
        let says = "a job is not `async`: it runs alone in its enclosure and may simply block; the worker runs others meanwhile";
        return Err(Error::new_spanned(token, says));
    }
    if let Some(abi) = &signature.abi {
        return Err(Error::new_spanned(abi, format!("a job has no `extern`, `#[job]` exports it: {FORM}")));
    }
    if !signature.generics.params.is_empty() || signature.generics.where_clause.is_some() {
        let says = format!("a job is not generic, its input has one type: {FORM}");
        return Err(Error::new_spanned(&signature.generics, says));
    }
    if let Some(receiver) = signature.receiver() {
        return Err(Error::new_spanned(
            receiver,
            format!("a job is a free function, without `self`: {FORM}"),
        ));
    }
    let types: Vec<&Type> = signature.inputs.iter().filter_map(typed).collect();
    if let Some(job) = types.iter().skip(1).find(|argument| is_job(argument)) {
        return Err(Error::new_spanned(job, format!("the job comes first and the input second: {FORM}")));
    }
    if let [first, _, ..] = types[..]
        && !is_job(first)
    {
        let says = format!("the first argument is the job itself, `job: &mut Job`: {FORM}");
        return Err(Error::new_spanned(first, says));
    }
    if let [_, _, third, ..] = types[..] {
        let says = format!("a job takes one input: put the fields into one struct ({FORM})");
        return Err(Error::new_spanned(third, says));
    }
    if let Some(Type::Reference(lent)) = input(signature) {
        let says = format!("the input is handed over, not lent, and the job is `&mut Job`: {FORM}");
        return Err(Error::new_spanned(lent, says));
    }
    if let ReturnType::Default = signature.output {
        let says = format!("a job returns a `Result`, `Result<()>` when it has no output: {FORM}");
        return Err(Error::new(signature.ident.span(), says));
    }
    Ok(())
}

/// The type of the input, if the function takes one.
pub(crate) fn input(signature: &Signature) -> Option<&Type> {
    signature.inputs.iter().filter_map(typed).find(|argument| !is_job(argument))
}

fn typed(argument: &FnArg) -> Option<&Type> {
    match argument {
        FnArg::Typed(typed) => Some(&typed.ty),
        FnArg::Receiver(_) => None,
    }
}

/// Whether this is `&mut Job`, by whatever path.
fn is_job(argument: &Type) -> bool {
    let Type::Reference(reference) = argument else { return false };
    let Type::Path(path) = &*reference.elem else { return false };
    reference.mutability.is_some() && path.path.segments.last().is_some_and(|segment| segment.ident == "Job")
}
