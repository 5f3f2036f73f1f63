//! A worker's log lines on their way to stderr. A thread of its own writes them: a reader that
//! does not read delays no job and no heartbeat. What does not fit is counted and dropped.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Lines on their way.
const QUEUED_MAX: usize = 4096;
/// How long the end of the process waits for a reader.
const FLUSH_MAX: Duration = Duration::from_millis(500);

enum Queued {
    Line(Vec<u8>),
    /// Everything before it is written.
    Flush(SyncSender<()>),
}

/// The way to the thread that writes.
pub struct Lines {
    queue: SyncSender<Queued>,
    dropped: Arc<AtomicU64>,
}

impl Lines {
    /// Starts it.
    pub fn start() -> io::Result<Arc<Lines>> {
        let (queue, queued) = sync_channel(QUEUED_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = dropped.clone();
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(&queued, &counted, &mut io::stderr()))?;
        Ok(Arc::new(Lines { queue, dropped }))
    }

    /// Waits until what was said is written, or for half a second.
    pub fn flush(&self) {
        let (done, written) = sync_channel(1);
        if self.queue.try_send(Queued::Flush(done)).is_ok() {
            // A reader that does not read has had its time.
            let _ = written.recv_timeout(FLUSH_MAX);
        }
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Queued::Line(line.to_vec())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(queued: &Receiver<Queued>, dropped: &AtomicU64, to: &mut impl Write) {
    while let Ok(queued) = queued.recv() {
        // Whether anybody reads it is not this thread's business.
        let _ = match queued {
            Queued::Line(line) => to.write_all(&line),
            Queued::Flush(done) => {
                let _ = done.try_send(());
                Ok(())
            }
        };
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = writeln!(to, "{lost} log lines were dropped: nobody read fast enough");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_queue_are_counted_and_never_waited_for() {
        let (queue, queued) = sync_channel(2);
        let lines = Lines { queue, dropped: Arc::default() };
        for line in ["a\n", "b\n", "c\n", "d\n"] {
            (&lines).write_all(line.as_bytes()).unwrap();
        }
        let dropped = lines.dropped.clone();
        drop(lines);
        let mut written = Vec::new();
        write(&queued, &dropped, &mut written);
        let text = String::from_utf8(written).unwrap();
        assert_eq!(text, "a\n2 log lines were dropped: nobody read fast enough\nb\n");
    }
}
