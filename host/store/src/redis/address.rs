//! Where a store is: `redis://`, `rediss://`, a Sentinel group or a Cluster, and its name there.

use std::fmt;

use redis::{ConnectionInfo, IntoConnectionInfo};

/// The name of a store whose URL gives none.
const DEFAULT_NAME: &str = "cofferdam";

/// A store's URL, understood.
///
/// `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]`, `rediss://…` over TLS;
/// `redis+sentinel://[…@]HOST[:PORT],HOST[:PORT]…/MASTER[/DB]`;
/// `redis+cluster://[…@]HOST[:PORT],HOST[:PORT]…`; with `rediss+` these over TLS. `?name=NAME`, at
/// the end, names one of several stores on a server; `cofferdam` unless it is given.
#[derive(Clone)]
pub struct Address {
    /// How it is reached.
    pub(super) way: Way,
    /// The hash tag of all its keys.
    pub(super) name: String,
    /// The URL without secrets.
    shown: String,
    /// The URL as it was written.
    written: String,
}

/// How a server is found.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// It is the one there.
    Server(ConnectionInfo),
    /// Sentinels say which one is the master.
    Sentinel { sentinels: Vec<ConnectionInfo>, master: String, server: ConnectionInfo },
    /// Any of them tells the rest.
    Cluster(Vec<ConnectionInfo>),
}

impl Address {
    /// # Errors
    /// One sentence that names what is wrong with the URL; no secret of it is in there.
    pub fn parse(url: &str) -> Result<Address, String> {
        let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
        let scheme = scheme.to_ascii_lowercase();
        let scheme = scheme.as_str();
        let (rest, name) = match rest.split_once('?') {
            None => (rest, DEFAULT_NAME),
            Some((rest, query)) => (rest, name_in(query)?),
        };
        let plain = if scheme.starts_with("rediss") { "rediss" } else { "redis" };
        let (secret, hosts, path) = parts(rest);
        if hosts.iter().any(|host| host.is_empty()) {
            return Err(format!("`{scheme}://` names no host: write `{scheme}://HOST:PORT`"));
        }
        hosts.iter().try_for_each(|host| check_port(host))?;
        let at = |host: &str, path: &str| {
            let url = format!("{plain}://{secret}{}{path}", with_port(host, scheme));
            let info = url.as_str().into_connection_info();
            info.map_err(|error| {
                let hint = match secret {
                    "" => "",
                    _ => "; in a user or password, `/`, `?`, `#` and `%` are written `%2F`, `%3F`, `%23` and `%25`",
                };
                format!("`{scheme}://{host}{path}` is not a store: {error}{hint}")
            })
        };
        let way = match scheme {
            "redis" | "rediss" => match hosts[..] {
                [host] => Way::Server(at(host, path)?),
                _ => {
                    return Err(format!(
                        "`{scheme}://` takes one host; write `{scheme}+cluster://` for a Cluster, \
                         `{scheme}+sentinel://…/MASTER` for Sentinels"
                    ));
                }
            },
            "redis+sentinel" | "rediss+sentinel" => {
                let path = path.trim_start_matches('/');
                let (master, db) = path.split_once('/').unwrap_or((path, "0"));
                if master.is_empty() {
                    return Err(format!(
                        "`{scheme}://` names no master: write `{scheme}://HOST:PORT/MASTER`"
                    ));
                }
                let sentinels = hosts.iter().map(|host| at(host, "")).collect::<Result<_, _>>()?;
                let server = at(hosts[0], &format!("/{db}"))?;
                Way::Sentinel { sentinels, master: master.to_owned(), server }
            }
            "redis+cluster" | "rediss+cluster" => {
                Way::Cluster(hosts.iter().map(|host| at(host, "")).collect::<Result<_, _>>()?)
            }
            "valkey" | "valkeys" => {
                let same = scheme.replace("valkey", "redis");
                return Err(format!("a Valkey server is named as Redis is: write `{same}://`"));
            }
            _ => {
                return Err(format!(
                    "`{scheme}` is not a kind of Redis store: they are `redis`, `redis+sentinel` and `redis+cluster`, \
                     and with `rediss` over TLS"
                ));
            }
        };
        let shown_name = if name == DEFAULT_NAME { String::new() } else { format!("?name={name}") };
        let shown = format!("{scheme}://{}{path}{shown_name}", hosts.join(","));
        Ok(Address { way, name: name.to_owned(), shown, written: url.to_owned() })
    }

    /// The URL as it was written, for a process that is to open the same store: what is
    /// shown to people is `to_string()`.
    pub fn with_secrets(&self) -> &str {
        &self.written
    }
}

/// Credentials with their `@`, hosts, and the path with its `/`.
fn parts(rest: &str) -> (&str, Vec<&str>, &str) {
    let (secret, rest) = match rest.rfind('@') {
        Some(at) => rest.split_at(at + 1),
        None => ("", rest),
    };
    let (hosts, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    (secret, hosts.split(',').collect(), path)
}

/// # Errors
/// When what stands after the host is no port.
fn check_port(host: &str) -> Result<(), String> {
    let after_address = host.rsplit_once(']').map_or(host, |(_, after)| after);
    let Some((before, port)) = after_address.rsplit_once(':') else { return Ok(()) };
    if before.contains(':') {
        return Err(format!("`{host}` is no host: an IPv6 address stands in brackets, `[::1]:6379`"));
    }
    match port.parse::<u16>() {
        Ok(1..) => Ok(()),
        _ => Err(format!("`{port}` is not a port: it is a number from 1 to 65535")),
    }
}

fn with_port(host: &str, scheme: &str) -> String {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match (has_port, scheme.ends_with("+sentinel")) {
        (true, _) => host.to_owned(),
        (false, true) => format!("{host}:26379"),
        (false, false) => format!("{host}:6379"),
    }
}

fn name_in(query: &str) -> Result<&str, String> {
    let name = query.strip_prefix("name=").ok_or_else(|| match query.contains('@') {
        // It may be of a password, and is not shown.
        true => "in a user or password, `?` is written `%3F`".to_owned(),
        false => format!("`?{query}` says nothing to a store: only `?name=NAME` does, for one of several stores on a server"),
    })?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':');
    match !name.is_empty() && name.len() <= 64 && name.bytes().all(plain) {
        true => Ok(name),
        false => {
            Err(format!("`{name}` does not name a store: use 1 to 64 letters, digits, `.`, `_`, `-` and `:`"))
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.shown)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Address) -> bool {
        self.shown == other.shown
    }
}

impl Eq for Address {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (url, shown) in [
            ("redis://localhost", "redis://localhost"),
            ("redis://:secret@host:7000/2?name=mail", "redis://host:7000/2?name=mail"),
            ("rediss://user:se@cret@host/0?name=cofferdam", "rediss://host/0"),
            ("REDIS://[::1]:7000", "redis://[::1]:7000"),
            ("redis://[::1]", "redis://[::1]"),
            ("redis+sentinel://u:p@a,b:26380/main/3", "redis+sentinel://a,b:26380/main/3"),
            ("rediss+cluster://a:7000,b:7001", "rediss+cluster://a:7000,b:7001"),
        ] {
            assert_eq!(Address::parse(url).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said_without_its_secrets() {
        for (url, says) in [
            ("redis://", "names no host"),
            ("redis://a,b", "`redis+cluster://`"),
            ("redis+sentinel://:secret@a", "names no master"),
            ("redis://:secret@a?db=1", "only `?name=NAME`"),
            ("redis://a?name=a{b}", "does not name a store"),
            ("redis://:secret@a/b", "is not a store"),
            ("postgres://a", "`postgres` is not a kind"),
            ("valkey://a", "write `redis://`"),
            ("redis://a:70000", "`70000` is not a port"),
            ("redis://::1", "in brackets"),
            ("redis://:sec/ret@a/b", "%2F"),
            ("redis://:secret?more@a", "%3F"),
        ] {
            let why = Address::parse(url).unwrap_err();
            assert!(why.contains(says) && !why.contains("secret"), "{url}: {why}");
        }
    }
}
