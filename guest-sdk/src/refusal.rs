//! Errors for what the host refused: the codes of the header in words.
//!
//! All are of the class `kill`: the same call with the same bytes would be
//! refused again, whatever the number of tries.

use crate::abi;
use crate::error::{Class, Error};

/// A value of `bytes` bytes was refused; `limit_bytes` is 0 if not known. `key` is where an operator
/// sets it.
pub(crate) fn sized(what: &str, key: &str, bytes: usize, limit_bytes: u64, code: i32) -> Error {
    match code {
        abi::E_TOO_LARGE if limit_bytes > 0 => kill(format!(
            "{what} of {bytes} bytes is over its limit of {limit_bytes} bytes, which `limits.{key}` of the configuration sets"
        )),
        abi::E_TOO_LARGE => kill(format!("{what} of {bytes} bytes is over its limit")),
        other => plain(what, other),
    }
}

/// `what` was refused for a reason that has nothing to do with its size.
pub(crate) fn plain(what: &str, code: i32) -> Error {
    kill(match code {
        abi::E_NONE => format!("{what}: there is none"),
        abi::E_TOO_LARGE => format!("{what}: over its limit"),
        abi::E_INVALID => format!("{what}: not valid"),
        abi::E_STATE => format!("{what}: not allowed now"),
        other => format!("{what}: refused with code {other}"),
    })
}

fn kill(message: String) -> Error {
    Error::msg(message).with_class(Class::Kill)
}
