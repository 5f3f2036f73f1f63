//! A hostile guest, how it is deployed, and how it must end.

/// One guest, with the inputs that choose among what it can do.
#[derive(Clone, Copy, Debug)]
pub struct Hostile {
    /// Its name in `tests/guests`.
    pub guest: &'static str,
    /// One job for each.
    pub inputs: &'static [&'static str],
    /// What `deploy` is told besides.
    pub flags: &'static [&'static str],
    /// How its attempt may end; none when it must not even be deployed.
    pub outcomes: &'static [&'static str],
}

/// A guest that ends so, with the limits that everybody has.
pub const fn ends(guest: &'static str, outcome: &'static [&'static str]) -> Hostile {
    Hostile { guest, inputs: &["null"], flags: &[], outcomes: outcome }
}

/// A guest that nobody can deploy.
pub const fn is_turned_away(guest: &'static str) -> Hostile {
    ends(guest, &[])
}

impl Hostile {
    /// With flags for `deploy`.
    pub const fn with(self, flags: &'static [&'static str]) -> Hostile {
        Hostile { flags, ..self }
    }

    /// With other inputs than `null`.
    pub const fn given(self, inputs: &'static [&'static str]) -> Hostile {
        Hostile { inputs, ..self }
    }
}
