//! Which device a command is about, and how it is opened for what the command does.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use roadbook_replica::Device;
use roadbook_sync::device::Known;

use super::sync;

/// A device's home.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The device's home folder: its key and its store. One process at a time.
    #[arg(long, value_name = "DIR")]
    home: PathBuf,
    /// The certificate of your company's own authority (PEM), for a server whose certificate it issued; the device
    /// keeps it.
    #[arg(long, value_name = "FILE", global = true, env = "ROADBOOK_CA")]
    ca: Option<PathBuf>,
    /// Be what an earlier version of the app was, before this kind was thought of (rule V4): for the conformance kit.
    #[cfg(debug_assertions)]
    #[arg(long, value_name = "KIND", global = true, hide = true)]
    without: Vec<String>,
}

impl Place {
    /// The folder.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// The file of the company's own authority, if one is given.
    pub(super) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    #[cfg(debug_assertions)]
    fn known(&self) -> Known {
        Known::without(self.without.iter().cloned())
    }

    #[cfg(not(debug_assertions))]
    fn known(&self) -> Known {
        Known::ALL
    }

    /// Opens the device.
    pub(super) fn open(&self) -> Result<Device> {
        let device = Device::open_as(&self.home, self.known())?;
        if let Some(kept) = device.recovered() {
            eprintln!(
                "the store was damaged and is kept as {}; sync fetches the records anew and carries over what can be read",
                kept.display()
            );
        }
        Ok(device)
    }

    /// Opens a device whose records are about to be shown.
    pub(super) fn open_to_look(&self) -> Result<Device> {
        let device = self.open()?;
        device.must_be_signed_in()?;
        Ok(device)
    }

    /// Opens a device that is about to connect: an authority that is given anew is kept.
    pub(super) fn open_to_sync(&self) -> Result<Device> {
        let device = self.open()?;
        if let Some(ca) = self.ca() {
            device.trust_authority(&sync::read_authority(ca)?)?;
        }
        Ok(device)
    }
}
