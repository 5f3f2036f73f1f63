//! The `fd_` functions: to the standard streams, or to files.

use super::Call;
use super::errno::{Answer, Errno};
use super::stdio::{self, STDIN};
use crate::gate;

pub(super) async fn fd_read(caller: Call<'_, '_>, fd: u32, buffers: u32, count: u32, out: u32) -> Answer {
    gate::enter(caller, 0).await?;
    if caller.data().descriptors.is_stdio(fd) {
        if fd == STDIN {
            return stdio::read(caller, buffers, count, out);
        }
        return Err(Errno::BadDescriptor.into());
    }
    Err(Errno::BadDescriptor.into())
}

pub(super) async fn fd_write(caller: Call<'_, '_>, fd: u32, buffers: u32, count: u32, out: u32) -> Answer {
    gate::enter(caller, 0).await?;
    if caller.data().descriptors.is_stdio(fd) {
        return stdio::write_out(caller, fd, buffers, count, out);
    }
    Err(Errno::BadDescriptor.into())
}
