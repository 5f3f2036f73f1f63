//! The error numbers of WASI preview 1 that are used here.

/// As the guest sees it; 0 is success and not one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Errno {
    Access = 2,
    Again = 6,
    BadDescriptor = 8,
    Busy = 10,
    Quota = 19,
    Exists = 20,
    Fault = 21,
    FileTooLarge = 22,
    IllegalSequence = 25,
    Interrupted = 27,
    Invalid = 28,
    Io = 29,
    IsDirectory = 31,
    Loop = 32,
    TooManyDescriptors = 33,
    TooManyLinks = 34,
    NameTooLong = 37,
    NoEntry = 44,
    NoSpace = 51,
    NotDirectory = 54,
    NotEmpty = 55,
    NotSupported = 58,
    Overflow = 61,
    NotPermitted = 63,
    ReadOnly = 69,
    NotSeekable = 70,
    TextBusy = 74,
    CrossDevice = 75,
}

/// How a WASI function does not succeed.
pub(crate) enum Fault {
    /// The guest is told.
    Errno(Errno),
    /// The attempt ends.
    End(wasmtime::Error),
}

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<wasmtime::Error> for Fault {
    fn from(error: wasmtime::Error) -> Self {
        Self::End(error)
    }
}

impl From<crate::account::OverAllowance> for Fault {
    fn from(over: crate::account::OverAllowance) -> Self {
        Self::End(over.into())
    }
}

pub(crate) type Answer = Result<(), Fault>;

/// What the guest's `i32` says.
pub(crate) fn answer(answer: Answer) -> wasmtime::Result<i32> {
    match answer {
        Ok(()) => Ok(0),
        Err(Fault::Errno(errno)) => Ok(errno as i32),
        Err(Fault::End(error)) => Err(error),
    }
}
