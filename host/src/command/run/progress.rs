//! How far the job is: a bar on a terminal, elsewhere a line a second when it moved.

use std::time::{Duration, Instant};

use cofferdam_queue::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::command::awaited::progressed;
use crate::output::{Output, escaped};

/// Between two lines of a log that nobody watches.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// Shows progress on stderr.
pub struct Shown {
    bar: Option<ProgressBar>,
    output: Output,
    last: Option<Progress>,
    said_at: Option<Instant>,
}

impl Shown {
    /// Nothing is shown before there is progress.
    pub fn new(output: Output) -> Shown {
        let bar = output.is_watched().then(ProgressBar::hidden);
        Shown { bar, output, last: None, said_at: None }
    }

    /// The bar, so that whoever writes to the terminal can move it out of the way.
    pub fn bar(&self) -> Option<ProgressBar> {
        self.bar.clone()
    }

    /// The newest progress.
    pub fn show(&mut self, progress: Option<Progress>) {
        let Some(progress) = progress.filter(|progress| self.last.as_ref() != Some(progress)) else { return };
        match &self.bar {
            Some(bar) => draw(bar, &progress),
            // With `--json` everything is in the report, and nothing else is said.
            None if self.output.is_json() => {}
            None if self.said_at.is_some_and(|at| at.elapsed() < LINE_EVERY) => return,
            None => {
                self.output.note(progressed(&progress));
                self.said_at = Some(Instant::now());
            }
        }
        self.last = Some(progress);
    }

    /// Out of the way for good.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn draw(bar: &ProgressBar, progress: &Progress) {
    if bar.is_hidden() {
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    let template = match progress.total {
        0 => "{spinner} {pos} {wide_msg}",
        total => {
            bar.set_length(total);
            "{wide_msg} [{bar:30}] {pos}/{len} {eta}"
        }
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_position(progress.done);
    bar.set_message(escaped(&progress.message).into_owned());
}
