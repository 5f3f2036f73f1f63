//! A network of one's own between a client and a server: it counts the commands that go there,
//! and cuts connections in the middle of an answer.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::resp::Commands;
use crate::{RedisServer, ports};

/// Bytes that are read at once, in either direction.
const READ_BYTES: usize = 64 << 10;

/// Forwards to one server, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    wire: Arc<Wire>,
}

#[derive(Debug)]
struct Wire {
    server_port: u16,
    over: AtomicBool,
    commands: AtomicU64,
    cuts: AtomicUsize,
    next_cut: Mutex<Option<Cut>>,
    open: Mutex<Vec<TcpStream>>,
}

/// What is to happen to the next answer of this kind.
#[derive(Clone, Debug)]
struct Cut {
    beginning: String,
    part: String,
    after_bytes: usize,
}

impl Proxy {
    /// Listens on a port of its own for connections to this server.
    ///
    /// # Panics
    /// When no port is free.
    #[track_caller]
    pub fn to(server: &RedisServer) -> Proxy {
        let port = ports::free();
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
        let wire = Arc::new(Wire {
            server_port: server.port(),
            over: AtomicBool::new(false),
            commands: AtomicU64::new(0),
            cuts: AtomicUsize::new(0),
            next_cut: Mutex::new(None),
            open: Mutex::new(Vec::new()),
        });
        let accepting = wire.clone();
        std::thread::spawn(move || accepting.accept(&listener));
        Proxy { port, wire }
    }

    /// `redis://127.0.0.1:PORT`, through this.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// How many commands have gone to the server, of all connections. What a script calls is not
    /// among them.
    pub fn commands(&self) -> u64 {
        self.wire.commands.load(Ordering::Acquire)
    }

    /// Of the next answer that begins like this and has this in it, lets so many bytes through (but
    /// never all) and cuts the connection. An array of eight begins with `*8`.
    pub fn cut_in_answer(&self, beginning: &str, part: &str, after_bytes: usize) {
        let (beginning, part) = (beginning.to_owned(), part.to_owned());
        *self.wire.next_cut() = Some(Cut { beginning, part, after_bytes });
    }

    /// How many connections were cut so far.
    pub fn cuts(&self) -> usize {
        self.wire.cuts.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.wire.over.store(true, Ordering::Release);
        // The thread that accepts looks up; those that forward read an end.
        let _looked_up = TcpStream::connect(("127.0.0.1", self.port));
        for stream in self.wire.open().drain(..) {
            let _closed = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Wire {
    fn next_cut(&self) -> MutexGuard<'_, Option<Cut>> {
        self.next_cut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> MutexGuard<'_, Vec<TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: Arc<Wire>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.over.load(Ordering::Acquire) {
                return;
            }
            // A server that is gone is seen by the client as a connection that ends at once.
            if let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", self.server_port))) {
                self.forward(client, server);
            }
        }
    }

    fn forward(self: &Arc<Wire>, client: TcpStream, server: TcpStream) {
        let _quick = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(to_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else { return };
        self.open().extend([client.try_clone(), server.try_clone()].into_iter().flatten());
        let (there, back) = (self.clone(), self.clone());
        std::thread::spawn(move || there.requests(client, to_server));
        std::thread::spawn(move || back.answers(server, to_client));
    }

    fn requests(&self, mut client: TcpStream, mut server: TcpStream) {
        let (mut bytes, mut commands) = (vec![0; READ_BYTES], Commands::default());
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            self.commands.fetch_add(commands.begun_in(&bytes[..count]), Ordering::AcqRel);
            if server.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        close(&client, &server);
    }

    fn answers(&self, mut server: TcpStream, mut client: TcpStream) {
        let mut bytes = vec![0; READ_BYTES];
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            let answer = &bytes[..count];
            let cut = self.next_cut().take_if(|cut| cut.is_of(answer));
            let let_through = cut.as_ref().map_or(count, |cut| cut.after_bytes.min(count - 1));
            if client.write_all(&answer[..let_through]).is_err() {
                break;
            }
            if cut.is_some() {
                close(&client, &server);
                self.cuts.fetch_add(1, Ordering::AcqRel);
                return;
            }
        }
        close(&client, &server);
    }
}

impl Cut {
    fn is_of(&self, answer: &[u8]) -> bool {
        let part = self.part.as_bytes();
        let has_part = part.is_empty() || answer.windows(part.len()).any(|window| window == part);
        answer.starts_with(self.beginning.as_bytes()) && has_part
    }
}

/// Both ends; they may be closed already.
fn close(client: &TcpStream, server: &TcpStream) {
    let _closed = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}
