//! The few system calls that the standard library does not offer.
#![expect(
    unsafe_code,
    reason = "geteuid, kill and prctl have no safe form in std; each call is one line and argued"
)]

use std::io;
use std::process::Command;

/// The user that this process acts as; 0 is root.
pub(crate) fn effective_uid() -> u32 {
    // SAFETY: takes nothing, cannot fail, touches no memory.
    unsafe { libc::geteuid() }
}

/// Sends a signal to one process.
pub(crate) fn signal(pid: u32, signal: i32) -> io::Result<()> {
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    // SAFETY: plain integers in, an errno out. A positive pid names one process, never a group.
    match unsafe { libc::kill(pid, signal) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether a process with this id exists, be it another's or a zombie.
pub(crate) fn exists(pid: u32) -> bool {
    match signal(pid, 0) {
        Ok(()) => true,
        Err(error) => error.raw_os_error() == Some(libc::EPERM),
    }
}

/// Makes the child get SIGINT (Postgres: stop fast, cleanly) when the *thread* that spawns it ends, by whatever cause.
/// Elsewhere than on Linux it does nothing, and the next opener stops the leftover.
pub(crate) fn die_with_this_thread(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt;
        let parent = std::process::id();
        let in_child = move || {
            // SAFETY: prctl and getppid are async-signal-safe and touch no memory of ours. This runs after the change
            // of user, which would clear the setting.
            unsafe {
                if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGINT) != 0 {
                    return Err(io::Error::last_os_error());
                }
                if u32::try_from(libc::getppid()) != Ok(parent) {
                    return Err(io::Error::from_raw_os_error(libc::ESRCH));
                }
            }
            Ok(())
        };
        // SAFETY: the closure allocates nothing and takes no lock between fork and exec.
        unsafe { command.pre_exec(in_child) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = command;
}
